//! The peers: each file uses one crate the way its documentation shows.

mod async_channel;
mod crossbeam;
mod flume;
mod futures;
mod kanal;
mod oneshot;
mod std_mpsc;
mod tokio;

pub(crate) use self::async_channel::AsyncChannel;
pub(crate) use self::crossbeam::{Crossbeam, CrossbeamBounded};
pub(crate) use self::flume::Flume;
pub(crate) use self::futures::{Futures, FuturesOnce};
pub(crate) use self::kanal::{Kanal, KanalBounded};
pub(crate) use self::oneshot::{OneshotAsync, OneshotSync};
pub(crate) use self::std_mpsc::{Std, StdBounded};
pub(crate) use self::tokio::{Tokio, TokioOnce};

/// The capacity of bounded rows: more than any scenario that sends before it receives has queued.
const CAPACITY: usize = 1024;
