//! What is decoded and encoded is decoded to the same and encoded to the same, by whichever way: from bytes that are lent or shared,
//! by reference or by value, into a new buffer, a used one or a slice that has just the room.
//!
//! The types are those that the target [`codec`](super::codec) leaves out: containers of a fixed capacity, shared bytes, arrays, generic and
//! transparent types, references to references.

use bytes::Bytes;
use heapless::{Deque, FnvIndexMap, LinearMap};
use mesh_derive::Protobuf;
use mesh_protobuf::{
    Encode, ErrorKind, UnknownFields, decode, decode_bytes, encode, encode_into, encode_to_slice,
    encoded_len,
};
use std::fmt::Debug;

/// A field of every kind that does not need a heap, and some that do.
#[derive(Clone, Debug, Protobuf)]
struct Fixed<'a> {
    #[mesh(1)]
    text: heapless::String<8>,
    #[mesh(2)]
    numbers: heapless::Vec<u32, 6>,
    #[mesh(3)]
    raw: heapless::Vec<u8, 8>,
    #[mesh(4)]
    ring: Deque<i16, 5>,
    #[mesh(5)]
    linear: LinearMap<u8, heapless::String<4>, 3>,
    #[mesh(6)]
    index: FnvIndexMap<i32, Option<u8>, 4>,
    #[mesh(7)]
    matrix: Option<[[f32; 2]; 2]>,
    #[mesh(8)]
    names: Option<[heapless::String<3>; 2]>,
    #[mesh(9)]
    shared: Bytes,
    #[mesh(10)]
    parts: Vec<Bytes>,
    #[mesh(11)]
    lent: &'a str,
    #[mesh(12)]
    pairs: heapless::Vec<Pair<&'a [u8], Bytes>, 3>,
    #[mesh(oneof)]
    choice: Option<Choice<'a>>,
    #[mesh(13)]
    inner: Option<Box<Fixed<'a>>>,
    #[mesh(14, encoding = "Repeated<Fixed>")]
    wide: [u64; 0],
    #[mesh(unknown)]
    unknown: UnknownFields,
}

#[derive(Clone, Debug, Protobuf)]
struct Pair<A, B> {
    #[mesh(1)]
    first: A,
    #[mesh(2)]
    second: Option<B>,
}

#[derive(Clone, Debug, Protobuf)]
enum Choice<'a> {
    #[mesh(20)]
    Nothing,
    #[mesh(21)]
    Lent(&'a [u8]),
    #[mesh(22)]
    Digest([u8; 4]),
    #[mesh(23)]
    Inner {
        #[mesh(1)]
        pair: Pair<u32, Name<heapless::String<4>>>,
        #[mesh(2)]
        level: Level,
    },
}

#[derive(Clone, Debug, Protobuf)]
#[mesh(transparent)]
struct Name<T>(T);

#[derive(Clone, Debug, Protobuf)]
#[mesh(enumeration)]
enum Level {
    #[mesh(0)]
    Low,
    #[mesh(2147483647)]
    High,
    #[mesh(unknown)]
    Other(i32),
}

/// Decodes the bytes in both ways, and encodes what they are in every way.
///
/// # Panics
/// Two ways do not agree.
pub fn run(bytes: &[u8]) {
    let shared = Bytes::copy_from_slice(bytes);
    let value = match (
        decode::<Fixed<'_>>(bytes),
        decode_bytes::<Fixed<'_>>(&shared),
    ) {
        (Ok(copied), Ok(part)) => {
            assert_eq!(format!("{copied:?}"), format!("{part:?}"));
            part
        }
        (Err(copied), Err(part)) => {
            assert_eq!(copied.to_string(), part.to_string());
            return;
        }
        // A copy is charged for, a part is not.
        (Err(copied), Ok(_)) if *copied.kind() == ErrorKind::TooLarge => return,
        (copied, part) => panic!("{copied:?} from bytes lent, {part:?} from bytes shared"),
    };
    let written = every_way(&value);
    let whole = Bytes::from(written.clone());
    let back = match decode_bytes::<Fixed<'_>>(&whole) {
        Ok(back) => back,
        // What collections take is charged more sparingly in a longer message.
        Err(error) if *error.kind() == ErrorKind::TooLarge => return,
        Err(error) => panic!("{error}: {value:?} was written as {written:02x?}"),
    };
    assert_eq!(format!("{back:?}"), format!("{value:?}"), "{written:02x?}");
    assert_eq!(encode(back), written);
}

/// The bytes of a value, which are the same in whatever way it is encoded.
fn every_way<T>(value: &T) -> Vec<u8>
where
    T: Clone + Debug + Encode,
    for<'v> &'v T: Encode,
{
    let bytes = encode(value);
    assert_eq!(encode(value.clone()), bytes, "by value: {value:?}");
    assert_eq!(encoded_len(value), bytes.len());
    let mut used = vec![0xaa; bytes.len() / 2];
    encode_into(value, &mut used);
    assert_eq!(used, bytes, "into a used buffer");
    let mut slice = vec![0xaa; bytes.len() + 1];
    let (room, beyond) = slice.split_at_mut(bytes.len());
    assert_eq!(encode_to_slice(value, room).map(|b| &*b), Ok(&*bytes));
    assert_eq!(beyond, [0xaa], "beyond the slice");
    if let Some(short) = bytes.len().checked_sub(1) {
        // Anywhere between no room and all but enough, by a number that depends on the bytes.
        let sum = bytes.iter().map(|b| usize::from(*b)).sum::<usize>();
        for room in [short, sum % bytes.len()] {
            let error = encode_to_slice(value, &mut slice[..room]).unwrap_err();
            assert_eq!(error.needed, bytes.len());
        }
    }
    bytes
}
