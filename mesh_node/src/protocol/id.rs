//! Names: of nodes, of links, of ports, and of channels on a link.
//!
//! None of these is a secret. A [`NodeId`] is a place in the tree of invitations, handed out by the inviter, so a
//! node can only ever invent names below its own. A [`Channel`] is a counter on one link; what it may do is decided
//! by the table of that link and nothing else. [`PortId`] and [`LinkId`] never leave the node.
//!
//! What it keeps true: none of these is ever reused while a node lives.

use super::table::Key;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

/// The deepest place in the tree of invitations; deeper invitations are refused.
pub const MAX_DEPTH: usize = 16;

/// A place in the tree of invitations: which root, and the numbers of the invitations from there down.
///
/// ```
/// use mesh_node::protocol::NodeId;
/// let root = NodeId::root(7);
/// let child = root.child(2);
/// assert!(child.is_under(&root) && !root.is_under(&child));
/// assert_eq!(child.to_string(), "7/2");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(Arc<Place>);

/// It is passed around much more than it is looked into, so it is shared.
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Place {
    root: u128,
    path: Vec<u32>,
}

impl NodeId {
    /// The root of a tree; the number should be drawn at random by the shell.
    pub fn root(root: u128) -> Self {
        Self::of(root, Vec::new())
    }

    /// The name a node gives its `number`th invitee.
    pub fn child(&self, number: u32) -> Self {
        let mut path = self.0.path.clone();
        path.push(number);
        Self::of(self.0.root, path)
    }

    /// Rebuilds a name from its parts, as a frame carries them; `None` below [`MAX_DEPTH`].
    pub fn from_parts(root: u128, path: Vec<u32>) -> Option<Self> {
        (path.len() <= MAX_DEPTH).then(|| Self::of(root, path))
    }

    fn of(root: u128, path: Vec<u32>) -> Self {
        Self(Arc::new(Place { root, path }))
    }

    /// The number of the root and the path down from it.
    pub fn parts(&self) -> (u128, &[u32]) {
        (self.0.root, &self.0.path)
    }

    /// Whether this node was invited, directly or not, by `other`.
    pub fn is_under(&self, other: &Self) -> bool {
        let (this, other) = (&self.0, &other.0);
        this.root == other.root
            && this.path.len() > other.path.len()
            && this.path.starts_with(&other.path)
    }

    pub(super) fn depth(&self) -> usize {
        self.0.path.len()
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0.root)?;
        (self.0.path.iter()).try_for_each(|part| write!(f, "/{part}"))
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A port of this node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PortId(pub u64);

impl Key for PortId {
    fn number(self) -> u64 {
        self.0
    }
}

/// A link of this node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LinkId(pub u32);

impl Key for LinkId {
    fn number(self) -> u64 {
        u64::from(self.0)
    }
}

/// A channel on a link, named by the side that issued it.
///
/// Each side counts up from zero. In an [`Event`](super::Event), `ours` means "issued by the sender of the event";
/// a node flips it on arrival, so that in its own tables it means "issued by me".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Channel {
    /// Issued by whoever holds this value.
    pub ours: bool,
    /// The count.
    pub number: u64,
}

impl Channel {
    pub(super) fn flip(self) -> Self {
        Self {
            ours: !self.ours,
            number: self.number,
        }
    }
}

/// Where a route leads next.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Hop {
    /// Over a link, on a channel of it.
    Link(LinkId, Channel),
    /// To a port of this node, and which of its sides.
    Local(PortId, u8),
}
