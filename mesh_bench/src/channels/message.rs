//! The messages: small, a cache line, large behind a pointer, and large in place.

/// A value that scenarios can make cheaply and that cannot be optimised away.
pub(crate) trait Message: Send + 'static {
    /// The part of a scenario's name that tells the message.
    const NAME: &'static str;
    /// The most messages a scenario may leave queued, so that memory stays in the tens of megabytes.
    const MOST_QUEUED: u64;

    /// A message that is different for each seed.
    fn make(seed: u64) -> Self;
}

impl Message for u64 {
    const NAME: &'static str = "u64";
    const MOST_QUEUED: u64 = 2_000_000;

    fn make(seed: u64) -> Self {
        seed
    }
}

/// Eight words: one cache line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line(#[allow(dead_code)] [u64; 8]); // Its words are carried, never looked at.

impl Message for Line {
    const NAME: &'static str = "64-bytes";
    const MOST_QUEUED: u64 = 1_000_000;

    fn make(seed: u64) -> Self {
        Self([seed; 8])
    }
}

impl Message for Box<[u8; 1000]> {
    const NAME: &'static str = "boxed-1000";
    const MOST_QUEUED: u64 = 100_000;

    fn make(seed: u64) -> Self {
        Box::new([seed as u8; 1000])
    }
}

impl Message for [u8; 1000] {
    const NAME: &'static str = "by-value-1000";
    const MOST_QUEUED: u64 = 100_000;

    fn make(seed: u64) -> Self {
        [seed as u8; 1000]
    }
}
