//! A hold on a channel that does not keep it open.
//!
//! It is a holder of the queue, so the queue's memory stays as long as there is one; its values do not, since the receiver drops
//! what it leaves. Whether a sender can be made is decided by the count of senders, which never rises again from zero.

use super::control::Hold;
use super::sender::Sender;
use std::fmt;

/// A handle from which a [`Sender`] can be made as long as the channel has another one; made by [`Sender::downgrade`].
///
/// It does not keep the channel open: the receiver sees it close when the last `Sender` is dropped, whatever weak ones are left.
///
/// # Across processes
///
/// It is not a payload, and what counts for it are the senders that send by way of this process. A sender that left this
/// process counts while the receiver is here, since its messages arrive here; when the receiver is elsewhere, it does not.
pub struct WeakSender<T> {
    hold: Hold<T>,
}

impl<T> WeakSender<T> {
    pub(super) fn new(hold: Hold<T>) -> Self {
        Self { hold }
    }

    /// Makes a sender, unless none is left. The receiver may be gone even if there is one, as for every sender.
    ///
    /// ```
    /// let (tx, _rx) = mesh_channel::channel::<u32>();
    /// let weak = tx.downgrade();
    /// assert!(weak.upgrade().unwrap().same_channel(&tx));
    /// drop(tx);
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn upgrade(&self) -> Option<Sender<T>> {
        self.hold.produce().map(Sender::new)
    }

    /// True if both belong to one channel.
    ///
    /// ```
    /// let (tx, _rx) = mesh_channel::channel::<u32>();
    /// assert!(tx.downgrade().same_channel(&tx.downgrade()));
    /// ```
    pub fn same_channel(&self, other: &Self) -> bool {
        self.hold.same_queue(&other.hold)
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> Self {
        Self::new(self.hold.clone())
    }
}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakSender").finish_non_exhaustive()
    }
}
