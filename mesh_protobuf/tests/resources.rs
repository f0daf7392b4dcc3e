//! Values that travel beside the bytes: descriptors, and whatever else a resource type has a variant for.
#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used)]

use mesh_protobuf::encoding::DefaultEncoding;
use mesh_protobuf::encodings::Resource;
use mesh_protobuf::{Decode, Encode, ErrorKind, decode_with_resources, encode_with_resources};
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::sync::Arc;

/// What travels beside these messages.
#[derive(Debug)]
enum Beside {
    Fd(OwnedFd),
    Token(Token),
}

/// An endpoint of some kind, whose owners can be counted.
#[derive(Debug)]
struct Token(Arc<()>);

impl DefaultEncoding for Token {
    type Encoding = Resource;
}

impl From<OwnedFd> for Beside {
    fn from(fd: OwnedFd) -> Self {
        Self::Fd(fd)
    }
}

impl From<Token> for Beside {
    fn from(token: Token) -> Self {
        Self::Token(token)
    }
}

impl TryFrom<Beside> for OwnedFd {
    type Error = Beside;
    fn try_from(beside: Beside) -> Result<Self, Beside> {
        match beside {
            Beside::Fd(fd) => Ok(fd),
            other => Err(other),
        }
    }
}

impl TryFrom<Beside> for Token {
    type Error = Beside;
    fn try_from(beside: Beside) -> Result<Self, Beside> {
        match beside {
            Beside::Token(token) => Ok(token),
            other => Err(other),
        }
    }
}

/// Sends a value through bytes and resources.
fn pass<T: Encode<Beside> + for<'de> Decode<'de, Beside>>(value: T) -> T {
    let (bytes, resources) = encode_with_resources::<T, Beside>(value);
    decode_with_resources(&bytes, resources).unwrap()
}

/// A stream whose other end sees when the last copy of it is closed.
fn watched() -> (OwnedFd, UnixStream) {
    let (fd, watch) = UnixStream::pair().unwrap();
    (fd.into(), watch)
}

fn assert_closed(mut watch: UnixStream) {
    watch.set_nonblocking(true).unwrap();
    assert_eq!(
        watch.read(&mut [0]).unwrap(),
        0,
        "the other end is still open"
    );
}

fn assert_connected(mut one: UnixStream, mut other: UnixStream) {
    one.write_all(b"x").unwrap();
    let mut byte = [0];
    other.read_exact(&mut byte).unwrap();
    assert_eq!(&byte, b"x");
}

#[test]
fn descriptors_arrive() {
    let (fd, watch) = watched();
    assert_connected(pass(fd).into(), watch);
    let (one, other) = UnixStream::pair().unwrap();
    assert_connected(pass(one), other);
}

#[test]
fn a_file_arrives_with_its_contents() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"contents").unwrap();
    let mut file: File = pass(file);
    file.rewind().unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "contents");
}

#[test]
fn internet_sockets_arrive() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let listener = pass(listener);
    assert_eq!(listener.local_addr().unwrap(), address);
    let stream: TcpStream = pass(TcpStream::connect(address).unwrap());
    assert_eq!(stream.peer_addr().unwrap(), address);

    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = udp.local_addr().unwrap();
    assert_eq!(pass(udp).local_addr().unwrap(), address);
}

#[test]
fn local_sockets_arrive() {
    let (one, other) = UnixDatagram::pair().unwrap();
    pass(one).send(b"x").unwrap();
    let mut bytes = [0; 2];
    assert_eq!(other.recv(&mut bytes).unwrap(), 1);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = pass(UnixListener::bind(&path).unwrap());
    let _client = UnixStream::connect(&path).unwrap();
    listener.accept().unwrap();
}

#[test]
fn resources_go_into_everything_that_holds_values() {
    let token = Arc::new(());
    let new = || Token(token.clone());
    let value = (
        Some(new()),
        vec![new(), new()],
        [new(), new()],
        Box::new(new()),
        HashMap::from([(1u8, new())]),
        BTreeMap::from([(2u8, Some(new()))]),
        Ok::<Token, String>(new()),
        (new(), vec![Err::<u8, Token>(new())]),
        None::<Token>,
        vec![None, Some(new())],
    );
    let holders = Arc::strong_count(&token);
    let (a, b, c, _d, e, f, g, (_h, i), j, k) = pass(value);
    assert!(a.is_some() && g.is_ok() && j.is_none() && i[0].is_err());
    assert_eq!((b.len(), c.len(), k.len()), (2, 2, 2));
    assert!(e.contains_key(&1) && f[&2].is_some() && k[0].is_none());
    assert_eq!(Arc::strong_count(&token), holders);
}

