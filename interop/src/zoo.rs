//! Types of every kind that the codec lays out.

use mesh_derive::Protobuf;
use mesh_protobuf::{Any, UnknownFields};
use prost_types::Timestamp;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::ops::Range;
use std::time::{Duration, SystemTime};

/// A place, in a package of its own.
#[derive(Clone, Debug, Default, PartialEq, Protobuf)]
#[mesh(package = "zoo.common.v1")]
pub struct Point {
    /// To the right.
    #[mesh(1)]
    pub x: i32,
    /// Down.
    #[mesh(2)]
    pub y: i32,
}

/// What something is at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Protobuf)]
#[mesh(enumeration, package = "zoo.common.v1")]
pub enum Status {
    /// Nothing yet.
    #[default]
    #[mesh(0)]
    Idle,
    /// Something.
    #[mesh(1)]
    Busy,
    /// Nothing any more.
    #[mesh(-5)]
    GivenUp,
    /// What a newer version may say.
    #[mesh(unknown)]
    Other(i32),
}

/// An enum that has nothing for zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Protobuf)]
#[mesh(enumeration, package = "zoo.common.v1")]
pub enum Color {
    /// Like blood.
    #[mesh(1)]
    Red,
    /// Like grass.
    #[mesh(2)]
    Green,
}

/// Every scalar, in every layout.
#[derive(Clone, Debug, PartialEq, Protobuf)]
#[mesh(package = "zoo.v1")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Scalars {
    #[mesh(1)]
    pub small: u8,
    #[mesh(2)]
    pub short: u16,
    #[mesh(3)]
    pub uint32: u32,
    #[mesh(4)]
    pub uint64: u64,
    #[mesh(5)]
    pub sint32: i32,
    #[mesh(6)]
    pub sint64: i64,
    #[mesh(7, encoding = "Varint")]
    pub int32: i32,
    #[mesh(8, encoding = "Varint")]
    pub int64: i64,
    #[mesh(9, encoding = "Fixed")]
    pub fixed32: u32,
    #[mesh(10, encoding = "Fixed")]
    pub fixed64: u64,
    #[mesh(11, encoding = "Fixed")]
    pub sfixed32: i32,
    #[mesh(12, encoding = "Fixed")]
    pub sfixed64: i64,
    #[mesh(13)]
    pub float: f32,
    #[mesh(14)]
    pub double: f64,
    #[mesh(15)]
    pub bool: bool,
    #[mesh(16)]
    pub string: String,
    #[mesh(17)]
    pub bytes: Vec<u8>,
    #[mesh(18)]
    pub character: char,
    #[mesh(19)]
    pub wide: u128,
    #[mesh(20)]
    pub positive: NonZeroU32,
    #[mesh(21)]
    pub status: Status,
    #[mesh(22)]
    pub color: Color,
    #[mesh(536870911)]
    pub last: i8,
}

/// What may be absent.
#[derive(Clone, Debug, Default, PartialEq, Protobuf)]
#[mesh(package = "zoo.v1")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Optionals {
    #[mesh(1)]
    pub number: Option<u32>,
    #[mesh(2)]
    pub text: Option<String>,
    #[mesh(3)]
    pub bytes: Option<Vec<u8>>,
    #[mesh(4)]
    pub point: Option<Point>,
    #[mesh(5)]
    pub status: Option<Status>,
    #[mesh(6)]
    pub flag: Option<bool>,
    #[mesh(7)]
    pub twice: Option<Option<i64>>,
    #[mesh(8)]
    pub list: Option<Vec<u32>>,
    #[mesh(9)]
    pub plain: Point,
}

/// What may be there many times.
#[derive(Clone, Debug, Default, PartialEq, Protobuf)]
#[mesh(package = "zoo.v1")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Lists {
    #[mesh(1)]
    pub numbers: Vec<u32>,
    #[mesh(2)]
    pub signed: Vec<i64>,
    #[mesh(3, encoding = "Unpacked<Fixed>")]
    pub unpacked: Vec<u64>,
    #[mesh(4)]
    pub texts: Vec<String>,
    #[mesh(5)]
    pub blobs: Vec<Vec<u8>>,
    #[mesh(6)]
    pub points: Vec<Point>,
    #[mesh(7)]
    pub statuses: Vec<Status>,
    #[mesh(8)]
    pub holes: Vec<Option<u32>>,
    #[mesh(9)]
    pub runs: Vec<Vec<u32>>,
    #[mesh(10)]
    pub lists: Vec<Vec<String>>,
}

