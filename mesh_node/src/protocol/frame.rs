//! Events as bytes. docs/wire.md describes the format for another implementer.
//!
//! A frame is a kind, optionally extensions a reader may skip, and the fields of the kind. Its length is known from
//! the link that carries it. Resources travel beside the bytes; a frame says how many belong to it.
//!
//! What it keeps true: decoding never panics, never allocates more than the bytes at hand justify, and accepts exactly
//! one form of each event (shortest varints aside), so that what was decoded encodes to an equal event. Whether an
//! event is *allowed* is decided elsewhere.
//!
//! Length: each event is written and read in one place, so that the two can be compared.

use super::effect::Body;
use super::event::{Amount, Cause, CauseKind, Event, Hello, Limits, PortDesc};
use super::few::Few;
use super::id::{Channel, MAX_DEPTH, NodeId};
use alloc::string::String;
use alloc::vec::Vec;
use thiserror::Error;

/// The first bytes of a hello.
pub const MAGIC: [u8; 4] = *b"mesh";

/// The longest text of a cause; longer ones are cut when written.
pub const MAX_CAUSE_BYTES: usize = 1024;

/// The most extensions a frame may have.
pub const MAX_EXTENSIONS: usize = 32;

/// The extension that carries a layout fingerprint.
const EXT_FINGERPRINT: u64 = 1;

/// Set in the kind byte when extensions follow it.
const HAS_EXTENSIONS: u8 = 0x80;

/// Why bytes are not a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The bytes end too early.
    #[error("the frame is truncated")]
    Truncated,
    /// A number does not fit.
    #[error("a number in the frame is out of range")]
    Range,
    /// The kind is not known.
    #[error("frames of kind {0} are not known")]
    Kind(u8),
    /// Bytes follow the last field.
    #[error("the frame has bytes after its end")]
    Trailing,
    /// More or fewer resources came than the frame announces.
    #[error("the frame announces {announced} resources and {arrived} came")]
    Resources {
        /// What the frame says.
        announced: u64,
        /// What came.
        arrived: usize,
    },
    /// A text is not UTF-8 or too long.
    #[error("a text in the frame is malformed or too long")]
    Text,
    /// A hello does not begin with the magic.
    #[error("the peer does not speak this protocol")]
    Magic,
    /// The body of a message does not decode.
    #[error("the body of a message does not decode")]
    Body,
    /// The frame is larger than was granted.
    #[error("the frame is larger than was granted")]
    Large,
}

/// A message body that can go into a frame, with resources of type `R` beside it.
pub trait FrameBody<R>: Body + Sized {
    /// Appends the bytes and takes the resources out.
    fn write(self, bytes: &mut Vec<u8>, resources: &mut Vec<R>);

    /// Rebuilds the body; `None` if the bytes make none.
    fn read(bytes: &[u8], resources: Vec<R>) -> Option<Self>;
}

mod kind {
    pub(super) const HELLO: u8 = 1;
    pub(super) const MESSAGE: u8 = 2;
    pub(super) const CLOSE: u8 = 3;
    pub(super) const FAIL: u8 = 4;
    pub(super) const CREDIT: u8 = 5;
    pub(super) const NEED: u8 = 6;
    pub(super) const ASK: u8 = 7;
    pub(super) const YES: u8 = 8;
    pub(super) const NO: u8 = 9;
    pub(super) const AGAIN: u8 = 10;
    pub(super) const RELEASE: u8 = 11;
    pub(super) const GO: u8 = 12;
    pub(super) const REFUSE: u8 = 13;
    pub(super) const OPEN: u8 = 14;
    pub(super) const END: u8 = 15;
    pub(super) const WANT: u8 = 16;
    pub(super) const WANT_NO: u8 = 17;
    pub(super) const INTRODUCE: u8 = 18;
    pub(super) const BYE: u8 = 19;
    pub(super) const OPENED: u8 = 20;
}

