//! prost: messages with its derive, as prost-build would write them.

use prost::Message as _;

use crate::codec::message::{Codec, Message, values};

/// `prost`.
pub(crate) struct Prost;

macro_rules! message {
    ($($message:ty),*) => {
        $(impl Message for $message {
            fn encode_fresh(&self) -> Vec<u8> {
                self.encode_to_vec()
            }

            fn encode_reused(&self, buffer: &mut Vec<u8>) {
                buffer.clear();
                self.encode(buffer).expect("a vector has room");
            }

            fn decode(bytes: &[u8]) -> Self {
                prost::Message::decode(bytes).expect("a message's own bytes decode")
            }
        })*
    };
}

message!(Pair, Record, Pairs, Blob, Deep, Wide);

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Pair {
    #[prost(uint64, tag = "1")]
    number: u64,
    #[prost(uint32, tag = "2")]
    flags: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
enum Kind {
    Unknown = 0,
    Disk = 1,
    Network = 2,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Record {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(string, tag = "3")]
    description: String,
    #[prost(uint32, optional, tag = "4")]
    priority: Option<u32>,
    #[prost(message, optional, tag = "5")]
    origin: Option<Pair>,
    #[prost(enumeration = "Kind", tag = "6")]
    kind: i32,
    #[prost(bool, tag = "7")]
    enabled: bool,
    #[prost(uint32, tag = "8")]
    attempts: u32,
    #[prost(bytes = "vec", tag = "9")]
    token: Vec<u8>,
    #[prost(uint64, tag = "10")]
    size: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Pairs {
    #[prost(message, repeated, tag = "1")]
    pairs: Vec<Pair>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Blob {
    #[prost(bytes = "vec", tag = "1")]
    data: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Deep {
    #[prost(uint32, tag = "1")]
    level: u32,
    #[prost(message, optional, boxed, tag = "2")]
    child: Option<Box<Deep>>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Wide {
    #[prost(uint32, optional, tag = "1")]
    field_1: Option<u32>,
    #[prost(uint32, optional, tag = "2")]
    field_2: Option<u32>,
    #[prost(uint32, optional, tag = "3")]
    field_3: Option<u32>,
    #[prost(uint32, optional, tag = "4")]
    field_4: Option<u32>,
    #[prost(uint32, optional, tag = "5")]
    field_5: Option<u32>,
    #[prost(uint32, optional, tag = "6")]
    field_6: Option<u32>,
    #[prost(uint32, optional, tag = "7")]
    field_7: Option<u32>,
    #[prost(uint32, optional, tag = "8")]
    field_8: Option<u32>,
    #[prost(uint32, optional, tag = "9")]
    field_9: Option<u32>,
    #[prost(uint32, optional, tag = "10")]
    field_10: Option<u32>,
    #[prost(uint32, optional, tag = "11")]
    field_11: Option<u32>,
    #[prost(uint32, optional, tag = "12")]
    field_12: Option<u32>,
    #[prost(uint32, optional, tag = "13")]
    field_13: Option<u32>,
    #[prost(uint32, optional, tag = "14")]
    field_14: Option<u32>,
    #[prost(uint32, optional, tag = "15")]
    field_15: Option<u32>,
    #[prost(uint32, optional, tag = "16")]
    field_16: Option<u32>,
    #[prost(uint32, optional, tag = "17")]
    field_17: Option<u32>,
    #[prost(uint32, optional, tag = "18")]
    field_18: Option<u32>,
    #[prost(uint32, optional, tag = "19")]
    field_19: Option<u32>,
    #[prost(uint32, optional, tag = "20")]
    field_20: Option<u32>,
    #[prost(uint32, optional, tag = "21")]
    field_21: Option<u32>,
    #[prost(uint32, optional, tag = "22")]
    field_22: Option<u32>,
    #[prost(uint32, optional, tag = "23")]
    field_23: Option<u32>,
    #[prost(uint32, optional, tag = "24")]
    field_24: Option<u32>,
    #[prost(uint32, optional, tag = "25")]
    field_25: Option<u32>,
    #[prost(uint32, optional, tag = "26")]
    field_26: Option<u32>,
    #[prost(uint32, optional, tag = "27")]
    field_27: Option<u32>,
    #[prost(uint32, optional, tag = "28")]
    field_28: Option<u32>,
    #[prost(uint32, optional, tag = "29")]
    field_29: Option<u32>,
    #[prost(uint32, optional, tag = "30")]
    field_30: Option<u32>,
    #[prost(uint32, optional, tag = "31")]
    field_31: Option<u32>,
    #[prost(uint32, optional, tag = "32")]
    field_32: Option<u32>,
    #[prost(uint32, optional, tag = "33")]
    field_33: Option<u32>,
    #[prost(uint32, optional, tag = "34")]
    field_34: Option<u32>,
    #[prost(uint32, optional, tag = "35")]
    field_35: Option<u32>,
    #[prost(uint32, optional, tag = "36")]
    field_36: Option<u32>,
    #[prost(uint32, optional, tag = "37")]
    field_37: Option<u32>,
    #[prost(uint32, optional, tag = "38")]
    field_38: Option<u32>,
    #[prost(uint32, optional, tag = "39")]
    field_39: Option<u32>,
    #[prost(uint32, optional, tag = "40")]
    field_40: Option<u32>,
}

impl Codec for Prost {
    const NAME: &'static str = "prost";

    type Pair = Pair;
    type Record = Record;
    type Pairs = Pairs;
    type Blob = Blob;
    type Deep = Deep;
    type Wide = Wide;

    fn pair(number: u64, flags: u32) -> Pair {
        Pair { number, flags }
    }

    fn record() -> Record {
        Record {
            id: values::ID,
            name: values::NAME.to_owned(),
            description: values::DESCRIPTION.to_owned(),
            priority: Some(values::PRIORITY),
            origin: Some(Self::pair(values::NUMBER, values::FLAGS)),
            kind: Kind::Network.into(),
            enabled: true,
            attempts: values::ATTEMPTS,
            token: values::TOKEN.to_vec(),
            size: values::SIZE,
        }
    }

    fn pairs() -> Pairs {
        Pairs {
            pairs: values::pairs()
                .map(|(number, flags)| Self::pair(number, flags))
                .collect(),
        }
    }

    fn blob() -> Blob {
        Blob {
            data: values::blob(),
        }
    }

    fn deep() -> Deep {
        (1..values::DEPTH).fold(
            Deep {
                level: values::DEPTH,
                child: None,
            },
            |child, level| Deep {
                level: values::DEPTH - level,
                child: Some(Box::new(child)),
            },
        )
    }

    fn wide() -> Wide {
        Wide {
            field_1: Some(1),
            field_9: Some(9),
            field_17: Some(17),
            field_30: Some(30),
            field_40: Some(40),
            ..Wide::default()
        }
    }
}
