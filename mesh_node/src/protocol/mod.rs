//! The routing protocol, as a state machine without I/O.
//!
//! # What it is
//! A [`Node`] holds the ports of a process and its links to others. Calls and events go in through `&mut self`,
//! [`Effect`]s come out of an outbox, in order. It takes no lock, reads no clock, draws no randomness, opens nothing,
//! iterates in a fixed order, never panics on what a peer sends, and needs no `std`. It is generic over the message
//! body, so that the simulator runs the very same code on numbers.
//!
//! # The world it lives in
//! Nodes are joined by links. A link delivers events in order, each once, until it ends, and fails only by ending; two
//! links have no order between them. A port is one end of a bidirectional ordered channel; its peer is in this node, or
//! reached by a *channel* of a link, a counter in that link's tables. A route from a port to its peer is a chain of
//! hops; the ports in the middle are *proxies*, which forward, and leave.
//!
//! | module | concept |
//! |---|---|
//! | `id` | names |
//! | `event` | what nodes say to each other |
//! | `effect` | what the shell is told, messages, settings |
//! | `node` | the node, the calls of its shell, the work list |
//! | `port` | ports, routes, and what they keep true |
//! | `link` | a link's tables: authority |
//! | `receive` | the way in, and every check |
//! | `flush` | the way out, and the export of ports |
//! | `bypass` | how a proxy goes away; the transition tables |
//! | `switch` | how a route changes hands |
//! | `merge` | neighbours in one node, bridging, windows |
//! | `introduce` | links to strangers |
//! | `failure` | endings |
//! | `twin` | ports that are made to be sent |
//! | `few`, `queue` | lists that are mostly empty |
//! | `table` | where ports, links and channels are looked up |
//! | `inspect` | a look inside |
//! | `frame` | bytes |
//!
//! # Life of an endpoint
//! | state | event | next |
//! |---|---|---|
//! | open | sent in a message that leaves | channel of its peer, proxy, or lingering end (see `flush`) |
//! | open | put into a message | enclosed; open again for whoever receives it |
//! | open | closed by its owner | lingering |
//! | open | peer closed | closed: unread messages, then `Closed` |
//! | open | route broken | failed: unread messages, then the cause |
//! | open | bridged | proxy; lingering if the other one has lost its peer |
//! | open, its peer elsewhere | the node shuts down | failed; a lingering one in its place says the close |
//! | closed, failed | closed by its owner | gone |
//! | lingering | backlog and close are out, its peer closed, or its route broken | gone |
//! | proxy | both directions have ended (see `bypass`), or a neighbour is in this node (see `merge`) | gone |
//! | proxy | one side closed | lingering on the other |
//! | proxy | one side's link lost | gone, the other side told the cause |
//!
//! # Windows
//! What a sender may send on a port is granted by the endpoint at the other end, in messages and bytes, as an absolute
//! count in the space of the channel. A message may begin while both are positive, so a window of bytes can be overdrawn
//! by one message. Beyond the window, messages wait in the node of the sender. Every fresh channel begins with the
//! window its receiver named in its hello, so the answer to a request never waits. Close, failure and all control
//! need no window. What a node holds for a link is bounded by what it grants: ports times window.
//!
//! # What it leaves out
//! Ports that enclose each other in a ring (each inside a message queued on another) are unreachable; they are found only
//! when a link is lost. The two ends of one channel that are joined to each other while the way between them leads through other
//! nodes make a ring of proxies, each of which may wait for the next until a link between them ends. A port in a message on itself
//! or on its peer here is refused. Bodies and descriptors are the shell's.

mod bypass;
mod effect;
mod event;
mod failure;
mod few;
mod flush;
pub mod frame;
mod id;
mod inspect;
mod introduce;
mod link;
mod merge;
mod node;
mod port;
mod queue;
mod receive;
mod switch;
mod table;
mod twin;

pub use effect::{Body, Capabilities, Config, Effect, Leaving, Message, Next, Received, Side};
pub use event::{Amount, Cause, CauseKind, Event, Hello, Limits, MAX_ROOM, PortDesc};
pub use few::Few;
pub use id::{Channel, Hop, LinkId, MAX_DEPTH, NodeId, PortId};
pub use inspect::{Inspection, LinkView, PortState, PortView, RouteView};
pub use node::{Node, Refusal};
#[cfg(feature = "std")]
pub(crate) use table::Table;
