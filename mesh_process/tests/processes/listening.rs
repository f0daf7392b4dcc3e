//! Processes that come by themselves. Here both sides are in one process, which is all the same to them.

use crate::roles::new_mesh;
use futures::join;
use futures_executor::block_on;
use mesh::rpc::{Rpc, RpcSend};
use mesh::{Receiver, Sender};
use mesh_process::{AdmitError, JoinError, Mesh};
use std::io::ErrorKind;
use std::path::PathBuf;
use tempfile::TempDir;

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    (folder, path)
}

pub(crate) fn a_process_that_connects_gets_its_first_message() {
    let (_folder, path) = place();
    let mesh = new_mesh();
    let listener = mesh.listen(&path).unwrap();
    let (requests, mut served) = mesh::channel::<Rpc<u32, u32>>();
    let accept = async {
        let incoming = listener.accept().await.unwrap();
        assert_eq!(incoming.credentials().pid, Some(std::process::id()));
        incoming.admit(requests).await.unwrap();
    };
    let ((), joined) = block_on(async { join!(accept, Mesh::connect(&path)) });
    let (guest, requests): (Mesh, Sender<Rpc<u32, u32>>) = joined.unwrap();
    assert_eq!(guest.name(), mesh.name());
    let answer = requests.call(|rpc| rpc, 20);
    block_on(served.recv()).unwrap().handle_sync(|n| n + 1);
    assert_eq!(block_on(answer).unwrap(), 21);
    let processes = mesh.inspect().processes;
    assert_eq!(processes.len(), 1);
    assert!(!processes[0].is_child && processes[0].pid == Some(std::process::id()));
    // A guest that leaves is out of the table.
    block_on(async { join!(guest.shutdown(), served.recv()) })
        .1
        .unwrap_err();
    block_on(mesh.shutdown());
    assert_eq!(mesh.inspect().processes, []);
}

pub(crate) fn the_file_goes_with_the_listener_and_a_stale_one_is_replaced() {
    let (_folder, path) = place();
    let mesh = new_mesh();
    drop(mesh.listen(&path).unwrap());
    assert!(!path.exists());
    // As a process that was killed leaves it.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let stale = mesh.listen(&path).unwrap();
    // Somebody has taken the file away and put another there: it is not ours to remove.
    std::fs::remove_file(&path).unwrap();
    let other = mesh.listen(&path).unwrap();
    drop(stale);
    assert!(path.exists());
    drop(other);
    assert!(!path.exists());
}

pub(crate) fn nobody_is_replaced_who_listens() {
    let (folder, path) = place();
    let mesh = new_mesh();
    let listener = mesh.listen(&path).unwrap();
    assert_eq!(mesh.listen(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
    let file = folder.path().join("file");
    std::fs::write(&file, "precious").unwrap();
    assert_eq!(mesh.listen(&file).unwrap_err().kind(), ErrorKind::AddrInUse);
    assert_eq!(std::fs::read(&file).unwrap(), b"precious");
    // What was tried has not taken the listener's callers away.
    assert_eq!(listener.path(), path);
    let accept = async { listener.accept().await.unwrap().admit(5u32).await };
    let (admitted, joined) = block_on(async { join!(accept, Mesh::connect::<u32>(&path)) });
    admitted.unwrap();
    assert_eq!(joined.unwrap().1, 5);
}

pub(crate) fn who_is_not_allowed_is_sent_away() {
    let (_folder, path) = place();
    let mesh = new_mesh();
    let me = std::process::id();
    let listener = mesh
        .listen(&path)
        .unwrap()
        .allow(move |who| who.pid != Some(me));
    let mut accept = Box::pin(listener.accept());
    let refused = block_on(futures::future::select(
        Box::pin(Mesh::connect::<u32>(&path)),
        &mut accept,
    ));
    let futures::future::Either::Left((Err(JoinError::Link(error)), _)) = refused else {
        panic!("it was let in");
    };
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    drop(accept);
    // Who is let in, and told something it does not understand, says so.
    let listener = listener.allow(|who| who.is_same_user());
    let accept = async {
        listener
            .accept()
            .await
            .unwrap()
            .admit(String::from("text"))
            .await
    };
    let connect = Mesh::connect::<Receiver<u64>>(&path);
    let (admitted, joined) = block_on(async { join!(accept, connect) });
    assert!(matches!(admitted, Err(AdmitError::Refused(_))));
    assert!(matches!(joined, Err(JoinError::Message(_))));
}

pub(crate) fn who_is_not_trusted_is_not_joined() {
    let (_folder, path) = place();
    let mesh = new_mesh();
    let _listener = mesh.listen(&path).unwrap();
    let joined = block_on(Mesh::connect_if::<()>(&path, |who| !who.is_same_user()));
    let Err(JoinError::Link(error)) = joined else {
        panic!("it joined");
    };
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
}
