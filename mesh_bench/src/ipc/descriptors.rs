//! Descriptors passed to the other process: what `SCM_RIGHTS` costs, with one to a packet and with many, and what mesh makes of it.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recv, recvmsg, send, sendmsg,
    socketpair,
};

use super::child::OtherProcess;
use crate::harness::cores::Placement;
use crate::harness::scenario::{Group, Owner, Scenario, Unit};

/// The word that makes the other process receive descriptors.
pub(super) const KIND: &str = "descriptors";

/// How many descriptors are gathered in a packet.
const GATHERED: usize = 64;

/// The last packet of a sample, which is answered.
const LAST: u8 = 1;

pub(super) fn scenario() -> Scenario {
    let mut scenario = Scenario::new(
        Group::Ipc,
        "descriptors",
        "descriptors one way, closed by the receiver, two cores",
        Unit::MillionsPerSecond,
    );
    super::mesh::descriptor_row(&mut scenario);
    for (name, together) in [
        ("packet socket, one to a call", 1),
        ("packet socket, gathered", GATHERED),
    ] {
        scenario.timed(name, Owner::Floor, move || {
            start(together).expect("two processes and a socket can be had")
        });
    }
    scenario
}

/// So many descriptors at most go in one packet.
fn start(together: usize) -> io::Result<impl FnMut(u64) -> Duration> {
    let (here, there) = socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        SocketFlags::CLOEXEC,
        None,
    )?;
    let other = OtherProcess::start(Placement::TwoCores, &[KIND], Some(there))?;
    let passed = std::fs::File::open("/dev/null")?;
    Ok(move |operations| {
        let _alive = &other;
        Placement::TwoCores.while_first(|| {
            let start = Instant::now();
            let mut left = operations;
            while left > 0 {
                let count = together.min(usize::try_from(left).unwrap_or(together));
                left -= count as u64;
                let last = u8::from(left == 0) * LAST;
                let descriptors = [passed.as_fd(); GATHERED];
                pass(&here, &descriptors[..count], last).expect("the other side is there");
            }
            let mut answer = [0; 1];
            recv(&here, &mut answer[..], RecvFlags::empty()).expect("the other side answers");
            start.elapsed()
        })
    })
}

fn pass(socket: &OwnedFd, descriptors: &[BorrowedFd<'_>], last: u8) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(GATHERED))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    assert!(control.push(SendAncillaryMessage::ScmRights(descriptors)));
    sendmsg(
        socket,
        &[IoSlice::new(&[last])],
        &mut control,
        SendFlags::NOSIGNAL,
    )?;
    Ok(())
}

/// The other process's part: takes descriptors and closes them, and answers the last.
pub(super) fn serve() -> io::Result<()> {
    let socket = io::stdin().as_fd().try_clone_to_owned()?;
    loop {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(GATHERED))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut byte = [0; 1];
        let received = recvmsg(
            &socket,
            &mut [IoSliceMut::new(&mut byte)],
            &mut control,
            RecvFlags::CMSG_CLOEXEC,
        )?;
        if received.bytes == 0 {
            return Ok(());
        }
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(descriptors) = message {
                descriptors.for_each(drop);
            }
        }
        if byte[0] == LAST {
            send(&socket, &[2], SendFlags::NOSIGNAL)?;
        }
    }
}
