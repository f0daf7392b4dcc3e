//! Memory of messages, for the next ones.
//!
//! Fresh memory of some pages costs more than what is copied into it: allocators give it back to the system at once, and get it
//! again page by page. So whoever is done with the bytes of a large message gives them here, and whoever needs as much takes them,
//! in the same thread. A thread keeps a few buffers of the size of one packet of a link, and one of two MiB at most; and two of small
//! messages, which only saves asking the allocator.
//!
//! The bytes in it remain until they are overwritten, so that memory to be filled by the system need not be cleared first.

use std::cell::RefCell;

/// Sizes of what is kept: the least of all, from where on it is worth more than a copy, where large buffers begin, and the most.
const LEAST: usize = 64;
const PAGE: usize = 4 << 10;
const LARGE: usize = 128 << 10;
const MOST: usize = 2 << 20;

/// How many small buffers are kept: a message's and its frame's.
const PAIR: usize = 2;

/// How many buffers are kept of those in the middle: as many as are received before messages are taken out of them, and some.
const SEVERAL: usize = 4;

/// How many times what it needs a message gets at most.
const PROPORTION: usize = 4;

/// What a thread keeps.
struct Spare {
    small: Vec<Vec<u8>>,
    middle: Vec<Vec<u8>>,
    large: Vec<u8>,
}

thread_local! {
    static SPARE: RefCell<Spare> = const {
        RefCell::new(Spare {
            small: Vec::new(),
            middle: Vec::new(),
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
        let fits = |memory: &Vec<u8>| memory.capacity() / PROPORTION <= size.max(PAGE);
        let list = match size {
            _ if size < PAGE => &mut self.small,
            _ if size <= LARGE => &mut self.middle,
            _ if fits(&self.large) => return std::mem::take(&mut self.large),
            _ => return Vec::new(),
        };
        if list.last().is_some_and(fits) {
            list.pop().unwrap_or_default()
        } else {
            Vec::new()
        }
    }

    /// Keeps a buffer; what is too much comes back.
    fn keep(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        let (list, most) = match bytes.capacity() {
            size if size < PAGE => (&mut self.small, PAIR),
            size if size <= LARGE => (&mut self.middle, SEVERAL),
            _ => return std::mem::replace(&mut self.large, bytes),
        };
        if list.len() < most {
            list.push(bytes);
            return Vec::new();
        }
        bytes
    }
}

/// An empty buffer, with memory if there is some.
pub fn take() -> Vec<u8> {
    let mut memory = with(|spare| match spare.middle.pop() {
        Some(memory) => memory,
        None if spare.large.capacity() > 0 => std::mem::take(&mut spare.large),
        None => spare.kept(0),
    });
    memory.clear();
    memory
}

/// An empty buffer for a small message, with memory for so many bytes at least.
pub(crate) fn small(bytes: usize) -> Vec<u8> {
    let mut memory = with(|spare| spare.kept(0));
    memory.clear();
    memory.reserve(bytes);
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
    let mut copy = with(|spare| spare.kept(bytes.len()));
    copy.clear();
    copy.extend_from_slice(bytes);
    copy
}

/// Whether the memory of such bytes would be kept, and is worth more than an allocation.
#[cfg(feature = "bytes")]
pub(crate) fn is_of_use(bytes: &Vec<u8>) -> bool {
    (PAGE..=MOST).contains(&bytes.capacity())
}

/// Keeps the memory of bytes that nobody needs any more, if it is of use.
pub fn give(bytes: Vec<u8>) {
    if (LEAST..=MOST).contains(&bytes.capacity()) {
        let surplus = with(|spare| spare.keep(bytes));
        drop(surplus);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_of_a_message_is_used_again_unless_it_is_tiny_or_huge() {
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
    fn small_memory_serves_small_messages() {
        give(Vec::with_capacity(1000));
        assert!(small(10).capacity() >= 1000);
        assert!(small(10).capacity() < 1000);
        give(Vec::with_capacity(1000));
        assert!(copy(&[7; PAGE]).capacity() >= PAGE);
        assert!(take().capacity() >= 1000);
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
