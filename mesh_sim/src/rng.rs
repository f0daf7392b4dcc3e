//! The simulator's numbers: splitmix64, so that a seed is a whole run on every machine, or bytes of somebody's choosing.
//!
//! A fuzzer chooses bytes; each choice then takes as few of them as it needs, so that changing one byte changes one choice.
//! When they are used up, the numbers go on as those of a fixed seed.

/// A stream of numbers from a seed, or from bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rng {
    bytes: Vec<u8>,
    at: usize,
    state: u64,
}

impl Rng {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self {
            bytes: Vec::new(),
            at: 0,
            state: seed,
        }
    }

    /// The stream that these bytes begin.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.to_vec(),
            ..Self::new(0)
        }
    }

    /// Whether all bytes are used up; always so for the stream of a seed.
    pub fn is_spent(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// The next number. Of bytes it takes four, for both halves: nobody looks at more than one of them.
    pub fn next_u64(&mut self) -> u64 {
        if let Some(low) = self.take(4) {
            return low << 32 | low;
        }
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which must not be zero.
    pub fn below(&mut self, bound: usize) -> usize {
        let few = match bound {
            ..=0x100 => 1,
            0x101..=0x1_0000 => 2,
            _ => 4,
        };
        let number = self.take(few).unwrap_or_else(|| self.next_u64());
        (number % bound as u64) as usize
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// The next `count` bytes as a number; nothing if fewer are left.
    fn take(&mut self, count: usize) -> Option<u64> {
        let bytes = self.bytes.get(self.at..self.at + count)?;
        self.at += count;
        Some(bytes.iter().rfold(0, |n, byte| n << 8 | u64::from(*byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::Rng;

    #[test]
    fn bytes_are_taken_as_the_choice_needs_them_and_then_a_seed_goes_on() {
        let mut rng = Rng::from_bytes(&[7, 0x34, 0x12, 1, 2, 3, 4, 9]);
        assert_eq!(rng.below(5), 2);
        assert_eq!(rng.below(0x1000), 0x234);
        assert_eq!(rng.next_u64(), 0x0403_0201_0403_0201);
        assert!(!rng.is_spent() && rng.below(256) == 9 && rng.is_spent());
        assert_eq!(rng.next_u64(), Rng::new(0).next_u64());
    }
}
