//! The body of a message in a node: a value until it has to leave, bytes and resources from then on.
//!
//! # Bytes
//! | field | size |
//! |---|---|
//! | how many resources the message has in all | varint |
//! | for each, from bit 0 of the first byte on: 0 a port, 1 a descriptor; the bits left over are zero | one byte for eight |
//! | the encoded value, which refers to the resources by their place in that order | the rest |
//!
//! The ports themselves stand in the head of the frame, in order; the descriptors travel beside it, in order. A message
//! without resources begins with one zero byte.
//!
//! What it keeps true: what was read has as many descriptors as its head says; whether it has as many ports is seen where the two
//! are brought together.

use super::kinds::Kinds;
use crate::link::Attachment;
use crate::message::OwnedMessage;
use crate::protocol;
use crate::protocol::frame::FrameBody;
use crate::spare;
#[cfg(unix)]
use std::os::fd::OwnedFd;

/// The body of a message.
#[derive(Debug)]
pub(super) enum Body {
    /// As it was sent.
    Value(OwnedMessage),
    /// As it goes over links.
    Bytes(Bytes),
    /// It arrived without its resources, of which there were so many.
    Damaged(u32),
}

/// Up to here a value's bytes are copied behind the head of their frame; beyond, they go out from where they are.
const COPIED_BYTES: usize = 4 << 10;

/// What stands beside a frame's bytes, for the core.
#[derive(Debug)]
pub(super) enum Beside {
    Here(Attachment),
    /// It was sent, and got lost on the way.
    Missing,
    /// The last bytes of the frame, where they have not been copied behind the others. It is never received.
    Tail(Vec<u8>),
}

/// A body in bytes.
#[derive(Debug, Default)]
pub(super) struct Bytes {
    /// The encoded value.
    pub(super) data: Vec<u8>,
    /// Of each resource, whether it is a descriptor.
    pub(super) kinds: Kinds,
    /// The descriptors.
    #[cfg(unix)]
    pub(super) descriptors: Vec<OwnedFd>,
}

impl Bytes {
    pub(super) fn len(&self) -> usize {
        number_len(self.kinds.len()) + self.kinds.bytes() + self.data.len()
    }

    pub(super) fn descriptor_count(&self) -> usize {
        self.kinds.descriptors()
    }

    /// How many ports it takes to make the value.
    pub(super) fn port_count(&self) -> usize {
        self.kinds.len() - self.descriptor_count()
    }
}

impl protocol::Body for Body {
    /// A value is not measured before it is written.
    fn bytes(&self) -> u32 {
        match self {
            Self::Bytes(bytes) => u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            Self::Value(_) | Self::Damaged(_) => 0,
        }
    }

    fn resources(&self) -> u32 {
        match self {
            Self::Bytes(bytes) => u32::try_from(bytes.descriptor_count()).unwrap_or(u32::MAX),
            Self::Damaged(count) => *count,
            Self::Value(_) => 0,
        }
    }

    fn is_ready(&self) -> bool {
        matches!(self, Self::Bytes(_))
    }
}

impl FrameBody<Beside> for Body {
    fn write(self, out: &mut Vec<u8>, beside: &mut Vec<Beside>) {
        // The core has every other body prepared first.
        let Self::Bytes(bytes) = self else { return };
        write_number(out, bytes.kinds.len());
        bytes.kinds.write(out);
        if bytes.data.len() <= COPIED_BYTES {
            out.extend_from_slice(&bytes.data);
            spare::give(bytes.data);
        } else {
            beside.push(Beside::Tail(bytes.data));
        }
        #[cfg(unix)]
        beside.extend((bytes.descriptors.into_iter()).map(|fd| Beside::Here(Attachment::Fd(fd))));
    }

