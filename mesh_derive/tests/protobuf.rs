//! `Protobuf`: explicit numbers, references, borrowed data, oneofs in line, and the golden bytes of each.

use mesh_derive::Protobuf;
use mesh_protobuf::encoding::{
    DefaultEncoding, Encoding, MessageDecode, MessageEncode, MessageName,
};
use mesh_protobuf::{Context, ErrorKind, Reader, Result, Writer, decode, encode};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

#[derive(Clone, Debug, PartialEq, Protobuf)]
#[mesh(package = "acme.disk.v1")]
struct Geometry {
    #[mesh(3)]
    sectors: u64,
    #[mesh(1)]
    heads: u32,
    #[mesh(1000, rename = "volume_label")]
    label: String,
}

#[derive(Clone, Debug, PartialEq, Protobuf)]
struct Pair(#[mesh(2)] u8, #[mesh(7)] Vec<u8>);

#[derive(Clone, Debug, PartialEq, Protobuf)]
struct Unit;

#[derive(Clone, Debug, PartialEq, Protobuf)]
#[mesh(rename = "Figure")]
enum Shape {
    #[mesh(4)]
    Circle(f32),
    #[mesh(2)]
    Rectangle {
        #[mesh(2)]
        width: u32,
        #[mesh(1)]
        height: u32,
    },
    #[mesh(9)]
    Segment(#[mesh(1)] u32, #[mesh(5)] u32),
    #[mesh(300)]
    Nothing,
    #[mesh(5)]
    Nested(Box2),
}

#[derive(Clone, Debug, PartialEq, Protobuf)]
struct Box2 {
    #[mesh(1)]
    inner: Vec<Shape>,
}

#[derive(Clone, Debug, PartialEq, Protobuf)]
struct Tree<T> {
    #[mesh(1)]
    value: T,
    #[mesh(2)]
    maybe: Option<T>,
    #[mesh(3)]
    many: Vec<T>,
    #[mesh(4)]
    children: Vec<Tree<T>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Protobuf)]
#[mesh(enumeration)]
enum Status {
    #[mesh(0)]
    Unknown,
    #[mesh(5)]
    Good,
    #[mesh(-1)]
    Bad,
}

#[derive(Clone, Copy, Debug, PartialEq, Protobuf)]
#[mesh(enumeration)]
enum Required {
    #[mesh(1)]
    One,
    #[mesh(2)]
    Two,
}

fn check<T>(value: &T, expected: &[u8])
where
    T: DefaultEncoding + Clone + std::fmt::Debug + PartialEq,
    <T::Encoding as Encoding>::Body: MessageEncode<T, mesh_protobuf::NoResource>
        + for<'a> MessageEncode<&'a T, mesh_protobuf::NoResource>
        + for<'de> MessageDecode<'de, T, mesh_protobuf::NoResource>,
{
    assert_eq!(encode(value), expected);
    assert_eq!(encode(value.clone()), expected);
    assert_eq!(decode::<T>(expected).expect("golden bytes decode"), *value);
}

#[test]
fn fields_have_the_numbers_they_are_given_and_are_written_in_their_order() {
    let geometry = Geometry {
        sectors: 300,
        heads: 2,
        label: "a".into(),
    };
    check(&geometry, &[0x08, 2, 0x18, 0xac, 0x02, 0xc2, 0x3e, 1, b'a']);
    check(&Pair(5, vec![1, 2]), &[0x10, 5, 0x3a, 2, 1, 2]);
    check(&Unit, &[]);
}

#[test]
fn variants_have_the_numbers_they_are_given() {
    check(&Shape::Circle(0.0), &[0x25, 0, 0, 0, 0]);
    let rectangle = Shape::Rectangle {
        width: 3,
        height: 4,
    };
    check(&rectangle, &[0x12, 4, 0x08, 4, 0x10, 3]);
    check(&Shape::Segment(1, 2), &[0x4a, 4, 0x08, 1, 0x28, 2]);
    check(&Shape::Nothing, &[0xe2, 0x12, 0]);
    let nested = Shape::Nested(Box2 {
        inner: vec![Shape::Nothing, Shape::Circle(0.0)],
    });
    check(
        &nested,
        &[0x2a, 12, 0x0a, 3, 0xe2, 0x12, 0, 0x0a, 5, 0x25, 0, 0, 0, 0],
    );
}

#[test]
fn a_message_has_a_name_and_may_have_a_package() {
    assert_eq!(Geometry::PACKAGE, "acme.disk.v1");
    assert_eq!(Geometry::NAME, "Geometry");
    assert_eq!((Shape::PACKAGE, Shape::NAME), ("", "Figure"));
    assert_eq!(Status::NAME, "Status");
}

#[test]
fn generic_and_recursive_types_encode_from_a_reference() {
    fn tree<T: Clone>(value: &T, children: Vec<Tree<T>>) -> Tree<T> {
        Tree {
            value: value.clone(),
            maybe: Some(value.clone()),
            many: vec![value.clone(), value.clone()],
            children,
        }
    }
    let numbers = tree(&1u32, vec![tree(&0, vec![])]);
    check(
        &numbers,
        &[
            0x08, 1, 0x10, 1, 0x1a, 2, 1, 1, 0x22, 6, 0x10, 0, 0x1a, 2, 0, 0,
        ],
    );
    let shape = Shape::Segment(1, 2);
    let shapes = tree(&shape, vec![tree(&shape, vec![])]);
    assert_eq!(decode::<Tree<Shape>>(&encode(&shapes)).unwrap(), shapes);
    assert_eq!(encode(&shapes), encode(shapes.clone()));
    let text = tree(&String::from("x"), vec![]);
    assert_eq!(decode::<Tree<String>>(&encode(&text)).unwrap(), text);
}

/// A parameter in all that the library offers to hold one, and in itself.
#[derive(Clone, Debug, PartialEq, Protobuf)]
struct Everywhere<T, K: Ord> {
    #[mesh(1)]
    boxed: Box<T>,
    #[mesh(2)]
    next: Option<Box<Self>>,
    #[mesh(3)]
    array: [T; 2],
    #[mesh(4)]
    pair: (T, Vec<(T, u8)>),
    #[mesh(5)]
    result: std::result::Result<T, Option<T>>,
    #[mesh(6)]
    sorted: BTreeMap<K, Vec<T>>,
    #[mesh(7)]
    nested: Vec<Option<Option<T>>>,
}

#[test]
fn a_parameter_may_be_in_any_container() {
    fn round<T>(value: &T)
    where
        T: DefaultEncoding + Clone + std::fmt::Debug + PartialEq,
        Everywhere<T, String>: mesh_protobuf::Protobuf,
        for<'a> &'a Everywhere<T, String>: mesh_protobuf::Encode,
    {
        let value = || value.clone();
        let fill = |next| Everywhere {
            boxed: Box::new(value()),
            next,
            array: [value(), value()],
            pair: (value(), vec![(value(), 0)]),
            result: Err(Some(value())),
            sorted: BTreeMap::from([(String::new(), vec![value()])]),
            nested: vec![None, Some(None), Some(Some(value()))],
        };
        let filled = fill(Some(Box::new(fill(None))));
        let bytes = encode(&filled);
        assert_eq!(decode::<Everywhere<T, String>>(&bytes).unwrap(), filled);
        assert_eq!(encode(filled), bytes);
    }
    round(&0u64);
    round(&vec![0u8]);
    round(&Some(Shape::Nothing));
}

#[test]
fn an_enumeration_is_a_number_with_zero_as_its_default() {
    check(&Status::Unknown, &[]);
    check(&Status::Good, &[0x08, 5]);
    let minus_one = [
        0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1,
    ];
    check(&Status::Bad, &minus_one);
    check(&vec![Status::Good, Status::Unknown], &[0x0a, 2, 5, 0]);
    assert_eq!(
        *decode::<Status>(&[0x08, 1]).unwrap_err().kind(),
        ErrorKind::UnknownVariant
    );
}

#[test]
fn an_enumeration_without_zero_has_no_default() {
    check(&Required::One, &[0x08, 1]);
    check(&Required::Two, &[0x08, 2]);
    check(&None::<Required>, &[]);
    assert_eq!(
        *decode::<Required>(&[]).unwrap_err().kind(),
        ErrorKind::MissingField
    );
}

#[derive(Clone, Debug, PartialEq, Protobuf)]
struct Drawing {
    #[mesh(1)]
    name: String,
    #[mesh(oneof)]
    shape: Shape,
    #[mesh(3)]
    status: Status,
}

#[derive(Clone, Debug, PartialEq, Protobuf)]
struct Sheet {
    #[mesh(oneof)]
    shape: Option<Shape>,
    #[mesh(oneof)]
    other: Option<Other>,
    #[mesh(1)]
    name: String,
}

#[derive(Clone, Debug, PartialEq, Protobuf)]
enum Other {
    #[mesh(20)]
    Twenty(u32),
    #[mesh(21)]
    More {
        #[mesh(1)]
        name: String,
        #[mesh(oneof)]
        shape: Option<Shape>,
    },
}

#[test]
fn a_oneof_has_its_variants_among_the_fields_of_the_message() {
    let drawing = Drawing {
        name: "d".into(),
        shape: Shape::Circle(0.0),
        status: Status::Good,
    };
    check(&drawing, &[0x0a, 1, b'd', 0x18, 5, 0x25, 0, 0, 0, 0]);
    let both = Sheet {
        shape: Some(Shape::Nothing),
        other: Some(Other::Twenty(0)),
        name: String::new(),
    };
    check(&both, &[0xe2, 0x12, 0, 0xa0, 0x01, 0]);
    let nested = Sheet {
        shape: None,
        other: Some(Other::More {
            name: "n".into(),
            shape: Some(Shape::Nothing),
        }),
        name: "s".into(),
    };
    check(
        &nested,
        &[0x0a, 1, b's', 0xaa, 0x01, 6, 0x0a, 1, b'n', 0xe2, 0x12, 0],
    );
    let empty = Sheet {
        shape: None,
        other: None,
        name: String::new(),
    };
    check(&empty, &[]);
}

#[test]
fn a_oneof_that_is_no_option_must_be_there() {
    let error = decode::<Drawing>(&[0x0a, 1, b'd']).unwrap_err();
    assert_eq!(error.to_string(), "shape: unknown or missing variant");
}

#[test]
fn errors_name_the_path_of_the_field() {
    let error = decode::<Drawing>(&[0x4a, 2, 0x08, 0x80]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "shape.Segment.0: the input ends inside a value"
    );
    let error = decode::<Geometry>(&[0xc2, 0x3e, 1, 0xff]).unwrap_err();
    assert_eq!(error.to_string(), "volume_label: text is not UTF-8");
    let error = decode::<Outer>(&[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "inner.required: a required field is missing"
    );
}

#[derive(Clone, Debug, PartialEq, Protobuf)]
struct Outer {
    #[mesh(1)]
    inner: Inner,
}

#[derive(Clone, Debug, PartialEq, Protobuf)]
struct Inner {
    #[mesh(1)]
    required: Required,
}

fn merge<'de, T>(previous: T, bytes: &'de [u8]) -> Result<T>
where
    T: DefaultEncoding,
    T::Encoding: Encoding<Body: MessageDecode<'de, T, ()>>,
{
    <T::Encoding as Encoding>::Body::read_body(
        Some(previous),
        &mut Reader::new(bytes, &Context::for_len(bytes.len(), &mut [])),
    )
}

#[test]
fn messages_merge_field_by_field() {
    let sheet = Sheet {
        shape: Some(Shape::Rectangle {
            width: 1,
            height: 2,
        }),
        other: Some(Other::Twenty(1)),
        name: "old".into(),
    };
    // A repeated variant merges, another one replaces, and what is not mentioned stays.
    let merged = merge(sheet, &[0x12, 2, 0x08, 9, 0xaa, 0x01, 0]).unwrap();
    assert_eq!(
        merged.shape,
        Some(Shape::Rectangle {
            width: 1,
            height: 9
        })
    );
    assert_eq!(
        merged.other,
        Some(Other::More {
            name: String::new(),
            shape: None
        })
    );
    assert_eq!(merged.name, "old");
}

#[derive(Clone, Debug, PartialEq, Protobuf)]
struct View<'a> {
    #[mesh(1)]
    name: &'a str,
    #[mesh(2)]
    inner: Vec<Part<'a>>,
}

