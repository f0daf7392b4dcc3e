//! Links within a process, for tests: frames are really written and read, and what travels beside them is moved.
//!
//! A wire has two ends and for each direction a queue. Normally whoever sends delivers, unless somebody does already, so that a
//! test in one thread needs no driver. A *held* wire delivers only when told to, frame by frame, and can be cut.
//!
//! A link delivers on the thread that sends, so its sink may be called from within a call of it, and a sink that waits keeps the
//! sender waiting; nodes are made for the one and do not do the other. A held wire that a thread steps keeps the whole
//! [contract](crate::link).
//!
//! It counts what went over it. Lock order: none; a way's lock is not held while a sink is called or a frame dropped.

use super::{Invitation, Node, Settings};
use crate::error::ChannelError;
use crate::link::{
    Attachment, Capabilities, Cause, Frame, FrameLimits, Introducer, Link, LinkInput, Refusal,
    SendError, Sink,
};
use crate::local_node::Port;
use crate::sync::Mutex;
use std::any::Any;
use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A wire, to watch and to tamper with.
#[derive(Clone)]
pub struct Wire(Arc<Inner>);

struct Inner {
    /// What goes towards each end.
    ways: [Mutex<Way>; 2],
    limits: FrameLimits,
}

#[derive(Default)]
struct Way {
    queue: VecDeque<Frame<'static>>,
    /// Where it comes out, once someone is there.
    input: Input,
    held: bool,
    /// Why it ends after what is queued.
    end: Option<Cause>,
    /// Frames and bytes that went in.
    count: Count,
}

#[derive(Default)]
enum Input {
    #[default]
    None,
    Idle(Box<dyn Sink>),
    /// Someone is delivering.
    Busy,
    Over,
}

/// What went over a wire, both ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Frames.
    pub frames: usize,
    /// Their bytes.
    pub bytes: usize,
}

/// One end of a wire: a link, once it is connected.
pub struct End {
    inner: Arc<Inner>,
    side: usize,
}

/// A node, and the port it has on the link that was made with it.
#[derive(Debug)]
pub struct Member {
    /// The node.
    pub node: Node,
    /// The port.
    pub port: Port,
}

/// What wires can carry.
pub const CAPABILITIES: Capabilities = Capabilities {
    descriptors: true,
    limits: UNLIMITED,
    same_host: true,
};

const UNLIMITED: FrameLimits = FrameLimits {
    bytes: u32::MAX,
    descriptors: u16::MAX,
};

/// A root and a node it invited, with a wire between them.
///
/// # Errors
/// The system has no random numbers to give.
pub fn two_nodes(settings: Settings) -> io::Result<(Member, Member, Wire)> {
    let root = Node::root(settings.clone())?;
    let (child, port, wire) = add_node(&root, settings)?;
    Ok((Member { node: root, port }, child, wire))
}

/// A node that `inviter` invites, with the wire between them and the inviter's port on it.
///
/// # Errors
/// The tree of invitations has grown too deep.
pub fn add_node(inviter: &Node, settings: Settings) -> io::Result<(Member, Port, Wire)> {
    let too_deep = || io::Error::other("the tree of invitations has grown too deep");
    let invitation: Invitation = inviter.invite().ok_or_else(too_deep)?;
    let node = Node::invited(&invitation, settings);
    let (near, far, wire) = Wire::new();
    let here = inviter.host(&invitation, CAPABILITIES, |input| {
        Ok(near.start(Box::new(input)))
    })?;
    let port = node.join(&invitation, CAPABILITIES, |input| {
        Ok(far.start(Box::new(input)))
    })?;
    Ok((Member { node, port }, here, wire))
}

impl Wire {
    /// A wire, and its two ends.
    pub fn new() -> (End, End, Self) {
        Self::with_limits(UNLIMITED)
    }

