//! A node: what a process is in the mesh.
//!
//! Channels between ends in one process need no node. When a message leaves by a link, the endpoints in it become ports of the
//! node, and the ones that come with a message become local ends again; in between the node routes.
//!
//! A node is made as the root of a mesh, or from an [`Invitation`], which is its name. The inviter and the invited each add their
//! side of the link between them, and get a [`Port`] each, whose peer is the other's: the first channel is made of it.
//!
//! | module | concept |
//! |---|---|
//! | `shared` | the lock, and the one thread at a time that does what the core asks for |
//! | `port` | ports between the core and local ends; meeting and parting |
//! | `body` | message bodies, and their bytes |
//! | `job` | what that thread does next |
//! | `kinds` | which resources of a message are what |
//! | `cause` | failures, as nodes and as programs see them |
//! | `invitation` | names |
//! | [`memory`] | links within a process |
//!
//! # What is kept true
//! - What a process can be made to hold by a slow receiver is the window it has granted, plus what the receiver's channel took
//!   before it said stop. Beyond that, messages wait with their sender.
//! - A message goes out in one frame, and its sender's close with it if it is known by then.
//! - What cannot be encoded, carried or decoded fails the port it was sent on, at both ends, with the cause.
//! - Two ends that meet in one process send to each other directly again, by value.
//!
//! # Examples
//!
//! ```
//! use mesh_node::local_node::{Delivery, Port, PortHandler};
//! use mesh_node::error::ChannelError;
//! use mesh_node::node::{Node, Settings, memory};
//! use mesh_node::{Message, OwnedMessage};
//! use std::sync::{Arc, mpsc};
//!
//! struct Print(mpsc::Sender<String>);
//!
//! impl PortHandler for Print {
//!     fn message(&self, message: Message<'_>) -> Delivery {
//!         match message.parse::<String>() {
//!             Ok(text) => {
//!                 self.0.send(text).ok();
//!                 Delivery::Taken
//!             }
//!             Err(error) => Delivery::Failed(error.into()),
//!         }
//!     }
//!     fn closed(&self) {}
//!     fn failed(&self, error: ChannelError) {
//!         self.0.send(error.to_string()).ok();
//!     }
//! }
//!
//! let (here, there, _wire) = memory::two_nodes(Settings::default())?;
//! let (log, lines) = mpsc::channel();
//! let _port = there.port.attach(Arc::new(Print(log)));
//! here.port.send(OwnedMessage::new("hello".to_string()));
//! assert_eq!(lines.recv()?, "hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod body;
mod cause;
mod invitation;
mod job;
mod kinds;
#[doc(hidden)]
pub mod memory;
mod port;
mod shared;

pub use invitation::{Invitation, ParseInvitationError};
pub(crate) use port::NodePort;
pub(crate) use shared::Shared;

use crate::Uuid;
use crate::error::{ChannelError, ChannelErrorKind};
use crate::link::{Capabilities, Introducer, Link, LinkInput};
use crate::local_node::Port;
use crate::protocol::{self, Config, NodeId, Side};
use job::Task;
use shared::Line;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

pub use crate::protocol::{Amount, Inspection, Limits, LinkView, PortState, PortView, RouteView};

/// A node of the mesh.
///
/// Dropping it ends its links at once, in the sense of [`Link::close`]: what has been given to them still goes out, what waits for
/// window does not, and its ports fail. It never blocks. [`shutdown`](Self::shutdown) delivers everything first.
pub struct Node(Arc<Shared>);

/// What a node is made with.
#[derive(Clone)]
pub struct Settings {
    /// What it grants to each link.
    pub limits: Limits,
    /// How many bytes of messages that came by one link may wait in it in all, whatever the windows of the ports allow: for who
    /// is to receive them here, or for a link that they go on by. A message beyond that fails the channel it was sent on, with a
    /// cause of [`LimitExceeded`](ChannelErrorKind::LimitExceeded); 256 MiB unless set.
    pub held_bytes: u64,
    /// What names the build: equal builds compare no layouts of messages.
    pub build: u128,
    /// Makes links between others. Without one, the node introduces nobody and cannot be introduced.
    pub introducer: Option<Arc<dyn Introducer>>,
}

impl Settings {
    fn config(&self, id: NodeId) -> Config {
        Config {
            limits: self.limits,
            held_bytes: self.held_bytes,
            build: self.build,
            ..Config::new(id)
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            held_bytes: 256 * 1024 * 1024,
            build: 0,
            introducer: None,
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("limits", &self.limits)
            .field("held_bytes", &self.held_bytes)
            .field("build", &self.build)
            .finish_non_exhaustive()
    }
}

impl Node {
    /// The first node of a mesh, under a random name.
    ///
    /// # Errors
    /// The system has no random numbers to give.
    pub fn root(settings: Settings) -> io::Result<Self> {
        let name = u128::from_le_bytes(*Uuid::random()?.as_bytes());
        Ok(Self::named(NodeId::root(name), settings))
    }

    /// The node an invitation was made for.
    pub fn invited(invitation: &Invitation, settings: Settings) -> Self {
        Self::named(invitation.invitee.clone(), settings)
    }