#[derive(Clone, Debug, PartialEq, Protobuf)]
enum Part<'b> {
    #[mesh(1)]
    Text(&'b str),
    #[mesh(2)]
    Two {
        #[mesh(1)]
        first: Option<&'b str>,
    },
}

#[derive(Clone, Debug, PartialEq, Protobuf)]
struct Both<'a, 'b, T> {
    #[mesh(1)]
    a: &'a str,
    #[mesh(2)]
    b: &'b str,
    #[mesh(3)]
    rest: T,
}

#[test]
fn borrowed_fields_point_into_the_input() {
    let value = View {
        name: "n",
        inner: vec![Part::Text(""), Part::Two { first: Some("f") }],
    };
    let bytes = encode(&value);
    assert_eq!(
        bytes,
        [
            0x0a, 1, b'n', 0x12, 2, 0x0a, 0, 0x12, 5, 0x12, 3, 0x0a, 1, b'f'
        ]
    );
    assert_eq!(encode(value.clone()), bytes);
    let back: View<'_> = decode(&bytes).unwrap();
    assert_eq!(back, value);
    assert!(bytes.as_ptr_range().contains(&back.name.as_ptr()));

    let both = Both {
        a: "a",
        b: "b",
        rest: value,
    };
    let bytes = encode(&both);
    assert_eq!(decode::<Both<'_, '_, View<'_>>>(&bytes).unwrap(), both);
}

#[derive(Clone, Debug, PartialEq, Protobuf)]
struct Views<'a> {
    #[mesh(1)]
    bytes: &'a [u8],
    #[mesh(2)]
    maybe: Option<&'a [u8]>,
    #[mesh(3)]
    text: Cow<'a, str>,
    #[mesh(4, encoding = "Borrowed")]
    borrowed: Cow<'a, str>,
    #[mesh(5, encoding = "Borrowed")]
    borrowed_bytes: Cow<'a, [u8]>,
    #[mesh(6)]
    pair: (&'a str, u8),
}

#[test]
fn bytes_and_text_may_be_borrowed() {
    let views = Views {
        bytes: &[1, 2],
        maybe: Some(&[]),
        text: "t".into(),
        borrowed: "b".into(),
        borrowed_bytes: Cow::Owned(vec![3]),
        pair: ("p", 4),
    };
    let bytes = encode(&views);
    let back: Views<'_> = decode(&bytes).unwrap();
    assert_eq!(back, views);
    assert!(matches!(back.borrowed_bytes, Cow::Borrowed(_)));
    assert_eq!(encode(views), bytes);
}

#[test]
fn a_decoded_value_may_be_used_where_a_shorter_life_is_wanted() {
    fn shorten<'short>(long: View<'static>, short: &'short str) -> [View<'short>; 2] {
        let other = View {
            name: short,
            inner: vec![],
        };
        [long, other]
    }
    let long: View<'static> = decode(&[0x0a, 1, b'n']).unwrap();
    assert_eq!(shorten(long, &String::from("s"))[0].name, "n");
}

