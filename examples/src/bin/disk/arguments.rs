//! What the program can be told.

use crate::pattern::BLOCK_BYTES;
use clap::Parser;
use clap::builder::RangedU64ValueParser;
use clap::value_parser;
use std::path::PathBuf;
use std::time::Duration;

/// The longest that the mixed load may run.
const MAX_SECONDS: f64 = 86_400.0;

/// Puts the disk controller of mesh's guide under load in a child process, restarts it hot, kills it, and checks every
/// block.
#[derive(Debug, Parser)]
#[command(name = "disk", max_term_width = 100, allow_negative_numbers = true)]
pub(crate) struct Arguments {
    /// How many clients share the disk, each on a thread of its own
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = value_parser!(u16).range(1..=256))]
    pub(crate) clients: u16,

    /// How long the clients read and write at random; filling and checking the disk come on top
    #[arg(long, value_name = "SECONDS", default_value = "8", value_parser = seconds)]
    pub(crate) seconds: Duration,

    /// The size of the disk, such as 64MiB, 1GiB or 1048576; a multiple of 4 KiB [default: 64MiB,
    /// or that of --file]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) size: Option<u64>,

    /// The file to put the disk on. An existing one is OVERWRITTEN and keeps its size; a new one is
    /// made if --size is given [default: a temporary file]
    #[arg(long, value_name = "PATH")]
    pub(crate) file: Option<PathBuf>,

    /// How many controllers share the clients between them, each in a child process of its own
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u16).range(1..=64))]
    pub(crate) workers: u16,

    /// Run the controllers on threads of this process
    #[arg(long)]
    pub(crate) in_process: bool,

    /// How many times a controller is restarted hot while the clients run, into a fresh process
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = RangedU64ValueParser::<u32>::new().range(0..=10_000))]
    pub(crate) restarts: u32,

    /// How many times the process of a controller is killed while the clients run, and launched
    /// again on the same file [default: 1, or none on threads]
    #[arg(long, value_name = "N", conflicts_with = "in_process", value_parser = RangedU64ValueParser::<u32>::new().range(0..=10_000))]
    pub(crate) kills: Option<u32>,

    /// What the requests and the contents of blocks are derived from
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(crate) seed: u64,

    /// Print the summary as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

impl Arguments {
    /// How many times a controller is killed.
    pub(crate) fn kills(&self) -> u32 {
        self.kills.unwrap_or(u32::from(!self.in_process))
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "it is not a number".to_owned())?;
    if seconds > 0.0 && seconds <= MAX_SECONDS {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(format!("it is not above 0 and up to {MAX_SECONDS}"))
    }
}

/// A number of bytes with or without one of the binary units.
fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|last: char| !last.is_ascii_digit());
    let unit: u64 = match text[digits.len()..].trim_start() {
        "" | "B" => 1,
        "K" | "KiB" => 1 << 10,
        "M" | "MiB" => 1 << 20,
        "G" | "GiB" => 1 << 30,
        "T" | "TiB" => 1 << 40,
        other => {
            return Err(format!(
                "there is no unit `{other}`, but B, KiB, MiB, GiB and TiB"
            ));
        }
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| "it is not a whole number of bytes, KiB, MiB, GiB or TiB".to_owned())?;
    let size = number
        .checked_mul(unit)
        .filter(|size| i64::try_from(*size).is_ok())
        .ok_or("no file is that large")?;
    if size == 0 {
        return Err("a disk cannot be empty".into());
    }
    if size % BLOCK_BYTES as u64 != 0 {
        return Err(format!(
            "{size} bytes are not a multiple of the sector size of {BLOCK_BYTES}"
        ));
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::{Arguments, seconds, size};
    use clap::{CommandFactory, Parser};
    use std::time::Duration;

    #[test]
    fn the_arguments_fit_together() {
        Arguments::command().debug_assert();
        let arguments = Arguments::parse_from(["disk"]);
        assert_eq!((arguments.clients, arguments.workers), (4, 1));
        assert_eq!((arguments.restarts, arguments.kills()), (1, 1));
        assert_eq!(Arguments::parse_from(["disk", "--in-process"]).kills(), 0);
        assert!(arguments.file.is_none() && arguments.size.is_none() && !arguments.json);
    }

    #[test]
    fn sizes_are_bytes_or_have_a_binary_unit() {
        for (text, expected) in [
            ("4096", 4096),
            ("8192B", 8192),
            ("64MiB", 64 << 20),
            ("64 MiB", 64 << 20),
            ("64M", 64 << 20),
            ("1GiB", 1 << 30),
            ("4K", 4096),
            ("2TiB", 2 << 40),
        ] {
            assert_eq!(size(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_size_that_no_disk_can_have_is_refused_with_the_reason() {
        for (text, part) in [
            ("0", "empty"),
            ("", "whole number"),
            ("MiB", "whole number"),
            ("-1MiB", "whole number"),
            ("1.5MiB", "whole number"),
            ("1000", "multiple of the sector size"),
            ("64MB", "no unit `MB`"),
            ("64mib", "no unit `mib`"),
            ("8388608TiB", "that large"),
            ("99999999TiB", "that large"),
            ("4096é", "no unit `é`"),
        ] {
            let reason = size(text).unwrap_err();
            assert!(reason.contains(part), "{text}: {reason}");
        }
    }

    #[test]
    fn seconds_are_above_nought_and_finite() {
        assert_eq!(seconds("0.25"), Ok(Duration::from_millis(250)));
        for text in ["0", "-1", "nan", "inf", "86401", "soon", ""] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