/// Writes an event. Bytes are appended; resources that must travel beside them are appended too.
///
/// ```
/// use mesh_node::protocol::{Channel, Event, frame};
/// # use mesh_node::protocol::Body;
/// # #[derive(Debug, PartialEq)] struct Text(String);
/// # impl Body for Text { fn bytes(&self) -> u32 { self.0.len() as u32 } }
/// # impl frame::FrameBody<()> for Text {
/// #     fn write(self, bytes: &mut Vec<u8>, _: &mut Vec<()>) { bytes.extend(self.0.into_bytes()) }
/// #     fn read(bytes: &[u8], _: Vec<()>) -> Option<Self> { String::from_utf8(bytes.to_vec()).ok().map(Text) }
/// # }
/// let close: Event<Text, ()> = Event::Close { channel: Channel { ours: true, number: 3 } };
/// let (mut bytes, mut resources) = (Vec::new(), Vec::new());
/// frame::encode(close, &mut bytes, &mut resources);
/// assert_eq!(bytes, [3, 7]);
/// let limits = mesh_node::protocol::Limits::default();
/// assert!(matches!(frame::decode::<Text, ()>(&bytes, resources, &limits), Ok(Event::Close { .. })));
/// ```
pub fn encode<B: FrameBody<R>, R>(event: Event<B, R>, bytes: &mut Vec<u8>, resources: &mut Vec<R>) {
    let mut out = Writer { bytes };
    match event {
        Event::Hello(hello) => out.hello(&hello),
        Event::Message {
            channel,
            sequence,
            fingerprint,
            body,
            ports,
            last,
        } => {
            match fingerprint {
                Some(print) => {
                    out.byte(kind::MESSAGE | HAS_EXTENSIONS);
                    out.number(1);
                    out.number(EXT_FINGERPRINT);
                    out.number(8);
                    out.bytes.extend(print.to_le_bytes());
                }
                None => out.byte(kind::MESSAGE),
            }
            out.channel(channel);
            out.number(sequence);
            out.byte(u8::from(last));
            out.number(u64::from(body.resources()));
            out.number(ports.len() as u64);
            for desc in ports {
                out.channel(desc.channel);
                out.amount(desc.grant);
                out.amount(desc.room);
            }
            body.write(out.bytes, resources);
        }
        Event::Introduce { peer, end } => {
            out.byte(kind::INTRODUCE);
            out.node(&peer);
            resources.push(end);
        }
        other => out.control(&other),
    }
}

struct Writer<'a> {
    bytes: &'a mut Vec<u8>,
}

