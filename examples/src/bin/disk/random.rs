//! Random numbers that depend on a seed alone, so that a run's requests and contents can be had again.
//!
//! The generator is splitmix64: one multiplication chain a number, which is enough to tell blocks apart and to choose among
//! them. It is not for secrets.

/// A sequence of numbers.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// The sequence for these keys; other keys, or other orders of them, give another sequence.
    pub(crate) fn new(keys: &[u64]) -> Self {
        keys.iter().fold(Self(0), |random, key| {
            Self(random.clone().number() ^ key.wrapping_mul(0x9e37_79b9_7f4a_7c15))
        })
    }

    /// The next number.
    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The next number, brought below `bound`; nought if that is nought.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // The high half of the product is as good as evenly spread for bounds far below 2⁶⁴.
        ((u128::from(self.number()) * u128::from(bound)) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    fn sequence(keys: &[u64]) -> Vec<u64> {
        let mut random = Random::new(keys);
        (0..8).map(|_| random.number()).collect()
    }

    #[test]
    fn a_sequence_depends_on_each_key_and_on_their_order() {
        let sequences = [&[1, 2, 3][..], &[1, 2, 4], &[1, 3, 2], &[2, 2, 3], &[1, 2]].map(sequence);
        for (index, sequence) in sequences.iter().enumerate() {
            assert!(!sequences[..index].contains(sequence));
        }
        assert_eq!(sequences[0], sequence(&[1, 2, 3]));
    }

    #[test]
    fn a_bounded_number_stays_below_its_bound_and_reaches_all_of_it() {
        let mut random = Random::new(&[7]);
        let mut seen = [false; 5];
        for _ in 0..200 {
            seen[random.below(5) as usize] = true;
        }
        assert_eq!(seen, [true; 5]);
        assert_eq!(random.below(0), 0);
    }
}
