//! Cells and updaters that are sent in messages, as between processes, and peers that break the rules.
#![cfg(not(loom))]
#![allow(
    clippy::unwrap_used,
    reason = "the lint spares test functions, but not what they share"
)]

use futures::FutureExt;
use futures_executor::block_on;
use mesh_channel::{Cell, CellUpdater, RecvError, cell};
use mesh_node::error::{ChannelError, ChannelErrorKind};
use mesh_node::local_node::{AttachedPort, Delivery, Port, PortHandler};
use mesh_node::message::SerializedMessage;
use mesh_node::resource::Resource;
use mesh_node::{MeshPayload, Message, OwnedMessage};
use proptest::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::thread;

/// Sends a value to another process and takes it there.
fn moved<T: MeshPayload>(value: T) -> T {
    let message = OwnedMessage::new(value).serialize();
    OwnedMessage::serialized(message).parse().unwrap()
}

/// The bare port of a cell that has been sent.
fn port_of<T: MeshPayload>(cell: T) -> Port {
    let SerializedMessage { mut resources, .. } = OwnedMessage::new(cell).serialize();
    match (resources.pop(), resources.pop()) {
        (Some(Resource::Port(port)), None) => port,
        other => panic!("expected a port, found {other:?}"),
    }
}

/// The messages as they are on the wire.
#[derive(mesh_derive::MeshPayload)]
#[mesh(crate = "mesh_node")]
struct Update(u64, u32);

#[derive(mesh_derive::MeshPayload)]
#[mesh(crate = "mesh_node")]
enum ToUpdater {
    Ack(u64),
    Subscribe { port: Port, version: u64 },
}

#[derive(mesh_derive::MeshPayload)]
#[mesh(crate = "mesh_node")]
struct ForgedCell(Port, u64, u64, u32);

#[derive(mesh_derive::MeshPayload)]
#[mesh(crate = "mesh_node")]
struct ForgedUpdater(u64, u32, Vec<(Port, u64, u64)>);

