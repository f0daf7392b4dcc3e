//! Golden bytes, and what malformed frames do.

use super::{Body, FrameBody, FrameError, decode, encode};
use crate::protocol::{
    Amount, Cause, CauseKind, Channel, Event, Few, Hello, Limits, NodeId, PortDesc,
};

#[derive(Clone, PartialEq, Eq, Debug)]
struct Raw(Vec<u8>, Vec<u8>);

impl Body for Raw {
    fn bytes(&self) -> u32 {
        self.0.len() as u32
    }
    fn resources(&self) -> u32 {
        self.1.len() as u32
    }
}

impl FrameBody<u8> for Raw {
    fn write(self, bytes: &mut Vec<u8>, resources: &mut Vec<u8>) {
        bytes.extend(self.0);
        resources.extend(self.1);
    }
    fn read(bytes: &[u8], resources: Vec<u8>) -> Option<Self> {
        Some(Raw(bytes.to_vec(), resources))
    }
}

fn channel(ours: bool, number: u64) -> Channel {
    Channel { ours, number }
}

fn events() -> Vec<(Event<Raw, u8>, Vec<u8>)> {
    let node = NodeId::root(1).child(2).child(300);
    let mut root = vec![0u8; 16];
    root[0] = 1;
    let named = |head: &[u8]| [head, &root, &[2, 2, 0xac, 2]].concat();
    let near = channel(true, 5);
    let far = channel(false, 70);
    let cause = Cause::new(CauseKind::Lost, "gone");
    let limit = Amount::new(64, 1000);
    let token = 9;
    let target = node.clone();
    let desc = PortDesc {
        channel: channel(true, 6),
        grant: Amount::new(4, -1),
        room: limit,
    };
    let hello = Hello {
        versions: (1, 2),
        features: 128,
        build: 3,
        node: node.clone(),
        limits: Limits {
            window: Amount::new(4, 64),
            ports: 200,
            resources: 1,
            message_bytes: 2,
            introductions: 3,
        },
    };
    let mut hello_bytes = b"\x01mesh\x01\x02\x80\x01\x03".to_vec();
    hello_bytes.extend([0; 15]);
    hello_bytes.extend(named(&[]));
    hello_bytes.extend([8, 128, 1, 200, 1, 1, 2, 3]);
    vec![
        (Event::Hello(hello), hello_bytes),
        (
            Event::Message {
                channel: near,
                sequence: 200,
                fingerprint: None,
                body: Raw(b"hi".to_vec(), vec![7]),
                ports: vec![desc].into(),
                last: true,
            },
            b"\x02\x0b\xc8\x01\x01\x01\x01\x0d\x08\x01\x80\x01\xd0\x0fhi".to_vec(),
        ),
        (
            Event::Message {
                channel: near,
                sequence: 0,
                fingerprint: Some(0x0102),
                body: Raw(vec![], vec![]),
                ports: Few::new(),
                last: false,
            },
            vec![0x82, 1, 1, 8, 2, 1, 0, 0, 0, 0, 0, 0, 11, 0, 0, 0, 0],
        ),
        (Event::Close { channel: far }, vec![3, 0x8c, 1]),
        (
            Event::Fail {
                channel: near,
                cause: cause.clone(),
            },
            b"\x04\x0b\x01\x04gone".to_vec(),
        ),
        (
            Event::Credit {
                channel: near,
                limit,
            },
            vec![5, 11, 0x80, 1, 0xd0, 0x0f],
        ),
        (
            Event::Need {
                channel: near,
                limit,
            },
            vec![6, 11, 0x80, 1, 0xd0, 0x0f],
        ),
        (
            Event::Ask {
                channel: near,
                target: target.clone(),
                token,
            },
            named(&[7, 11, 9]),
        ),
        (
            Event::Yes {
                channel: near,
                token,
            },
            vec![8, 11, 9],
        ),
        (
            Event::No {
                channel: near,
                token,
            },
            vec![9, 11, 9],
        ),
        (Event::Again { channel: near }, vec![10, 11]),
        (
            Event::Release {
                channel: near,
                token,
            },
            vec![11, 11, 9],
        ),
        (
            Event::Go {
                channel: near,
                target: target.clone(),
                token,
            },
            named(&[12, 11, 9]),
        ),
        (
            Event::Refuse {
                channel: near,
                token,
            },
            vec![13, 11, 9],
        ),
        (
            Event::Open {
                channel: near,
                by: target.clone(),
                token,
                room: limit,
            },
            [named(&[14, 11, 9]), vec![0x80, 1, 0xd0, 0x0f]].concat(),
        ),
        (
            Event::Opened {
                channel: near,
                room: limit,
            },
            vec![20, 11, 0x80, 1, 0xd0, 0x0f],
        ),
        (
            Event::End {
                channel: near,
                messages: 3,
                leaving: true,
            },
            vec![15, 11, 3, 1],
        ),
        (
            Event::Want {
                target: target.clone(),
                seen: 4,
            },
            [named(&[16]), vec![4]].concat(),
        ),
        (
            Event::WantNo {
                target: target.clone(),
            },
            named(&[17]),
        ),
        (
            Event::Introduce {
                peer: target,
                end: 5,
            },
            named(&[18]),
        ),
        (Event::Bye { cause }, b"\x13\x01\x04gone".to_vec()),
    ]
}

