//! `MeshPayload`: every shape of type goes to bytes and back, and has the numbers that its positions give it.

#[path = "facade/mod.rs"]
mod mesh;

use mesh::resource::Resource;
use mesh::{MeshPayload as Payload, decode, encode, merge, round_trip};
use mesh_derive::MeshPayload;
use mesh_protobuf::ErrorKind;
use mesh_protobuf::encoding::DefaultEncoding;
use mesh_protobuf::wire::WireType;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;

/// A value that becomes a resource.
#[derive(Debug, PartialEq, Eq)]
struct Handle(u32);

impl DefaultEncoding for Handle {
    type Encoding = mesh_protobuf::encodings::Resource;
}

impl From<Handle> for Resource {
    fn from(handle: Handle) -> Self {
        Self(handle.0)
    }
}

impl TryFrom<Resource> for Handle {
    type Error = Resource;
    fn try_from(resource: Resource) -> Result<Self, Resource> {
        Ok(Self(resource.0))
    }
}

#[derive(Debug, PartialEq, MeshPayload)]
#[mesh(crate = "mesh")]
struct Named {
    offset: u64,
    len: u32,
    name: String,
}

#[derive(Debug, PartialEq, MeshPayload)]
#[mesh(crate = "mesh")]
struct Tuple(u8, Vec<u8>);

#[derive(Debug, PartialEq, MeshPayload)]
#[mesh(crate = "mesh")]
struct Unit;

#[derive(Debug, PartialEq, MeshPayload)]
#[mesh(crate = "mesh")]
struct Braces {}

#[derive(Debug, PartialEq, MeshPayload)]
#[mesh(crate = "mesh")]
enum Request {
    Read(u64),
    Write { offset: u64, data: Vec<u8> },
    Move(u64, u64),
    Flush,
    Empty {},
    Nothing(),
}

#[derive(Debug, PartialEq, MeshPayload)]
#[mesh(crate = "mesh")]
enum Level {
    Low,
    Middle,
    High,
}

#[derive(Debug, PartialEq, MeshPayload)]
#[mesh(crate = "mesh")]
struct Tree<T> {
    value: T,
    maybe: Option<T>,
    children: Vec<Self>,
}

#[derive(Debug, PartialEq, MeshPayload)]
#[mesh(crate = "mesh")]
enum Either<A, B = u32>
where
    A: Debug,
{
    Left(A),
    Both { left: A, right: Vec<B> },
    Neither,
}

fn check<T: Payload + Debug + PartialEq>(value: impl Fn() -> T, expected: &[u8]) {
    let (bytes, back) = round_trip(value());
    assert_eq!(bytes, expected);
    assert_eq!(back, value());
    // In an option and in a sequence, where the value is a value and not a message by itself.
    let nested = || vec![Some(value()), None];
    assert_eq!(round_trip(nested()).1, nested());
}

#[test]
fn fields_are_numbered_by_position_from_one() {
    let named = || Named {
        offset: 300,
        len: 2,
        name: "a".into(),
    };
    check(named, &[0x08, 0xac, 0x02, 0x10, 2, 0x1a, 1, b'a']);
    check(|| Tuple(5, vec![1, 2]), &[0x08, 5, 0x12, 2, 1, 2]);
}

#[test]
fn a_struct_without_fields_takes_no_bytes() {
    check(|| Unit, &[]);
    check(|| Braces {}, &[]);
}

#[test]
fn variants_are_numbered_by_position_from_one() {
    // One value is the field itself, and is there even if it is the default one.
    check(|| Request::Read(0), &[0x08, 0]);
    let write = || Request::Write {
        offset: 1,
        data: vec![7],
    };
    check(write, &[0x12, 5, 0x08, 1, 0x12, 1, 7]);
    check(|| Request::Move(1, 2), &[0x1a, 4, 0x08, 1, 0x10, 2]);
    check(|| Request::Flush, &[0x22, 0]);
    check(|| Request::Empty {}, &[0x2a, 0]);
    check(Request::Nothing, &[0x32, 0]);
}

