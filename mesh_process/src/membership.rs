//! A mesh, as one of its processes sees it: its own node, and the processes it has brought in.
//!
//! A process is in the table from before its first message until its process has ended (a child) or its link has (a guest). No
//! lock is held while anything is sent.

use crate::child::Child;
use crate::config::OnParentExit;
use crate::control::{ToInvited, ToInviter};
use crate::error::JoinError;
use crate::host::{self, Uplink};
use crate::transport;
use crate::transport::{Inspection, Invitation, Node};
use mesh::OwnedMessage;
use mesh::local_node::AttachedPort;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// A mesh, as one of its processes sees it.
///
/// The first process makes it with [`new`](Self::new); others are launched with [`launch_host`](Self::launch_host), or let in by a
/// [`Listener`](crate::Listener) and come with [`connect`](Self::connect). Clones are the same.
///
/// Dropping the last clone never blocks. It ends the links to all other processes, and loses what the kernel had not yet
/// accepted; children exit, unless they are to stay. [`shutdown`](Self::shutdown) delivers everything first.
#[derive(Clone)]
pub struct Mesh(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    /// The first to be dropped: without it, what is said on the ports below is said to nobody.
    pub(crate) node: Node,
    pub(crate) name: String,
    uplink: Option<(AttachedPort, Arc<Uplink>)>,
    members: Mutex<Members>,
}

#[derive(Default)]
struct Members {
    next: u64,
    present: BTreeMap<u64, Member>,
}

/// A process that was brought in from here.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) pid: Option<u32>,
    pub(crate) child: Option<Arc<Child>>,
    pub(crate) on_parent_exit: OnParentExit,
    pub(crate) control: Arc<AttachedPort>,
}

/// A look at a mesh; see [`Mesh::inspect`].
#[derive(Debug)]
#[non_exhaustive]
pub struct MeshInspection {
    /// The name of the mesh.
    pub name: String,
    /// The processes that were brought in from here and are there still.
    pub processes: Vec<ProcessView>,
    /// Ports, routes and links of this process.
    pub node: Inspection,
}

/// A process, in a [`MeshInspection`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProcessView {
    /// Its name; for one that was not launched from here, a name made of its number.
    pub name: String,
    /// Its number, if it can be seen from here.
    pub pid: Option<u32>,
    /// Whether it was launched from here.
    pub is_child: bool,
}

impl Mesh {
    /// A new mesh, of which this process is the first.
    ///
    /// Children find out by the name which mesh they are to join, if a program has several.
    ///
    /// # Errors
    /// The system has no random numbers to give.
    pub fn new(name: impl Into<String>) -> io::Result<Self> {
        let node = Node::root(transport::settings())?;
        Ok(Self::with(name.into(), node, None))
    }

    /// The mesh that this process was launched into, once [`try_run_mesh_host`](crate::try_run_mesh_host) has joined it.
    ///
    /// With it a host can launch hosts of its own.
    pub fn of_this_host() -> Option<Self> {
        host::mesh()
    }

    pub(crate) fn invited(
        name: &str,
        invitation: &Invitation,
        socket: OwnedFd,
        uplink: Arc<Uplink>,
    ) -> Result<Self, JoinError> {
        let node = Node::invited(invitation, transport::settings());
        let port = transport::join(&node, invitation, socket).map_err(JoinError::Link)?;
        let port = port.attach(uplink.clone());
        Ok(Self::with(name.to_owned(), node, Some((port, uplink))))
    }

    pub(crate) fn with(
        name: String,
        node: Node,
        uplink: Option<(AttachedPort, Arc<Uplink>)>,
    ) -> Self {
        Self(Arc::new(Inner {
            node,
            name,
            uplink,
            members: Mutex::default(),
        }))
    }

    /// The name of the mesh.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Delivers everything that was sent, then ends the links to the other processes and waits for the children, but for those
    /// that are to stay, to exit.
    ///
    /// Children see their channels to this process close, and exit when their handlers return; one that does not return is waited
    /// for as long as it takes, or until it is killed.
    ///
    /// # Cancel safety
    /// It begins when it is first polled. Dropping the future leaves the mesh shutting down.
    pub async fn shutdown(&self) {
        let members = self.0.members();
        for member in &members {
            let farewell = OwnedMessage::new(ToInvited::ShutDown);
            member.control.send(farewell);
        }
        if let Some((_, uplink)) = &self.0.uplink {
            uplink.leave();
        }
        self.0.node.shutdown().await;
        for member in members {
            if let (Some(child), OnParentExit::Exit) = (member.child, member.on_parent_exit) {
                // Whatever the status is, it has ended.
                let _ = child.wait().await;
            }
        }
    }

    /// Resolves when every channel through this process that can go past it does, and nothing else is under way here.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub async fn settled(&self) {
        self.0.node.settled().await;
    }

    /// What is in the mesh, as seen from this process.
    pub fn inspect(&self) -> MeshInspection {
        let members = self.0.members().into_iter();
        MeshInspection {
            name: self.0.name.clone(),
            processes: members.map(Member::into_view).collect(),
            node: self.0.node.inspect(),
        }
    }

    /// Tells the inviter.
    pub(crate) fn answer(&self, answer: ToInviter) {
        if let Some((uplink, _)) = &self.0.uplink {
            uplink.send(OwnedMessage::new(answer));
        }
    }
}

impl Inner {
    pub(crate) fn add(&self, member: Member) -> u64 {
        let mut members = self.members.lock();
        let number = members.next;
        members.next += 1;
        members.present.insert(number, member);
        number
    }

    pub(crate) fn remove(&self, number: u64) {
        let member = self.members.lock().present.remove(&number);
        drop(member);
    }

    fn members(&self) -> Vec<Member> {
        self.members.lock().present.values().cloned().collect()
    }
}

impl Member {
    fn into_view(self) -> ProcessView {
        ProcessView {
            name: self.name,
            pid: self.pid,
            is_child: self.child.is_some(),
        }
    }
}

impl fmt::Debug for Mesh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mesh")
            .field("name", &self.0.name)
            .field("node", &self.0.node)
            .finish_non_exhaustive()
    }
}