#[test]
fn each_field_gets_its_own_resource() {
    let (first, watch_first) = watched();
    let (second, watch_second) = watched();
    let (first, token, second) = pass((first, Token(Arc::new(())), second));
    assert_eq!(Arc::strong_count(&token.0), 1);
    assert_connected(first.into(), watch_first);
    assert_connected(second.into(), watch_second);
}

type Pair = (Option<OwnedFd>, Option<OwnedFd>);

#[test]
fn a_resource_is_taken_once() {
    let (fd, watch) = watched();
    let error = decode_with_resources::<Pair, Beside>(&[0x08, 0, 0x10, 0], vec![fd.into()]);
    assert_eq!(*error.unwrap_err().kind(), ErrorKind::MissingResource);
    assert_closed(watch);
}

#[test]
fn a_resource_that_was_not_sent_is_missing() {
    for index in [0u64, 1, 1 << 32, u64::MAX] {
        let bytes = mesh_protobuf::encode(Some(index));
        let error = decode_with_resources::<Pair, Beside>(&bytes, vec![]).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::MissingResource);
    }
}

#[test]
fn a_resource_of_another_kind_is_refused() {
    let token = Arc::new(());
    let beside = vec![Token(token.clone()).into()];
    let error = decode_with_resources::<Pair, Beside>(&[0x08, 0], beside).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::WrongResource);
    assert_eq!(Arc::strong_count(&token), 1);
    let (fd, watch) = watched();
    decode_with_resources::<Token, Beside>(&[0x08, 0], vec![fd.into()]).unwrap_err();
    assert_closed(watch);
}

#[test]
fn an_absent_resource_is_missing() {
    let error = decode_with_resources::<OwnedFd, Beside>(&[], vec![]).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::MissingField);
    let error = decode_with_resources::<File, Beside>(&[], vec![]).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::MissingField);
}

#[test]
fn what_the_message_does_not_name_is_closed() {
    let (fd, watch) = watched();
    let (kept, watch_kept) = watched();
    let resources = vec![kept.into(), fd.into()];
    let pair: Pair = decode_with_resources::<_, Beside>(&[0x08, 0], resources).unwrap();
    assert_closed(watch);
    assert_connected(pair.0.unwrap().into(), watch_kept);
}

#[test]
fn what_was_decoded_before_a_failure_is_closed() {
    type Message = (Vec<OwnedFd>, [OwnedFd; 2], HashMap<u8, OwnedFd>, u8);
    let (first, watch_first) = watched();
    let (second, watch_second) = watched();
    let (third, watch_third) = watched();
    let resources: Vec<Beside> = vec![first.into(), second.into(), third.into()];
    // A vector of one, an array short of one, an entry of a map, and then a number that ends early.
    let bytes = [0x08, 0, 0x10, 1, 0x1a, 4, 0x08, 1, 0x10, 2, 0x20, 0x80];
    let error = decode_with_resources::<Message, Beside>(&bytes, resources).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::UnexpectedEnd);
    for watch in [watch_first, watch_second, watch_third] {
        assert_closed(watch);
    }
}

#[test]
fn an_array_short_of_resources_closes_those_it_has() {
    let (first, watch) = watched();
    let error = decode_with_resources::<[OwnedFd; 2], Beside>(&[0x08, 0], vec![first.into()]);
    let kind = ErrorKind::WrongLength {
        expected: 2,
        found: 1,
    };
    assert_eq!(*error.unwrap_err().kind(), kind);
    assert_closed(watch);
}

#[test]
fn a_merged_resource_replaces_and_closes_the_old_one() {
    let (old, watch_old) = watched();
    let (new, watch_new) = watched();
    let mut resources = [Some(new.into())];
    let context = mesh_protobuf::Context::<Beside>::for_len([0x08, 0].len(), &mut resources);
    let mut reader = mesh_protobuf::Reader::new(&[0x08, 0], &context);
    let merged = Decode::decode_body(Some(File::from(old)), &mut reader).unwrap();
    assert_closed(watch_old);
    assert_connected(OwnedFd::from(merged).into(), watch_new);
}