#[test]
fn an_enum_without_fields_is_a_number_from_zero() {
    check(|| Level::Low, &[]);
    check(|| Level::High, &[0x08, 2]);
    let levels = || vec![Level::Low, Level::Middle, Level::High];
    check(levels, &[0x0a, 3, 0, 1, 2]);
    let error = decode::<Level>(&[0x08, 3], vec![]).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::UnknownVariant);
}

#[test]
fn generic_and_recursive_types_round_trip() {
    fn generic<T: Payload + Debug + PartialEq + Clone>(value: T) {
        let leaf = Tree {
            value: value.clone(),
            maybe: None,
            children: vec![],
        };
        let tree = || Tree {
            value: value.clone(),
            maybe: Some(value.clone()),
            children: vec![Tree {
                value: leaf.value.clone(),
                maybe: Some(value.clone()),
                children: vec![],
            }],
        };
        assert_eq!(round_trip(tree()).1, tree());
    }
    generic(0u32);
    generic(String::from("x"));
    generic(vec![Some(1u8)]);

    check(|| Either::<u8>::Left(1), &[0x08, 1]);
    let both = || Either::Both {
        left: Level::High,
        right: vec![String::from("r")],
    };
    check(both, &[0x12, 5, 0x08, 2, 0x12, 1, b'r']);
    check(|| Either::<u8, u8>::Neither, &[0x1a, 0]);
}

/// A parameter in all that the library offers to hold one.
#[derive(Debug, PartialEq, MeshPayload)]
#[mesh(crate = "mesh")]
struct Everywhere<T, K: Ord + Hash + Eq> {
    boxed: Box<T>,
    shared: Option<Box<Self>>,
    array: [T; 2],
    pair: (T, Vec<(T, u8)>),
    result: Result<T, Option<T>>,
    results: Vec<Result<(), T>>,
    hashed: HashMap<K, T>,
    sorted: BTreeMap<u32, Vec<T>>,
    queue: VecDeque<Option<Option<T>>>,
    tagged: Tagged<T, K>,
    marker: PhantomData<fn(T)>,
}

#[test]
fn a_parameter_may_be_in_any_container() {
    fn fill<T: Clone>(value: &T) -> Everywhere<T, String> {
        let value = || value.clone();
        Everywhere {
            boxed: Box::new(value()),
            shared: None,
            array: [value(), value()],
            pair: (value(), vec![(value(), 0)]),
            result: Err(Some(value())),
            results: vec![Ok(()), Err(value())],
            hashed: HashMap::from([(String::new(), value())]),
            sorted: BTreeMap::from([(0, vec![value()])]),
            queue: VecDeque::from([None, Some(None), Some(Some(value()))]),
            tagged: Tagged {
                tag: PhantomData,
                value: vec![value()],
            },
            marker: PhantomData,
        }
    }
    fn round<T: Payload + Debug + PartialEq + Clone>(value: &T) {
        let filled = || Everywhere {
            shared: Some(Box::new(fill(value))),
            ..fill(value)
        };
        assert_eq!(round_trip(filled()).1, filled());
    }
    round(&0u64);
    round(&vec![0u8]);
    round(&());
    round(&Some(String::new()));
}

#[derive(Debug, PartialEq, MeshPayload)]
#[mesh(crate = "mesh")]
struct Carrier<T> {
    first: Handle,
    second: Option<T>,
    many: Vec<Handle>,
}

#[test]
fn resources_travel_beside_the_bytes() {
    let carrier = || Carrier {
        first: Handle(1),
        second: Some(Handle(2)),
        many: vec![Handle(3), Handle(4)],
    };
    let (bytes, resources) = encode(carrier());
    let mut numbers: Vec<_> = resources.iter().map(|resource| resource.0).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4]);
    assert_eq!(
        decode::<Carrier<Handle>>(&bytes, resources).unwrap(),
        carrier()
    );

    let error = decode::<Carrier<Handle>>(&bytes, vec![]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "first: a resource is missing or already taken"
    );
}

