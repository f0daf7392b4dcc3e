//! The disk controller as a worker: what its clients see of launches, restarts and ends.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use examples::disk::{
    DISK_WORKER, DiskConfig, DiskCounters, DiskInfo, DiskReadParams, DiskRequest, DiskWorkerParams,
    DiskWriteParams,
};
use futures::executor::block_on;
use futures::future::try_join_all;
use mesh::RecvError;
use mesh::rpc::{RpcError, RpcSend};
use mesh_worker::{
    LaunchError, RegisteredWorkers, RestartError, WorkerHandle, WorkerHost, worker_host,
};
use std::collections::BTreeSet;
use std::error::Error;
use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

const SECTOR: u64 = 512;

/// A host that is served by a thread, which ends when the host and its workers do.
fn host() -> WorkerHost {
    let (host, runner) = worker_host();
    thread::spawn(|| block_on(runner.run(RegisteredWorkers)));
    host
}

fn backing_file(size_bytes: u64) -> File {
    let file = tempfile::tempfile().unwrap();
    file.set_len(size_bytes).unwrap();
    file
}

fn launch(
    host: &WorkerHost,
    file: &File,
) -> Result<(WorkerHandle, mesh::Sender<DiskRequest>), LaunchError> {
    let (disk, commands) = mesh::channel();
    let params = DiskWorkerParams {
        config: DiskConfig::default(),
        commands,
        backing_file: file.try_clone().unwrap().into(),
    };
    let handle = block_on(host.launch_worker(DISK_WORKER, params))?;
    Ok((handle, disk))
}

fn counters(handle: &WorkerHandle) -> DiskCounters {
    serde_json::from_value(block_on(handle.inspect("counters")).unwrap()).unwrap()
}

/// All the messages of an error and its sources.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(": {error}");
        source = error.source();
    }
    text
}

#[test]
fn a_client_reads_what_it_wrote() {
    let file = backing_file(8 * SECTOR);
    let (handle, disk) = launch(&host(), &file).unwrap();
    block_on(async {
        let info = disk.call(DiskRequest::GetInfo, ()).await.unwrap();
        let expected = DiskInfo {
            size_bytes: 8 * SECTOR,
            sector_size: 512,
        };
        assert_eq!(info, expected);

        let data = vec![5; 1024];
        let write = DiskWriteParams { offset: 512, data };
        disk.call_failable(DiskRequest::Write, write).await.unwrap();
        disk.call_failable(DiskRequest::Flush, ()).await.unwrap();
        let read = DiskReadParams {
            offset: 0,
            len: 2048,
        };
        let data = disk.call_failable(DiskRequest::Read, read).await.unwrap();
        assert_eq!(data[..512], [0; 512]);
        assert_eq!(data[512..1536], [5; 1024]);
        assert_eq!(data[1536..], [0; 512]);
    });
    let expected = DiskCounters {
        reads: 1,
        read_bytes: 2048,
        writes: 1,
        written_bytes: 1024,
        flushes: 1,
        infos: 1,
        ..DiskCounters::default()
    };
    assert_eq!(counters(&handle), expected);
}

#[test]
fn a_wrong_request_gets_an_error_and_the_controller_goes_on() {
    let file = backing_file(8 * SECTOR);
    let (handle, disk) = launch(&host(), &file).unwrap();
    block_on(async {
        for (offset, len, reason) in [
            (8 * SECTOR, 512, "beyond the end of the disk at 4096"),
            (1, 512, "not whole sectors of 512 bytes"),
            (0, u32::MAX, "longer than the limit"),
        ] {
            let read = DiskReadParams { offset, len };
            match disk.call_failable(DiskRequest::Read, read).await {
                Err(RpcError::Call(error)) => {
                    assert!(error.to_string().contains(reason), "{error}");
                }
                other => panic!("{other:?}"),
            }
        }
        disk.call(DiskRequest::GetInfo, ()).await.unwrap();
    });
    assert_eq!(counters(&handle).errors, 3);
    assert_eq!(counters(&handle).requests(), 4);
}

#[test]
fn requests_across_a_restart_are_answered_in_order_and_once() {
    let file = backing_file(8 * SECTOR);
    let host = host();
    let (mut handle, disk) = launch(&host, &file).unwrap();
    block_on(async {
        // None of these is waited for before the restart, so that it finds a queue of any length.
        let writes = (0..100).map(|number| {
            let data = vec![number; 512];
            disk.call_failable(DiskRequest::Write, DiskWriteParams { offset: 0, data })
        });
        let writes: Vec<_> = writes.collect();
        let read = DiskReadParams {
            offset: 0,
            len: 512,
        };
        let read = disk.call_failable(DiskRequest::Read, read);
        handle.restart(&host).await.unwrap();
        try_join_all(writes).await.unwrap();
        assert_eq!(read.await.unwrap(), [99; 512]);
    });
    let counters = counters(&handle);
    assert_eq!((counters.writes, counters.reads), (100, 1));
    assert_eq!(counters.restarts, 1);
}

