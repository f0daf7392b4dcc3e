//! Who takes part: the implementations that can do what a scenario asks, mesh first.
//!
//! Each macro calls a function generic over the channel once for every implementation on its list, with further type
//! arguments and values passed on. They are the only places that name all peers.

/// Every channel with many senders, unbounded or bounded.
macro_rules! every {
    ($row:ident $(::<$message:ty>)?, $($argument:expr),+) => {
        $row::<$crate::channels::mesh::Mesh $(, $message)?>($($argument),+);
        #[cfg(feature = "peers")]
        {
            $row::<$crate::channels::peers::Kanal $(, $message)?>($($argument),+);
            $row::<$crate::channels::peers::KanalBounded $(, $message)?>($($argument),+);
            $row::<$crate::channels::peers::Flume $(, $message)?>($($argument),+);
            $row::<$crate::channels::peers::Crossbeam $(, $message)?>($($argument),+);
            $row::<$crate::channels::peers::CrossbeamBounded $(, $message)?>($($argument),+);
            $row::<$crate::channels::peers::AsyncChannel $(, $message)?>($($argument),+);
            $row::<$crate::channels::peers::Tokio $(, $message)?>($($argument),+);
            $row::<$crate::channels::peers::Futures $(, $message)?>($($argument),+);
            $row::<$crate::channels::peers::Std $(, $message)?>($($argument),+);
            $row::<$crate::channels::peers::StdBounded $(, $message)?>($($argument),+);
        }
    };
}

/// The unbounded channels whose receiver can block its thread.
macro_rules! every_blocking {
    ($row:ident $(::<$message:ty>)?, $($argument:expr),+) => {
        $row::<$crate::channels::mesh::Mesh $(, $message)?>($($argument),+);
        #[cfg(feature = "peers")]
        {
            $row::<$crate::channels::peers::Kanal $(, $message)?>($($argument),+);
            $row::<$crate::channels::peers::Flume $(, $message)?>($($argument),+);
            $row::<$crate::channels::peers::Crossbeam $(, $message)?>($($argument),+);
            $row::<$crate::channels::peers::AsyncChannel $(, $message)?>($($argument),+);
            $row::<$crate::channels::peers::Tokio $(, $message)?>($($argument),+);
            $row::<$crate::channels::peers::Std $(, $message)?>($($argument),+);
        }
    };
}

/// The unbounded channels whose receiver can be awaited.
macro_rules! every_awaited {
    ($row:ident $(::<$message:ty>)?, $($argument:expr),+) => {
        $row::<$crate::channels::mesh::Mesh $(, $message)?>($($argument),+);
        #[cfg(feature = "peers")]
        {
            $row::<$crate::channels::peers::Kanal $(, $message)?>($($argument),+);
            $row::<$crate::channels::peers::Flume $(, $message)?>($($argument),+);
            $row::<$crate::channels::peers::AsyncChannel $(, $message)?>($($argument),+);
            $row::<$crate::channels::peers::Tokio $(, $message)?>($($argument),+);
            $row::<$crate::channels::peers::Futures $(, $message)?>($($argument),+);
        }
    };
}

pub(crate) use every;
pub(crate) use every_awaited;
pub(crate) use every_blocking;
