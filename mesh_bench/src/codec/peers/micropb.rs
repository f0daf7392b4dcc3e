//! micropb: messages from its generator, with the containers of the standard library.

use micropb::{MessageDecode as _, MessageEncode as _, PbEncoder};

use self::generated::deep_::Deep;
use self::generated::payloads_::{Blob, Kind, Pair, Pairs, Record};
use self::generated::wide_::Wide;
use crate::codec::message::{Codec, Message, values};

/// `micropb`.
pub(crate) struct Micropb;

/// As the generator wrote it.
#[allow(warnings, clippy::all)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/micropb.rs"));
}

macro_rules! message {
    ($($message:ty),*) => {
        $(impl Message for $message {
            fn encode_fresh(&self) -> Vec<u8> {
                let mut encoder = PbEncoder::new(Vec::with_capacity(self.compute_size()));
                self.encode(&mut encoder).expect("a vector has room");
                encoder.into_writer()
            }

            fn encode_reused(&self, buffer: &mut Vec<u8>) {
                buffer.clear();
                self.encode(&mut PbEncoder::new(buffer))
                    .expect("a vector has room");
            }

            fn decode(bytes: &[u8]) -> Self {
                let mut message = Self::default();
                message
                    .decode_from_bytes(bytes)
                    .expect("a message's own bytes decode");
                message
            }
        })*
    };
}

message!(Pair, Record, Pairs, Blob, Deep, Wide);

impl Codec for Micropb {
    const NAME: &'static str = "micropb";

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
        let mut record = Record {
            id: values::ID,
            name: values::NAME.to_owned(),
            description: values::DESCRIPTION.to_owned(),
            kind: Kind::Network,
            enabled: true,
            attempts: values::ATTEMPTS,
            token: values::TOKEN.to_vec(),
            size: values::SIZE,
            ..Record::default()
        };
        // These two keep their presence beside them.
        record.set_priority(values::PRIORITY);
        record.set_origin(Self::pair(values::NUMBER, values::FLAGS));
        record
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
        let mut wide = Wide::default();
        wide.set_field_1(1);
        wide.set_field_9(9);
        wide.set_field_17(17);
        wide.set_field_30(30);
        wide.set_field_40(40);
        wide
    }
}
