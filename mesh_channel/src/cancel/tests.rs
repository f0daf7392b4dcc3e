//! What contexts hold on to, seen from inside; what they do is in `tests/cancel.rs`.

use super::*;
use mesh_node::MeshPayload;
use std::sync::Weak;
use std::task::Waker;

fn node(context: &CancelContext) -> &Arc<Node> {
    context.node.as_ref().unwrap()
}

fn weak(context: &CancelContext) -> Weak<Node> {
    Arc::downgrade(node(context))
}

fn poll(cancelled: &mut Cancelled) -> Poll<CancelReason> {
    Pin::new(cancelled).poll(&mut Context::from_waker(Waker::noop()))
}

/// Through bytes, as to another process.
fn travel<T: MeshPayload>(value: T) -> T {
    let message = OwnedMessage::new(value).serialize();
    OwnedMessage::serialized(message).parse().unwrap()
}

#[test]
fn a_context_with_a_deadline_only_has_no_node() {
    let context = CancelContext::new().with_timeout(Duration::from_secs(1));
    assert!(context.node.is_none());
}

#[test]
fn pending_futures_leave_nothing_behind() {
    let (context, _cancel) = CancelContext::new().with_cancel();
    for _ in 0..100 {
        let mut cancelled = context.cancelled();
        assert!(poll(&mut cancelled).is_pending());
        assert!(poll(&mut cancelled).is_pending());
        assert_eq!(node(&context).listeners(), 1);
    }
    assert_eq!(node(&context).listeners(), 0);
}

#[test]
fn children_leave_nothing_behind() {
    let (parent, _cancel) = CancelContext::new().with_cancel();
    for _ in 0..100 {
        let (child, cancel) = parent.with_cancel();
        let (_grandchild, _cancel) = child.with_cancel();
        drop((child, cancel));
        // The grandchild still hears of the parent through it.
        assert_eq!(node(&parent).listeners(), 1);
    }
    assert_eq!(node(&parent).listeners(), 0);
}

#[test]
fn cancelled_contexts_hold_nobody() {
    let (parent, cancel) = CancelContext::new().with_cancel();
    let (child, _) = parent.with_cancel();
    let (child_node, parent_node) = (weak(&child), weak(&parent));
    cancel.cancel();
    drop(child);
    assert!(child_node.upgrade().is_none());
    drop((parent, cancel));
    assert!(parent_node.upgrade().is_none());
}

#[test]
fn contexts_that_left_keep_the_node_as_long_as_they_live() {
    let (parent, _cancel) = CancelContext::new().with_cancel();
    let (child, _) = parent.with_cancel();
    let child_node = weak(&child);
    let remote = travel(child);
    assert!(child_node.upgrade().is_some());
    drop(remote);
    assert!(child_node.upgrade().is_none());
    assert_eq!(node(&parent).listeners(), 0);
}

#[test]
fn a_context_that_left_and_came_back_many_times_leaves_one_entry() {
    let (context, _cancel) = CancelContext::new().with_cancel();
    let mut remote = travel(context.clone());
    for _ in 0..10 {
        remote = travel(remote);
        assert_eq!(node(&context).listeners(), 1);
    }
    drop(remote);
    assert_eq!(node(&context).listeners(), 0);
}

#[test]
fn a_message_that_is_never_received_leaves_nothing_behind() {
    let (context, cancel) = CancelContext::new().with_cancel();
    let messages = [
        OwnedMessage::new(context.clone()).serialize(),
        OwnedMessage::new(cancel).serialize(),
    ];
    assert_eq!(node(&context).listeners(), 2);
    drop(messages);
    assert_eq!(node(&context).listeners(), 0);
}

#[test]
fn cancellation_closes_the_ports_of_those_that_left() {
    let (context, cancel) = CancelContext::new().with_cancel();
    let remote = travel(context.clone());
    let context_node = weak(&context);
    cancel.cancel();
    assert!(remote.is_cancelled());
    drop((context, cancel));
    assert!(context_node.upgrade().is_none());
}

#[test]
fn a_notifier_that_left_does_not_keep_the_node() {
    let (context, cancel) = CancelContext::new().with_cancel();
    let context_node = weak(&context);
    let cancel = travel(cancel);
    drop(context);
    assert!(context_node.upgrade().is_none());
    cancel.cancel();
}
