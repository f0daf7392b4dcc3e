//! Makes a failing program small: steps are left out, in halves, quarters, and one by one, while it still fails.

use crate::program::Program;

/// The smallest program found that still breaks a promise, and which.
pub fn shrink(program: &Program) -> (Program, String) {
    let mut best = program.clone();
    let mut reason = match best.run() {
        Ok(_) => return (best, "it does not fail".into()),
        Err(reason) => reason,
    };
    let mut chunk = best.steps.len().max(1);
    loop {
        let mut at = 0;
        let mut better = false;
        while at < best.steps.len() {
            let mut smaller = best.clone();
            let end = (at + chunk).min(smaller.steps.len());
            smaller.steps.drain(at..end);
            match smaller.run() {
                Err(why) => {
                    best = smaller;
                    reason = why;
                    better = true;
                }
                Ok(_) => at += chunk,
            }
        }
        if chunk == 1 && !better {
            return (best, reason);
        }
        if !better || chunk > 1 {
            chunk = (chunk / 2).max(1);
        }
    }
}