/// What travels beside the bytes in these tests.
#[derive(Debug, PartialEq)]
struct Ticket(u32);

/// Becomes a resource of any type that it converts into.
#[derive(Debug, PartialEq)]
struct Handle(u32);

impl DefaultEncoding for Handle {
    type Encoding = mesh_protobuf::encodings::Resource;
}

impl From<Handle> for Ticket {
    fn from(handle: Handle) -> Self {
        Self(handle.0)
    }
}

impl TryFrom<Ticket> for Handle {
    type Error = Ticket;
    fn try_from(ticket: Ticket) -> std::result::Result<Self, Ticket> {
        Ok(Self(ticket.0))
    }
}

#[derive(Debug, PartialEq, Protobuf)]
#[mesh(resource = "Ticket")]
struct WithHandle<T> {
    #[mesh(1)]
    handle: Handle,
    #[mesh(2)]
    plain: Geometry,
    #[mesh(3)]
    generic: Vec<T>,
    #[mesh(oneof)]
    choice: Option<Choice>,
}

#[derive(Debug, PartialEq, Protobuf)]
#[mesh(resource = "Ticket")]
enum Choice {
    #[mesh(10)]
    Handle(Handle),
    #[mesh(11)]
    None,
}

#[test]
fn a_named_resource_type_allows_resources_and_encodes_by_value() {
    let message = || WithHandle {
        handle: Handle(7),
        plain: Geometry {
            sectors: 1,
            heads: 1,
            label: String::new(),
        },
        generic: vec![Handle(8)],
        choice: Some(Choice::Handle(Handle(9))),
    };
    let mut writer = Writer::<Ticket>::new();
    mesh_protobuf::encodings::Message::write_body(message(), &mut writer);
    let (bytes, tickets) = writer.finish();
    // What is written last is met first.
    assert_eq!(tickets, [Ticket(9), Ticket(8), Ticket(7)]);
    let mut tickets: Vec<_> = tickets.into_iter().map(Some).collect();
    let back: WithHandle<Handle> = mesh_protobuf::encodings::Message::read_body(
        None,
        &mut Reader::new(&bytes, &Context::for_len(bytes.len(), &mut tickets)),
    )
    .unwrap();
    assert_eq!(back, message());
}

