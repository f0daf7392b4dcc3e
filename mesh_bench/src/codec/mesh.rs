//! mesh_protobuf: the messages as its users write them.

use mesh_derive::Protobuf;

use super::message::{Codec, Message, values};
use crate::harness::scenario::Owner;

/// `mesh_protobuf`.
pub(crate) struct Mesh;

/// Encoded by reference: the message is plain data and stays with its owner.
macro_rules! message {
    ($($message:ty),*) => {
        $(impl Message for $message {
            fn encode_fresh(&self) -> Vec<u8> {
                mesh_protobuf::encode(self)
            }

            fn encode_reused(&self, buffer: &mut Vec<u8>) {
                mesh_protobuf::encode_into(self, buffer);
            }

            fn decode(bytes: &[u8]) -> Self {
                mesh_protobuf::decode(bytes).expect("a message's own bytes decode")
            }
        })*
    };
}

message!(Pair, Record, Pairs, Blob, Deep, Wide);

#[derive(Clone, Debug, Protobuf)]
pub(crate) struct Pair {
    #[mesh(1)]
    number: u64,
    #[mesh(2)]
    flags: u32,
}

#[derive(Clone, Copy, Debug, Protobuf)]
#[mesh(enumeration)]
pub(crate) enum Kind {
    #[mesh(0)]
    Unknown,
    #[mesh(1)]
    Disk,
    #[mesh(2)]
    Network,
}

#[derive(Clone, Debug, Protobuf)]
pub(crate) struct Record {
    #[mesh(1)]
    id: u64,
    #[mesh(2)]
    name: String,
    #[mesh(3)]
    description: String,
    #[mesh(4)]
    priority: Option<u32>,
    #[mesh(5)]
    origin: Option<Pair>,
    #[mesh(6)]
    kind: Kind,
    #[mesh(7)]
    enabled: bool,
    #[mesh(8)]
    attempts: u32,
    #[mesh(9)]
    token: Vec<u8>,
    #[mesh(10)]
    size: u64,
}

#[derive(Clone, Debug, Protobuf)]
pub(crate) struct Pairs {
    #[mesh(1)]
    pairs: Vec<Pair>,
}

#[derive(Clone, Debug, Protobuf)]
pub(crate) struct Blob {
    #[mesh(1)]
    data: Vec<u8>,
}

#[derive(Clone, Debug, Protobuf)]
pub(crate) struct Deep {
    #[mesh(1)]
    level: u32,
    #[mesh(2)]
    child: Option<Box<Deep>>,
}

#[derive(Clone, Debug, Default, Protobuf)]
pub(crate) struct Wide {
    #[mesh(1)]
    field_1: Option<u32>,
    #[mesh(2)]
    field_2: Option<u32>,
    #[mesh(3)]
    field_3: Option<u32>,
    #[mesh(4)]
    field_4: Option<u32>,
    #[mesh(5)]
    field_5: Option<u32>,
    #[mesh(6)]
    field_6: Option<u32>,
    #[mesh(7)]
    field_7: Option<u32>,
    #[mesh(8)]
    field_8: Option<u32>,
    #[mesh(9)]
    field_9: Option<u32>,
    #[mesh(10)]
    field_10: Option<u32>,
    #[mesh(11)]
    field_11: Option<u32>,
    #[mesh(12)]
    field_12: Option<u32>,
    #[mesh(13)]
    field_13: Option<u32>,
    #[mesh(14)]
    field_14: Option<u32>,
    #[mesh(15)]
    field_15: Option<u32>,
    #[mesh(16)]
    field_16: Option<u32>,
    #[mesh(17)]
    field_17: Option<u32>,
    #[mesh(18)]
    field_18: Option<u32>,
    #[mesh(19)]
    field_19: Option<u32>,
    #[mesh(20)]
    field_20: Option<u32>,
    #[mesh(21)]
    field_21: Option<u32>,
    #[mesh(22)]
    field_22: Option<u32>,
    #[mesh(23)]
    field_23: Option<u32>,
    #[mesh(24)]
    field_24: Option<u32>,
    #[mesh(25)]
    field_25: Option<u32>,
    #[mesh(26)]
    field_26: Option<u32>,
    #[mesh(27)]
    field_27: Option<u32>,
    #[mesh(28)]
    field_28: Option<u32>,
    #[mesh(29)]
    field_29: Option<u32>,
    #[mesh(30)]
    field_30: Option<u32>,
    #[mesh(31)]
    field_31: Option<u32>,
    #[mesh(32)]
    field_32: Option<u32>,
    #[mesh(33)]
    field_33: Option<u32>,
    #[mesh(34)]
    field_34: Option<u32>,
    #[mesh(35)]
    field_35: Option<u32>,
    #[mesh(36)]
    field_36: Option<u32>,
    #[mesh(37)]
    field_37: Option<u32>,
    #[mesh(38)]
    field_38: Option<u32>,
    #[mesh(39)]
    field_39: Option<u32>,
    #[mesh(40)]
    field_40: Option<u32>,
}

impl Codec for Mesh {
    const NAME: &'static str = "mesh";
    const OWNER: Owner = Owner::Mesh;

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
            kind: Kind::Network,
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