#[derive(Debug, PartialEq, MeshPayload)]
#[mesh(crate = "mesh", transparent)]
struct Meters(f64);

#[derive(Debug, PartialEq, MeshPayload)]
#[mesh(crate = "mesh", transparent)]
struct Tagged<T, Tag> {
    tag: PhantomData<Tag>,
    value: Vec<T>,
}

#[derive(Debug, PartialEq, MeshPayload)]
#[mesh(crate = "mesh", transparent)]
struct Owner(Handle);

#[test]
fn a_transparent_type_is_laid_out_like_its_field() {
    assert_eq!(encode(Meters(1.5)), encode(1.5f64));
    assert_eq!(encode(vec![Meters(1.5)]), encode(vec![1.5f64]));
    assert_eq!(encode(Some(Meters(0.0))), encode(Some(0.0f64)));
    assert_eq!(round_trip(vec![Some(Meters(2.0))]).1, [Some(Meters(2.0))]);

    let tagged = || Tagged::<_, Unit> {
        tag: PhantomData,
        value: vec![Level::High],
    };
    assert_eq!(encode(tagged()), encode(vec![Level::High]));
    assert_eq!(round_trip(Some(tagged())).1, Some(tagged()));

    assert_eq!(round_trip(Owner(Handle(3))).1, Owner(Handle(3)));
}

#[derive(Debug, PartialEq, MeshPayload)]
#[mesh(crate = "mesh")]
enum Never {}

#[test]
fn an_enum_without_variants_never_decodes() {
    for bytes in [&[][..], &[0x08, 1]] {
        let error = decode::<Never>(bytes, vec![]).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::UnknownVariant);
    }
    assert_eq!(round_trip(None::<Never>).1, None);
}

#[test]
fn what_another_layout_has_is_refused() {
    let error = decode::<Named>(&[0x10, 2, 0x22, 1, 0], vec![]).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::UnknownField(4));
    let error = decode::<Unit>(&[0x22, 1, 0], vec![]).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::UnknownField(4));
    let error = decode::<Named>(&[0x12, 1, 0], vec![]).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::WrongWireType(WireType::Len));
    assert_eq!(error.path().collect::<Vec<_>>(), ["len"]);
    // A variant that is not there, or not of that shape, even beside one that is.
    for bytes in [&[0x7a, 0][..], &[0x7a, 0, 0x08, 9], &[0x08, 9, 0x7a, 0]] {
        let error = decode::<Request>(bytes, vec![]).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::UnknownVariant);
    }
    let error = decode::<Request>(&[0x12, 2, 0x18, 0], vec![]).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::UnknownField(3));
    let error = decode::<Request>(&[0x20, 0], vec![]).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::WrongWireType(WireType::Varint));
}

#[test]
fn of_several_variants_the_last_counts_and_one_that_repeats_merges() {
    let request: Request = decode(&[0x08, 1, 0x22, 0], vec![]).unwrap();
    assert_eq!(request, Request::Flush);
    let request: Request = decode(&[0x1a, 2, 0x08, 1, 0x1a, 2, 0x10, 2], vec![]).unwrap();
    assert_eq!(request, Request::Move(1, 2));
    let request: Request = decode(&[0x1a, 2, 0x08, 1, 0x22, 0, 0x1a, 2, 0x10, 2], vec![]).unwrap();
    assert_eq!(request, Request::Move(0, 2));
}