    /// A wire for frames up to some size, and its two ends.
    pub fn with_limits(limits: FrameLimits) -> (End, End, Self) {
        let inner = Arc::new(Inner {
            ways: Default::default(),
            limits,
        });
        let end = |side| End {
            inner: inner.clone(),
            side,
        };
        (end(0), end(1), Self(inner.clone()))
    }

    /// Whether both ends have been told that it is over.
    pub fn has_ended(&self) -> bool {
        let ways = self.0.ways.iter();
        ways.into_iter()
            .all(|way| matches!(way.lock().input, Input::Over))
    }

    /// What went over it so far.
    pub fn count(&self) -> Count {
        let counts = [0, 1].map(|side| self.0.ways[side].lock().count);
        Count {
            frames: counts[0].frames + counts[1].frames,
            bytes: counts[0].bytes + counts[1].bytes,
        }
    }

    /// Holds frames back, or delivers what was held and holds no more.
    pub fn hold(&self, held: bool) {
        for side in [0, 1] {
            self.0.ways[side].lock().held = held;
            self.0.deliver(side);
        }
    }

    /// Delivers the next frame held on its way to an end; false if there is none.
    pub fn step(&self, side: usize) -> bool {
        let side = side & 1;
        let (sink, frame) = {
            let mut way = self.0.ways[side].lock();
            let Some(sink) = way.take_sink() else {
                return false;
            };
            (sink, way.queue.pop_front())
        };
        let stepped = frame.is_some();
        let sink = match frame {
            Some(frame) => self.0.hand_over(side, sink, frame),
            None => Some(sink),
        };
        if let Some(sink) = sink {
            self.0.ways[side].lock().input = Input::Idle(sink);
            self.0.deliver(side);
        }
        stepped
    }

    /// Ends the wire for both ends, which are told this cause. Frames that are held are lost.
    pub fn cut(&self, cause: &ChannelError) {
        let known = Cause::Known(cause.clone());
        self.0.cut([known.clone(), known]);
    }
}

impl Way {
    /// The sink, for as long as something is handed to it.
    fn take_sink(&mut self) -> Option<Box<dyn Sink>> {
        match std::mem::replace(&mut self.input, Input::Busy) {
            Input::Idle(sink) => Some(sink),
            other => {
                self.input = other;
                None
            }
        }
    }
}

impl Inner {
    /// Ends what goes towards an end, behind what is queued.
    fn end(&self, side: usize, cause: Cause) {
        let unused = {
            let mut way = self.ways[side].lock();
            if way.end.is_some() {
                Some(cause)
            } else {
                way.end = Some(cause);
                None
            }
        };
        drop(unused);
        self.deliver(side);
    }

    /// Ends both ways at once, for a cause each.
    fn cut(&self, causes: [Cause; 2]) {
        for (way, cause) in self.ways.iter().zip(causes) {
            let lost = {
                let mut way = way.lock();
                way.end.get_or_insert(cause);
                std::mem::take(&mut way.queue)
            };
            drop(lost);
        }
        for side in [0, 1] {
            self.deliver(side);
        }
    }

    /// Hands a frame to a sink, and gives the sink back unless it panics: that ends the wire.
    fn hand_over(
        &self,
        side: usize,
        mut sink: Box<dyn Sink>,
        frame: Frame<'static>,
    ) -> Option<Box<dyn Sink>> {
        let Frame {
            bytes, attachments, ..
        } = frame;
        // The sink is only told of its end after a panic, and that is its own affair.
        let taken = catch_unwind(AssertUnwindSafe(|| sink.frame(&bytes, attachments)));
        if taken.is_ok() {
            return Some(sink);
        }
        self.ways[side].lock().input = Input::Over;
        let mut causes = [Cause::PeerLost, Cause::PeerLost];
        causes[side] = Cause::SinkPanicked;
        self.cut(causes);
        close(sink, Cause::SinkPanicked);
        None
    }