/// Maps, and what protobuf has no map for.
#[derive(Clone, Debug, Default, PartialEq, Protobuf)]
#[mesh(package = "zoo.v1")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Maps {
    #[mesh(1)]
    pub counts: BTreeMap<String, u64>,
    #[mesh(2)]
    pub points: BTreeMap<i32, Point>,
    #[mesh(3)]
    pub statuses: BTreeMap<u64, Status>,
    #[mesh(4)]
    pub flags: BTreeMap<bool, Vec<u8>>,
    #[mesh(5)]
    pub lists: BTreeMap<String, Vec<u32>>,
    #[mesh(6)]
    pub hosts: BTreeMap<Ipv4Addr, String>,
    #[mesh(7)]
    pub pairs: BTreeMap<char, (u32, String)>,
}

/// A type that contains itself.
#[derive(Clone, Debug, Default, PartialEq, Protobuf)]
#[mesh(package = "zoo.v1")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Tree {
    #[mesh(1)]
    pub name: String,
    #[mesh(2)]
    pub children: Vec<Tree>,
    #[mesh(3)]
    pub origin: Option<Box<Tree>>,
}

/// One of several.
#[derive(Clone, Debug, PartialEq, Protobuf)]
#[mesh(package = "zoo.v1")]
pub enum Shape {
    /// Nothing.
    #[mesh(2)]
    Empty,
    /// Its radius.
    #[mesh(3)]
    Circle(f64),
    /// A message of its own.
    #[mesh(4)]
    Rectangle {
        /// One corner.
        #[mesh(1)]
        corner: Point,
        /// The other one.
        #[mesh(2)]
        size: (u32, u32),
    },
    /// Its corners.
    #[mesh(5)]
    Polygon(Vec<Point>),
    /// Several at a time.
    #[mesh(6)]
    Group(Vec<Shape>),
}

/// Shapes, in a message of their own and in line.
#[derive(Clone, Debug, PartialEq, Protobuf)]
#[mesh(package = "zoo.v1")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Drawing {
    #[mesh(1)]
    pub title: String,
    #[mesh(oneof)]
    pub frame: Option<Shape>,
    #[mesh(7)]
    pub shape: Shape,
}

/// Spans and points of time.
#[derive(Clone, Debug, PartialEq, Protobuf)]
#[mesh(package = "zoo.v1")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Times {
    #[mesh(1)]
    pub took: Duration,
    #[mesh(2)]
    pub limit: Option<Duration>,
    #[mesh(3)]
    pub at: SystemTime,
    #[mesh(4)]
    pub history: Vec<SystemTime>,
}

/// What protobuf has no type for.
#[derive(Clone, Debug, PartialEq, Protobuf)]
#[mesh(package = "zoo.v1")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Odds {
    #[mesh(1)]
    pub pair: (u32, String),
    #[mesh(2)]
    pub outcomes: Vec<Result<u32, String>>,
    #[mesh(3)]
    pub unit: Option<()>,
    #[mesh(4)]
    pub range: Range<i64>,
    #[mesh(5)]
    pub peer: SocketAddr,
    #[mesh(6)]
    pub bounds: [f32; 2],
}

/// A message as an older program knows it.
#[derive(Clone, Debug, Default, PartialEq, Protobuf)]
#[mesh(package = "zoo.v1")]
pub struct Older {
    /// What it knows.
    #[mesh(1)]
    pub number: u32,
    /// What it does not, and writes back.
    #[mesh(unknown)]
    pub rest: UnknownFields,
}

/// The same message as a newer program knows it.
#[derive(Clone, Debug, Default, PartialEq, Protobuf)]
#[mesh(package = "zoo.v1")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Newer {
    #[mesh(1)]
    pub number: u32,
    #[mesh(2)]
    pub text: String,
    #[mesh(3)]
    pub points: Vec<Point>,
    #[mesh(4, encoding = "Fixed")]
    pub hash: u64,
}

/// Messages of other types, and of another implementation.
#[derive(Clone, Debug, PartialEq, Protobuf)]
#[mesh(package = "zoo.v1")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Envelope {
    #[mesh(1)]
    pub body: Any,
    #[mesh(2, encoding = "Prost<Timestamp>")]
    pub sent: Timestamp,
    #[mesh(3)]
    pub more: Vec<mesh_protobuf::Prost<Timestamp>>,
}
