//! Memory of large messages, kept for the next one.
//!
//! Fresh memory of some pages costs more than what is copied into it: allocators give it back to the system at once, and get it
//! again page by page. So whoever is done with the bytes of a large message gives them here, and whoever needs as much takes them,
//! in the same thread. A thread keeps a few buffers of the size of one packet of a link, and one of two MiB at most.
//!
//! The bytes in it remain until they are overwritten, so that memory to be filled by the system need not be cleared first.

use std::cell::RefCell;

/// The least and the most that is kept, and where large buffers begin.
const LEAST: usize = 4 << 10;
const LARGE: usize = 128 << 10;
const MOST: usize = 2 << 20;

/// How many buffers are kept of those that are not large: as many as are received before messages are taken out of them, and some.
const SEVERAL: usize = 4;

/// How many times what it needs a message gets at most.
const PROPORTION: usize = 4;

/// What a thread keeps.
struct Spare {
    small: Vec<Vec<u8>>,
    large: Vec<u8>,
}

thread_local! {
    static SPARE: RefCell<Spare> = const {
        RefCell::new(Spare {
            small: Vec::new(),
            large: Vec::new(),
        })
    };
}

/// Does something with what this thread keeps. Without its locals it is about to end, and keeps nothing.
fn with<R: Default>(change: impl FnOnce(&mut Spare) -> R) -> R {
    let changed = SPARE.try_with(|spare| change(&mut spare.borrow_mut()));
    changed.unwrap_or_default()
}

impl Spare {
    /// What is kept for messages of this size, with what was in it, unless it is out of proportion: a peer could have much
    /// memory held with little.
    fn kept(&mut self, size: usize) -> Vec<u8> {
        let fits = |memory: &Vec<u8>| memory.capacity() / PROPORTION <= size;
        if size > LARGE {
            return if fits(&self.large) {
                std::mem::take(&mut self.large)
            } else {
                Vec::new()
            };
        }
        if self.small.last().is_some_and(fits) {
            self.small.pop().unwrap_or_default()
        } else {
            Vec::new()
        }
    }
}

/// An empty buffer, with memory if there is some.
pub fn take() -> Vec<u8> {
    let mut memory = with(|spare| match spare.small.pop() {
        Some(memory) => memory,
        None => std::mem::take(&mut spare.large),
    });
    memory.clear();
    memory
}

/// So many bytes, whatever is in them.
pub fn take_filled(length: usize) -> Vec<u8> {
    let mut memory = with(|spare| spare.kept(length));
    if memory.capacity() < length {
        // To move what was in it would not help, and fresh memory need not be cleared.
        return vec![0; length];
    }
    memory.resize(length, 0);
    memory
}

/// A copy of these bytes.
pub fn copy(bytes: &[u8]) -> Vec<u8> {
    if bytes.len() < LEAST {
        return bytes.to_vec();
    }
    let mut copy = with(|spare| spare.kept(bytes.len()));
    copy.clear();
    copy.extend_from_slice(bytes);
    copy
}

/// Whether the memory of such bytes would be kept.
pub(crate) fn is_of_use(bytes: &Vec<u8>) -> bool {
    (LEAST..=MOST).contains(&bytes.capacity())
}

/// Keeps the memory of bytes that nobody needs any more, if it is of use.
pub fn give(bytes: Vec<u8>) {
    if !is_of_use(&bytes) {
        return;
    }
    let surplus = with(|spare| {
        if bytes.capacity() > LARGE {
            return std::mem::replace(&mut spare.large, bytes);
        }
        if spare.small.len() < SEVERAL {
            spare.small.push(bytes);
            return Vec::new();
        }
        bytes
    });
    drop(surplus);
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

    #[test]
    fn a_small_message_does_not_hold_the_memory_of_a_large_one() {
        give(Vec::with_capacity(MOST));
        give(Vec::with_capacity(LARGE));
        assert!(copy(&[1; 5_000]).capacity() < LARGE);
        assert!(take_filled(LARGE + 1).capacity() < MOST);
        assert_eq!(take_filled(MOST / 2).capacity(), MOST);
        assert_eq!(take_filled(LARGE / 2).capacity(), LARGE);
    }

    #[test]
    fn memory_to_be_filled_is_as_long_as_asked_for_and_not_cleared() {
        give(vec![7; 300_000]);
        give(vec![8; 5_000]);
        assert_eq!(take_filled(200_000), [7; 200_000]);
        assert_eq!(take_filled(5_001), [0; 5_001]);
        assert_eq!(take_filled(0), []);
    }
}
