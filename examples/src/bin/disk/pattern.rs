//! What a block must contain: bytes that follow from the seed, the number of the block, and how often it was written.
//!
//! A block opens with its number and version in plain, so that a mismatch can be told apart: an older version was not
//! replaced, another block's content went astray, or bytes are damaged. The rest is random, and is compared as it is generated.

use crate::random::Random;
use std::fmt;

/// The unit in which contents are tracked, in bytes. It is the sector size of the disk as well.
pub(crate) const BLOCK_BYTES: usize = 4096;

/// Bytes in a word, the unit in which contents are made.
const WORD: usize = size_of::<u64>();

/// Makes the content of a block.
pub(crate) fn fill(content: &mut [u8], seed: u64, block: u64, version: u32) {
    for (word, expected) in content
        .chunks_exact_mut(WORD)
        .zip(words(seed, block, version))
    {
        word.copy_from_slice(&expected);
    }
}

/// Compares a block with what it must contain.
pub(crate) fn check(content: &[u8], seed: u64, block: u64, version: u32) -> Result<(), Mismatch> {
    let Some(byte) = first_difference(content, seed, block, version) else {
        return Ok(());
    };
    let mut header = content.chunks_exact(WORD).map(|word| {
        let mut bytes = [0; WORD];
        bytes.copy_from_slice(word);
        u64::from_le_bytes(bytes)
    });
    let found = header
        .next()
        .zip(header.next())
        .and_then(|(number, count)| {
            let count = u32::try_from(count).ok()?;
            first_difference(content, seed, number, count)
                .is_none()
                .then_some((number, count))
        });
    Err(Mismatch {
        block,
        version,
        difference: match found {
            Some((block, version)) => Difference::Other { block, version },
            None => Difference::Damaged { byte },
        },
    })
}

fn first_difference(content: &[u8], seed: u64, block: u64, version: u32) -> Option<usize> {
    content
        .chunks_exact(WORD)
        .zip(words(seed, block, version))
        .position(|(word, expected)| *word != expected)
        .map(|index| index * WORD)
}

fn words(seed: u64, block: u64, version: u32) -> impl Iterator<Item = [u8; WORD]> {
    let version = u64::from(version);
    let mut random = Random::new(&[seed, block, version]);
    [block, version]
        .into_iter()
        .chain(std::iter::repeat_with(move || random.number()))
        .map(u64::to_le_bytes)
}

/// A block that does not contain what it must.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    block: u64,
    version: u32,
    difference: Difference,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Difference {
    /// It is whole, but another.
    Other { block: u64, version: u32 },
    /// It is nothing that was ever written. The first damaged word is at this byte.
    Damaged { byte: usize },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            block,
            version,
            difference,
        } = self;
        write!(f, "block {block} should be at version {version} and ")?;
        match difference {
            Difference::Other {
                block: found,
                version,
            } if found == block => {
                write!(f, "is at version {version}")
            }
            Difference::Other { block, version } => {
                write!(f, "has the content of block {block} at version {version}")
            }
            Difference::Damaged { byte } => write!(f, "is damaged from byte {byte} on"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK_BYTES, check, fill};

    fn block(number: u64, version: u32) -> Vec<u8> {
        let mut content = vec![0; BLOCK_BYTES];
        fill(&mut content, 1, number, version);
        content
    }

    fn complaint(content: &[u8]) -> String {
        check(content, 1, 5, 3).unwrap_err().to_string()
    }

    #[test]
    fn a_block_is_what_was_written_to_it() {
        assert_eq!(check(&block(5, 3), 1, 5, 3), Ok(()));
        assert!(check(&block(5, 3), 2, 5, 3).is_err());
    }

    #[test]
    fn an_old_version_is_told_from_a_stray_block_and_from_damage() {
        assert_eq!(
            complaint(&block(5, 2)),
            "block 5 should be at version 3 and is at version 2"
        );
        assert_eq!(
            complaint(&block(6, 1)),
            "block 5 should be at version 3 and has the content of block 6 at version 1"
        );
        let mut damaged = block(5, 3);
        damaged[BLOCK_BYTES - 1] ^= 1;
        assert_eq!(
            complaint(&damaged),
            "block 5 should be at version 3 and is damaged from byte 4088 on"
        );
        assert_eq!(
            complaint(&[0; BLOCK_BYTES]),
            "block 5 should be at version 3 and is damaged from byte 0 on"
        );
    }

    #[test]
    fn every_single_damaged_byte_is_noticed() {
        let good = block(5, 3);
        for byte in 0..BLOCK_BYTES {
            let mut damaged = good.clone();
            damaged[byte] ^= 0x80;
            assert!(check(&damaged, 1, 5, 3).is_err(), "byte {byte}");
        }
    }
}
