//! What the scenarios ask of a message, whoever's it is, and what the payloads hold.

use crate::harness::scenario::Owner;

/// The payloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payload {
    /// A `u64` and a `u32`.
    Pair,
    /// Ten fields: numbers, strings, bytes, an option, a nested message, an enum.
    Record,
    /// A thousand pairs.
    Pairs,
    /// 64 KiB of bytes.
    Blob,
    /// A message nested sixteen deep.
    Deep,
    /// Forty optional fields, of which five are set.
    Wide,
}

impl Payload {
    /// All of them.
    pub(crate) const ALL: [Self; 6] = [
        Self::Pair,
        Self::Record,
        Self::Pairs,
        Self::Blob,
        Self::Deep,
        Self::Wide,
    ];

    /// The part of a scenario's name that tells the payload.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pair => "pair",
            Self::Record => "record",
            Self::Pairs => "1000-pairs",
            Self::Blob => "64-kib",
            Self::Deep => "nested-16",
            Self::Wide => "wide-40",
        }
    }

    /// What it is, in words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Pair => "{u64, u32}",
            Self::Record => "10 fields: numbers, strings, bytes, option, nested, enum",
            Self::Pairs => "1,000 × {u64, u32}",
            Self::Blob => "64 KiB of bytes",
            Self::Deep => "16 messages in one another",
            Self::Wide => "40 optional fields, 5 set",
        }
    }
}

/// An owned message of one codec.
pub(crate) trait Message: Sized + 'static {
    /// Encodes into a buffer made for it.
    fn encode_fresh(&self) -> Vec<u8>;

    /// Encodes into a buffer that has held a message before, in place of that.
    fn encode_reused(&self, buffer: &mut Vec<u8>);

    /// Decodes into owned values. The bytes are a message's own.
    fn decode(bytes: &[u8]) -> Self;
}

/// A codec: one message type for each payload.
pub(crate) trait Codec: 'static {
    /// The crate.
    const NAME: &'static str;
    /// Whose it is.
    const OWNER: Owner = Owner::Peer;

    type Pair: Message;
    type Record: Message;
    type Pairs: Message;
    type Blob: Message;
    type Deep: Message;
    type Wide: Message;

    fn pair(number: u64, flags: u32) -> Self::Pair;
    fn record() -> Self::Record;
    fn pairs() -> Self::Pairs;
    fn blob() -> Self::Blob;
    fn deep() -> Self::Deep;
    fn wide() -> Self::Wide;
}

/// The values of the payloads, so that every codec is given the same.
pub(crate) mod values {
    pub(crate) const NUMBER: u64 = 0x1234_5678_9abc;
    pub(crate) const FLAGS: u32 = 300;
    pub(crate) const ID: u64 = 81_985_529;
    pub(crate) const NAME: &str = "disk-controller-0";
    pub(crate) const DESCRIPTION: &str = "a virtual disk with its own worker";
    pub(crate) const PRIORITY: u32 = 7;
    pub(crate) const ATTEMPTS: u32 = 3;
    pub(crate) const TOKEN: [u8; 16] = *b"0123456789abcdef";
    pub(crate) const SIZE: u64 = 64 << 30;
    pub(crate) const BLOB: usize = 64 * 1024;
    pub(crate) const DEPTH: u32 = 16;

    /// The thousand pairs: numbers of one to five bytes on the wire.
    pub(crate) fn pairs() -> impl Iterator<Item = (u64, u32)> {
        (0..1_000_u64).map(|index| (index * index * 31 + 1, index as u32 + 1))
    }

    /// The bytes of the blob.
    pub(crate) fn blob() -> Vec<u8> {
        (0..BLOB).map(|index| index as u8).collect()
    }
}
