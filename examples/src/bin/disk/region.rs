//! The part of the disk that one client owns, with the version that each of its blocks must have.
//!
//! Regions do not overlap, and a client has one request under way at a time, so it knows at any moment what a read must return.

use crate::findings::Findings;
use crate::pattern::{self, BLOCK_BYTES};
use crate::random::Random;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// How many blocks a sequential pass moves with one request.
const PASS_BLOCKS: usize = 64;

/// How many blocks a random request moves at most.
const RANDOM_BLOCKS: u64 = 8;

/// Consecutive blocks and their versions. Version 0 was never written.
#[derive(Debug)]
pub(crate) struct Region {
    seed: u64,
    first: u64,
    versions: Vec<u32>,
}

impl Region {
    /// Deals out a disk of so many blocks: regions one after the other, of the same length but for one block.
    pub(crate) fn deal(seed: u64, blocks: u64, regions: u64) -> Vec<Self> {
        let boundary =
            |index: u64| (u128::from(blocks) * u128::from(index) / u128::from(regions)) as u64;
        (0..regions)
            .map(|index| Self {
                seed,
                first: boundary(index),
                versions: vec![0; (boundary(index + 1) - boundary(index)) as usize],
            })
            .collect()
    }

    /// How many blocks there are.
    pub(crate) fn len(&self) -> usize {
        self.versions.len()
    }

    /// The whole region in ranges for sequential requests. Ranges are of indexes into the region.
    pub(crate) fn pass(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let len = self.len();
        (0..len)
            .step_by(PASS_BLOCKS)
            .map(move |start| start..(start + PASS_BLOCKS).min(len))
    }

    /// A random range for one request; never empty, unless the region is.
    pub(crate) fn choose(&self, random: &mut Random) -> Range<usize> {
        let len = self.len() as u64;
        let count = (1 + random.below(RANDOM_BLOCKS)).min(len);
        let start = random.below(len - count + 1);
        start as usize..(start + count) as usize
    }

    /// Where a range begins on the disk, in bytes.
    pub(crate) fn offset(&self, range: &Range<usize>) -> u64 {
        (self.first + range.start as u64) * BLOCK_BYTES as u64
    }

    /// How many bytes a range has.
    pub(crate) fn bytes(&self, range: &Range<usize>) -> u32 {
        // A range for one request is far from the bound of this type.
        (range.len() * BLOCK_BYTES) as u32
    }

    /// The content of the next version of the blocks. They are not of that version before [`written`](Self::written).
    pub(crate) fn next_content(&self, range: &Range<usize>) -> Vec<u8> {
        let mut data = vec![0; range.len() * BLOCK_BYTES];
        for (content, index) in data.chunks_exact_mut(BLOCK_BYTES).zip(range.clone()) {
            let version = self.versions[index].wrapping_add(1);
            pattern::fill(content, self.seed, self.first + index as u64, version);
        }
        data
    }

    /// Notes that the blocks have their next version.
    pub(crate) fn written(&mut self, range: &Range<usize>) {
        for version in &mut self.versions[range.clone()] {
            *version = version.wrapping_add(1);
        }
    }

    /// Compares what was read with what the blocks must contain. Blocks that are missing from `data` are mismatches.
    pub(crate) fn check(&self, range: &Range<usize>, data: &[u8], findings: &mut Findings) {
        let mut contents = data.chunks_exact(BLOCK_BYTES);
        for index in range.clone() {
            let content = contents.next().unwrap_or(&[0; BLOCK_BYTES]);
            let block = self.first + index as u64;
            findings.add(pattern::check(
                content,
                self.seed,
                block,
                self.versions[index],
            ));
        }
    }

