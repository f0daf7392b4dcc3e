//! Cancellation contexts: what ends them, who is told, and how they cross process boundaries.

#![allow(clippy::unwrap_used, reason = "in helpers of tests, too")]

use futures::FutureExt;
use futures::future::FusedFuture;
use futures_executor::block_on;
use mesh_channel::{Cancel, CancelContext, CancelReason, Cancelled, Deadline};
use mesh_node::error::{ChannelError, ChannelErrorKind};
use mesh_node::local_node::{Delivery, Port, PortHandler};
use mesh_node::message::SerializedMessage;
use mesh_node::resource::Resource;
use mesh_node::{MeshPayload, Message, OwnedMessage};
use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Counts how often it is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Woken {
    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

fn poll<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// Through bytes, as to another process.
fn travel<T: MeshPayload>(value: T) -> T {
    receive(serialize(value))
}

fn serialize<T: MeshPayload>(value: T) -> SerializedMessage {
    OwnedMessage::new(value).serialize()
}

fn receive<T: MeshPayload>(message: SerializedMessage) -> T {
    OwnedMessage::serialized(message).parse().unwrap()
}

/// The port in a message.
fn port_of(message: &mut SerializedMessage) -> Port {
    match message.resources.pop() {
        Some(Resource::Port(port)) => port,
        other => panic!("a port was expected, not {other:?}"),
    }
}

fn failure() -> ChannelError {
    ChannelError::new(ChannelErrorKind::PeerFailed, "killed")
}

#[test]
fn a_new_context_does_not_end() {
    let ctx = CancelContext::new();
    assert_eq!(ctx.reason(), None);
    assert!(ctx.cancelled().now_or_never().is_none());
    assert!(ctx.deadline().is_none());
}

#[test]
fn cancelling_wakes_those_who_wait() {
    let (ctx, cancel) = CancelContext::new().with_cancel();
    let woken = Arc::new(Woken::default());
    let waker = woken.clone().into();
    let mut waiting = [ctx.cancelled(), ctx.clone().cancelled()];
    for cancelled in &mut waiting {
        assert!(poll(cancelled, &waker).is_pending());
    }
    assert_eq!(woken.count(), 0);
    cancel.cancel();
    assert_eq!(woken.count(), 2);
    cancel.cancel();
    assert_eq!(woken.count(), 2);
    for cancelled in &mut waiting {
        assert_eq!(
            poll(cancelled, &waker),
            Poll::Ready(CancelReason::Cancelled)
        );
        assert!(cancelled.is_terminated());
    }
}

#[test]
fn the_last_task_that_polled_is_woken() {
    let (ctx, cancel) = CancelContext::new().with_cancel();
    let (first, last) = (Arc::new(Woken::default()), Arc::new(Woken::default()));
    let mut cancelled = ctx.cancelled();
    assert!(poll(&mut cancelled, &first.clone().into()).is_pending());
    assert!(poll(&mut cancelled, &last.clone().into()).is_pending());
    cancel.cancel();
    assert_eq!((first.count(), last.count()), (0, 1));
}

#[test]
fn a_dropped_future_is_not_woken() {
    let (ctx, cancel) = CancelContext::new().with_cancel();
    let woken = Arc::new(Woken::default());
    let mut cancelled = ctx.cancelled();
    assert!(poll(&mut cancelled, &woken.clone().into()).is_pending());
    drop(cancelled);
    assert_eq!(Arc::strong_count(&woken), 1);
    cancel.cancel();
    assert_eq!(woken.count(), 0);
}

#[test]
fn a_future_outlives_its_context_and_reports_its_end() {
    let (ctx, cancel) = CancelContext::new().with_cancel();
    let cancelled = ctx.cancelled();
    drop(ctx);
    cancel.cancel();
    assert_eq!(block_on(cancelled), CancelReason::Cancelled);
}

#[test]
fn cancelling_a_parent_cancels_everything_below_it() {
    let (parent, cancel) = CancelContext::new().with_cancel();
    let (child, _) = parent.with_cancel();
    let (sibling, _) = parent.with_cancel();
    let (grandchild, _) = child.with_cancel();
    drop(child);
    cancel.cancel();
    for ctx in [&parent, &sibling, &grandchild] {
        assert_eq!(ctx.reason(), Some(CancelReason::Cancelled));
    }
}

#[test]
fn cancelling_a_child_leaves_parent_and_siblings_alone() {
    let (parent, _cancel) = CancelContext::new().with_cancel();
    let (child, cancel) = parent.with_cancel();
    let (sibling, _) = parent.with_cancel();
    cancel.cancel();
    assert!(child.is_cancelled());
    assert!(!parent.is_cancelled());
    assert!(!sibling.is_cancelled());
}

#[test]
fn a_child_of_a_cancelled_context_is_cancelled_from_the_start() {
    let (parent, cancel) = CancelContext::new().with_cancel();
    cancel.cancel();
    let (child, _) = parent.with_cancel();
    assert_eq!(
        child.cancelled().now_or_never(),
        Some(CancelReason::Cancelled)
    );
}

#[test]
fn dropping_the_notifier_cancels_nothing() {
    let (ctx, cancel) = CancelContext::new().with_cancel();
    drop(cancel);
    assert!(!ctx.is_cancelled());
    drop(travel(ctx.with_cancel().1));
    assert!(!ctx.is_cancelled());
}

#[test]
fn a_context_that_is_dropped_is_not_missed_by_its_notifier() {
    let (ctx, cancel) = CancelContext::new().with_cancel();
    drop(ctx);
    cancel.cancel();
}

#[test]
fn a_hundred_thousand_generations_are_cancelled_and_dropped() {
    let (root, cancel) = CancelContext::new().with_cancel();
    let mut last = root.clone();
    for _ in 0..100_000 {
        last = last.with_cancel().0;
    }
    cancel.cancel();
    assert!(last.is_cancelled());

    let mut last = CancelContext::new();
    for _ in 0..100_000 {
        last = last.with_cancel().0;
    }
    drop(last);
}

#[test]
fn every_child_hears_of_it_when_threads_race() {
    for _ in 0..100 {
        let (parent, cancel) = CancelContext::new().with_cancel();
        let children = std::thread::scope(|threads| {
            let making =
                threads.spawn(|| (0..20).map(|_| parent.with_cancel().0).collect::<Vec<_>>());
            cancel.cancel();
            making.join().unwrap()
        });
        assert!(children.iter().all(CancelContext::is_cancelled));
    }
}

#[test]
fn nobody_is_left_waiting_when_threads_race() {
    for _ in 0..100 {
        let (ctx, cancel) = CancelContext::new().with_cancel();
        std::thread::scope(|threads| {
            threads.spawn(|| block_on(ctx.cancelled()));
            cancel.cancel();
        });
    }
}

/// A waker that does something.
struct Act(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl Act {
    fn waker(act: impl FnOnce() + Send + 'static) -> Waker {
        Arc::new(Self(Mutex::new(Some(Box::new(act))))).into()
    }
}

impl Wake for Act {
    fn wake(self: Arc<Self>) {
        let act = self.0.lock().unwrap().take();
        if let Some(act) = act {
            act();
        }
    }
}

#[test]
fn a_waker_may_use_the_context_and_finds_all_below_it_cancelled() {
    let (ctx, cancel) = CancelContext::new().with_cancel();
    let (child, child_cancel) = ctx.with_cancel();
    let (seen, log) = std::sync::mpsc::channel();
    let mut waiting = ctx.cancelled();
    let other = ctx.clone();
    let waker = Act::waker(move || {
        child_cancel.cancel();
        let late = other.cancelled().now_or_never();
        seen.send((child.is_cancelled(), late)).unwrap();
    });
    assert!(poll(&mut waiting, &waker).is_pending());
    cancel.cancel();
    assert_eq!(log.try_recv(), Ok((true, Some(CancelReason::Cancelled))));
}

#[test]
fn a_waker_that_panics_does_not_keep_others_asleep() {
    let (ctx, cancel) = CancelContext::new().with_cancel();
    let woken = Arc::new(Woken::default());
    let mut waiting = [ctx.cancelled(), ctx.cancelled()];
    let panics = Act::waker(|| panic!("a waker's panic that a test asked for"));
    assert!(poll(&mut waiting[0], &panics).is_pending());
    assert!(poll(&mut waiting[1], &woken.clone().into()).is_pending());
    cancel.cancel();
    assert_eq!(woken.count(), 1);
}

#[test]
fn a_deadline_ends_the_context() {
    let mut ctx = CancelContext::new();
    ctx.with_deadline(Duration::from_millis(2));
    assert_eq!(block_on(ctx.cancelled()), CancelReason::DeadlineExceeded);
    assert_eq!(ctx.reason(), Some(CancelReason::DeadlineExceeded));
}

#[test]
fn a_deadline_in_the_past_ends_it_at_once() {
    let mut ctx = CancelContext::new();
    ctx.with_deadline(Instant::now());
    assert_eq!(
        ctx.cancelled().now_or_never(),
        Some(CancelReason::DeadlineExceeded)
    );
}

#[test]
fn with_deadline_narrows_the_context_and_returns_a_clone() {
    let deadline = Deadline::from(DAY);
    let mut ctx = CancelContext::new();
    let clone = ctx.with_deadline(deadline);
    assert_eq!(ctx.deadline(), Some(deadline));
    assert_eq!(clone.deadline(), Some(deadline));
}

#[test]
fn the_earliest_deadline_counts_in_whatever_order_they_are_set() {
    let (early, late) = (Deadline::from(DAY), Deadline::from(2 * DAY));
    for order in [[early, late], [late, early]] {
        let mut ctx = CancelContext::new();
        for deadline in order {
            ctx.with_deadline(deadline);
        }
        assert_eq!(ctx.deadline(), Some(early));
    }
}

#[test]
fn clones_and_children_start_with_the_deadline_and_narrow_their_own() {
    let (early, late) = (Deadline::from(DAY), Deadline::from(2 * DAY));
    let ctx = CancelContext::new().with_deadline(late);
    let mut child = ctx.with_cancel().0;
    assert_eq!(child.deadline(), Some(late));
    child.with_deadline(early);
    assert_eq!(child.deadline(), Some(early));
    assert_eq!(ctx.clone().with_deadline(early).deadline(), Some(early));
    assert_eq!(ctx.deadline(), Some(late));
}

#[test]
fn an_endless_timeout_is_no_panic() {
    let ctx = CancelContext::new().with_timeout(Duration::MAX);
    assert!(!ctx.is_cancelled());
    assert!(ctx.cancelled().now_or_never().is_none());
    assert!(!travel(ctx).is_cancelled());
}

#[test]
fn cancellation_is_the_reason_when_the_deadline_has_passed_too() {
    let (mut ctx, cancel) = CancelContext::new().with_cancel();
    ctx.with_deadline(Deadline::now());
    assert_eq!(ctx.reason(), Some(CancelReason::DeadlineExceeded));
    cancel.cancel();
    assert_eq!(ctx.reason(), Some(CancelReason::Cancelled));
    assert_eq!(
        ctx.cancelled().now_or_never(),
        Some(CancelReason::Cancelled)
    );
}

#[test]
fn a_future_that_is_done_wins() {
    let (ctx, cancel) = CancelContext::new().with_cancel();
    cancel.cancel();
    assert_eq!(block_on(ctx.until_cancelled(async { 5 })), Ok(5));
}

#[test]
fn a_future_is_stopped_by_cancellation() {
    let (ctx, cancel) = CancelContext::new().with_cancel();
    let held = Arc::new(());
    let holds = held.clone();
    let mut running = pin!(ctx.until_cancelled(async move {
        pending::<()>().await;
        drop(holds);
    }));
    assert!(poll(&mut running, Waker::noop()).is_pending());
    assert_eq!(Arc::strong_count(&held), 2);
    cancel.cancel();
    let stopped = poll(&mut running, Waker::noop());
    assert_eq!(stopped, Poll::Ready(Err(CancelReason::Cancelled)));
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn a_context_is_cancelled_in_the_process_it_was_sent_to() {
    let (ctx, cancel) = CancelContext::new().with_cancel();
    let remote = travel(ctx);
    let woken = Arc::new(Woken::default());
    let mut cancelled = remote.cancelled();
    assert!(poll(&mut cancelled, &woken.clone().into()).is_pending());
    assert!(!remote.is_cancelled());
    cancel.cancel();
    assert_eq!(woken.count(), 1);
    assert_eq!(remote.reason(), Some(CancelReason::Cancelled));
}

#[test]
fn contexts_on_their_way_hear_of_it_when_threads_race() {
    for _ in 0..100 {
        let (ctx, cancel) = CancelContext::new().with_cancel();
        let contexts = std::thread::scope(|threads| {
            let moving = threads.spawn(|| {
                let middleman = travel(ctx.clone());
                (0..10)
                    .map(|_| travel(middleman.clone()))
                    .collect::<Vec<_>>()
            });
            travel(cancel).cancel();
            moving.join().unwrap()
        });
        assert!(contexts.iter().all(CancelContext::is_cancelled));
    }
}

#[test]
fn contexts_may_go_to_any_thread() {
    fn sendable<T: Send + Sync + Unpin>() {}
    sendable::<CancelContext>();
    sendable::<Cancel>();
    sendable::<Cancelled>();
}

#[test]
fn a_child_that_was_sent_away_is_cancelled_with_its_parent() {
    let (parent, cancel) = CancelContext::new().with_cancel();
    let remote = travel(parent.with_cancel().0);
    let (below, _) = remote.with_cancel();
    cancel.cancel();
    assert!(remote.is_cancelled());
    assert!(below.is_cancelled());
}

#[test]
fn a_notifier_cancels_from_the_process_it_was_sent_to() {
    let (ctx, cancel) = CancelContext::new().with_cancel();
    let cancel = travel(cancel);
    assert!(!ctx.is_cancelled());
    cancel.cancel();
    cancel.cancel();
    assert!(ctx.is_cancelled());
}

#[test]
fn both_ends_may_move_twice_and_cross_each_other() {
    let (ctx, cancel) = CancelContext::new().with_cancel();
    let (mut first, mut second) = (serialize(ctx), serialize(cancel));
    for _ in 0..2 {
        first = serialize(receive::<CancelContext>(first));
        second = serialize(receive::<Cancel>(second));
    }
    let (ctx, cancel) = (receive::<CancelContext>(first), receive::<Cancel>(second));
    assert!(!ctx.is_cancelled());
    cancel.cancel();
    assert!(ctx.is_cancelled());
}

#[test]
fn who_passed_a_context_on_is_not_needed_any_more() {
    let (ctx, cancel) = CancelContext::new().with_cancel();
    let middleman = travel(ctx);
    let (last, clone) = (travel(middleman.clone()), travel(middleman.clone()));
    drop(middleman);
    assert!(!last.is_cancelled());
    drop(clone);
    cancel.cancel();
    assert!(last.is_cancelled());
}

/// Keeps the port that comes in a message.
#[derive(Default)]
struct KeepPort(Mutex<Option<Port>>);

impl PortHandler for KeepPort {
    fn message(&self, message: Message<'_>) -> Delivery {
        *self.0.lock().unwrap() = Some(message.parse().unwrap());
        Delivery::Taken
    }

    fn closed(&self) {}

    fn failed(&self, _error: ChannelError) {}
}

#[test]
fn a_context_that_was_passed_on_hears_from_the_origin_itself() {
    let (ctx, _cancel) = CancelContext::new().with_cancel();
    let mut message = serialize(ctx);
    let (origin, port) = Port::new_pair();
    drop(port_of(&mut message));
    message.resources.push(port.into());
    let middleman = receive::<CancelContext>(message);

    let kept = Arc::new(KeepPort::default());
    let to_middleman = origin.attach(kept.clone());
    let last = travel(middleman.clone());
    let to_last = kept.0.lock().unwrap().take().unwrap();
    to_middleman.fail(failure());
    assert!(middleman.is_cancelled());
    assert!(!last.is_cancelled());
    drop(to_last);
    assert!(last.is_cancelled());
}

#[test]
fn a_context_that_was_cancelled_arrives_so() {
    let (ctx, cancel) = CancelContext::new().with_cancel();
    let remote = travel(ctx.clone());
    let on_its_way = serialize(ctx.clone());
    cancel.cancel();
    assert!(receive::<CancelContext>(on_its_way).is_cancelled());
    let sent_after = serialize(remote);
    assert!(sent_after.resources.is_empty());
    assert!(receive::<CancelContext>(sent_after).is_cancelled());
}

#[test]
fn a_context_that_nobody_can_cancel_takes_no_port_along() {
    let message = serialize(CancelContext::new().with_timeout(DAY));
    assert!(message.resources.is_empty());
}

#[test]
fn a_deadline_travels_as_what_is_left() {
    let deadline = Deadline::from(DAY);
    let ctx = CancelContext::new().with_deadline(deadline);
    let message = serialize(ctx);
    let arrived = receive::<CancelContext>(message).deadline().unwrap();
    // Later by the time between encoding and decoding, as that is not counted, and by nothing else.
    assert!(arrived >= deadline);
    assert!(arrived <= Deadline::from(DAY));
}

#[test]
fn a_deadline_that_has_passed_arrives_so() {
    let ctx = CancelContext::new().with_deadline(Deadline::now());
    assert_eq!(travel(ctx).reason(), Some(CancelReason::DeadlineExceeded));
    assert!(travel(Deadline::now()).has_passed());
}

#[test]
fn a_context_is_cancelled_when_the_process_it_came_from_fails() {
    let (ctx, _cancel) = CancelContext::new().with_cancel();
    let mut message = serialize(ctx.clone());
    let (origin, port) = Port::new_pair();
    drop(port_of(&mut message));
    message.resources.push(port.into());
    let remote = receive::<CancelContext>(message);
    assert!(!remote.is_cancelled());
    origin.fail(failure());
    assert_eq!(remote.reason(), Some(CancelReason::Cancelled));
    assert!(!ctx.is_cancelled());
}

#[test]
fn a_context_is_not_cancelled_when_a_process_it_was_sent_to_fails() {
    let (ctx, cancel) = CancelContext::new().with_cancel();
    let other = travel(ctx.clone());
    let mut message = serialize(ctx.clone());
    port_of(&mut message).fail(failure());
    assert!(!ctx.is_cancelled());
    cancel.cancel();
    assert!(other.is_cancelled());
}

#[test]
fn a_context_is_cancelled_when_the_process_that_holds_its_notifier_fails() {
    let (ctx, cancel) = CancelContext::new().with_cancel();
    let mut message = serialize(cancel);
    port_of(&mut message).fail(failure());
    assert!(ctx.is_cancelled());
}

#[test]
fn a_peer_that_sends_nonsense_to_the_origin_loses_its_own_context_only() {
    let (ctx, _cancel) = CancelContext::new().with_cancel();
    let other = travel(ctx.clone());
    let mut message = serialize(ctx.clone());
    let port = port_of(&mut message);
    port.send(OwnedMessage::new("not a port".to_string()));
    message.resources.push(port.into());
    assert!(receive::<CancelContext>(message).is_cancelled());
    assert!(!ctx.is_cancelled());
    assert!(!other.is_cancelled());
}

#[test]
fn an_origin_that_sends_nonsense_counts_as_failed() {
    let (ctx, _cancel) = CancelContext::new().with_cancel();
    let mut message = serialize(ctx);
    let (origin, port) = Port::new_pair();
    drop(port_of(&mut message));
    message.resources.push(port.into());
    let remote = receive::<CancelContext>(message);
    origin.send(OwnedMessage::new(5u32));
    assert!(remote.is_cancelled());
}

#[test]
fn within_a_process_contexts_are_handed_over_as_they_are() {
    let (ctx, cancel) = CancelContext::new().with_cancel();
    let deadline = Deadline::from(DAY);
    let ctx = OwnedMessage::new(ctx.clone().with_deadline(deadline));
    let ctx = ctx.parse::<CancelContext>().unwrap();
    assert_eq!(ctx.deadline(), Some(deadline));
    cancel.cancel();
    assert!(ctx.is_cancelled());
}

#[test]
fn reasons_are_errors_and_payloads() {
    for reason in [CancelReason::Cancelled, CancelReason::DeadlineExceeded] {
        assert_eq!(travel(reason), reason);
    }
    let error: Box<dyn std::error::Error> = CancelReason::DeadlineExceeded.into();
    assert_eq!(error.to_string(), "deadline exceeded");
}
