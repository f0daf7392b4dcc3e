//! The disk on its own: what it stores, and what it refuses.

use super::{DiskBackend, DiskConfig, DiskError, MAX_TRANSFER_BYTES};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

const SIZE: u64 = 4 << 20;

fn file(size_bytes: u64) -> OwnedFd {
    let file = tempfile::tempfile().unwrap();
    file.set_len(size_bytes).unwrap();
    file.into()
}

fn disk() -> DiskBackend {
    DiskBackend::open(file(SIZE), DiskConfig::default()).unwrap()
}

#[test]
fn what_was_written_is_read_back_and_the_rest_is_zero() {
    let disk = disk();
    disk.write(512, &[1; 1024]).unwrap();
    disk.write(SIZE - 512, &[2; 512]).unwrap();
    let data = disk.read(0, 2048).unwrap();
    assert_eq!(data[..512], [0; 512]);
    assert_eq!(data[512..1536], [1; 1024]);
    assert_eq!(data[1536..], [0; 512]);
    assert_eq!(disk.read(SIZE - 512, 512).unwrap(), [2; 512]);
    disk.flush().unwrap();
}

#[test]
fn the_parts_of_a_disk_open_again_as_the_same_disk() {
    let disk = disk();
    disk.write(0, &[9; 512]).unwrap();
    let info = disk.info();
    let (file, config) = disk.into_parts();
    let again = DiskBackend::open(file, config).unwrap();
    assert_eq!(again.info(), info);
    assert_eq!(again.read(0, 512).unwrap(), [9; 512]);
}

#[test]
fn a_range_beyond_the_end_is_refused() {
    let disk = disk();
    let beyond = u64::MAX - 511;
    for (offset, len) in [(SIZE, 512), (SIZE - 512, 1024), (beyond, 512), (beyond, 0)] {
        let error = disk.read(offset, len).unwrap_err();
        assert!(matches!(error, DiskError::OutOfRange { .. }), "{error}");
        let error = disk.write(offset, &vec![0; len as usize]).unwrap_err();
        assert!(matches!(error, DiskError::OutOfRange { .. }), "{error}");
    }
    assert!(disk.read(SIZE, 0).unwrap().is_empty());
}

#[test]
fn a_range_that_cuts_a_sector_is_refused() {
    let disk = disk();
    for (offset, len) in [(1, 512), (0, 1), (256, 256)] {
        let error = disk.read(offset, len).unwrap_err();
        assert!(matches!(error, DiskError::Unaligned { .. }), "{error}");
    }
}

#[test]
fn the_length_is_checked_before_anything_is_allocated() {
    let disk = disk();
    let error = disk.read(0, u32::MAX).unwrap_err();
    assert!(matches!(error, DiskError::TooLong { len } if len == u64::from(u32::MAX)));
    assert_eq!(
        disk.read(0, MAX_TRANSFER_BYTES).unwrap().len(),
        MAX_TRANSFER_BYTES as usize
    );
}

#[test]
fn a_read_only_disk_takes_no_writes() {
    let config = DiskConfig {
        read_only: true,
        ..DiskConfig::default()
    };
    let disk = DiskBackend::open(file(SIZE), config).unwrap();
    assert!(matches!(disk.write(0, &[0; 512]), Err(DiskError::ReadOnly)));
    assert!(disk.read(0, 512).is_ok());
}

#[test]
fn a_file_of_no_or_of_broken_sectors_is_no_disk() {
    for size in [0, 1, 513] {
        let error = DiskBackend::open(file(size), DiskConfig::default()).unwrap_err();
        assert!(
            matches!(error, DiskError::Size { size_bytes, .. } if size_bytes == size),
            "{error}"
        );
    }
}

#[test]
fn a_sector_size_that_no_disk_has_is_refused() {
    for sector_size in [0, 1, 256, 520, 128 << 10, u32::MAX] {
        let config = DiskConfig {
            sector_size,
            ..DiskConfig::default()
        };
        let error = DiskBackend::open(file(SIZE), config).unwrap_err();
        assert!(matches!(error, DiskError::SectorSize(size) if size == sector_size));
    }
}

#[test]
fn a_stream_is_no_disk() {
    // `std::io::pipe` is newer than the minimum version of Rust; a socket cannot be sought in either.
    let (socket, _peer) = UnixStream::pair().unwrap();
    let error = DiskBackend::open(socket.into(), DiskConfig::default()).unwrap_err();
    assert!(matches!(error, DiskError::File(_)), "{error}");
}

#[test]
fn a_file_that_shrank_makes_reads_fail_instead_of_short() {
    let file = tempfile::tempfile().unwrap();
    file.set_len(SIZE).unwrap();
    let disk = DiskBackend::open(file.try_clone().unwrap().into(), DiskConfig::default()).unwrap();
    file.set_len(512).unwrap();
    assert!(matches!(disk.read(0, 1024), Err(DiskError::File(_))));
    assert_eq!(disk.read(0, 512).unwrap(), [0; 512]);
}
