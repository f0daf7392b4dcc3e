//! A table of what has a number that counts up and is never used again: ports, links, channels.
//!
//! A search tree would do. It is looked into some twenty times for a message, and such numbers find their place without one: each
//! has a slot of its own, by its lowest bits, as long as the numbers in use lie close together; one that finds its slot taken is in
//! the next that was free. At least half of the slots are free.
//!
//! What it keeps true: tables with the same entries are equal and hash alike, whatever they have been through; [`keys`](Table::keys)
//! come in order, so that nothing depends on where an entry lies. Removing an entry leaves no trace: those behind it move up.
//!
//! Whoever decides which numbers stay in use, such as a peer, can have the remaining ones share a slot, for the price of using up a
//! table's worth of numbers for each; looking one up then takes as many steps as there are, which the limits of a link bound.

use alloc::vec::Vec;
use core::hash::{Hash, Hasher};
use core::mem;

/// What can be looked up.
pub(crate) trait Key: Copy + Ord + Hash {
    /// Its number.
    fn number(self) -> u64;
}

impl Key for u64 {
    fn number(self) -> u64 {
        self
    }
}

/// So many slots at least, once there is an entry.
const LEAST: usize = 8;

#[derive(Clone, Debug)]
pub(crate) struct Table<K, V> {
    /// None, or a power of two.
    slots: Vec<Option<(K, V)>>,
    count: usize,
}

impl<K: Key, V> Table<K, V> {
    pub(crate) fn new() -> Self {
        Self {
            slots: Vec::new(),
            count: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Where a key is, or the free slot where it would be. None if there are no slots.
    #[inline]
    fn place(&self, key: K) -> Option<usize> {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = key.number() as usize & mask;
        // There is a free slot, so this ends.
        loop {
            match self.slots.get(at)? {
                Some((present, _)) if *present != key => at = (at + 1) & mask,
                _ => return Some(at),
            }
        }
    }

    #[inline]
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        let at = self.place(*key)?;
        self.slots[at].as_ref().map(|(_, value)| value)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let at = self.place(*key)?;
        self.slots[at].as_mut().map(|(_, value)| value)
    }

    #[inline]
    pub(crate) fn contains_key(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    /// Puts a value in; gives the one that was there.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        if self.slots.len() < 2 * (self.count + 1) {
            self.resize((2 * self.slots.len()).max(LEAST));
        }
        let at = self.place(key)?;
        let old = self.slots[at].replace((key, value));
        self.count += usize::from(old.is_none());
        old.map(|(_, value)| value)
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let mut hole = self.place(*key)?;
        let (_, value) = self.slots[hole].take()?;
        self.count -= 1;
        let mask = self.slots.len() - 1;
        let mut at = (hole + 1) & mask;
        while let Some((next, _)) = &self.slots[at] {
            // How far it is from where it belongs, and the hole from there.
            let home = next.number() as usize & mask;
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(hole) & mask) {
                self.slots.swap(hole, at);
                hole = at;
            }
            at = (at + 1) & mask;
        }
        if self.slots.len() > LEAST && 8 * self.count < self.slots.len() {
            self.resize(self.slots.len() / 2);
        }
        Some(value)
    }

    fn resize(&mut self, slots: usize) {
        let mut fresh = Vec::new();
        fresh.resize_with(slots, || None);
        let old = mem::replace(&mut self.slots, fresh);
        for entry in old.into_iter().flatten() {
            if let Some(at) = self.place(entry.0) {
                self.slots[at] = Some(entry);
            }
        }
    }

    /// The keys in order.
    pub(crate) fn keys(&self) -> Vec<K> {
        let mut keys: Vec<K> = self.slots.iter().flatten().map(|(key, _)| *key).collect();
        keys.sort_unstable();
        keys
    }

    /// The entries in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        let keys = self.keys().into_iter();
        keys.filter_map(|key| self.get(&key).map(|value| (key, value)))
    }

    /// The values in the order of their keys.
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// The values, in no order.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.slots.iter_mut().flatten().map(|(_, value)| value)
    }
}

impl<K: Key, V: PartialEq> PartialEq for Table<K, V> {
    fn eq(&self, other: &Self) -> bool {
        let mut entries = self.slots.iter().flatten();
        self.count == other.count && entries.all(|(key, value)| other.get(key) == Some(value))
    }
}

impl<K: Key, V: Eq> Eq for Table<K, V> {}

impl<K: Key, V: Hash> Hash for Table<K, V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.count);
        for entry in self.iter() {
            entry.hash(state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;

    fn hash(table: &Table<u64, u64>) -> u64 {
        let mut hasher = std::hash::DefaultHasher::new();
        table.hash(&mut hasher);
        hasher.finish()
    }

    #[test]
    fn it_does_what_a_map_does_with_numbers_that_share_slots_too() {
        for stride in [1, 3, 8, 64, 1 << 33] {
            let (mut table, mut map) = (Table::new(), BTreeMap::new());
            let mut random = 7u64;
            for step in 0..4000 {
                random = random.wrapping_mul(6364136223846793005).wrapping_add(1);
                let key = (random >> 33) % 100 * stride;
                if random >> 32 & 3 == 0 {
                    assert_eq!(table.insert(key, step), map.insert(key, step));
                } else {
                    assert_eq!(table.remove(&key), map.remove(&key));
                }
                assert_eq!(table.len(), map.len());
                assert!(
                    table
                        .iter()
                        .eq(map.iter().map(|(key, value)| (*key, value)))
                );
                assert!(map.iter().all(|(key, value)| table.get(key) == Some(value)));
            }
        }
    }

    #[test]
    fn equal_entries_make_equal_tables_whatever_has_been_in_them() {
        let (mut one, mut other) = (Table::new(), Table::new());
        for key in [0, 8, 16] {
            one.insert(key, key);
        }
        for key in (0..500).rev() {
            other.insert(key, key);
        }
        for key in (0..500).filter(|key| ![0, 8, 16].contains(key)) {
            other.remove(&key);
        }
        assert!(one == other && hash(&one) == hash(&other));
        assert!(other.slots.len() <= 2 * LEAST, "memory is given back");
        other.insert(8, 9);
        assert!(one != other && hash(&one) != hash(&other));
    }
}
