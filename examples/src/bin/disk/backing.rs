//! The file behind the disk.
//!
//! Without `--file` it has no name at all, so nothing is left of it however the program ends. A named file that exists is used
//! at the size it has, and is never resized; one that does not exist is made if a size is given. New files are sparse.

use crate::arguments::Arguments;
use crate::numbers::bytes;
use crate::pattern::BLOCK_BYTES;
use anyhow::{Context, bail, ensure};
use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::path::Path;

/// The size of the temporary file, in bytes.
pub(crate) const DEFAULT_SIZE_BYTES: u64 = 64 << 20;

/// An open file of whole blocks.
#[derive(Debug)]
pub(crate) struct Backing {
    pub(crate) file: File,
    pub(crate) size_bytes: u64,
}

impl Backing {
    /// Opens or makes the file that the arguments ask for.
    ///
    /// # Errors
    ///
    /// The file cannot be had, is not of whole blocks, or is too small for the clients. No file is left that was not there
    /// before.
    pub(crate) fn open(arguments: &Arguments) -> anyhow::Result<Self> {
        let Arguments { size, clients, .. } = *arguments;
        if let Some(size_bytes) = size {
            check_room(size_bytes, clients)?;
        }
        let backing = match &arguments.file {
            None => Self::temporary(size.unwrap_or(DEFAULT_SIZE_BYTES))?,
            Some(path) => {
                Self::named(path, size).with_context(|| format!("cannot use {}", path.display()))?
            }
        };
        check_room(backing.size_bytes, clients)?;
        Ok(backing)
    }

    fn temporary(size_bytes: u64) -> anyhow::Result<Self> {
        let folder = std::env::temp_dir();
        let make = || -> io::Result<File> {
            let file = tempfile::tempfile_in(&folder)?;
            file.set_len(size_bytes)?;
            Ok(file)
        };
        let file = make().with_context(|| {
            format!(
                "cannot make a temporary file of {} in {}",
                bytes(size_bytes),
                folder.display()
            )
        })?;
        Ok(Self { file, size_bytes })
    }

    fn named(path: &Path, wanted: Option<u64>) -> anyhow::Result<Self> {
        let mut options = File::options();
        options.read(true).write(true);
        match options.open(path) {
            Ok(file) => Self::existing(file, wanted),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let size_bytes = wanted.context("it does not exist; --size makes it")?;
                let file = options.create_new(true).open(path)?;
                if let Err(error) = file.set_len(size_bytes) {
                    // The error to be told is the one that came first.
                    let _ = std::fs::remove_file(path);
                    return Err(error)
                        .with_context(|| format!("it cannot have {size_bytes} bytes"));
                }
                Ok(Self { file, size_bytes })
            }
            Err(error) => Err(error.into()),
        }
    }

    fn existing(mut file: File, wanted: Option<u64>) -> anyhow::Result<Self> {
        // A block device has its size here, and not in its metadata.
        let size_bytes = file.seek(SeekFrom::End(0)).context("it has no size")?;
        match wanted {
            Some(wanted) if wanted != size_bytes => bail!(
                "it exists and has {size_bytes} bytes, not {wanted}; leave out --size to use it as it is"
            ),
            _ => {}
        }
        ensure!(size_bytes > 0, "it is empty");
        ensure!(
            size_bytes % BLOCK_BYTES as u64 == 0,
            "its {size_bytes} bytes are not a multiple of the sector size of {BLOCK_BYTES}"
        );
        Ok(Self { file, size_bytes })
    }
}

fn check_room(size_bytes: u64, clients: u16) -> anyhow::Result<()> {
    ensure!(
        size_bytes / BLOCK_BYTES as u64 >= u64::from(clients),
        "a disk of {} is too small for {clients} clients: each needs {} of its own",
        bytes(size_bytes),
        bytes(BLOCK_BYTES as u64),
    );
    Ok(())
}
