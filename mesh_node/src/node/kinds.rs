//! Of each resource of a message, whether it is a descriptor; else it is a port.
//!
//! They are as bits, of which bit 0 of the first byte comes first, as they stand in front of a message's bytes. Up to 64 take no
//! memory of their own.

/// Up to here the bits are in one word.
const FEW: usize = 64;

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Kinds {
    count: u32,
    descriptors: u32,
    few: u64,
    /// Those beyond; boxed, as they hardly ever are.
    #[allow(
        clippy::box_collection,
        reason = "it is moved about, and mostly not there"
    )]
    more: Option<Box<Vec<u8>>>,
}

impl Kinds {
    pub(super) fn len(&self) -> usize {
        self.count as usize
    }

    /// How many are descriptors.
    pub(super) fn descriptors(&self) -> usize {
        self.descriptors as usize
    }

    /// How many bytes they take.
    pub(super) fn bytes(&self) -> usize {
        self.len().div_ceil(8)
    }

    pub(super) fn push(&mut self, is_descriptor: bool) {
        let at = self.len();
        if at < FEW {
            self.few |= u64::from(is_descriptor) << at;
        } else {
            let more = self.more.get_or_insert_default();
            more.resize((at - FEW) / 8 + 1, 0);
            if let Some(byte) = more.last_mut() {
                *byte |= u8::from(is_descriptor) << (at % 8);
            }
        }
        self.count += 1;
        self.descriptors += u32::from(is_descriptor);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = bool> + '_ {
        let more = self.more.as_ref().map_or(&[][..], |more| more);
        let bit = move |at: usize| match at.checked_sub(FEW) {
            None => self.few >> at & 1 == 1,
            Some(at) => (more.get(at / 8)).is_some_and(|byte| byte >> (at % 8) & 1 == 1),
        };
        (0..self.len()).map(bit)
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let few = self.bytes().min(FEW / 8);
        out.extend_from_slice(&self.few.to_le_bytes()[..few]);
        if let Some(more) = &self.more {
            out.extend_from_slice(more);
        }
    }

    /// So many of them, from the bits of so many; none if a bit that is left over is set, or there are not that many.
    pub(super) fn read(bits: &[u8], count: usize) -> Option<Self> {
        if bits.is_empty() && count == 0 {
            return Some(Self::default());
        }
        let spare = (bits.len() * 8).checked_sub(count)?;
        let tail = bits.last().copied().unwrap_or(0);
        if spare > 0 && tail.checked_shr(8u32.checked_sub(spare as u32)?)? != 0 {
            return None;
        }
        let (few, more) = bits.split_at(bits.len().min(FEW / 8));
        let mut word = [0; FEW / 8];
        word[..few.len()].copy_from_slice(few);
        let descriptors = bits.iter().map(|byte| byte.count_ones()).sum();
        Some(Self {
            count: u32::try_from(count).ok()?,
            descriptors,
            few: u64::from_le_bytes(word),
            more: (!more.is_empty()).then(|| Box::new(more.to_vec())),
        })
    }
}

impl FromIterator<bool> for Kinds {
    fn from_iter<I: IntoIterator<Item = bool>>(kinds: I) -> Self {
        let mut all = Self::default();
        kinds.into_iter().for_each(|kind| all.push(kind));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_them_is_written_and_read_as_bits() {
        for count in [0usize, 1, 7, 8, 9, 63, 64, 65, 71, 72, 73, 200] {
            let expected: Vec<bool> = (0..count).map(|at| at % 3 == 0).collect();
            let kinds: Kinds = expected.iter().copied().collect();
            assert_eq!(kinds.iter().collect::<Vec<_>>(), expected);
            assert_eq!(kinds.descriptors(), count.div_ceil(3));
            let mut bits = Vec::new();
            kinds.write(&mut bits);
            assert_eq!(bits.len(), kinds.bytes());
            assert_eq!(Kinds::read(&bits, count), Some(kinds));
        }
        assert_eq!(Kinds::read(&[2], 1), None);
    }
}