/// What a bare port is told.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Told {
    fn attach(port: Port) -> (Arc<Self>, AttachedPort) {
        let told = Arc::new(Self::default());
        let port = port.attach(told.clone());
        (told, port)
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl PortHandler for Told {
    fn message(&self, message: Message<'_>) -> Delivery {
        let text = match message.into_owned().serialize() {
            message if message.resources.is_empty() => {
                let Update(version, value) = OwnedMessage::serialized(message).parse().unwrap();
                format!("version {version}: {value}")
            }
            _ => "a port".into(),
        };
        self.0.lock().unwrap().push(text);
        Delivery::Taken
    }

    fn closed(&self) {
        self.0.lock().unwrap().push("closed".into());
    }

    fn failed(&self, error: ChannelError) {
        self.0.lock().unwrap().push(format!("{:?}", error.kind()));
    }
}

fn ack(port: &AttachedPort, version: u64) {
    port.send(OwnedMessage::new(ToUpdater::Ack(version)));
}

#[test]
fn a_moved_cell_has_its_value_and_gets_the_next() {
    let (mut updater, cell) = cell("one".to_string());
    updater.set("two".into());
    let mut cell = moved(moved(cell));
    assert_eq!(cell.get(), "two");
    // It had not been told of the second value, and still is only once.
    cell.changed().now_or_never().unwrap().unwrap();
    assert!(cell.changed().now_or_never().is_none());
    assert_eq!(updater.set("three".into()).now_or_never(), Some(()));
    assert_eq!(cell.get(), "three");
    let mut cell = moved(cell);
    cell.changed().now_or_never().unwrap().unwrap();
    drop(updater);
    assert!(matches!(block_on(cell.changed()), Err(RecvError::Closed)));
    let mut cell = moved(cell);
    assert!(matches!(block_on(cell.changed()), Err(RecvError::Closed)));
    assert_eq!(cell.get(), "three");
}

#[test]
fn a_cell_that_is_moved_as_it_is_stays_connected_as_it_was() {
    let (mut updater, cell) = cell(1u32);
    let cell: Cell<u32> = OwnedMessage::new(cell).parse().unwrap();
    updater.set(2);
    assert_eq!(cell.get(), 2);
}

#[test]
fn setting_waits_for_every_cell_that_lives() {
    let mut updater = CellUpdater::new(0u32);
    let message = OwnedMessage::new(updater.cell()).serialize();
    let here = moved(updater.cell());
    // One that is under way counts.
    let mut set = updater.set(1);
    assert!((&mut set).now_or_never().is_none());
    assert_eq!(here.get(), 1);
    let there: Cell<u32> = OwnedMessage::serialized(message).parse().unwrap();
    assert_eq!(there.get(), 1);
    assert!(set.now_or_never().is_some());

    // One that is dropped does not.
    let message = OwnedMessage::new(there).serialize();
    let mut set = updater.set(2);
    assert!((&mut set).now_or_never().is_none());
    drop(message);
    assert!(set.now_or_never().is_some());

    // Nor does one that is lost.
    let port = port_of(here);
    let mut set = updater.set(3);
    assert!((&mut set).now_or_never().is_none());
    port.fail(ChannelError::new(ChannelErrorKind::PeerFailed, "killed"));
    assert!(set.now_or_never().is_some());
}

#[test]
fn a_task_that_waits_for_all_cells_is_woken_by_the_last() {
    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let mut updater = CellUpdater::new(0u32);
    let (_a, a) = Told::attach(port_of(updater.cell()));
    let (_b, b) = Told::attach(port_of(updater.cell()));
    let count = Arc::new(Count(AtomicUsize::new(0)));
    let waker = Waker::from(count.clone());
    let mut set = updater.set(1);
    for _ in 0..2 {
        assert!(
            set.poll_unpin(&mut Context::from_waker(&waker))
                .is_pending()
        );
    }
    ack(&a, 1);
    assert_eq!(count.0.load(Ordering::SeqCst), 0);
    ack(&b, 1);
    assert_eq!(count.0.load(Ordering::SeqCst), 1);
    assert!(set.poll_unpin(&mut Context::from_waker(&waker)).is_ready());
}

#[test]
fn a_slow_process_is_sent_one_value_at_a_time_and_then_the_latest() {
    let mut updater = CellUpdater::new(0u32);
    let (told, port) = Told::attach(port_of(updater.cell()));
    for value in 1..=5 {
        updater.set(value * 10);
    }
    assert_eq!(told.take(), ["version 1: 10"]);
    ack(&port, 1);
    assert_eq!(told.take(), ["version 5: 50"]);
    ack(&port, 5);
    assert!(told.take().is_empty());
    updater.set(60);
    assert_eq!(told.take(), ["version 6: 60"]);
}

#[test]
fn the_last_value_arrives_when_the_updater_is_dropped_at_once() {
    let mut updater = CellUpdater::new(0u32);
    let (told, port) = Told::attach(port_of(updater.cell()));
    updater.set(1);
    updater.set(2);
    drop(updater);
    assert_eq!(told.take(), ["version 1: 1"]);
    ack(&port, 1);
    assert_eq!(told.take(), ["version 2: 2"]);
    ack(&port, 2);
    assert_eq!(told.take(), ["closed"]);
}

#[test]
fn a_cell_that_was_passed_on_gets_the_last_value_of_a_dropped_updater() {
    let mut updater = CellUpdater::new(0u32);
    let (told, port) = Told::attach(port_of(updater.cell()));
    updater.set(1);
    drop(updater);
    // The process passed a cell with the old value on before it got the new one, and exits.
    let (near, far) = Port::new_pair();
    port.send(OwnedMessage::new(ToUpdater::Subscribe {
        port: near,
        version: 0,
    }));
    assert_eq!(told.take(), ["version 1: 1"]);
    drop(port);
    let mut cell: Cell<u32> = OwnedMessage::new(ForgedCell(far, 0, 0, 0)).parse().unwrap();
    assert_eq!(cell.get(), 1);
    block_on(cell.changed()).unwrap();
    assert!(matches!(block_on(cell.changed()), Err(RecvError::Closed)));
}

#[test]
fn a_cell_that_was_passed_on_with_the_last_value_is_told_the_end() {
    let mut updater = CellUpdater::new(0u32);
    let (_told, port) = Told::attach(port_of(updater.cell()));
    let (told, _port) = Told::attach(port_of(updater.cell()));
    updater.set(1);
    ack(&port, 1);
    drop(updater);
    // This one is still being served, so it can still speak for others.
    let (near, far) = Port::new_pair();
    let (passed_on, _far) = Told::attach(far);
    _port.send(OwnedMessage::new(ToUpdater::Subscribe {
        port: near,
        version: 1,
    }));
    assert_eq!(passed_on.take(), ["closed"]);
    ack(&_port, 1);
    assert_eq!(told.take(), ["version 1: 1", "closed"]);
}

#[test]
fn clones_leave_a_process_and_need_it_no_more() {
    let mut updater = CellUpdater::new(0u32);
    let middle = moved(updater.cell());
    let mut ends: Vec<_> = (0..3).map(|_| moved(middle.clone())).collect();
    let again = moved(ends[0].clone());
    drop(middle);
    ends.push(again);
    assert!(updater.set(1).now_or_never().is_some());
    for cell in &mut ends {
        assert_eq!(cell.get(), 1);
        block_on(cell.changed()).unwrap();
    }
}

#[test]
fn setting_waits_for_a_cell_that_left_before_its_process_got_the_value() {
    let mut updater = CellUpdater::new(0u32);
    // A process that holds back what it is told.
    let (_told, port) = Told::attach(port_of(updater.cell()));
    let mut set = updater.set(1);
    let (near, far) = Port::new_pair();
    port.send(OwnedMessage::new(ToUpdater::Subscribe {
        port: near,
        version: 0,
    }));
    ack(&port, 1);
    assert!((&mut set).now_or_never().is_none());
    let cell: Cell<u32> = OwnedMessage::new(ForgedCell(far, 0, 0, 0)).parse().unwrap();
    assert!(set.now_or_never().is_some());
    assert_eq!(cell.get(), 1);
}

#[test]
fn a_moved_updater_serves_the_cells_it_left_and_those_elsewhere() {
    let updater = CellUpdater::new(0u32);
    let mut stays = updater.cell();
    let mut away = moved(updater.cell());
    let mut updater = moved(updater);
    assert_eq!(updater.get(), 0);
    for value in 1..=3 {
        assert!(updater.set(value).now_or_never().is_some());
        for cell in [&mut stays, &mut away] {
            assert_eq!(cell.get(), value);
            block_on(cell.changed()).unwrap();
        }
        // Cells of the updater's new home, and clones of one that stayed, are served as well.
        stays = moved(stays.clone());
        let new = updater.cell();
        updater = moved(updater);
        assert_eq!(new.get(), value);
    }
    drop(updater);
    assert!(block_on(stays.changed()).is_err());
    assert!(block_on(away.changed()).is_err());
}

#[test]
fn an_updater_that_moves_takes_along_what_is_under_way() {
    let mut updater = CellUpdater::new(0u32);
    let (told, port) = Told::attach(port_of(updater.cell()));
    updater.set(1);
    updater.set(2);
    let mut updater = moved(moved(updater));
    assert_eq!(told.take(), ["version 1: 1"]);
    ack(&port, 1);
    assert_eq!(told.take(), ["version 2: 2"]);
    let mut set = updater.set(3);
    ack(&port, 2);
    assert_eq!(told.take(), ["version 3: 3"]);
    assert!((&mut set).now_or_never().is_none());
    ack(&port, 3);
    assert!(set.now_or_never().is_some());
    // What was acknowledged while it was in a message is found by it where it arrives.
    updater.set(4);
    let message = OwnedMessage::new(updater).serialize();
    ack(&port, 4);
    let mut updater: CellUpdater<u32> = OwnedMessage::serialized(message).parse().unwrap();
    updater.set(5);
    assert_eq!(told.take(), ["version 4: 4", "version 5: 5"]);
}

#[test]
fn an_updater_and_its_cells_travel_in_one_message() {
    let updater = CellUpdater::new(0u32);
    let (a, b) = (updater.cell(), updater.cell());
    let (a, mut updater, b) = moved((a, updater, b));
    assert!(updater.set(1).now_or_never().is_some());
    assert_eq!((a.get(), b.get()), (1, 1));
}

#[test]
fn a_lost_updater_is_an_error_with_its_cause_and_the_value_stays() {
    let (near, far) = Port::new_pair();
    let mut cell: Cell<u32> = OwnedMessage::new(ForgedCell(near, 3, 3, 7))
        .parse()
        .unwrap();
    far.send(OwnedMessage::new(Update(4, 8)));
    far.fail(ChannelError::new(ChannelErrorKind::LinkLost, "cable"));
    block_on(cell.changed()).unwrap();
    for _ in 0..3 {
        let Err(RecvError::Error(cause)) = block_on(cell.changed()) else {
            panic!("the updater was lost");
        };
        assert_eq!(cause.kind(), ChannelErrorKind::LinkLost);
        assert_eq!(cell.get(), 8);
        cell = moved(cell);
    }
}

#[test]
fn an_older_or_impossible_version_fails_the_cell() {
    for version in [0, 2, 3, u64::MAX] {
        let (near, far) = Port::new_pair();
        let (told, far) = Told::attach(far);
        let mut cell: Cell<u32> = OwnedMessage::new(ForgedCell(near, 3, 3, 7))
            .parse()
            .unwrap();
        far.send(OwnedMessage::new(Update(version, 8)));
        let Err(RecvError::Error(cause)) = block_on(cell.changed()) else {
            panic!("version {version} was taken");
        };
        assert_eq!(cause.kind(), ChannelErrorKind::ProtocolBreach);
        assert_eq!(cell.get(), 7);
        assert_eq!(told.take(), ["ProtocolBreach"]);
    }
}

#[test]
fn an_acknowledgement_of_what_was_not_sent_fails_only_that_process() {
    for version in [0, 2, 4, u64::MAX] {
        let mut updater = CellUpdater::new(0u32);
        let (told, port) = Told::attach(port_of(updater.cell()));
        let other = moved(updater.cell());
        updater.set(1);
        ack(&port, 1);
        ack(&port, version);
        assert_eq!(told.take(), ["version 1: 1", "ProtocolBreach"]);
        assert!(updater.set(2).now_or_never().is_some());
        assert_eq!(other.get(), 2);
    }
}

#[test]
fn a_cell_that_claims_a_newer_value_than_the_updater_fails_its_process() {
    let updater = CellUpdater::new(0u32);
    let (told, port) = Told::attach(port_of(updater.cell()));
    let (near, far) = Port::new_pair();
    let (passed_on, _far) = Told::attach(far);
    port.send(OwnedMessage::new(ToUpdater::Subscribe {
        port: near,
        version: 1,
    }));
    assert_eq!(told.take(), ["ProtocolBreach"]);
    assert_eq!(passed_on.take(), ["closed"]);
}

#[test]
fn messages_of_another_type_fail_the_process_that_sent_them() {
    let mut updater = CellUpdater::new(0u32);
    let (told, port) = Told::attach(port_of(updater.cell()));
    port.send(OwnedMessage::new("ack".to_string()));
    assert_eq!(told.take(), ["Decode"]);
    assert!(updater.set(1).now_or_never().is_some());
    let (near, far) = Port::new_pair();
    let mut cell: Cell<u32> = OwnedMessage::new(ForgedCell(near, 3, 3, 7))
        .parse()
        .unwrap();
    far.send(OwnedMessage::new("update".to_string()));
    assert!(matches!(
        block_on(cell.changed()),
        Err(RecvError::Error(cause)) if cause.kind() == ChannelErrorKind::Decode
    ));
}

#[test]
fn cells_and_updaters_with_impossible_versions_do_not_decode() {
    let port = || Port::new_pair().0;
    let cell = |version, seen| {
        OwnedMessage::new(ForgedCell(port(), version, seen, 1))
            .parse::<Cell<u32>>()
            .is_ok()
    };
    assert!(cell(3, 3));
    assert!(!cell(3, 4));
    assert!(!cell(u64::MAX, 3));
    let updater = |version, sent, acked| {
        OwnedMessage::new(ForgedUpdater(version, 1, vec![(port(), sent, acked)]))
            .parse::<CellUpdater<u32>>()
            .is_ok()
    };
    assert!(updater(3, 3, 2));
    assert!(!updater(3, 4, 2));
    assert!(!updater(3, 2, 3));
    assert!(!updater(u64::MAX, 3, 3));
}

#[test]
fn ports_nested_without_end_are_attached_without_recursion() {
    const DEPTH: usize = 50_000;
    let mut updater = CellUpdater::new(0u32);
    let outer = port_of(updater.cell());
    // Each port waits in the queue of the next.
    let mut ports: Vec<_> = (0..DEPTH).map(|_| Port::new_pair()).collect();
    let mut far_ends = Vec::new();
    let mut inner = None;
    while let Some((near, far)) = ports.pop() {
        if let Some(port) = inner.take() {
            far.send(OwnedMessage::new(ToUpdater::Subscribe { port, version: 0 }));
        }
        far_ends.push(far);
        inner = Some(near);
    }
    if let Some(port) = inner {
        outer.send(OwnedMessage::new(ToUpdater::Subscribe { port, version: 0 }));
    }
    updater.set(1);
    let (told, _innermost) = Told::attach(far_ends.swap_remove(0));
    assert_eq!(told.take(), ["version 1: 1"]);
    // Taking all that apart does not recurse either.
    drop((outer, updater));
    drop(far_ends);
}

#[test]
fn threads_see_versions_in_order_and_the_last_while_everything_moves() {
    const LAST: u32 = 400;
    let mut updater = CellUpdater::new(0u32);
    let readers: Vec<_> = (0..4)
        .map(|i| {
            let mut cell = moved(updater.cell());
            thread::spawn(move || {
                let mut last = 0;
                loop {
                    let ended = block_on(cell.changed()).is_err();
                    let value = cell.get();
                    assert!(value >= last);
                    last = value;
                    if ended {
                        return value;
                    }
                    cell = match (value + i) % 3 {
                        0 => moved(cell),
                        1 => moved(cell.clone()),
                        _ => cell,
                    };
                }
            })
        })
        .collect();
    let stays = updater.cell();
    for value in 1..=LAST {
        if value % 5 == 0 {
            block_on(updater.set(value));
        } else {
            updater.set(value);
        }
        if value % 3 == 0 {
            updater = moved(updater);
        }
    }
    drop(updater);
    for reader in readers {
        assert_eq!(reader.join().unwrap(), LAST);
    }
    assert_eq!(stays.get(), LAST);
}

#[derive(Clone, Debug)]
enum Step {
    Set,
    MoveUpdater,
    NewCell,
    Clone(usize),
    Move(usize),
    Drop(usize),
    /// Leaves a cell in a message for a while.
    Send(usize),
    Receive(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let index = || 0usize..8;
    prop_oneof![
        4 => Just(Step::Set),
        2 => Just(Step::MoveUpdater),
        1 => Just(Step::NewCell),
        1 => index().prop_map(Step::Clone),
        3 => index().prop_map(Step::Move),
        1 => index().prop_map(Step::Drop),
        2 => index().prop_map(Step::Send),
        2 => index().prop_map(Step::Receive),
    ]
}

proptest! {
    #[test]
    fn after_any_moves_every_cell_has_the_last_value(steps in prop::collection::vec(step(), 0..80)) {
        let mut updater = CellUpdater::new(0u32);
        let mut cells = vec![updater.cell()];
        let mut under_way = Vec::new();
        let mut value = 0;
        for step in steps {
            match step {
                Step::Set => {
                    value += 1;
                    let done = updater.set(value).now_or_never().is_some();
                    prop_assert!(done || !under_way.is_empty());
                }
                Step::MoveUpdater => updater = moved(updater),
                Step::NewCell => cells.push(updater.cell()),
                Step::Clone(i) if i < cells.len() => cells.push(cells[i].clone()),
                Step::Move(i) if i < cells.len() => {
                    let cell = cells.swap_remove(i);
                    cells.push(moved(cell));
                }
                Step::Drop(i) if i < cells.len() => drop(cells.swap_remove(i)),
                Step::Send(i) if i < cells.len() => {
                    under_way.push(OwnedMessage::new(cells.swap_remove(i)).serialize());
                }
                Step::Receive(i) if i < under_way.len() => {
                    let message = OwnedMessage::serialized(under_way.swap_remove(i));
                    cells.push(message.parse().unwrap());
                }
                _ => {}
            }
            for cell in &cells {
                prop_assert_eq!(cell.get(), value);
            }
        }
        drop(updater);
        for message in under_way {
            cells.push(OwnedMessage::serialized(message).parse().unwrap());
        }
        for cell in &mut cells {
            prop_assert_eq!(cell.get(), value);
            while cell.changed().now_or_never().unwrap().is_ok() {}
        }
    }
}
