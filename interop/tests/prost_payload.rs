//! Messages of prost as payloads: as fields, in every place that a field can have, and over channels.

use futures_executor::block_on;
use interop::generated::zoo::common::v1::Point;
use interop::generated::zoo::v1::Tree;
use interop::zoo;
use mesh::payload::Prost;
use mesh::{MeshPayload, OwnedMessage};
use mesh_derive::Protobuf;
use mesh_protobuf::{Any, ErrorKind, Limits, decode, decode_with_limits, encode, merge};

fn point(x: i32, y: i32) -> Point {
    Point { x, y }
}

#[derive(Clone, Debug, PartialEq, Protobuf)]
struct Holder {
    #[mesh(1, encoding = "Prost<Point>")]
    plain: Point,
    #[mesh(2, encoding = "Optional<Prost<Point>>")]
    maybe: Option<Point>,
    #[mesh(3, encoding = "Repeated<Prost<Point>>")]
    many: Vec<Point>,
    #[mesh(4)]
    wrapped: Option<Prost<Point>>,
    #[mesh(5)]
    inner: Inner,
}

#[derive(Clone, Debug, PartialEq, Protobuf)]
enum Inner {
    #[mesh(1)]
    Point(#[mesh(encoding = "Prost<Point>")] Point),
}

/// The same message without prost.
#[derive(Clone, Debug, PartialEq, Protobuf)]
struct Plain {
    #[mesh(1)]
    plain: zoo::Point,
    #[mesh(2)]
    maybe: Option<zoo::Point>,
    #[mesh(3)]
    many: Vec<zoo::Point>,
    #[mesh(4)]
    wrapped: Option<zoo::Point>,
    #[mesh(5)]
    inner: PlainInner,
}

#[derive(Clone, Debug, PartialEq, Protobuf)]
enum PlainInner {
    #[mesh(1)]
    Point(zoo::Point),
}

#[test]
fn a_field_of_prost_is_a_message_like_any_other() {
    for (x, y) in [(0, 0), (1, -2)] {
        let ours = zoo::Point { x, y };
        let holder = Holder {
            plain: point(x, y),
            maybe: Some(point(x, y)),
            many: vec![point(x, y), point(0, 0)],
            wrapped: Some(Prost(point(x, y))),
            inner: Inner::Point(point(x, y)),
        };
        let plain = Plain {
            plain: ours.clone(),
            maybe: Some(ours.clone()),
            many: vec![ours.clone(), zoo::Point::default()],
            wrapped: Some(ours.clone()),
            inner: PlainInner::Point(ours),
        };
        let bytes = encode(&holder);
        assert_eq!(bytes, encode(&plain));
        assert_eq!(bytes, encode(holder.clone()));
        assert_eq!(decode::<Holder>(&bytes).unwrap(), holder);
    }
}

#[test]
fn a_message_of_prost_that_occurs_again_is_merged() {
    let x = encode(Prost(point(5, 0)));
    let merged = merge(Prost(point(1, 2)), &x).unwrap();
    assert_eq!(merged, Prost(point(5, 2)));
}

#[test]
fn what_prost_refuses_is_an_error_with_its_path() {
    let bytes = [0x12, 2, 0x08, 0xff];
    let error = decode::<Holder>(&bytes).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Invalid(_)));
    assert!(error.to_string().starts_with("maybe: "), "{error}");
}

#[test]
fn the_bytes_of_a_message_of_prost_are_accounted_for() {
    let tree = Tree {
        name: "x".repeat(1000),
        ..Tree::default()
    };
    let bytes = encode(Prost(tree));
    let limits = |memory| Limits { depth: 1, memory };
    assert!(decode_with_limits::<Prost<Tree>>(&bytes, limits(1003)).is_ok());
    let error = decode_with_limits::<Prost<Tree>>(&bytes, limits(1000)).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::TooLarge);
}

#[test]
fn a_message_of_prost_that_has_a_name_can_be_packed() {
    let any = Any::pack(Prost(point(1, 2)));
    assert_eq!(any.type_url, "type.googleapis.com/zoo.common.v1.Point");
    let ours: zoo::Point = any.unpack().unwrap();
    assert_eq!(ours, zoo::Point { x: 1, y: 2 });
}

#[derive(MeshPayload)]
struct Request {
    place: Prost<Point>,
    #[mesh(encoding = "Prost<Tree>")]
    tree: Tree,
    note: Any,
    answer: mesh::OneshotSender<Prost<Point>>,
}

#[test]
fn messages_of_prost_are_sent_over_channels() {
    let (tx, mut rx) = mesh::channel::<Request>();
    let (answer, answered) = mesh::oneshot();
    let tree = Tree {
        name: "root".into(),
        ..Tree::default()
    };
    tx.send(Request {
        place: Prost(point(3, 4)),
        tree: tree.clone(),
        note: Any::pack(zoo::Point { x: 1, y: 2 }),
        answer,
    });
    let request = block_on(rx.recv()).unwrap();

    // Through bytes, as between processes.
    let message = OwnedMessage::serialized(OwnedMessage::new(request).serialize());
    let request: Request = message.parse().unwrap();
    assert_eq!(request.place, Prost(point(3, 4)));
    assert_eq!(request.tree, tree);
    assert!(request.note.is::<zoo::Point>());
    request.answer.send(Prost(point(4, 3)));
    assert_eq!(block_on(answered).unwrap(), Prost(point(4, 3)));
}
