//! Memory of large messages, kept for the next one.
//!
//! Fresh memory of some pages costs more than what is copied into it: allocators give it back to the system at once, and get it
//! again page by page. So whoever is done with the bytes of a large message gives them here, and whoever needs as much takes them,
//! in the same thread. A thread keeps one buffer, of two MiB at most.

use std::cell::Cell;

/// The least and the most that is kept.
const LEAST: usize = 4 << 10;
const MOST: usize = 2 << 20;

thread_local! {
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// An empty buffer, with memory if there is some.
pub fn take() -> Vec<u8> {
    SPARE.try_with(Cell::take).unwrap_or_default()
}

/// A copy of these bytes.
pub fn copy(bytes: &[u8]) -> Vec<u8> {
    if bytes.len() < LEAST {
        return bytes.to_vec();
    }
    let mut copy = take();
    copy.extend_from_slice(bytes);
    copy
}

/// Keeps the memory of bytes that nobody needs any more, if it is of use.
pub fn give(mut bytes: Vec<u8>) {
    if (LEAST..=MOST).contains(&bytes.capacity()) {
        bytes.clear();
        // Without its locals the thread is about to end.
        let _ = SPARE.try_with(|spare| spare.replace(bytes));
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
