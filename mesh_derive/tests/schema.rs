//! What derived types say of themselves in `.proto` files.

#[path = "facade/mod.rs"]
mod mesh;

use mesh_derive::{MeshPayload, Protobuf};
use mesh_protobuf::encoding::{MessageDecode, MessageEncode};
use mesh_protobuf::encodings::Message;
use mesh_protobuf::schema::{Error, Files};
use mesh_protobuf::{DefaultEncoding, Reader, UnknownFields, Writer};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::marker::PhantomData;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::ops::Range;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// A record.
///
/// With `code` and
///   lines that are indented.
#[derive(Protobuf)]
#[mesh(package = "zoo.v1")]
struct Record<'a> {
    /// How many.
    #[mesh(1)]
    count: u32,
    #[mesh(2)]
    r#type: String,
    #[mesh(3)]
    label: &'a str,
    #[mesh(4)]
    bytes: Vec<u8>,
    #[mesh(5)]
    borrowed: &'a [u8],
    #[mesh(6)]
    maybe: Option<i64>,
    #[mesh(7)]
    list: Vec<f64>,
    #[mesh(8, encoding = "Unpacked<Fixed>")]
    unpacked: Vec<u32>,
    #[mesh(9)]
    names: HashMap<String, Box<Leaf>>,
    #[mesh(10)]
    parent: Option<Box<Self>>,
    #[mesh(11)]
    state: State,
    #[mesh(12)]
    wide: u128,
    /// Where.
    #[mesh(13)]
    at: (i32, Option<bool>),
    #[mesh(14)]
    took: Duration,
    #[mesh(15)]
    when: Option<SystemTime>,
    #[mesh(16)]
    nothing: (),
    #[mesh(17)]
    outcome: Result<u8, String>,
    #[mesh(18, encoding = "Varint")]
    plain: i32,
    #[mesh(19)]
    id: Id,
    #[mesh(unknown)]
    rest: UnknownFields,
}

#[derive(Protobuf)]
#[mesh(package = "zoo.v1")]
struct Leaf {}