fn resources_of(event: &Event<Raw, u8>) -> Vec<u8> {
    match event {
        Event::Message { body, .. } => body.1.clone(),
        Event::Introduce { end, .. } => vec![*end],
        _ => vec![],
    }
}

#[test]
fn every_event_has_its_bytes_and_comes_back_from_them() {
    for (event, golden) in events() {
        let (mut bytes, mut resources) = (Vec::new(), Vec::new());
        encode(event.clone(), &mut bytes, &mut resources);
        assert_eq!(bytes, golden, "{event:?}");
        assert_eq!(resources, resources_of(&event));
        let back = decode::<Raw, u8>(&bytes, resources, &Limits::default());
        assert_eq!(back, Ok(event));
    }
}

#[test]
fn a_frame_cut_anywhere_before_its_body_is_refused() {
    for (event, golden) in events() {
        let body = match &event {
            Event::Message { body, .. } => body.0.len(),
            _ => 0,
        };
        for length in 0..golden.len() - body {
            let result =
                decode::<Raw, u8>(&golden[..length], resources_of(&event), &Limits::default());
            assert!(result.is_err(), "{event:?} cut to {length}");
        }
    }
}

#[test]
fn unknown_extensions_are_skipped() {
    let bytes = [0x83, 2, 77, 3, 1, 2, 3, 78, 0, 7];
    let event = decode::<Raw, u8>(&bytes, vec![], &Limits::default());
    let channel = channel(true, 3);
    assert_eq!(event, Ok(Event::Close { channel }));
}

#[test]
fn a_wrong_count_of_resources_is_refused() {
    for (event, golden) in events() {
        let mut more = resources_of(&event);
        more.push(1);
        let result = decode::<Raw, u8>(&golden, more, &Limits::default());
        assert!(matches!(result, Err(FrameError::Resources { .. })));
    }
}

#[test]
fn bytes_after_the_end_and_unknown_kinds_are_refused() {
    let limits = Limits::default();
    let trailing = decode::<Raw, u8>(&[3, 7, 0], vec![], &limits);
    assert_eq!(trailing, Err(FrameError::Trailing));
    let unknown = decode::<Raw, u8>(&[99, 7], vec![], &limits);
    assert_eq!(unknown, Err(FrameError::Kind(99)));
}

#[test]
fn a_count_of_ports_beyond_the_bytes_is_refused_before_anything_is_allocated() {
    let bytes = [2, 11, 0, 0, 0, 0xff, 0xff, 0x01, 1, 1, 1];
    let result = decode::<Raw, u8>(&bytes, vec![], &Limits::default());
    assert_eq!(result, Err(FrameError::Range));
}

#[test]
fn a_number_beyond_sixty_four_bits_is_refused() {
    let mut bytes = vec![3];
    bytes.extend([0xff; 9]);
    bytes.push(2);
    let result = decode::<Raw, u8>(&bytes, vec![], &Limits::default());
    assert_eq!(result, Err(FrameError::Range));
}

#[test]
fn a_long_cause_is_cut_between_characters() {
    let text = "é".repeat(2000);
    let cause = Cause::new(CauseKind::Lost, text);
    let (mut bytes, mut resources) = (Vec::new(), Vec::new());
    encode::<Raw, u8>(Event::Bye { cause }, &mut bytes, &mut resources);
    match decode::<Raw, u8>(&bytes, resources, &Limits::default()) {
        Ok(Event::Bye { cause }) => assert_eq!(cause.text.chars().count(), 512),
        other => panic!("{other:?}"),
    }
}
