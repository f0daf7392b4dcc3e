//! Answering requests: the controller without its life cycle.
//!
//! [`disk_service`] is all a program needs that just wants a disk behind a channel. The worker has its own loop, since it also
//! listens to its handle, and shares [`answer`] with it.

use super::backend::DiskBackend;
use super::counters::DiskCounters;
use super::request::{DiskReadParams, DiskRequest, DiskWriteParams};

/// Serves a disk until no client is left.
///
/// # Cancel safety
///
/// Requests are answered between two polls, so a future that is dropped has answered what it had received; what was queued is
/// dropped with the receiver, which the callers learn.
///
/// # Examples
///
/// ```
/// use examples::disk::{DiskBackend, DiskConfig, DiskReadParams, DiskRequest, disk_service};
/// use mesh::rpc::RpcSend;
///
/// # let file = tempfile::tempfile()?;
/// # file.set_len(1 << 20)?;
/// let mut backend = DiskBackend::open(file.into(), DiskConfig::default())?;
/// let (tx, rx) = mesh::channel::<DiskRequest>();
/// let client = async move {
///     let info = tx.call(DiskRequest::GetInfo, ()).await?;
///     assert_eq!(info.size_bytes, 1 << 20);
///     let range = DiskReadParams { offset: 0, len: 512 };
///     let data = tx.call_failable(DiskRequest::Read, range).await?;
///     assert_eq!(data, [0; 512]);
///     anyhow::Ok(())
/// };
/// let service = disk_service(rx, &mut backend);
/// futures::executor::block_on(async { futures::join!(service, client).1 })?;
/// # anyhow::Ok(())
/// ```
pub async fn disk_service(mut rx: mesh::Receiver<DiskRequest>, disk: &mut DiskBackend) {
    let mut counters = DiskCounters::default();
    while let Ok(request) = rx.recv().await {
        answer(request, disk, &mut counters);
    }
}

/// Answers one request.
///
/// This blocks while the file does. The reads and writes of one disk thus happen in the order of their requests.
pub fn answer(request: DiskRequest, disk: &mut DiskBackend, counters: &mut DiskCounters) {
    match request {
        DiskRequest::Read(rpc) => {
            rpc.handle_failable_sync(|DiskReadParams { offset, len }| {
                let outcome = disk.read(offset, len);
                counters.read(&outcome);
                outcome
            });
        }
        DiskRequest::Write(rpc) => {
            rpc.handle_failable_sync(|DiskWriteParams { offset, data }| {
                let outcome = disk.write(offset, &data);
                counters.write(data.len(), &outcome);
                outcome
            });
        }
        DiskRequest::Flush(rpc) => {
            rpc.handle_failable_sync(|()| {
                let outcome = disk.flush();
                counters.flush(&outcome);
                outcome
            });
        }
        DiskRequest::GetInfo(rpc) => {
            rpc.handle_sync(|()| {
                counters.infos += 1;
                disk.info()
            });
        }
    }
}
