//! What names the build of a program: the file that this process runs.
//!
//! Processes that run one and the same file have the same layouts of messages, and need not compare them. So the file is what is
//! named, not what it was built from: the device and inode that it is, its size, when it was written last, and the running system to which those
//! numbers belong. Reading megabytes of it to name its content would cost every process a start that is slower.
//!
//! # What it keeps true
//! - Processes of one host that were started from the same file, and it was not written to in between, get the same name.
//! - Another file has another name, but for a chance of 2⁻¹²⁸; so has a copy of the file, as that can be changed.
//! - Where the file cannot be found out, the name is one that no other process has. Then layouts are compared where they need not be,
//!   which costs some bytes for each channel.
//!
//! # What it leaves out
//! Libraries that are loaded at run time: what a message type is laid out like must not depend on them.

use crate::Uuid;
use std::sync::OnceLock;

/// The name of this process's build; the same each time.
pub(super) fn of_this_process() -> u128 {
    static BUILD: OnceLock<u128> = OnceLock::new();
    *BUILD.get_or_init(|| of_executable().unwrap_or_else(of_nothing_else))
}

/// A name that no other process has.
fn of_nothing_else() -> u128 {
    match Uuid::random() {
        Ok(random) => u128::from_le_bytes(*random.as_bytes()),
        // Without random numbers a process cannot be the root of a mesh either; what is left is where and when it runs.
        Err(_) => {
            let now = std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .map_or(0, |since| since.as_nanos());
            let mut name = Name::new();
            name.add(u64::from(std::process::id()));
            name.add(now as u64);
            name.0
        }
    }
}

#[cfg(unix)]
fn of_executable() -> Option<u128> {
    use std::os::unix::fs::MetadataExt;

    let file = executable().ok()?;
    let mut name = Name::new();
    for number in [file.dev(), file.ino(), file.size()] {
        name.add(number);
    }
    for number in [file.mtime(), file.mtime_nsec()] {
        name.add(number as u64);
    }
    for byte in running_system() {
        name.add(u64::from(byte));
    }
    Some(name.0)
}

/// The file that runs, even if another one has its path by now.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn executable() -> std::io::Result<std::fs::Metadata> {
    std::fs::metadata("/proc/self/exe")
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
fn executable() -> std::io::Result<std::fs::Metadata> {
    std::fs::metadata(std::env::current_exe()?)
}

/// What tells this running system from others, whose devices may have the same numbers; nothing where that is not told.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn running_system() -> Vec<u8> {
    std::fs::read("/proc/sys/kernel/random/boot_id").unwrap_or_default()
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
fn running_system() -> Vec<u8> {
    Vec::new()
}

/// Elsewhere a file has no number that can be asked for without unsafe code; its path stands in for it.
#[cfg(not(unix))]
fn of_executable() -> Option<u128> {
    let path = std::env::current_exe().ok()?;
    let file = std::fs::metadata(&path).ok()?;
    let written = file
        .modified()
        .ok()?
        .duration_since(std::time::UNIX_EPOCH)
        .ok()?;
    let mut name = Name::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        name.add(u64::from(*byte));
    }
    name.add(file.len());
    name.add(written.as_nanos() as u64);
    Some(name.0)
}

/// A hash: FNV-1a of 128 bits, over numbers.
struct Name(u128);

impl Name {
    fn new() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    fn add(&mut self, number: u64) {
        for byte in number.to_le_bytes() {
            self.0 =
                (self.0 ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_stays_and_is_that_of_the_file() {
        assert_eq!(of_this_process(), of_this_process());
        if cfg!(target_os = "linux") {
            assert_eq!(Some(of_this_process()), of_executable());
        }
    }

    #[test]
    fn a_name_for_want_of_a_file_is_nobody_elses() {
        assert_ne!(of_nothing_else(), of_nothing_else());
        assert_ne!(Some(of_nothing_else()), of_executable());
    }

    #[test]
    fn numbers_in_another_order_are_another_name() {
        let name = |numbers: [u64; 3]| {
            let mut name = Name::new();
            for number in numbers {
                name.add(number);
            }
            name.0
        };
        assert_ne!(name([1, 2, 3]), name([1, 3, 2]));
        assert_eq!(name([1, 2, 3]), name([1, 2, 3]));
    }
}