/// A client that keeps requests queued until it is told that it is enough: in each round it writes to all its sectors and reads
/// them back. Returns the number of rounds.
fn rounds(
    disk: &mesh::Sender<DiskRequest>,
    sectors: std::ops::Range<u64>,
    enough: &AtomicBool,
) -> u64 {
    let offsets = sectors.map(|sector| sector * SECTOR);
    let mut rounds = 0;
    while !enough.load(Ordering::Relaxed) || rounds == 0 {
        rounds += 1;
        let content = vec![rounds as u8; SECTOR as usize];
        let write = |offset| {
            let data = content.clone();
            disk.call_failable(DiskRequest::Write, DiskWriteParams { offset, data })
        };
        let read = |offset| {
            let len = SECTOR as u32;
            disk.call_failable(DiskRequest::Read, DiskReadParams { offset, len })
        };
        let writes: Vec<_> = offsets.clone().map(write).collect();
        let reads: Vec<_> = offsets.clone().map(read).collect();
        block_on(try_join_all(writes)).unwrap();
        for data in block_on(try_join_all(reads)).unwrap() {
            assert_eq!(data, content);
        }
    }
    rounds
}

#[test]
fn restarts_under_load_lose_and_repeat_nothing() {
    const CLIENTS: u64 = 4;
    const DEPTH: u64 = 8;
    const RESTARTS: u64 = 25;
    let file = backing_file(CLIENTS * DEPTH * SECTOR);
    let host = host();
    let (mut handle, disk) = launch(&host, &file).unwrap();
    let enough = AtomicBool::new(false);
    let rounds: u64 = thread::scope(|scope| {
        let start = |index| {
            let sectors = index * DEPTH..(index + 1) * DEPTH;
            let (disk, enough) = (disk.clone(), &enough);
            scope.spawn(move || rounds(&disk, sectors, enough))
        };
        let clients: Vec<_> = (0..CLIENTS).map(start).collect();
        let restarted = block_on(async {
            for _ in 0..RESTARTS {
                handle.restart(&host).await?;
            }
            Ok::<(), RestartError>(())
        });
        enough.store(true, Ordering::Relaxed);
        restarted.unwrap();
        let rounds = clients.into_iter().map(|client| client.join().unwrap());
        rounds.sum()
    });

    let counters = counters(&handle);
    assert_eq!(counters.writes, rounds * DEPTH);
    assert_eq!(counters.reads, rounds * DEPTH);
    assert_eq!(counters.errors, 0);
    assert_eq!(counters.restarts, RESTARTS);
}

#[test]
fn inspection_shows_the_disk_and_its_counters() {
    let file = backing_file(8 * SECTOR);
    let (handle, _disk) = launch(&host(), &file).unwrap();
    let status = block_on(handle.inspect("")).unwrap();
    let keys: BTreeSet<_> = status
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(keys, ["config", "counters", "size_bytes"].into());
    assert_eq!(status["size_bytes"], 8 * SECTOR);
    let sector_size = block_on(handle.inspect("config/sector_size")).unwrap();
    assert_eq!(sector_size, SECTOR);
}

#[test]
fn a_file_that_is_no_disk_fails_the_launch_with_the_reason() {
    let error = launch(&host(), &backing_file(100)).unwrap_err();
    let text = chain(&error);
    assert!(text.contains("a file of 100 bytes"), "{text}");
}

#[test]
fn a_restart_onto_a_file_that_is_no_disk_any_more_fails_with_the_reason() {
    let file = backing_file(8 * SECTOR);
    let host = host();
    let (mut handle, disk) = launch(&host, &file).unwrap();
    file.set_len(0).unwrap();
    let error = block_on(handle.restart(&host)).unwrap_err();
    let text = chain(&error);
    assert!(text.contains("a file of 0 bytes"), "{text}");
    assert!(matches!(error, RestartError::Failed(_)), "{error:?}");
    let answer = block_on(disk.call(DiskRequest::GetInfo, ()));
    assert!(matches!(answer, Err(RpcError::Channel(RecvError::Closed))));
}

#[test]
fn the_controller_ends_with_its_last_client() {
    let file = backing_file(8 * SECTOR);
    let (handle, disk) = launch(&host(), &file).unwrap();
    let other = disk.clone();
    drop(disk);
    block_on(other.call(DiskRequest::GetInfo, ())).unwrap();
    drop(other);
    block_on(handle.join()).unwrap();
}

#[test]
fn a_client_learns_that_the_controller_was_stopped() {
    let file = backing_file(8 * SECTOR);
    let (mut handle, disk) = launch(&host(), &file).unwrap();
    handle.stop();
    block_on(handle.join()).unwrap();
    let answer = block_on(disk.call(DiskRequest::GetInfo, ()));
    assert!(matches!(answer, Err(RpcError::Channel(RecvError::Closed))));
}

#[test]
fn a_controller_whose_handle_is_gone_ends() {
    let file = backing_file(8 * SECTOR);
    let (handle, disk) = launch(&host(), &file).unwrap();
    drop(handle);
    block_on(disk.closed());
}