#[test]
fn decoding_on_top_of_a_value_changes_only_what_the_bytes_say() {
    let named = Named {
        offset: 1,
        len: 2,
        name: "old".into(),
    };
    let merged = merge(named, &[0x10, 9]).unwrap();
    assert_eq!((merged.offset, merged.len, &*merged.name), (1, 9, "old"));
    // Bytes are one value, and are replaced; other sequences grow.
    let merged = merge(Tuple(1, vec![2]), &[0x12, 1, 3]).unwrap();
    assert_eq!(merged, Tuple(1, vec![3]));
    let outer = Outer {
        request: Some(Request::Move(1, 2)),
        inner: vec![Inner(Request::Flush)],
    };
    let merged = merge(outer, &[0x12, 4, 0x0a, 2, 0x08, 7]).unwrap();
    assert_eq!(merged.request, Some(Request::Move(1, 2)));
    assert_eq!(
        merged.inner,
        [Inner(Request::Flush), Inner(Request::Read(7))]
    );
    assert_eq!(
        merge(Request::Move(1, 2), &[0x1a, 2, 0x08, 5]).unwrap(),
        Request::Move(5, 2)
    );
}

#[derive(Debug, PartialEq, MeshPayload)]
#[mesh(crate = "mesh")]
struct Outer {
    #[mesh(rename = "request_field")]
    request: Option<Request>,
    inner: Vec<Inner>,
}

#[derive(Debug, PartialEq, MeshPayload)]
#[mesh(crate = "mesh")]
struct Inner(Request);

#[test]
fn errors_name_the_path_of_the_field() {
    let error = decode::<Outer>(&[0x12, 0], vec![]).unwrap_err();
    assert_eq!(error.to_string(), "inner.0: unknown or missing variant");
    let error = decode::<Outer>(&[0x0a, 4, 0x12, 2, 0x08, 0x80], vec![]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "request_field.Write.offset: the input ends inside a value"
    );
}

/// Only `Copy` types, and with a layout that is not the parameter's own.
#[derive(Debug, PartialEq, MeshPayload)]
#[mesh(
    crate = "mesh",
    bound = "T: Copy, mesh_protobuf::encodings::Fixed: mesh_protobuf::encoding::ValueEncode<T, Resource> \
             + for<'x> mesh_protobuf::encoding::ValueDecode<'x, T, Resource>"
)]
struct Bound<T> {
    #[mesh(encoding = "Fixed")]
    value: T,
    #[mesh(encoding = "Repeated<mesh_protobuf::encodings::Fixed>")]
    many: Vec<T>,
    #[mesh(encoding = "Optional<Fixed>")]
    maybe: Option<T>,
}

#[test]
fn a_bound_replaces_the_inferred_ones_and_a_field_may_have_another_encoding() {
    let (bytes, back) = round_trip(Bound {
        value: 1u32,
        many: vec![2],
        maybe: Some(0),
    });
    assert_eq!(
        bytes,
        [0x0d, 1, 0, 0, 0, 0x12, 4, 2, 0, 0, 0, 0x1d, 0, 0, 0, 0]
    );
    assert_eq!(back.value, 1);
}

mod elsewhere {
    //! A scope in which the usual names mean something else.
    #![allow(dead_code, non_camel_case_types)]

    use super::mesh as renamed;

    type Result = ();
    type String = ();
    struct Option;
    struct Vec;
    struct Writer;
    struct Ok;
    const NAMES: () = ();

    #[derive(mesh_derive::MeshPayload)]
    #[mesh(crate = "renamed")]
    pub(crate) struct Shadowed {
        pub(crate) r#type: std::vec::Vec<u8>,
        pub(crate) some: std::option::Option<u32>,
    }

    #[derive(mesh_derive::MeshPayload)]
    #[mesh(crate = "self::renamed")]
    pub(crate) enum Variants {
        Some(u8),
        Ok { r#fn: u8 },
        r#None,
    }
}

#[test]
fn derived_code_depends_on_nothing_in_scope() {
    let shadowed = elsewhere::Shadowed {
        r#type: vec![1],
        some: Some(2),
    };
    assert_eq!(round_trip(shadowed).1.some, Some(2));
    let error = decode::<elsewhere::Shadowed>(&[0x08, 1], vec![])
        .err()
        .unwrap();
    assert_eq!(error.path().collect::<Vec<_>>(), ["type"]);
    assert!(matches!(
        round_trip(elsewhere::Variants::Ok { r#fn: 3 }).1,
        elsewhere::Variants::Ok { r#fn: 3 }
    ));
}
