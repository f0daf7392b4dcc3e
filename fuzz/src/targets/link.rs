//! A real node at the end of a link: it reads any frames, answers with frames that decode, and comes back from each.
//!
//! The bytes are frames, one after the other: a byte of length, a byte that says what comes beside it, and the frame. The first
//! byte of all says whether a good hello comes before them, so that what follows is looked at.

use crate::memory;
use crate::targets::frame::Raw;
use mesh_node::error::ChannelError;
use mesh_node::link::{
    Attachment, Capabilities, Cause, Frame, FrameLimits, Link, LinkInput, SendError, Sink,
};
use mesh_node::local_node::{Delivery, PortHandler};
use mesh_node::node::{Invitation, Node, Settings};
use mesh_node::protocol::{Amount, Event, Hello, Limits, frame};
use mesh_node::{Message, OwnedMessage};
use std::sync::{Arc, Mutex};

/// What the node grants: little, so that the bytes of a small input can go beyond it.
const LIMITS: Limits = Limits {
    window: Amount::new(8, 4096),
    ports: 32,
    resources: 4,
    message_bytes: 1024,
    introductions: 4,
};

/// The port of the invitation, tables of a link, and what is kept of eight messages in a window.
const MEMORY_OF_A_NODE: usize = 256 << 10;
/// A port in the node costs some hundred bytes, and five in a frame.
const COST_OF_A_BYTE: usize = 512;

/// Hands the bytes to a node, as frames.
///
/// # Panics
/// The node sends what is no frame, or takes too much memory.
pub fn run(bytes: &[u8]) {
    let Some((head, rest)) = bytes.split_first() else {
        return;
    };
    let ((), peak) = memory::peak(|| feed(*head, rest));
    let most = MEMORY_OF_A_NODE + COST_OF_A_BYTE * bytes.len();
    assert!(peak <= most, "{} bytes took {peak}", bytes.len());
}

fn feed(head: u8, mut rest: &[u8]) {
    let Ok(invitation) = "7/0".parse::<Invitation>() else {
        return;
    };
    let settings = Settings {
        limits: LIMITS,
        ..Settings::default()
    };
    let node = Node::invited(&invitation, settings);
    let mut input = None;
    let port = node.join(&invitation, CAPABILITIES, |given| {
        input = Some(given);
        Ok(Wire)
    });
    let (Ok(port), Some(mut input)) = (port, input) else {
        return;
    };
    let port = port.attach(Arc::new(Keep::default()));
    if head & 1 == 0 {
        greet(&mut input, &invitation);
    }
    while let [length, beside, tail @ ..] = rest {
        let (frame, tail) = tail.split_at(usize::from(*length).min(tail.len()));
        let local = (0..beside & 7).map(|_| Attachment::Local(Box::new(())));
        input.frame(frame, local.collect());
        if beside & 8 != 0 {
            port.send(OwnedMessage::new(u64::from(*beside)));
        }
        rest = tail;
    }
    if head & 2 == 0 {
        Box::new(input).closed(Cause::PeerLost);
        assert!(node.inspect().links.is_empty());
    }
}

fn greet(input: &mut LinkInput, invitation: &Invitation) {
    let hello: Event<Raw, u8> = Event::Hello(Hello {
        versions: (1, 1),
        features: 0,
        build: 1,
        node: invitation.inviter().clone(),
        limits: LIMITS,
    });
    let (mut bytes, mut resources) = (Vec::new(), Vec::new());
    frame::encode(hello, &mut bytes, &mut resources);
    input.frame(&bytes, Vec::new());
}

const CAPABILITIES: Capabilities = Capabilities {
    descriptors: true,
    limits: FrameLimits::DEFAULT,
    same_host: true,
};

/// A link that looks at what is sent on it, and drops it.
#[derive(Debug)]
struct Wire;

impl Link for Wire {
    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    fn send<'a>(&self, frame: Frame<'a>) -> Result<(), SendError<'a>> {
        let resources = vec![0; frame.attachments.len()];
        let event = frame::decode::<Raw, u8>(&frame.bytes, resources, &Limits::default());
        assert!(event.is_ok(), "{event:?} of {:02x?}", frame.bytes);
        Ok(())
    }

    fn queued_bytes(&self) -> usize {
        0
    }

    fn close(&self) {}

    fn abort(&self) {}
}

/// Takes some messages for numbers, and keeps others as they are, with the ports in them.
#[derive(Default)]
struct Keep(Mutex<Vec<OwnedMessage>>);

impl PortHandler for Keep {
    fn message(&self, message: Message<'_>) -> Delivery {
        let mut kept = match self.0.lock() {
            Ok(kept) => kept,
            Err(poisoned) => poisoned.into_inner(),
        };
        if kept.len() < 4 {
            kept.push(message.into_owned());
            return Delivery::Taken;
        }
        drop(kept);
        match message.parse::<(u64, String)>() {
            Ok(_) => Delivery::Taken,
            Err(error) => Delivery::Failed(error.into()),
        }
    }

    fn closed(&self) {}

    fn failed(&self, _: ChannelError) {}
}