    /// Compares the blocks with what the file holds, without asking the controller.
    pub(crate) fn check_file(&self, file: &File, findings: &mut Findings) -> io::Result<()> {
        let mut data = vec![0; PASS_BLOCKS * BLOCK_BYTES];
        for range in self.pass() {
            let data = &mut data[..range.len() * BLOCK_BYTES];
            file.read_exact_at(data, self.offset(&range))?;
            self.check(&range, data, findings);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{RANDOM_BLOCKS, Region};
    use crate::findings::{Findings, SAMPLES};
    use crate::pattern::BLOCK_BYTES;
    use crate::random::Random;
    use std::fs::File;
    use std::os::unix::fs::FileExt;

    /// A disk of ten blocks that has been filled and partly written again.
    fn filled() -> (Region, File) {
        let mut region = Region::deal(7, 10, 1).remove(0);
        let file = tempfile::tempfile().unwrap();
        for range in [0..10, 3..5, 4..9] {
            let content = region.next_content(&range);
            file.write_all_at(&content, region.offset(&range)).unwrap();
            region.written(&range);
        }
        (region, file)
    }

    fn findings(region: &Region, file: &File) -> Findings {
        let mut findings = Findings::default();
        region.check_file(file, &mut findings).unwrap();
        findings
    }

    #[test]
    fn a_disk_is_dealt_out_without_gap_or_overlap() {
        for (blocks, regions) in [(10, 3), (3, 3), (1000, 7), (4, 1)] {
            let dealt = Region::deal(0, blocks, regions);
            let mut next = 0;
            for region in &dealt {
                assert_eq!(region.first, next);
                assert!(region.len() > 0);
                next += region.len() as u64;
            }
            assert_eq!((next, dealt.len() as u64), (blocks, regions));
        }
    }

    #[test]
    fn random_ranges_lie_in_the_region_and_are_of_all_lengths() {
        let region = Region::deal(0, 20, 1).remove(0);
        let mut random = Random::new(&[3]);
        let mut lengths = [0; RANDOM_BLOCKS as usize + 1];
        for _ in 0..1000 {
            let range = region.choose(&mut random);
            assert!(range.end <= 20);
            lengths[range.len()] += 1;
        }
        assert_eq!(lengths[0], 0);
        assert!(lengths[1..].iter().all(|count| *count > 0));
    }

    #[test]
    fn a_range_in_a_tiny_region_is_all_that_fits() {
        let region = Region::deal(0, 1, 1).remove(0);
        let mut random = Random::new(&[3]);
        assert!((0..20).all(|_| region.choose(&mut random) == (0..1)));
    }

    #[test]
    fn a_file_that_was_only_written_as_noted_is_right() {
        let (region, file) = filled();
        let findings = findings(&region, &file);
        assert_eq!((findings.checked, findings.mismatches), (10, 0));
    }

    #[test]
    fn one_changed_bit_in_the_file_is_found() {
        let (region, file) = filled();
        let offset = 7 * BLOCK_BYTES as u64 + 1234;
        let mut byte = [0];
        file.read_exact_at(&mut byte, offset).unwrap();
        file.write_all_at(&[byte[0] ^ 4], offset).unwrap();
        let findings = findings(&region, &file);
        assert_eq!((findings.checked, findings.mismatches), (10, 1));
        assert_eq!(
            findings.samples[0].to_string(),
            "block 7 should be at version 2 and is damaged from byte 1232 on"
        );
    }

    #[test]
    fn a_write_that_was_lost_is_found() {
        let (mut region, file) = filled();
        region.written(&(2..4));
        let findings = findings(&region, &file);
        assert_eq!(findings.mismatches, 2);
        assert_eq!(
            findings.samples[0].to_string(),
            "block 2 should be at version 2 and is at version 1"
        );
    }

    #[test]
    fn blocks_missing_from_an_answer_are_mismatches() {
        let (region, _file) = filled();
        let mut findings = Findings::default();
        region.check(&(0..3), &[], &mut findings);
        assert_eq!((findings.checked, findings.mismatches), (3, 3));
    }

    #[test]
    fn many_mismatches_are_counted_and_a_few_are_kept() {
        let (region, file) = filled();
        file.write_all_at(&[0; 10 * BLOCK_BYTES], 0).unwrap();
        let found = findings(&region, &file);
        let total = Findings::sum([&found, &found]);
        assert_eq!((total.checked, total.mismatches), (20, 20));
        assert_eq!(total.samples.len(), SAMPLES);
    }
}
