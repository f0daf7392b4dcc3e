//! The decoder of frames: any bytes are a frame or a typed error; what was read is written so that the same is read again; and
//! memory is in proportion to the bytes.
//!
//! The first byte says how many resources came beside the frame, and which limits hold; the rest is the frame.

use crate::memory;
use mesh_node::protocol::frame::{FrameBody, decode, encode};
use mesh_node::protocol::{Body, Event, Limits};

/// A body of any bytes, with anything beside it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Raw {
    bytes: Vec<u8>,
    resources: Vec<u8>,
}

impl Body for Raw {
    fn bytes(&self) -> u32 {
        self.bytes.len() as u32
    }

    fn resources(&self) -> u32 {
        self.resources.len() as u32
    }
}

impl FrameBody<u8> for Raw {
    fn write(self, bytes: &mut Vec<u8>, resources: &mut Vec<u8>) {
        bytes.extend(self.bytes);
        resources.extend(self.resources);
    }

    fn read(bytes: &[u8], resources: Vec<u8>) -> Option<Self> {
        Some(Self {
            bytes: bytes.to_vec(),
            resources,
        })
    }
}

/// What one byte of a frame may cost: a port takes five at least, and 48 in memory, in a vector that doubles and moves.
const COST_OF_A_BYTE: usize = 32;

/// Decodes the bytes as a frame.
///
/// # Panics
/// What was read comes back as something else, or took too much memory.
pub fn run(bytes: &[u8]) {
    let Some((head, frame)) = bytes.split_first() else {
        return;
    };
    let resources: Vec<u8> = (0..head & 7).collect();
    let limits = Limits {
        ports: if head & 8 == 0 { 16_384 } else { 2 },
        message_bytes: if head & 16 == 0 { 64 << 20 } else { 16 },
        ..Limits::default()
    };
    let (event, peak) = memory::peak(|| decode::<Raw, u8>(frame, resources, &limits));
    let most = 1024 + COST_OF_A_BYTE * frame.len();
    assert!(peak <= most, "{} bytes took {peak}", frame.len());
    if let Ok(event) = event {
        check(event, &limits);
    }
}

fn check(event: Event<Raw, u8>, limits: &Limits) {
    if let Event::Message { body, ports, .. } = &event {
        assert!(body.bytes() <= limits.message_bytes);
        assert!(ports.len() <= limits.ports as usize);
    }
    let (mut bytes, mut resources) = (Vec::new(), Vec::new());
    encode(event.clone(), &mut bytes, &mut resources);
    let back = decode::<Raw, u8>(&bytes, resources, limits);
    assert_eq!(back.as_ref(), Ok(&event), "written as {bytes:02x?}");
    // What was written is the shortest, and stays as it is.
    let (mut again, mut resources) = (Vec::new(), Vec::new());
    encode(event, &mut again, &mut resources);
    assert_eq!(bytes, again);
}
