//! quick-protobuf: messages from its generator, pb-rs, with owned fields.

use quick_protobuf::{BytesReader, MessageRead, MessageWrite as _, Writer};

use self::generated::deep::Deep;
use self::generated::payloads::{Blob, Kind, Pair, Pairs, Record};
use self::generated::wide::Wide;
use crate::codec::message::{Codec, Message, values};

/// `quick-protobuf`.
pub(crate) struct QuickProtobuf;

/// As the generator wrote it.
#[allow(warnings, clippy::all)]
mod generated {
    pub mod deep {
        include!(concat!(env!("OUT_DIR"), "/quick_protobuf/deep.rs"));
    }
    pub mod payloads {
        include!(concat!(env!("OUT_DIR"), "/quick_protobuf/payloads.rs"));
    }
    pub mod borrowed {
        pub mod payloads {
            include!(concat!(
                env!("OUT_DIR"),
                "/quick_protobuf_borrowed/payloads.rs"
            ));
        }
    }
    pub mod wide {
        include!(concat!(env!("OUT_DIR"), "/quick_protobuf/wide.rs"));
    }
}

macro_rules! message {
    ($($message:ty),*) => {
        $(impl Message for $message {
            fn encode_fresh(&self) -> Vec<u8> {
                // What `serialize_into_vec` does, less the length it writes in front.
                let mut bytes = Vec::with_capacity(self.get_size());
                self.write_message(&mut Writer::new(&mut bytes))
                    .expect("a vector has room");
                bytes
            }

            fn encode_reused(&self, buffer: &mut Vec<u8>) {
                buffer.clear();
                self.write_message(&mut Writer::new(buffer))
                    .expect("a vector has room");
            }

            fn decode(bytes: &[u8]) -> Self {
                Self::from_reader(&mut BytesReader::from_bytes(bytes), bytes)
                    .expect("a message's own bytes decode")
            }
        })*
    };
}

message!(Pair, Record, Pairs, Blob, Deep, Wide);

/// A record that borrows from its bytes.
pub(crate) fn quick_protobuf_borrowed(
    bytes: &[u8],
) -> quick_protobuf::Result<generated::borrowed::payloads::Record<'_>> {
    MessageRead::from_reader(&mut BytesReader::from_bytes(bytes), bytes)
}

impl Codec for QuickProtobuf {
    const NAME: &'static str = "quick-protobuf";

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
            priority: values::PRIORITY,
            origin: Some(Self::pair(values::NUMBER, values::FLAGS)),
            kind: Kind::KIND_NETWORK,
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
