//! The values that are exchanged: each has a name, by which another program knows what to expect.
//!
//! Extremes, defaults and everything in between. A case goes out as the codec encodes it, and what comes back has to decode
//! to the same value; where a reader of another version was on the way, to the value of the type that still has all fields.

use crate::zoo::{
    Color, Drawing, Envelope, Lists, Maps, Newer, Odds, Optionals, Point, Scalars, Shape, Status,
    Times, Tree,
};
use mesh_protobuf::{Any, Prost, Protobuf, decode, encode};
use prost_types::Timestamp;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::net::Ipv4Addr;
use std::num::NonZeroU32;
use std::time::{Duration, SystemTime};

/// Says what is wrong with bytes that came back.
type Check = Box<dyn Fn(&[u8]) -> Result<(), String>>;

/// A value on its way out, and what is asked of it when it is back.
pub struct Case {
    /// By what the other side knows it.
    pub name: &'static str,
    /// As the codec encodes it.
    pub bytes: Vec<u8>,
    check: Check,
}

impl Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Case({}, {} bytes)", self.name, self.bytes.len())
    }
}

impl Case {
    fn new<T>(name: &'static str, value: T) -> Self
    where
        T: Protobuf + Clone + PartialEq + Debug + 'static,
    {
        Self {
            name,
            bytes: encode(value.clone()),
            check: Box::new(move |bytes| match decode::<T>(bytes) {
                // The bytes tell what `==` does not, such as zeros of two signs.
                Ok(back) if back == value && encode(back.clone()) == encode(value.clone()) => {
                    Ok(())
                }
                Ok(back) => Err(format!("{name} came back as {back:?}, not {value:?}")),
                Err(error) => Err(format!("{name} came back and does not decode: {error}")),
            }),
        }
    }

    /// Whether these bytes, from another implementation, are the same value.
    ///
    /// # Errors
    ///
    /// What they are instead, in words.
    pub fn check(&self, bytes: &[u8]) -> Result<(), String> {
        (self.check)(bytes)
    }
}

/// All cases.
pub fn all() -> Vec<Case> {
    vec![
        Case::new("scalars_high", scalars_high()),
        Case::new("scalars_low", scalars_low()),
        Case::new("optionals_none", Optionals::default()),
        Case::new("optionals_default", optionals_default()),
        Case::new("lists", lists()),
        Case::new("lists_empty", Lists::default()),
        Case::new("maps", maps()),
        Case::new("tree", tree()),
        Case::new("drawing", drawing()),
        Case::new("drawing_group", drawing_group()),
        Case::new("times", times()),
        Case::new("odds", odds()),
        // The other side knows it as `Older`, and is to keep what it does not know.
        Case::new("unknown", newer()),
        Case::new("envelope", envelope()),
    ]
}

/// A point.
pub fn point(x: i32, y: i32) -> Point {
    Point { x, y }
}

/// Every number at its upper end.
pub fn scalars_high() -> Scalars {
    Scalars {
        small: u8::MAX,
        short: u16::MAX,
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
        character: char::MAX,
        wide: u128::MAX - 1,
        positive: NonZeroU32::MAX,
        status: Status::Other(i32::MAX),
        color: Color::Green,
        last: i8::MAX,
    }
}

/// Every number at its lower end.
pub fn scalars_low() -> Scalars {
    Scalars {
        small: 0,
        short: 0,
        uint32: 0,
        uint64: 0,
        sint32: i32::MIN,
        sint64: i64::MIN,
        int32: i32::MIN,
        int64: i64::MIN,
        fixed32: 0,
        fixed64: 0,
        sfixed32: i32::MIN,
        sfixed64: i64::MIN,
        float: f32::NEG_INFINITY,
        double: -0.0,
        bool: false,
        string: String::new(),
        bytes: Vec::new(),
        character: '\0',
        wide: 0,
        positive: NonZeroU32::MIN,
        status: Status::GivenUp,
        color: Color::Red,
        last: i8::MIN,
    }
}

/// All there, and all the default.
pub fn optionals_default() -> Optionals {
    Optionals {
        number: Some(0),
        text: Some(String::new()),
        bytes: Some(Vec::new()),
        point: Some(Point::default()),
        status: Some(Status::Idle),
        flag: Some(false),
        twice: Some(None),
        list: Some(vec![1, 300]),
        plain: point(0, -1),
    }
}

/// Lists of everything.
pub fn lists() -> Lists {
    Lists {
        numbers: vec![0, 1, u32::MAX],
        signed: vec![i64::MIN, -1, 0, i64::MAX],
        unpacked: vec![1, u64::MAX],
        texts: vec![String::new(), "two".into()],
        blobs: vec![vec![], vec![1, 2]],
        points: vec![Point::default(), point(1, -1)],
        statuses: vec![Status::Idle, Status::GivenUp, Status::Other(7)],
        holes: vec![Some(0), None, Some(5)],
        runs: vec![vec![1, 300], vec![]],
        lists: vec![vec!["a".into(), String::new()], vec![]],
    }
}

/// Maps of everything.
pub fn maps() -> Maps {
    Maps {
        counts: BTreeMap::from([(String::new(), 0), ("most".into(), u64::MAX)]),
        points: BTreeMap::from([(i32::MIN, point(1, 2)), (0, Point::default())]),
        statuses: BTreeMap::from([(0, Status::Idle), (u64::MAX, Status::Busy)]),
        flags: BTreeMap::from([(false, vec![]), (true, vec![255])]),
        lists: BTreeMap::from([("a".into(), vec![1, 2, 300]), ("none".into(), vec![])]),
        hosts: BTreeMap::from([(Ipv4Addr::LOCALHOST, "here".into())]),
        pairs: BTreeMap::from([('ß', (5, "five".into())), ('\0', (0, String::new()))]),
    }
}

/// A tree of three levels.
pub fn tree() -> Tree {
    let leaf = |name: &str| Tree {
        name: name.into(),
        ..Tree::default()
    };
    Tree {
        name: "root".into(),
        children: vec![
            Tree {
                children: vec![leaf("a"), leaf("")],
                ..leaf("branch")
            },
            leaf("b"),
        ],
        origin: Some(Box::new(leaf("seed"))),
    }
}

/// A variant that is a message, in line, and one that is nothing.
pub fn drawing() -> Drawing {
    Drawing {
        title: "frame".into(),
        frame: Some(Shape::Rectangle {
            corner: point(-1, 0),
            size: (3, 4),
        }),
        shape: Shape::Empty,
    }
}

/// No variant in line, and variants in a variant.
pub fn drawing_group() -> Drawing {
    Drawing {
        title: String::new(),
        frame: None,
        shape: Shape::Group(vec![
            Shape::Circle(0.0),
            Shape::Polygon(vec![point(1, 1), Point::default()]),
            Shape::Group(vec![]),
        ]),
    }
}

/// Before and after the epoch.
pub fn times() -> Times {
    let epoch = SystemTime::UNIX_EPOCH;
    Times {
        took: Duration::new(315_576_000_000, 999_999_999),
        limit: Some(Duration::ZERO),
        at: epoch - Duration::new(1, 500_000_000),
        history: vec![epoch, epoch + Duration::new(1_700_000_000, 1)],
    }
}

/// What has no name.
pub fn odds() -> Odds {
    Odds {
        pair: (7, "seven".into()),
        outcomes: vec![Ok(0), Err("no".into()), Err(String::new())],
        unit: Some(()),
        range: -5..i64::MAX,
        peer: "[::1]:8080".parse().expect("an address"),
        bounds: [0.5, f32::MIN],
    }
}

/// More than an older program knows.
pub fn newer() -> Newer {
    Newer {
        number: 9,
        text: "kept".into(),
        points: vec![point(1, 2), point(3, 4)],
        hash: 0xfeed_f00d,
    }
}

/// A message in a message, by name.
pub fn envelope() -> Envelope {
    let time = |seconds, nanos| Timestamp { seconds, nanos };
    Envelope {
        body: Any::pack(tree()),
        sent: time(-1, 5),
        more: vec![Prost(time(0, 0)), Prost(time(i64::MAX, 1))],
    }
}