#[derive(Protobuf)]
#[mesh(transparent)]
struct Id(#[mesh(encoding = "Fixed")] u64);

/// What it is at.
#[derive(Protobuf)]
#[mesh(enumeration, package = "zoo.v1")]
enum State {
    #[mesh(2)]
    ShuttingDown,
    /// At first.
    #[mesh(0)]
    Idle,
    #[mesh(-1, rename = "broken")]
    Broken,
    #[mesh(unknown)]
    Other(i32),
}

#[test]
fn a_record_is_a_message_with_its_documentation() {
    let text = Files::new().add::<Record<'_>>().render("zoo.v1").unwrap();
    assert_eq!(
        text,
        r#"// Made from Rust types by mesh_protobuf; changes belong there.

syntax = "proto3";

package zoo.v1;

import "google/protobuf/duration.proto";
import "google/protobuf/empty.proto";
import "google/protobuf/timestamp.proto";

message Leaf {}

// A record.
//
// With `code` and
//   lines that are indented.
message Record {
  message At {
    sint32 field_1 = 1;
    optional bool field_2 = 2;
  }

  message Outcome {
    // One of them is always there.
    oneof result {
      // At most 255.
      uint32 ok = 1;
      string err = 2;
    }
  }

  // How many.
  uint32 count = 1;
  string type = 2;
  string label = 3;
  bytes bytes = 4;
  bytes borrowed = 5;
  optional sint64 maybe = 6;
  repeated double list = 7;
  repeated fixed32 unpacked = 8 [packed = false];
  map<string, Leaf> names = 9;
  optional Record parent = 10;
  State state = 11;
  // A number of 128 bits: 16 bytes, little-endian.
  bytes wide = 12;
  // Where.
  At at = 13;
  google.protobuf.Duration took = 14;
  optional google.protobuf.Timestamp when = 15;
  google.protobuf.Empty nothing = 16;
  Outcome outcome = 17;
  int32 plain = 18;
  fixed64 id = 19;
}

// What it is at.
enum State {
  // At first.
  STATE_IDLE = 0;
  STATE_SHUTTING_DOWN = 2;
  broken = -1;
}
"#
    );
}

#[derive(Protobuf)]
enum Shape {
    /// Nothing at all.
    #[mesh(2)]
    Nothing,
    #[mesh(3)]
    Circle(f64),
    #[mesh(4)]
    Rectangle {
        /// From left to right.
        #[mesh(1)]
        width: u32,
        #[mesh(2)]
        next: Option<Box<Drawing>>,
    },
    #[mesh(5)]
    Line(#[mesh(1)] u32, #[mesh(2)] u32),
    #[mesh(6)]
    Many(Vec<String>),
}

#[derive(Protobuf)]
struct Drawing {
    #[mesh(1)]
    own: Shape,
    /// In line.
    #[mesh(oneof)]
    shape: Option<Shape>,
}

#[test]
fn an_enum_is_a_oneof_alone_and_in_line() {
    let text = Files::new().add::<Drawing>().render("").unwrap();
    let nested = "
  message Rectangle {
    // From left to right.
    uint32 width = 1;
    optional Drawing next = 2;
  }

  message Line {
    uint32 field_1 = 1;
    uint32 field_2 = 2;
  }

  message Many {
    repeated string items = 1;
  }
";
    assert_eq!(text.matches(nested).count(), 2, "{text}");
    let variants = "{
    // Nothing at all.
    google.protobuf.Empty nothing = 2;
    double circle = 3;
    Rectangle rectangle = 4;
    Line line = 5;
    Many many = 6;
  }
}
";
    let alone = "  // One of them is always there.\n  oneof variant ";
    let in_line = "  Shape own = 1;\n  // In line.\n  oneof shape ";
    for before in [alone, in_line] {
        assert!(text.contains(&format!("{before}{variants}")), "{text}");
    }
}

#[derive(Protobuf)]
struct Odd {
    #[mesh(1)]
    nested: Vec<Vec<u32>>,
    #[mesh(2)]
    texts: Vec<Vec<String>>,
    #[mesh(3)]
    holes: Vec<Option<u16>>,
    #[mesh(4)]
    by_address: BTreeMap<IpAddr, u32>,
    #[mesh(5)]
    lists: BTreeMap<char, Vec<u32>>,
    #[mesh(6)]
    packed: BTreeMap<u32, Range<u32>>,
    #[mesh(7)]
    set: HashSet<NonZeroU32>,
    #[mesh(8)]
    array: [u8; 4],
    #[mesh(9)]
    path: PathBuf,
    #[mesh(10)]
    peer: SocketAddr,
    #[mesh(11)]
    phantom: PhantomData<u32>,
    #[mesh(12)]
    twice: Option<Option<u32>>,
    #[mesh(13)]
    states: Vec<Vec<State>>,
}

#[test]
fn what_protobuf_has_no_words_for_is_told_by_its_bytes() {
    let files = Files::new().add::<Odd>();
    let text = files.render("").unwrap();
    let fields = "
  // Values of `uint32` in a row, as in a packed field.
  repeated bytes nested = 1;
  repeated Texts texts = 2;
  repeated Holes holes = 3;
  // A map; no key is there twice.
  repeated ByAddress by_address = 4;
  // A map; no key is there twice.
  repeated Lists lists = 5;
  map<uint32, Packed> packed = 6;
  // Not zero.
  repeated uint32 set = 7;
  bytes array = 8;
  // Text of the operating system, as the sender has it.
  bytes path = 9;
  Peer peer = 10;
  google.protobuf.Empty phantom = 11;
  optional Twice twice = 12;
  // Values of `zoo.v1.State` in a row, as in a packed field.
  repeated bytes states = 13;
}
";
    assert!(text.contains(fields), "{text}");
    let lists = "
  message Lists {
    // A Unicode scalar value.
    uint32 key = 1;
    repeated uint32 value = 2;
  }
