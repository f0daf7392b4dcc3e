//! buffa: messages from its generator; unknown fields are not kept, as with the others.

use buffa::{EnumValue, Message as _, MessageField, MessageView as _};

use self::generated::deep::Deep;
use self::generated::payloads::{Blob, Kind, Pair, Pairs, Record, RecordView};
use self::generated::wide::Wide;
use crate::codec::message::{Codec, Message, values};

/// `buffa`.
pub(crate) struct Buffa;

/// As the generator wrote it.
#[allow(warnings, clippy::all)]
mod generated {
    pub mod deep {
        include!(concat!(env!("OUT_DIR"), "/buffa/deep.rs"));
    }
    pub mod payloads {
        include!(concat!(env!("OUT_DIR"), "/buffa/payloads.mod.rs"));
    }
    pub mod wide {
        include!(concat!(env!("OUT_DIR"), "/buffa/wide.rs"));
    }
}

macro_rules! message {
    ($($message:ty),*) => {
        $(impl Message for $message {
            fn encode_fresh(&self) -> Vec<u8> {
                self.encode_to_vec()
            }

            fn encode_reused(&self, buffer: &mut Vec<u8>) {
                buffer.clear();
                self.encode(buffer);
            }

            fn decode(bytes: &[u8]) -> Self {
                Self::decode_from_slice(bytes).expect("a message's own bytes decode")
            }
        })*
    };
}

message!(Pair, Record, Pairs, Blob, Deep, Wide);

/// A record that borrows from its bytes.
pub(crate) fn buffa_view(bytes: &[u8]) -> Result<RecordView<'_>, buffa::DecodeError> {
    RecordView::decode_view(bytes)
}

impl Codec for Buffa {
    const NAME: &'static str = "buffa";

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
            origin: MessageField::some(Self::pair(values::NUMBER, values::FLAGS)),
            kind: EnumValue::from(Kind::KIND_NETWORK),
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
                child: MessageField::none(),
            },
            |child, level| Deep {
                level: values::DEPTH - level,
                child: MessageField::some(child),
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
