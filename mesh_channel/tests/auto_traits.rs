//! Endpoints are `Send`, `Sync`, `Unpin` and unwind-safe exactly when that is sound.
#![cfg(not(loom))]

use mesh_channel::{
    BlockingIter, Closed, OneshotClosed, OneshotReceiver, OneshotSender, Receiver, Recv, RecvMany,
    Sender, TryIter, WeakSender, channel, oneshot,
};
use std::cell::Cell;
use std::marker::PhantomPinned;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

/// True if a type has an auto trait: the inherent constant is there only if the bound holds, and goes before the trait's.
macro_rules! has {
    ($ty:ty: $($bound:tt)+) => {{
        #[allow(dead_code)]
        trait Otherwise { const HAS: bool = false; }
        impl<T: ?Sized> Otherwise for T {}
        struct Probe<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code, trivial_bounds)]
        impl<T: ?Sized + $($bound)+> Probe<T> { const HAS: bool = true; }
        Probe::<$ty>::HAS
    }};
}

macro_rules! check_all {
    ($t:ty, $expected:expr) => {
        assert_eq!(has!(Sender<$t>: Send), $expected);
        assert_eq!(has!(Sender<$t>: Sync), $expected);
        assert_eq!(has!(Receiver<$t>: Send), $expected);
        assert_eq!(has!(Receiver<$t>: Sync), $expected);
        assert_eq!(has!(Recv<'static, $t>: Send), $expected);
        assert_eq!(has!(Closed<'static, $t>: Send), $expected);
        assert_eq!(has!(WeakSender<$t>: Send), $expected);
        assert_eq!(has!(WeakSender<$t>: Sync), $expected);
        assert_eq!(has!(RecvMany<'static, $t>: Send), $expected);
        assert_eq!(has!(TryIter<'static, $t>: Send), $expected);
        assert_eq!(has!(BlockingIter<'static, $t>: Send), $expected);
        assert!(has!(WeakSender<$t>: Unpin + UnwindSafe + RefUnwindSafe));
        assert_eq!(has!(OneshotSender<$t>: Send), $expected);
        assert_eq!(has!(OneshotSender<$t>: Sync), $expected);
        assert_eq!(has!(OneshotReceiver<$t>: Send), $expected);
        assert_eq!(has!(OneshotReceiver<$t>: Sync), $expected);
        assert_eq!(has!(OneshotClosed<'static, $t>: Send), $expected);
        // What they hold does not matter to these.
        assert!(has!(Sender<$t>: Unpin + UnwindSafe + RefUnwindSafe));
        assert!(has!(Receiver<$t>: Unpin + UnwindSafe + RefUnwindSafe));
        assert!(has!(OneshotSender<$t>: Unpin + UnwindSafe + RefUnwindSafe));
        assert!(has!(OneshotReceiver<$t>: Unpin + UnwindSafe + RefUnwindSafe));
    };
}

#[test]
fn endpoints_are_send_and_sync_exactly_when_their_values_are_send() {
    check_all!(u8, true);
    check_all!(Cell<u8>, true);
    check_all!(Box<dyn Send>, true);
    check_all!((u8, PhantomPinned), true);
    check_all!(Rc<()>, false);
    check_all!(*const u8, false);
    check_all!(std::sync::MutexGuard<'static, u8>, false);
}

#[test]
fn errors_are_send_sync_and_static() {
    fn is_error<T: std::error::Error + Send + Sync + 'static>() {}
    is_error::<mesh_channel::RecvError>();
    is_error::<mesh_channel::TryRecvError>();
    is_error::<mesh_channel::TrySendError<Vec<u8>>>();
}

#[test]
fn an_optional_endpoint_is_no_larger_than_an_endpoint() {
    assert_eq!(size_of::<Option<Sender<u64>>>(), size_of::<usize>());
    assert_eq!(size_of::<Option<OneshotSender<u64>>>(), size_of::<usize>());
    assert_eq!(
        size_of::<Option<Receiver<u64>>>(),
        size_of::<Receiver<u64>>()
    );
}

#[test]
fn values_may_borrow_from_what_lives_as_long_as_the_endpoints() {
    let text = String::from("text");
    let (tx, mut rx) = channel();
    let (otx, mut orx) = oneshot();
    tx.send(text.as_str());
    otx.send(text.as_str());
    assert_eq!(rx.try_recv().unwrap(), orx.try_recv().unwrap());
}
