//! Running one future on this thread.
//!
//! A host's `main` needs an executor and may bring its own, so this one is as small as can be, and can be nested in others, which
//! those of larger crates refuse.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

struct Unpark {
    thread: Thread,
    /// A thread's permission to go on is one for all who sleep in it, so each remembers whether it was meant.
    woken: AtomicBool,
}

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Release: what was done before the wake is seen by the poll that the swap below leads to.
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Polls the future whenever it is woken, and sleeps in between.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let unpark = Arc::new(Unpark {
        thread: thread::current(),
        woken: AtomicBool::new(false),
    });
    let waker = Waker::from(unpark.clone());
    let mut cx = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
        // Acquire: pairs with the store in `wake_by_ref`.
        while !unpark.woken.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wake_is_not_lost_to_an_executor_within() {
        let (outer, mut outer_rx) = mesh::channel::<u32>();
        let (inner, mut inner_rx) = mesh::channel::<u32>();
        let got = block_on(async {
            assert!(futures_pending(&mut outer_rx).await);
            outer.send(1);
            let sender = thread::spawn(move || inner.send(2));
            let two = block_on(inner_rx.recv());
            sender.join().unwrap();
            (outer_rx.recv().await.unwrap(), two.unwrap())
        });
        assert_eq!(got, (1, 2));
    }

    /// Polls once, to register the task, and tells whether it was pending.
    async fn futures_pending(rx: &mut mesh::Receiver<u32>) -> bool {
        std::future::poll_fn(|cx| Poll::Ready(rx.poll_recv(cx).is_pending())).await
    }
}
