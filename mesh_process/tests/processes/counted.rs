//! What is left behind: one thread and its descriptor, which the first link starts.

use crate::held::{Held, held};
use crate::roles::{Request, Role, new_mesh, server};
use futures_executor::block_on;
use mesh::rpc::RpcSend;
use mesh_process::{LaunchError, ProcessConfig};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs::File;
use std::os::fd::AsRawFd;

/// A mesh with children that end in several ways, an endpoint that goes from one to another, and launches that fail.
fn live(number: u32) {
    let mesh = new_mesh();
    let (first, first_tx) = server(&mesh, ProcessConfig::new("first"));
    let (second, second_tx) = server(&mesh, ProcessConfig::new("second"));
    let (tx, rx) = mesh::channel();
    let (verdict, passed) = mesh::oneshot();
    first_tx.send(Request::Send(tx, 100));
    second_tx.send(Request::Check(rx, 100, verdict));
    assert_eq!(block_on(passed), Ok(true));
    assert_eq!(
        block_on(second_tx.call(Request::Add, (1, number))).unwrap(),
        number + 1
    );
    let none = ProcessConfig::new("none").executable("/no/such/program");
    block_on(mesh.launch_host(none, Role::Fail)).unwrap_err();
    match number % 3 {
        0 => first.kill().unwrap(),
        1 => first_tx.send(Request::Exit(1)),
        _ => drop(first_tx),
    }
    block_on(first.wait()).unwrap();
    drop(second_tx);
    block_on(mesh.shutdown());
    assert!(second.exit_status().is_some());
}

pub(crate) fn a_launch_with_too_few_descriptors_fails_and_leaves_nothing() {
    let mesh = new_mesh();
    let (_child, tx) = server(&mesh, ProcessConfig::new("there already"));
    let before = held();
    let limits = getrlimit(Resource::Nofile);
    // The lowest number that is free, and none beyond.
    let next = File::open("/dev/null").unwrap().as_raw_fd();
    let mut failures = 0;
    for spare in 0.. {
        let tight = Rlimit {
            current: Some(u64::try_from(next).unwrap() + spare),
            ..limits
        };
        setrlimit(Resource::Nofile, tight).unwrap();
        let launch = mesh.launch_host(
            ProcessConfig::new("one more"),
            Role::Count(mesh::channel().0, 1),
        );
        let launched = block_on(launch);
        setrlimit(Resource::Nofile, limits).unwrap();
        assert_eq!(block_on(tx.call(Request::Add, (1, 1))).unwrap(), 2);
        match launched {
            Ok(child) => {
                block_on(child.wait()).unwrap();
                break;
            }
            Err(error) => {
                failures += 1;
                assert!(!matches!(error, LaunchError::Unsupported(_)));
                let source = std::error::Error::source(&error).map(ToString::to_string);
                assert!(
                    source.unwrap_or_default().contains("Too many open files"),
                    "{error}"
                );
            }
        }
        assert_eq!(held(), before, "{spare} to spare");
    }
    assert!(failures > 3);
}

pub(crate) fn nothing_is_left_behind() {
    live(0);
    let before: Held = held();
    assert_eq!((before.threads, before.children), (2, 0));
    for number in 0..12 {
        live(number);
    }
    assert_eq!(held(), before, "{:?}", crate::held::names());
}
