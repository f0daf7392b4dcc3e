//! Values exchanged with the types that prost makes of the exported `.proto` files, in both directions.
//!
//! Each case says by hand what prost has to see, field by field, so that a mistake which both directions share is seen as well.

use interop::cases;
use interop::generated::zoo::common::v1::{Color, Point, Status};
use interop::generated::zoo::v1 as prost_zoo;
use interop::zoo;
use mesh_protobuf::{Protobuf, decode, encode};
use prost::Message;
use std::collections::HashMap;
use std::fmt::Debug;

/// What the codec writes is `theirs` to prost, and what prost writes of that is `ours` to the codec.
fn exchange<T, M>(ours: &T, theirs: &M)
where
    T: Protobuf + Clone + PartialEq + Debug,
    M: Message + Default + PartialEq + Debug,
{
    let bytes = encode(ours.clone());
    assert_eq!(M::decode(&bytes[..]).as_ref(), Ok(theirs));
    assert_eq!(
        decode::<T>(&theirs.encode_to_vec()).as_ref().ok(),
        Some(ours)
    );
}

fn point(x: i32, y: i32) -> Point {
    Point { x, y }
}

#[test]
fn scalars_keep_their_extremes() {
    let high = prost_zoo::Scalars {
        small: 255,
        short: 65535,
        uint32: u32::MAX,
        uint64: u64::MAX,
        sint32: i32::MAX,
        sint64: i64::MAX,
        int32: i32::MAX,
        int64: i64::MAX,
        fixed32: u32::MAX,
        fixed64: u64::MAX,
        sfixed32: i32::MAX,
        sfixed64: i64::MAX,
        float: f32::MAX,
        double: f64::MAX,
        bool: true,
        string: "größer 🦀".into(),
        bytes: vec![0, 255, 128],
        character: 0x0010_ffff,
        wide: [&[0xfe][..], &[0xff; 15]].concat(),
        positive: u32::MAX,
        status: i32::MAX,
        color: Color::Green.into(),
        last: 127,
    };
    exchange(&cases::scalars_high(), &high);
    let low = prost_zoo::Scalars {
        sint32: i32::MIN,
        sint64: i64::MIN,
        int32: i32::MIN,
        int64: i64::MIN,
        sfixed32: i32::MIN,
        sfixed64: i64::MIN,
        float: f32::NEG_INFINITY,
        double: -0.0,
        positive: 1,
        status: Status::GivenUp.into(),
        color: Color::Red.into(),
        last: -128,
        ..Default::default()
    };
    exchange(&cases::scalars_low(), &low);
}

#[test]
fn what_may_be_absent_is_told_from_the_default() {
    exchange(&zoo::Optionals::default(), &prost_zoo::Optionals::default());
    let default = prost_zoo::Optionals {
        number: Some(0),
        text: Some(String::new()),
        bytes: Some(vec![]),
        point: Some(point(0, 0)),
        status: Some(0),
        flag: Some(false),
        twice: Some(prost_zoo::optionals::Twice { value: None }),
        list: Some(vec![1, 0xac, 2]),
        plain: Some(point(0, -1)),
    };
    exchange(&cases::optionals_default(), &default);
}

#[test]
fn lists_are_lists() {
    let lists = prost_zoo::Lists {
        numbers: vec![0, 1, u32::MAX],
        signed: vec![i64::MIN, -1, 0, i64::MAX],
        unpacked: vec![1, u64::MAX],
        texts: vec![String::new(), "two".into()],
        blobs: vec![vec![], vec![1, 2]],
        points: vec![point(0, 0), point(1, -1)],
        statuses: vec![0, -5, 7],
        holes: [Some(0), None, Some(5)]
            .map(|value| prost_zoo::lists::Holes { value })
            .into(),
        runs: vec![vec![1, 0xac, 2], vec![]],
        lists: vec![
            prost_zoo::lists::Lists {
                items: vec!["a".into(), String::new()],
            },
            prost_zoo::lists::Lists { items: vec![] },
        ],
    };
    exchange(&cases::lists(), &lists);
    exchange(&zoo::Lists::default(), &prost_zoo::Lists::default());
}

#[test]
fn maps_are_maps_and_entries_where_protobuf_has_none() {
    let pair = |number, text: &str| prost_zoo::maps::Pairs {
        field_1: number,
        field_2: text.into(),
    };
    let maps = prost_zoo::Maps {
        counts: HashMap::from([(String::new(), 0), ("most".into(), u64::MAX)]),
        points: HashMap::from([(i32::MIN, point(1, 2)), (0, point(0, 0))]),
        statuses: HashMap::from([(0, 0), (u64::MAX, 1)]),
        flags: HashMap::from([(false, vec![]), (true, vec![255])]),
        lists: vec![
            prost_zoo::maps::Lists {
                key: "a".into(),
                value: vec![1, 2, 300],
            },
            prost_zoo::maps::Lists {
                key: "none".into(),
                value: vec![],
            },
        ],
        hosts: vec![prost_zoo::maps::Hosts {
            key: vec![127, 0, 0, 1],
            value: "here".into(),
        }],
        pairs: HashMap::from([(0xdf, pair(5, "five")), (0, pair(0, ""))]),
    };
    exchange(&cases::maps(), &maps);
}