impl Writer<'_> {
    fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.byte((value as u8) | 0x80);
            value >>= 7;
        }
        self.byte(value as u8);
    }

    fn signed(&mut self, value: i64) {
        self.number(((value << 1) ^ (value >> 63)) as u64);
    }

    fn amount(&mut self, amount: Amount) {
        self.signed(amount.messages);
        self.signed(amount.bytes);
    }

    fn channel(&mut self, channel: Channel) {
        self.number((channel.number << 1) | u64::from(channel.ours));
    }

    fn node(&mut self, node: &NodeId) {
        let (root, path) = node.parts();
        self.bytes.extend(root.to_le_bytes());
        self.number(path.len() as u64);
        path.iter().for_each(|part| self.number(u64::from(*part)));
    }

    fn cause(&mut self, cause: &Cause) {
        self.byte(match cause.kind {
            CauseKind::Lost => 1,
            CauseKind::Breach => 2,
            CauseKind::Limit => 3,
            CauseKind::Shutdown => 4,
            CauseKind::Undeliverable => 5,
            CauseKind::Died => 6,
        });
        let mut end = cause.text.len().min(MAX_CAUSE_BYTES);
        while !cause.text.is_char_boundary(end) {
            end -= 1;
        }
        self.number(end as u64);
        self.bytes.extend(&cause.text.as_bytes()[..end]);
    }

    fn hello(&mut self, hello: &Hello) {
        self.byte(kind::HELLO);
        self.bytes.extend(MAGIC);
        self.number(u64::from(hello.versions.0));
        self.number(u64::from(hello.versions.1));
        self.number(hello.features);
        self.bytes.extend(hello.build.to_le_bytes());
        self.node(&hello.node);
        let limits = &hello.limits;
        self.amount(limits.window);
        for limit in [
            limits.ports,
            limits.resources,
            limits.message_bytes,
            limits.introductions,
        ] {
            self.number(u64::from(limit));
        }
    }

    fn on_channel(&mut self, kind: u8, channel: Channel) {
        self.byte(kind);
        self.channel(channel);
    }

    fn control<B, R>(&mut self, event: &Event<B, R>) {
        match event {
            Event::Close { channel } => self.on_channel(kind::CLOSE, *channel),
            Event::Fail { channel, cause } => {
                self.on_channel(kind::FAIL, *channel);
                self.cause(cause);
            }
            Event::Credit { channel, limit } => {
                self.on_channel(kind::CREDIT, *channel);
                self.amount(*limit);
            }
            Event::Need { channel, limit } => {
                self.on_channel(kind::NEED, *channel);
                self.amount(*limit);
            }
            Event::Opened { channel, room } => {
                self.on_channel(kind::OPENED, *channel);
                self.amount(*room);
            }
            Event::Again { channel } => self.on_channel(kind::AGAIN, *channel),
            Event::End {
                channel,
                messages,
                leaving,
            } => {
                self.on_channel(kind::END, *channel);
                self.number(*messages);
                self.byte(u8::from(*leaving));
            }
            Event::Want { target, seen } => {
                self.byte(kind::WANT);
                self.node(target);
                self.number(u64::from(*seen));
            }
            Event::WantNo { target } => {
                self.byte(kind::WANT_NO);
                self.node(target);
            }
            Event::Bye { cause } => {
                self.byte(kind::BYE);
                self.cause(cause);
            }
            other => self.bypass(other),
        }
    }

    fn bypass<B, R>(&mut self, event: &Event<B, R>) {
        let (kind, channel, node, token) = match event {
            Event::Ask {
                channel,
                target,
                token,
            } => (kind::ASK, channel, Some(target), token),
            Event::Go {
                channel,
                target,
                token,
            } => (kind::GO, channel, Some(target), token),
            Event::Open {
                channel, by, token, ..
            } => (kind::OPEN, channel, Some(by), token),
            Event::Yes { channel, token } => (kind::YES, channel, None, token),
            Event::No { channel, token } => (kind::NO, channel, None, token),
            Event::Release { channel, token } => (kind::RELEASE, channel, None, token),
            Event::Refuse { channel, token } => (kind::REFUSE, channel, None, token),
            _ => return,
        };
        self.on_channel(kind, *channel);
        self.number(*token);
        if let Some(node) = node {
            self.node(node);
        }
        if let Event::Open { room, .. } = event {
            self.amount(*room);
        }
    }
}

/// Reads an event. `limits` are what this side granted.
///
/// # Errors
/// Says what is wrong with the bytes; the caller should end the link with it ([`Node::breach`](super::Node::breach)).
/// The resources are dropped then.
pub fn decode<B: FrameBody<R>, R>(
    bytes: &[u8],
    resources: Vec<R>,
    limits: &Limits,
) -> Result<Event<B, R>, FrameError> {
    decode_with(bytes, resources, limits, B::read)
}