    fn read(bytes: &[u8], beside: Vec<Beside>) -> Option<Self> {
        let (count, rest) = read_number(bytes)?;
        let (bits, data) = rest.split_at_checked(count.div_ceil(8))?;
        let kinds = Kinds::read(bits, count)?;
        let announced = kinds.descriptors();
        if announced != beside.len() {
            return None;
        }
        if beside.iter().any(|a| matches!(a, Beside::Missing)) {
            return Some(Self::Damaged(u32::try_from(announced).ok()?));
        }
        let body = Bytes {
            data: spare::copy(data),
            kinds,
            #[cfg(unix)]
            descriptors: beside
                .into_iter()
                .map(|beside| match beside {
                    Beside::Here(Attachment::Fd(fd)) => Some(fd),
                    Beside::Here(_) | Beside::Missing | Beside::Tail(_) => None,
                })
                .collect::<Option<_>>()?,
        };
        Some(Self::Bytes(body))
    }
}

fn number_len(value: usize) -> usize {
    (usize::BITS - value.leading_zeros()).div_ceil(7).max(1) as usize
}

fn write_number(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The most resources there can be; more would not fit a frame's budget by far.
const MAX_RESOURCES: usize = 1 << 21;

fn read_number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0;
    for (at, byte) in bytes.iter().take(3).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            let minimal = number_len(value) == at + 1 && value < MAX_RESOURCES;
            return minimal.then(|| (value, &bytes[at + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Body as _;

    fn body(data: &[u8], kinds: &[bool]) -> Body {
        Body::Bytes(Bytes {
            data: data.to_vec(),
            kinds: kinds.iter().copied().collect(),
            ..Bytes::default()
        })
    }

    fn written(body: Body) -> Vec<u8> {
        let size = body.bytes();
        let (mut out, mut beside) = (Vec::new(), Vec::new());
        body.write(&mut out, &mut beside);
        for beside in beside {
            match beside {
                Beside::Tail(tail) => out.extend(tail),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(out.len(), size as usize);
        out
    }

    #[test]
    fn many_bytes_go_out_from_where_they_are() {
        let Body::Bytes(bytes) = body(&[1; COPIED_BYTES + 1], &[]) else {
            panic!("not bytes");
        };
        let address = bytes.data.as_ptr();
        let (mut out, mut beside) = (Vec::new(), Vec::new());
        Body::Bytes(bytes).write(&mut out, &mut beside);
        assert_eq!(out, [0]);
        assert!(matches!(&beside[..], [Beside::Tail(tail)] if tail.as_ptr() == address));
    }

    #[test]
    fn the_head_says_which_resources_are_ports() {
        assert_eq!(written(body(b"x", &[])), b"\x00x");
        assert_eq!(written(body(b"x", &[false])), b"\x01\x00x");
        assert_eq!(
            written(body(
                b"x",
                &[true, false, false, false, false, false, false, false, true]
            )),
            b"\x09\x01\x01x"
        );
        assert_eq!(written(body(b"", &[false; 200])).len(), 2 + 25);
    }

    #[test]
    fn what_was_written_is_read_again() {
        for kinds in [vec![], vec![false], vec![false; 9], vec![false; 300]] {
            for data in [b"data".to_vec(), vec![7; COPIED_BYTES + 1]] {
                let Some(Body::Bytes(read)) = Body::read(&written(body(&data, &kinds)), Vec::new())
                else {
                    panic!("{} resources", kinds.len());
                };
                assert_eq!(read.data, data);
                assert!(read.kinds.iter().eq(kinds.iter().copied()));
            }
        }
    }

    #[test]
    fn malformed_heads_are_refused() {
        for bytes in [
            &b""[..],
            b"\x80\x00",
            b"\x01",
            b"\x01\x02",
            b"\x01\x01",
            b"\xff\xff\xff\x01",
        ] {
            assert!(Body::read(bytes, Vec::new()).is_none(), "{bytes:?}");
        }
        assert!(Body::read(b"\x00", vec![Beside::Missing]).is_none());
    }

    #[test]
    fn a_body_whose_descriptors_were_lost_is_known_as_such() {
        let body = Body::read(b"\x01\x01x", vec![Beside::Missing]).unwrap();
        assert!(matches!(body, Body::Damaged(1)) && !body.is_ready());
    }
}
