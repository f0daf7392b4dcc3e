//! Memory of large messages, kept for the next one.
//!
//! Fresh memory of some pages costs more than what is copied into it: allocators give it back to the system at once, and get it
//! again page by page. So whoever is done with the bytes of a large message gives them here, and whoever needs as much takes them,
//! in the same thread. A thread keeps one buffer, of two MiB at most; and two of small messages, which only saves asking the allocator.

use std::cell::Cell;

/// The least and the most that is kept.
const LEAST: usize = 4 << 10;
const MOST: usize = 2 << 20;

/// The least that is kept of small messages.
const SMALLEST: usize = 64;

/// What a thread keeps.
struct Spares {
    large: Cell<Vec<u8>>,
    small: [Cell<Vec<u8>>; 2],
}

thread_local! {
    static SPARE: Spares = const { Spares {
        large: Cell::new(Vec::new()),
        small: [const { Cell::new(Vec::new()) }; 2],
    } };
}

/// An empty buffer, with memory if there is some.
pub fn take() -> Vec<u8> {
    let taken = SPARE.try_with(|spare| match spare.large.take() {
        large if large.capacity() > 0 => large,
        _ => spare.take_small(),
    });
    taken.unwrap_or_default()
}

/// An empty buffer for a small message, with memory for so many bytes at least.
pub fn small(bytes: usize) -> Vec<u8> {
    let mut taken = SPARE.try_with(Spares::take_small).unwrap_or_default();
    taken.reserve(bytes);
    taken
}

impl Spares {
    fn take_small(&self) -> Vec<u8> {
        let [first, second] = &self.small;
        let taken = first.take();
        if taken.capacity() > 0 {
            return taken;
        }
        second.take()
    }

    fn give_small(&self, bytes: Vec<u8>) {
        let [first, second] = &self.small;
        let before = first.replace(bytes);
        if before.capacity() > 0 {
            second.set(before);
        }
    }
}

/// A copy of these bytes.
pub fn copy(bytes: &[u8]) -> Vec<u8> {
    let mut copy = if bytes.len() < LEAST {
        small(bytes.len())
    } else {
        take()
    };
    copy.extend_from_slice(bytes);
    copy
}

/// Keeps the memory of bytes that nobody needs any more, if it is of use.
pub fn give(mut bytes: Vec<u8>) {
    if (SMALLEST..=MOST).contains(&bytes.capacity()) {
        bytes.clear();
        // Without its locals the thread is about to end.
        let _ = SPARE.try_with(|spare| match bytes.capacity() {
            LEAST.. => drop(spare.large.replace(bytes)),
            _ => spare.give_small(bytes),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_of_a_message_is_used_again_unless_it_is_small_or_huge() {
        give(Vec::with_capacity(100_000));
        let taken = copy(&[7; 50_000]);
        assert!(taken.capacity() >= 100_000);
        assert_eq!(taken, [7; 50_000]);
        assert_eq!(take().capacity(), 0);
        give(Vec::with_capacity(10));
        give(Vec::with_capacity(MOST + 1));
        assert_eq!(take().capacity(), 0);
    }
}