/// As [`decode`], with something that rebuilds the body of a message from the rest of the bytes.
///
/// # Errors
/// As of [`decode`].
pub fn decode_with<B, R>(
    bytes: &[u8],
    mut resources: Vec<R>,
    limits: &Limits,
    read: impl FnOnce(&[u8], Vec<R>) -> Option<B>,
) -> Result<Event<B, R>, FrameError> {
    let mut input = Reader { bytes };
    let kind = input.byte()?;
    let mut fingerprint = None;
    if kind & HAS_EXTENSIONS != 0 {
        fingerprint = input.extensions()?;
    }
    let kind = kind & !HAS_EXTENSIONS;
    if kind == kind::MESSAGE {
        return input.message(fingerprint, resources, limits, read);
    }
    let announced = usize::from(kind == kind::INTRODUCE);
    if resources.len() != announced {
        return Err(FrameError::Resources {
            announced: announced as u64,
            arrived: resources.len(),
        });
    }
    let event = match (kind, resources.pop()) {
        (kind::INTRODUCE, Some(end)) => Event::Introduce {
            peer: input.node()?,
            end,
        },
        (kind::HELLO, _) => Event::Hello(input.hello()?),
        (kind::WANT, _) => Event::Want {
            target: input.node()?,
            seen: input.small()?,
        },
        (kind::WANT_NO, _) => Event::WantNo {
            target: input.node()?,
        },
        (kind::BYE, _) => Event::Bye {
            cause: input.cause()?,
        },
        _ => input.on_channel(kind)?,
    };
    if input.bytes.is_empty() {
        Ok(event)
    } else {
        Err(FrameError::Trailing)
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], FrameError> {
        if count > self.bytes.len() {
            return Err(FrameError::Truncated);
        }
        let (head, tail) = self.bytes.split_at(count);
        self.bytes = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], FrameError> {
        self.take(N)?.try_into().map_err(|_| FrameError::Truncated)
    }

    fn byte(&mut self) -> Result<u8, FrameError> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    fn flag(&mut self) -> Result<bool, FrameError> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(FrameError::Range),
        }
    }

    #[inline]
    fn number(&mut self) -> Result<u64, FrameError> {
        match self.bytes.split_first() {
            Some((byte, rest)) if *byte < 0x80 => {
                self.bytes = rest;
                Ok(u64::from(*byte))
            }
            _ => self.long_number(),
        }
    }

    fn long_number(&mut self) -> Result<u64, FrameError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                return Err(FrameError::Range);
            }
            value |= part << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(FrameError::Range)
    }

    fn small(&mut self) -> Result<u32, FrameError> {
        u32::try_from(self.number()?).map_err(|_| FrameError::Range)
    }

    /// A count that fits the signed counters it is compared with.
    fn count(&mut self) -> Result<u64, FrameError> {
        let value = self.number()?;
        if value > i64::MAX as u64 {
            return Err(FrameError::Range);
        }
        Ok(value)
    }

    fn signed(&mut self) -> Result<i64, FrameError> {
        let value = self.number()?;
        Ok(((value >> 1) as i64) ^ -((value & 1) as i64))
    }

    fn amount(&mut self) -> Result<Amount, FrameError> {
        Ok(Amount::new(self.signed()?, self.signed()?))
    }

    fn channel(&mut self) -> Result<Channel, FrameError> {
        let value = self.number()?;
        Ok(Channel {
            ours: value & 1 == 1,
            number: value >> 1,
        })
    }

    fn node(&mut self) -> Result<NodeId, FrameError> {
        let root = u128::from_le_bytes(self.array()?);
        let depth = self.number()?;
        if depth > MAX_DEPTH as u64 {
            return Err(FrameError::Range);
        }
        let path = (0..depth).map(|_| self.small()).collect::<Result<_, _>>()?;
        NodeId::from_parts(root, path).ok_or(FrameError::Range)
    }

    fn cause(&mut self) -> Result<Cause, FrameError> {
        let kind = match self.byte()? {
            1 => CauseKind::Lost,
            2 => CauseKind::Breach,
            3 => CauseKind::Limit,
            4 => CauseKind::Shutdown,
            5 => CauseKind::Undeliverable,
            6 => CauseKind::Died,
            _ => return Err(FrameError::Range),
        };
        let length = self.number()?;
        if length > MAX_CAUSE_BYTES as u64 {
            return Err(FrameError::Text);
        }
        let bytes = self.take(length as usize)?;
        let text = core::str::from_utf8(bytes).map_err(|_| FrameError::Text)?;
        Ok(Cause::new(kind, String::from(text)))
    }

    /// Skips extensions, but for the ones it knows.
    fn extensions(&mut self) -> Result<Option<u64>, FrameError> {
        let mut fingerprint = None;
        let count = self.number()?;
        if count > MAX_EXTENSIONS as u64 {
            return Err(FrameError::Range);
        }
        for _ in 0..count {
            let (kind, length) = (self.number()?, self.number()?);
            let length = usize::try_from(length).map_err(|_| FrameError::Truncated)?;
            let value = self.take(length)?;
            if kind == EXT_FINGERPRINT {
                let value = value.try_into().map_err(|_| FrameError::Range)?;
                fingerprint = Some(u64::from_le_bytes(value));
            }
        }
        Ok(fingerprint)
    }

    fn hello(&mut self) -> Result<Hello, FrameError> {
        if self.array()? != MAGIC {
            return Err(FrameError::Magic);
        }
        Ok(Hello {
            versions: (self.small()?, self.small()?),
            features: self.number()?,
            build: u128::from_le_bytes(self.array()?),
            node: self.node()?,
            limits: Limits {
                window: self.amount()?,
                ports: self.small()?,
                resources: self.small()?,
                message_bytes: self.small()?,
                introductions: self.small()?,
            },
        })
    }

    fn message<B, R>(
        &mut self,
        fingerprint: Option<u64>,
        resources: Vec<R>,
        limits: &Limits,
        read: impl FnOnce(&[u8], Vec<R>) -> Option<B>,
    ) -> Result<Event<B, R>, FrameError> {
        let channel = self.channel()?;
        let sequence = self.count()?;
        let last = self.flag()?;
        let announced = self.number()?;
        if announced != resources.len() as u64 {
            return Err(FrameError::Resources {
                announced,
                arrived: resources.len(),
            });
        }
        let count = self.number()?;
        // A port takes five bytes at the least.
        if count > u64::from(limits.ports) || count > (self.bytes.len() / 5) as u64 {
            return Err(FrameError::Range);
        }
        let mut ports = Few::new();
        for _ in 0..count {
            ports.push(PortDesc {
                channel: self.channel()?,
                grant: self.amount()?,
                room: self.amount()?,
            });
        }
        if self.bytes.len() > limits.message_bytes as usize {
            return Err(FrameError::Large);
        }
        let body = read(self.bytes, resources).ok_or(FrameError::Body)?;
        self.bytes = &[];
        Ok(Event::Message {
            channel,
            sequence,
            fingerprint,
            body,
            ports,
            last,
        })
    }

    fn on_channel<B, R>(&mut self, kind: u8) -> Result<Event<B, R>, FrameError> {
        if !(kind::CLOSE..=kind::END).contains(&kind) && kind != kind::OPENED {
            return Err(FrameError::Kind(kind));
        }
        let channel = self.channel()?;
        match kind {
            kind::CLOSE => return Ok(Event::Close { channel }),
            kind::AGAIN => return Ok(Event::Again { channel }),
            kind::FAIL => {
                let cause = self.cause()?;
                return Ok(Event::Fail { channel, cause });
            }
            kind::CREDIT => {
                let limit = self.amount()?;
                return Ok(Event::Credit { channel, limit });
            }
            kind::NEED => {
                let limit = self.amount()?;
                return Ok(Event::Need { channel, limit });
            }
            kind::OPENED => {
                let room = self.amount()?;
                return Ok(Event::Opened { channel, room });
            }
            kind::END => {
                return Ok(Event::End {
                    channel,
                    messages: self.count()?,
                    leaving: self.flag()?,
                });
            }
            _ => {}
        }
        let token = self.number()?;
        Ok(match kind {
            kind::YES => Event::Yes { channel, token },
            kind::NO => Event::No { channel, token },
            kind::RELEASE => Event::Release { channel, token },
            kind::REFUSE => Event::Refuse { channel, token },
            _ => {
                let node = self.node()?;
                match kind {
                    kind::ASK => Event::Ask {
                        channel,
                        target: node,
                        token,
                    },
                    kind::GO => Event::Go {
                        channel,
                        target: node,
                        token,
                    },
                    _ => Event::Open {
                        channel,
                        by: node,
                        token,
                        room: self.amount()?,
                    },
                }
            }
        })
    }
}

#[cfg(test)]
mod tests;