#[derive(Clone, Debug, PartialEq, Protobuf)]
#[mesh(transparent)]
struct Id(#[mesh(encoding = "Fixed")] u64);

#[derive(Clone, Debug, PartialEq, Protobuf)]
#[mesh(transparent)]
struct Name<'a>(&'a str);

#[derive(Clone, Debug, PartialEq, Protobuf)]
struct Ids<'a> {
    #[mesh(1)]
    one: Id,
    #[mesh(2)]
    many: Vec<Id>,
    #[mesh(3)]
    maybe: Option<Id>,
    #[mesh(4)]
    name: Name<'a>,
    #[mesh(5)]
    names: Vec<Name<'a>>,
}

#[test]
fn a_transparent_type_leaves_nothing_on_the_wire() {
    let ids = Ids {
        one: Id(1),
        many: vec![Id(2)],
        maybe: Some(Id(0)),
        name: Name("a"),
        names: vec![Name("b")],
    };
    let bytes = [
        &[0x09, 1, 0, 0, 0, 0, 0, 0, 0][..],
        &[0x12, 8, 2, 0, 0, 0, 0, 0, 0, 0],
        &[0x19, 0, 0, 0, 0, 0, 0, 0, 0],
        &[0x22, 1, b'a', 0x2a, 1, b'b'],
    ]
    .concat();
    assert_eq!(encode(&ids), bytes);
    assert_eq!(encode(ids.clone()), bytes);
    assert_eq!(decode::<Ids<'_>>(&bytes).unwrap(), ids);
}

/// Every marker by its bare name.
#[derive(Clone, Debug, PartialEq, Protobuf)]
struct Markers {
    #[mesh(1, encoding = "Address")]
    address: IpAddr,
    #[mesh(2, encoding = "Boxed<Varint>")]
    boxed: Box<i64>,
    #[mesh(3, encoding = "Byte")]
    byte: u8,
    #[mesh(4, encoding = "Fixed128")]
    wide: u128,
    #[mesh(5, encoding = "Map<ZigZag, Fixed>")]
    map: BTreeMap<i32, i32>,
    #[mesh(6, encoding = "Message")]
    message: Unit,
    #[mesh(7, encoding = "Outcome<Varint, Text>")]
    outcome: std::result::Result<i32, String>,
    #[mesh(8, encoding = "Tuple<(Varint, Fixed)>")]
    tuple: (i32, i64),
    #[mesh(9, encoding = "Optional<Wrapped<Unpacked<Varint>>>")]
    unpacked: Option<Vec<i32>>,
    #[mesh(10, encoding = "Via<Renamed>")]
    via: i32,
    #[mesh(11, encoding = "Transparent<Fixed>")]
    transparent: Id,
    #[mesh(12, encoding = "Mine")]
    mine: u32,
}

/// A marker of the user's own.
type Mine = mesh_protobuf::encodings::Fixed;

impl From<i32> for Renamed {
    fn from(signed: i32) -> Self {
        Self { signed }
    }
}

impl From<&i32> for Renamed {
    fn from(&signed: &i32) -> Self {
        Self { signed }
    }
}

impl From<Renamed> for i32 {
    fn from(renamed: Renamed) -> Self {
        renamed.signed
    }
}

#[test]
fn the_markers_of_the_codec_need_no_path() {
    let markers = Markers {
        address: IpAddr::from([127, 0, 0, 1]),
        boxed: Box::new(1),
        byte: 2,
        wide: 3,
        map: BTreeMap::from([(-1, -1)]),
        message: Unit,
        outcome: Ok(1),
        tuple: (1, 2),
        unpacked: Some(vec![1, 2]),
        via: 4,
        transparent: Id(5),
        mine: 6,
    };
    let bytes = encode(&markers);
    assert_eq!(decode::<Markers>(&bytes).unwrap(), markers);
    assert_eq!(bytes[bytes.len() - 5..], [0x65, 6, 0, 0, 0]);
}

mod dependency {
    pub(crate) use mesh_protobuf as renamed;
}

#[derive(Clone, Debug, PartialEq, Protobuf)]
#[mesh(crate = "crate::dependency::renamed")]
struct Renamed {
    #[mesh(1, encoding = "Varint")]
    signed: i32,
}

#[test]
fn the_codec_may_have_another_path() {
    check(&Renamed { signed: 1 }, &[0x08, 1]);
}

#[derive(Clone, Debug, PartialEq, Protobuf)]
enum Never {}

#[derive(Clone, Debug, PartialEq, Protobuf)]
struct MaybeNever {
    #[mesh(1)]
    never: Option<Never>,
    #[mesh(oneof)]
    other: Option<Never>,
}

#[test]
fn an_enum_without_variants_never_decodes() {
    let message = MaybeNever {
        never: None,
        other: None,
    };
    check(&message, &[]);
    let error = decode::<MaybeNever>(&[0x0a, 0]).unwrap_err();
    assert_eq!(error.to_string(), "never: unknown or missing variant");
}

/// Something with a parameter that is bound by hand.
#[derive(Clone, Debug, PartialEq, Protobuf)]
#[mesh(bound = "T: mesh_protobuf::encodings::Scalar + mesh_protobuf::encodings::FromScalar")]
struct Count<T> {
    #[mesh(1, encoding = "Varint")]
    count: T,
    #[mesh(2, encoding = "Repeated<Varint>")]
    counts: Vec<T>,
}

#[derive(Debug, PartialEq, Protobuf)]
#[mesh(bound = "")]
struct Marked<T: ?Sized, const N: usize> {
    #[mesh(1)]
    number: u32,
    #[mesh(2)]
    marker: Marker<T>,
}

/// Mentions its parameter and encodes without it.
#[derive(Clone, Debug, PartialEq, Protobuf)]
#[mesh(transparent, bound = "")]
struct Marker<T: ?Sized>(u32, std::marker::PhantomData<T>);

#[derive(Clone, Debug, PartialEq, Protobuf)]
#[mesh(bound = "")]
struct Unbound<T> {
    #[mesh(1)]
    marker: Marker<T>,
}

#[test]
fn bounds_may_be_given_by_hand() {
    let count = Count {
        count: 'a',
        counts: vec!['b'],
    };
    check(&count, &[0x08, 97, 0x12, 1, 98]);

    #[derive(Clone, Debug, PartialEq)]
    struct NoPayload;
    let unbound = Unbound::<NoPayload> {
        marker: Marker(1, std::marker::PhantomData),
    };
    check(&unbound, &[0x08, 1]);

    let marked = Marked::<str, 3> {
        number: 1,
        marker: Marker(0, std::marker::PhantomData),
    };
    assert_eq!(encode(&marked), [0x08, 1]);
    assert_eq!(decode::<Marked<str, 3>>(&[0x08, 1]).unwrap(), marked);
}