    fn named(name: NodeId, settings: Settings) -> Self {
        Self(Shared::new(settings.config(name), settings.introducer))
    }

    /// Names a node that is to join by a link from here. None if the tree of invitations would grow too deep.
    pub fn invite(&self) -> Option<Invitation> {
        self.0.with(|state| {
            let invitee = state.core.invite()?;
            let inviter = state.core.id().clone();
            Some(Invitation { inviter, invitee })
        })
    }

    /// Adds the link to a node that was invited from here, and gives the port whose peer [`join`](Self::join) gives there.
    ///
    /// `start` starts the transport, a link of these capabilities, which hands what arrives to the input it is given.
    ///
    /// # Errors
    /// What `start` failed with; or this node shuts down.
    pub fn host<L: Link>(
        &self,
        invitation: &Invitation,
        capabilities: Capabilities,
        start: impl FnOnce(LinkInput) -> io::Result<L>,
    ) -> io::Result<Port> {
        self.add(&invitation.invitee, capabilities, Side::Inviter, start)
    }

    /// Adds the link to the node that made the invitation; see [`host`](Self::host).
    ///
    /// # Errors
    /// As for [`host`](Self::host).
    pub fn join<L: Link>(
        &self,
        invitation: &Invitation,
        capabilities: Capabilities,
        start: impl FnOnce(LinkInput) -> io::Result<L>,
    ) -> io::Result<Port> {
        self.add(&invitation.inviter, capabilities, Side::Invitee, start)
    }

    fn add<L: Link>(
        &self,
        peer: &NodeId,
        capabilities: Capabilities,
        side: Side,
        start: impl FnOnce(LinkInput) -> io::Result<L>,
    ) -> io::Result<Port> {
        let capabilities = protocol::Capabilities {
            resources: capabilities.descriptors,
            introductions: capabilities.same_host && self.0.can_introduce(),
        };
        let added = self.0.with(|state| {
            let (link, port) = state.core.add_link(peer.clone(), capabilities, side).ok()?;
            state.links.insert(link, Line::default());
            Some((link, state.hold(&self.0, port)))
        });
        let Some((id, port)) = added else {
            let stopping = ChannelError::new(ChannelErrorKind::ShutDown, "the node shuts down");
            return Err(io::Error::other(stopping));
        };
        // If it fails it drops the input, which ends the link.
        let link = start(LinkInput::new(self.0.clone(), id))?;
        let task = Task::Started(id, Arc::new(link));
        self.0.with(|state| state.tasks.push_back(task));
        Ok(port)
    }

    /// Resolves when nothing is under way in this node: every proxy that can go has gone, every route is direct.
    ///
    /// It says nothing of other nodes, nor of what will begin later.
    pub fn settled(&self) -> Settled<'_> {
        Settled(&self.0)
    }

    /// What is in the node now: ports, routes, proxies, queues, windows, links.
    ///
    /// What waits here for a peer's window is counted in messages; its bytes are known only once it is written out.
    pub fn inspect(&self) -> Inspection {
        self.0.look(|state| state.core.inspect())
    }

    /// Shuts down in order: ports with an end elsewhere close behind what was sent on them, and the links end once everything has
    /// been delivered to them and sent by them.
    ///
    /// Begins at once; resolves when all is done. Dropping the future leaves the node shutting down as long as it is not dropped.
    pub fn shutdown(&self) -> Shutdown<'_> {
        self.0.with(|state| state.core.shutdown());
        Shutdown(&self.0)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0.look(|state| state.core.id().clone());
        f.debug_tuple("Node").field(&name).finish()
    }
}

/// The future of [`Node::settled`].
#[must_use = "futures do nothing unless polled"]
pub struct Settled<'a>(&'a Arc<Shared>);

impl Future for Settled<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        poll(self.0, cx, |state| {
            !state.running && state.tasks.is_empty() && state.core.settled()
        })
    }
}

/// The future of [`Node::shutdown`].
#[must_use = "futures do nothing unless polled"]
pub struct Shutdown<'a>(&'a Arc<Shared>);

impl Future for Shutdown<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        poll(self.0, cx, |state| {
            state.stopped && !state.running && state.links.is_empty()
        })
    }
}

/// Registers the task unless it is so. The waker is cloned and dropped without the lock.
fn poll(node: &Shared, cx: &Context<'_>, is_so: impl Fn(&shared::State) -> bool) -> Poll<()> {
    let waker = cx.waker().clone();
    let unused = node.look(|state| {
        if is_so(state) {
            return Some(waker);
        }
        if state
            .waiting
            .iter()
            .any(|known: &Waker| known.will_wake(&waker))
        {
            return Some(waker);
        }
        state.waiting.push(waker);
        None
    });
    drop(unused);
    if node.look(|state| is_so(state)) {
        return Poll::Ready(());
    }
    Poll::Pending
}

macro_rules! debug_by_name {
    ($($name:ident),*) => { $(
        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )* };
}

debug_by_name!(Settled, Shutdown);
