//! What a verification has found.

use crate::pattern::Mismatch;

/// How many mismatches are kept to be printed. Of the others there is the count.
pub(crate) const SAMPLES: usize = 5;

/// Blocks checked, and those among them that were wrong.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    /// How many blocks were compared.
    pub(crate) checked: u64,
    /// How many of them were wrong.
    pub(crate) mismatches: u64,
    /// The first few of those.
    pub(crate) samples: Vec<Mismatch>,
}

impl Findings {
    /// Counts one block.
    pub(crate) fn add(&mut self, outcome: Result<(), Mismatch>) {
        self.checked += 1;
        if let Err(mismatch) = outcome {
            self.mismatches += 1;
            self.keep(mismatch);
        }
    }

    /// What several have found together.
    pub(crate) fn sum<'a>(all: impl IntoIterator<Item = &'a Self>) -> Self {
        all.into_iter().fold(Self::default(), |mut sum, findings| {
            sum.checked += findings.checked;
            sum.mismatches += findings.mismatches;
            for mismatch in &findings.samples {
                sum.keep(mismatch.clone());
            }
            sum
        })
    }

    fn keep(&mut self, mismatch: Mismatch) {
        if self.samples.len() < SAMPLES {
            self.samples.push(mismatch);
        }
    }
}
