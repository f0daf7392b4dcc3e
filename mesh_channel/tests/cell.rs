//! Cells within one process: values, changes, ends, and that nobody's code runs under a lock.
#![cfg(not(loom))]
#![allow(
    clippy::unwrap_used,
    reason = "the lint spares test functions, but not what they share"
)]

use futures::{FutureExt, future};
use futures_executor::block_on;
use mesh_channel::{Cell, CellChanged, CellSet, CellUpdater, RecvError, cell};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::thread;

/// Counts how often it is woken.
#[derive(Default)]
struct Count(AtomicUsize);

impl Count {
    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn all_cells_see_an_update() {
    #[derive(Clone, Debug, PartialEq)]
    struct Config(&'static str);

    let (initial_config, new_config) = (Config("initial"), Config("new"));
    let mut updater = CellUpdater::new(initial_config.clone());
    let cell = updater.cell();
    let other = cell.clone();
    assert_eq!(cell.get(), initial_config);
    updater.set(new_config.clone());
    assert_eq!(cell.get(), new_config);
    assert_eq!(other.get(), new_config);
    assert_eq!(updater.cell().get(), new_config);
    assert_eq!(updater.get(), new_config);
    assert_eq!(format!("{cell:?}"), "Cell(Config(\"new\"))");
    assert_eq!(format!("{updater:?}"), "CellUpdater(Config(\"new\"))");
}

#[test]
fn a_value_needs_no_bounds_in_process() {
    struct Plain(Rc<u8>);
    let text = String::from("borrowed");
    let (mut updater, cell) = cell((Plain(Rc::new(1)), text.as_str()));
    updater.set((Plain(Rc::new(2)), text.as_str()));
    assert_eq!(cell.with(|(plain, text)| (*plain.0, text.len())), (2, 8));
}

#[test]
fn setting_is_complete_at_once_when_all_cells_are_here() {
    let (mut updater, cell) = cell(1);
    assert_eq!(updater.set(2).now_or_never(), Some(()));
    assert_eq!(cell.get(), 2);
    drop(cell);
    assert_eq!(updater.set(3).now_or_never(), Some(()));
    assert_eq!(updater.get(), 3);
}

#[test]
fn a_change_is_told_once_and_several_may_be_told_together() {
    let (mut updater, mut cell) = cell(1);
    assert!(cell.changed().now_or_never().is_none());
    updater.set(2);
    updater.set(3);
    cell.changed().now_or_never().unwrap().unwrap();
    assert_eq!(cell.get(), 3);
    assert!(cell.changed().now_or_never().is_none());
    // Looking at a value is not being told of it.
    updater.set(4);
    assert_eq!(cell.get(), 4);
    cell.changed().now_or_never().unwrap().unwrap();
    // A new cell knows the present value.
    assert!(updater.cell().changed().now_or_never().is_none());
}

#[test]
fn clones_are_told_independently() {
    let (mut updater, mut a) = cell(1);
    updater.set(2);
    let mut b = a.clone();
    a.changed().now_or_never().unwrap().unwrap();
    b.changed().now_or_never().unwrap().unwrap();
    let mut c = b.clone();
    assert!(c.changed().now_or_never().is_none());
    updater.set(3);
    for cell in [&mut a, &mut b, &mut c] {
        cell.changed().now_or_never().unwrap().unwrap();
    }
}

#[test]
fn all_waiting_tasks_are_woken_by_a_change() {
    let (mut updater, mut a) = cell(1);
    let mut b = a.clone();
    let (woken_a, woken_b) = (Arc::new(Count::default()), Arc::new(Count::default()));
    let (waker_a, waker_b) = (Waker::from(woken_a.clone()), Waker::from(woken_b.clone()));
    let mut wait_a = a.changed();
    let mut wait_b = b.changed();
    for _ in 0..2 {
        assert!(
            wait_a
                .poll_unpin(&mut Context::from_waker(&waker_a))
                .is_pending()
        );
        assert!(
            wait_b
                .poll_unpin(&mut Context::from_waker(&waker_b))
                .is_pending()
        );
    }
    updater.set(2);
    assert_eq!((woken_a.get(), woken_b.get()), (1, 1));
    assert!(
        wait_a
            .poll_unpin(&mut Context::from_waker(&waker_a))
            .is_ready()
    );
    assert!(
        wait_b
            .poll_unpin(&mut Context::from_waker(&waker_b))
            .is_ready()
    );
}

#[test]
fn a_task_that_changed_is_woken_in_place_of_the_former_one() {
    let (mut updater, mut cell) = cell(1);
    let (former, latter) = (Arc::new(Count::default()), Arc::new(Count::default()));
    let mut changed = cell.changed();
    for count in [&former, &latter] {
        let waker = Waker::from(count.clone());
        assert!(
            changed
                .poll_unpin(&mut Context::from_waker(&waker))
                .is_pending()
        );
    }
    updater.set(2);
    assert_eq!((former.get(), latter.get()), (0, 1));
}

#[test]
fn an_abandoned_wait_loses_no_change_and_keeps_no_waker() {
    let (mut updater, mut cell) = cell(1);
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let mut changed = cell.changed();
    assert!(
        changed
            .poll_unpin(&mut Context::from_waker(&waker))
            .is_pending()
    );
    drop(changed);
    drop(waker);
    assert_eq!(Arc::strong_count(&count), 1);
    updater.set(2);
    assert_eq!(count.get(), 0);
    cell.changed().now_or_never().unwrap().unwrap();
}

#[test]
fn a_dropped_updater_leaves_the_last_value_and_is_told_after_it() {
    let (mut updater, mut cell) = cell(1);
    updater.set(2);
    drop(updater);
    cell.changed().now_or_never().unwrap().unwrap();
    for _ in 0..2 {
        let end = cell.changed().now_or_never().unwrap();
        assert!(matches!(end, Err(RecvError::Closed)));
        assert_eq!(cell.get(), 2);
    }
    let end = cell.clone().changed().now_or_never().unwrap();
    assert!(end.is_err());
}

#[test]
fn a_waiting_task_learns_that_the_updater_was_dropped() {
    let (updater, mut cell) = cell(1);
    let waiting = thread::spawn(move || block_on(cell.changed()));
    drop(updater);
    assert!(matches!(waiting.join().unwrap(), Err(RecvError::Closed)));
}

#[test]
fn a_slow_reader_keeps_its_value_while_the_updater_goes_on() {
    let (mut updater, cell) = cell(vec![1]);
    let other = cell.clone();
    cell.with(|value| {
        updater.set(vec![2]);
        assert_eq!(*value, [1]);
        assert_eq!(other.get(), [2]);
    });
}

/// Looks into a cell whenever code of a value's type runs.
struct Nosy(Arc<Mutex<Option<Cell<Nosy>>>>, Arc<AtomicUsize>);

impl Nosy {
    fn look(&self) {
        let cell = self.0.lock().unwrap().take();
        if let Some(cell) = cell {
            cell.with(|_| self.1.fetch_add(1, Ordering::SeqCst));
            *self.0.lock().unwrap() = Some(cell);
        }
    }
}

impl Clone for Nosy {
    fn clone(&self) -> Self {
        self.look();
        Self(self.0.clone(), self.1.clone())
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        self.look();
    }
}

#[test]
fn clones_and_drops_of_values_run_without_a_lock() {
    let (slot, count) = (Arc::default(), Arc::default());
    let make = || Nosy(Arc::clone(&slot), Arc::clone(&count));
    let (mut updater, cell) = cell(make());
    *slot.lock().unwrap() = Some(cell.clone());
    updater.set(make());
    assert_eq!(count.load(Ordering::SeqCst), 1);
    drop(cell.get());
    assert_eq!(count.load(Ordering::SeqCst), 3);
    drop(updater);
    let last = slot.lock().unwrap().take();
    drop(last);
}

#[test]
fn wakers_run_without_a_lock() {
    struct Looks(Cell<u8>, AtomicUsize);
    impl Wake for Looks {
        fn wake(self: Arc<Self>) {
            let seen = self.0.get();
            self.1.store(seen.into(), Ordering::SeqCst);
        }
    }
    let (mut updater, mut cell) = cell(1);
    let looks = Arc::new(Looks(cell.clone(), AtomicUsize::new(0)));
    let waker = Waker::from(looks.clone());
    let mut changed = cell.changed();
    assert!(
        changed
            .poll_unpin(&mut Context::from_waker(&waker))
            .is_pending()
    );
    updater.set(2);
    assert_eq!(looks.1.load(Ordering::SeqCst), 2);
}

#[test]
fn readers_on_other_threads_see_versions_in_order_and_the_last_one() {
    let (mut updater, cell) = cell(0u32);
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let mut cell = cell.clone();
            thread::spawn(move || {
                let mut last = 0;
                while block_on(cell.changed()).is_ok() {
                    let value = cell.get();
                    assert!(value >= last);
                    last = value;
                }
                cell.get()
            })
        })
        .collect();
    for value in 1..=1000 {
        updater.set(value);
    }
    drop(updater);
    for reader in readers {
        assert_eq!(reader.join().unwrap(), 1000);
    }
}

#[test]
fn cells_follow_the_auto_traits_of_their_values() {
    fn check<T: Send + Sync + Unpin>() {}
    check::<Cell<String>>();
    check::<CellUpdater<String>>();
    check::<CellChanged<'_, String>>();
    check::<CellSet<'_, String>>();
    let (mut updater, mut cell) = cell(1);
    let set = updater.set(2);
    assert_eq!(
        format!("{set:?} {:?}", cell.changed()),
        "CellSet { .. } CellChanged { .. }"
    );
    block_on(future::join(set, cell.changed())).1.unwrap();
}
