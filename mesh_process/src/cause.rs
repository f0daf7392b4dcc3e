//! What is said of a process that has ended, in errors and as the cause of failed channels.

use crate::child::Outcome;
use std::fmt;
use std::os::unix::process::ExitStatusExt;

/// A process in words: `process "disk" (pid 4711)`.
pub(crate) struct Named<'a>(pub(crate) &'a str, pub(crate) u32);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {:?} (pid {})", self.0, self.1)
    }
}

/// The end of a process in words: `was killed by signal 9`.
pub(crate) struct Ended(pub(crate) Outcome);

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(status) = self.0 else {
            return f
                .write_str("ended, and its exit status was taken by another part of the program");
        };
        match (status.code(), status.signal()) {
            (Some(code), _) => write!(f, "exited with status {code}"),
            (None, Some(signal)) => {
                write!(f, "was killed by signal {signal}")?;
                if status.core_dumped() {
                    f.write_str(", with a core dump")?;
                }
                Ok(())
            }
            (None, None) => f.write_str("ended"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::ExitStatus;

    #[test]
    fn the_end_of_a_process_reads_as_a_sentence() {
        let say = |raw| {
            format!(
                "{} {}",
                Named("disk", 4711),
                Ended(Some(ExitStatus::from_raw(raw)))
            )
        };
        assert_eq!(say(9), "process \"disk\" (pid 4711) was killed by signal 9");
        assert_eq!(
            say(3 << 8),
            "process \"disk\" (pid 4711) exited with status 3"
        );
        assert_eq!(
            say(6 | 0x80),
            "process \"disk\" (pid 4711) was killed by signal 6, with a core dump"
        );
    }
}