#[test]
fn a_type_may_contain_itself() {
    let leaf = |name: &str| prost_zoo::Tree {
        name: name.into(),
        ..Default::default()
    };
    let tree = prost_zoo::Tree {
        name: "root".into(),
        children: vec![
            prost_zoo::Tree {
                children: vec![leaf("a"), leaf("")],
                ..leaf("branch")
            },
            leaf("b"),
        ],
        origin: Some(Box::new(leaf("seed"))),
    };
    exchange(&cases::tree(), &tree);
}

#[test]
fn variants_are_a_oneof_alone_and_in_line() {
    use prost_zoo::{drawing, shape};

    let shape = |variant| prost_zoo::Shape {
        variant: Some(variant),
    };
    let with_frame = prost_zoo::Drawing {
        title: "frame".into(),
        shape: Some(shape(shape::Variant::Empty(()))),
        frame: Some(drawing::Frame::Rectangle(drawing::Rectangle {
            corner: Some(point(-1, 0)),
            size: Some(drawing::rectangle::Size {
                field_1: 3,
                field_2: 4,
            }),
        })),
    };
    exchange(&cases::drawing(), &with_frame);
    let polygon = shape::Polygon {
        items: vec![point(1, 1), point(0, 0)],
    };
    let group = |items| shape(shape::Variant::Group(shape::Group { items }));
    let with_group = prost_zoo::Drawing {
        title: String::new(),
        shape: Some(group(vec![
            shape(shape::Variant::Circle(0.0)),
            shape(shape::Variant::Polygon(polygon)),
            group(vec![]),
        ])),
        frame: None,
    };
    exchange(&cases::drawing_group(), &with_group);
}

#[test]
fn times_are_the_well_known_ones() {
    let time = |seconds, nanos| prost_types::Timestamp { seconds, nanos };
    let times = prost_zoo::Times {
        took: Some(prost_types::Duration {
            seconds: 315_576_000_000,
            nanos: 999_999_999,
        }),
        limit: Some(prost_types::Duration::default()),
        at: Some(time(-2, 500_000_000)),
        history: vec![time(0, 0), time(1_700_000_000, 1)],
    };
    exchange(&cases::times(), &times);
}

#[test]
fn what_has_no_name_gets_that_of_its_field() {
    use prost_zoo::odds;

    let outcome = |result| odds::Outcomes {
        result: Some(result),
    };
    let localhost = std::net::Ipv6Addr::LOCALHOST.octets();
    let odds = prost_zoo::Odds {
        pair: Some(odds::Pair {
            field_1: 7,
            field_2: "seven".into(),
        }),
        outcomes: vec![
            outcome(odds::outcomes::Result::Ok(0)),
            outcome(odds::outcomes::Result::Err("no".into())),
            outcome(odds::outcomes::Result::Err(String::new())),
        ],
        unit: Some(()),
        range: Some(odds::Range {
            start: -5,
            end: i64::MAX,
        }),
        peer: Some(odds::Peer {
            address: localhost.into(),
            port: 8080,
            flow_information: 0,
            scope: 0,
        }),
        bounds: vec![0.5, f32::MIN],
    };
    exchange(&cases::odds(), &odds);
}

#[test]
fn what_an_older_reader_does_not_know_comes_back() {
    let newer = prost_zoo::Newer {
        number: 9,
        text: "kept".into(),
        points: vec![point(1, 2), point(3, 4)],
        hash: 0xfeed_f00d,
    };
    let mut older: zoo::Older = decode(&newer.encode_to_vec()).unwrap();
    assert_eq!(older.number, 9);
    older.number = 10;
    let back = prost_zoo::Newer::decode(&encode(&older)[..]).unwrap();
    assert_eq!(
        back,
        prost_zoo::Newer {
            number: 10,
            ..newer
        }
    );
}

#[test]
fn a_message_goes_by_name_into_an_any_and_out_of_it() {
    let time = |seconds, nanos| prost_types::Timestamp { seconds, nanos };
    let tree: prost_zoo::Tree = Message::decode(&encode(cases::tree())[..]).unwrap();
    // prost leaves the host out of the URL; what is before the name matters to nobody.
    let mut theirs = prost_zoo::Envelope {
        body: Some(prost_types::Any::from_msg(&tree).unwrap()),
        sent: Some(time(-1, 5)),
        more: vec![time(0, 0), time(i64::MAX, 1)],
    };
    let ours: zoo::Envelope = decode(&theirs.encode_to_vec()).unwrap();
    assert_eq!(ours.body.unpack::<zoo::Tree>().unwrap(), cases::tree());
    assert!(ours.body.unpack::<zoo::Point>().is_err());

    let envelope = cases::envelope();
    let read = prost_zoo::Envelope::decode(&encode(&envelope)[..]).unwrap();
    assert_eq!(
        read.body
            .as_ref()
            .unwrap()
            .to_msg::<prost_zoo::Tree>()
            .unwrap(),
        tree
    );
    theirs.body = read.body;
    exchange(&envelope, &theirs);
}