";
    assert!(text.contains(lists), "{text}");
    let twice = "  message Twice {\n    optional uint32 value = 1;\n  }\n";
    assert!(text.contains(twice), "{text}");
}

#[derive(Protobuf)]
struct Tree<T> {
    #[mesh(1)]
    value: Option<T>,
    #[mesh(2)]
    children: Vec<Tree<T>>,
}

#[derive(Protobuf)]
struct Forest {
    #[mesh(1)]
    numbers: Tree<u32>,
    #[mesh(2)]
    texts: Tree<String>,
}

#[test]
fn a_generic_type_is_described_with_its_arguments_and_has_one_name() {
    let text = Files::new().add::<Tree<Vec<u8>>>().render("").unwrap();
    let tree = "message Tree {\n  optional bytes value = 1;\n  repeated Tree children = 2;\n}\n";
    assert!(text.ends_with(tree), "{text}");

    let error = Files::new().add::<Forest>().render("").unwrap_err();
    assert!(matches!(error, Error::Collision { name } if name == "Tree"));
}

/// Laid out by hand, and not described.
struct ByHand;

impl DefaultEncoding for ByHand {
    type Encoding = Message;
}

impl<R> MessageEncode<ByHand, R> for Message {
    fn write_body(_: ByHand, _: &mut Writer<R>) {}
}

impl<R> MessageEncode<&ByHand, R> for Message {
    fn write_body(_: &ByHand, _: &mut Writer<R>) {}
}

impl<R> MessageDecode<'_, ByHand, R> for Message {
    fn read_body(
        _: Option<ByHand>,
        reader: &mut Reader<'_, '_, R>,
    ) -> mesh_protobuf::Result<ByHand> {
        while let Some((number, wire_type)) = reader.next_field()? {
            reader.skip(number, wire_type)?;
        }
        Ok(ByHand)
    }
}

#[derive(Protobuf)]
#[mesh(package = "zoo.v1")]
enum Holder {
    #[mesh(1)]
    Inner {
        #[mesh(1)]
        hands: Vec<ByHand>,
    },
}

#[test]
fn a_field_that_nothing_describes_is_named() {
    let error = Files::new().add::<Holder>().render("zoo.v1").unwrap_err();
    let message = "nothing describes the type of the field `zoo.v1.Holder.Inner.hands`";
    assert_eq!(error.to_string(), message);
    let error = Files::new().add::<Tree<Holder>>().render_all().unwrap_err();
    assert_eq!(error.to_string(), message);
}

/// A request, with what no other language can take.
#[derive(MeshPayload)]
#[mesh(crate = "mesh", package = "zoo.v1")]
struct Request {
    command: Command,
    many: Vec<Command>,
    answer: Option<Endpoint>,
}

#[derive(MeshPayload)]
#[mesh(crate = "mesh", package = "zoo.v1")]
enum Command {
    Start,
    SlowStop,
}

/// Travels beside the message.
struct Endpoint(mesh::resource::Resource);

impl DefaultEncoding for Endpoint {
    type Encoding = mesh_protobuf::encodings::Resource;
}

impl From<Endpoint> for mesh::resource::Resource {
    fn from(endpoint: Endpoint) -> Self {
        endpoint.0
    }
}

impl From<mesh::resource::Resource> for Endpoint {
    fn from(resource: mesh::resource::Resource) -> Self {
        Self(resource)
    }
}

#[test]
fn a_payload_is_numbered_by_position_and_its_endpoints_are_indices() {
    let text = Files::new().add::<Request>().render("zoo.v1").unwrap();
    let request = "
// A request, with what no other language can take.
message Request {
  Command command = 1;
  repeated Command many = 2;
  // The index of a resource that travels beside the message.
  optional uint32 answer = 3;
}

enum Command {
  COMMAND_START = 0;
  COMMAND_SLOW_STOP = 1;
}
";
    assert!(text.ends_with(request), "{text}");
}