    fn deliver(&self, side: usize) {
        let way = &self.ways[side];
        let Some(mut sink) = way.lock().take_sink() else {
            return;
        };
        loop {
            let frame = {
                let mut way = way.lock();
                let frame = if way.held {
                    None
                } else {
                    way.queue.pop_front()
                };
                match frame {
                    Some(frame) => frame,
                    None => {
                        let over = way.queue.is_empty() && way.end.is_some();
                        let Some(cause) = way.end.clone().filter(|_| over) else {
                            way.input = Input::Idle(sink);
                            return;
                        };
                        way.input = Input::Over;
                        drop(way);
                        return close(sink, cause);
                    }
                }
            };
            match self.hand_over(side, sink, frame) {
                Some(back) => sink = back,
                None => return,
            }
        }
    }
}

/// Tells a sink that the link has ended; a panic of it ends there.
fn close(sink: Box<dyn Sink>, cause: Cause) {
    let _ = catch_unwind(AssertUnwindSafe(|| sink.closed(cause)));
}

impl End {
    /// Starts the link: what arrives at this end goes to `sink`.
    pub fn start(self, sink: Box<dyn Sink>) -> Self {
        self.inner.ways[self.side].lock().input = Input::Idle(sink);
        self.inner.deliver(self.side);
        self
    }
}

impl Link for End {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            limits: self.inner.limits,
            ..CAPABILITIES
        }
    }

    fn send<'a>(&self, frame: Frame<'a>) -> Result<(), SendError<'a>> {
        let to = self.side ^ 1;
        let limits = self.inner.limits;
        let refused = if frame.byte_count() > limits.bytes as usize {
            Some(Refusal::TooLarge)
        } else if frame.attachments.len() > usize::from(limits.descriptors) {
            Some(Refusal::TooManyDescriptors)
        } else {
            None
        };
        if let Some(reason) = refused {
            return Err(SendError { reason, frame });
        }
        {
            let mut way = self.inner.ways[to].lock();
            if way.end.is_some() {
                drop(way);
                let reason = Refusal::Ended;
                return Err(SendError { reason, frame });
            }
            way.count.frames += 1;
            way.count.bytes += frame.byte_count();
            let mut bytes = frame.bytes.into_owned();
            frame
                .tail
                .iter()
                .for_each(|chunk| bytes.extend_from_slice(chunk));
            let attachments = frame.attachments;
            let frame = Frame::with_attachments(bytes, attachments);
            way.queue.push_back(frame);
        }
        self.inner.deliver(to);
        Ok(())
    }

    fn queued_bytes(&self) -> usize {
        let way = self.inner.ways[self.side ^ 1].lock();
        way.queue.iter().map(|frame| frame.bytes.len()).sum()
    }

    fn abort(&self) {
        let mut causes = [Cause::PeerLost, Cause::PeerLost];
        causes[self.side] = Cause::Aborted;
        self.inner.cut(causes);
    }

    fn close(&self) {
        self.inner.end(self.side ^ 1, Cause::PeerClosed);
        self.inner.end(self.side, Cause::WeClosed);
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.close();
    }
}

/// Makes wires between nodes of one process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wires;

impl Introducer for Wires {
    fn pair(&self) -> io::Result<(Attachment, Attachment)> {
        let (left, right, _) = Wire::new();
        let attachment = |end: End| Attachment::Local(Box::new(end) as Box<dyn Any + Send>);
        Ok((attachment(left), attachment(right)))
    }

    fn connect(&self, end: Attachment, input: LinkInput) -> io::Result<Arc<dyn Link>> {
        match end {
            Attachment::Local(end) => match end.downcast::<End>() {
                Ok(end) => Ok(Arc::new(end.start(Box::new(input)))),
                Err(_) => Err(io::Error::other("not the end of a wire")),
            },
            _ => Err(io::Error::other("not the end of a wire")),
        }
    }
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Wire").field(&self.count()).finish()
    }
}

impl std::fmt::Debug for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("End")
            .field("side", &self.side)
            .finish_non_exhaustive()
    }
}
