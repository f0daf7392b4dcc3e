//! The `codec` group: mesh_protobuf beside other implementations of the protobuf wire format.
//!
//! `message` says what a payload holds and what a codec must do with it; `mesh` and `peers` each declare the same six
//! messages. All codecs produce the same bytes, which a test holds them to, so that a row has nothing on its neighbour
//! but the work.

mod borrowed;
mod mesh;
mod message;
#[cfg(feature = "peers")]
mod peers;

use std::hint::black_box;

use self::message::{Codec, Message, Payload};
use crate::harness::scenario::{Group, Scenario, Unit, time};

/// What is done with a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Job {
    EncodeFresh,
    EncodeReused,
    Decode,
}

impl Job {
    const ALL: [Self; 3] = [Self::EncodeFresh, Self::EncodeReused, Self::Decode];

    fn word(self) -> &'static str {
        match self {
            Self::EncodeFresh => "encode",
            Self::EncodeReused => "encode-reused",
            Self::Decode => "decode",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::EncodeFresh => "encode into a fresh buffer",
            Self::EncodeReused => "encode into a reused buffer",
            Self::Decode => "decode to owned values, and drop them",
        }
    }
}

/// All scenarios of the group.
pub(crate) fn scenarios() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for payload in Payload::ALL {
        for job in Job::ALL {
            let mut scenario = Scenario::new(
                Group::Codec,
                format!("{}/{}", payload.word(), job.word()),
                format!("{}; {}", payload.words(), job.words()),
                Unit::Nanoseconds,
            )
            .countable();
            rows::<mesh::Mesh>(&mut scenario, payload, job);
            #[cfg(feature = "peers")]
            {
                rows::<peers::Prost>(&mut scenario, payload, job);
                rows::<peers::Micropb>(&mut scenario, payload, job);
                rows::<peers::QuickProtobuf>(&mut scenario, payload, job);
                rows::<peers::Buffa>(&mut scenario, payload, job);
            }
            scenarios.push(scenario);
        }
    }
    scenarios.push(borrowed::scenario());
    scenarios
}

fn rows<C: Codec>(scenario: &mut Scenario, payload: Payload, job: Job) {
    use self::message::values::{FLAGS, NUMBER};
    match payload {
        Payload::Pair => row::<C, _>(scenario, job, || C::pair(NUMBER, FLAGS)),
        Payload::Record => row::<C, _>(scenario, job, C::record),
        Payload::Pairs => row::<C, _>(scenario, job, C::pairs),
        Payload::Blob => row::<C, _>(scenario, job, C::blob),
        Payload::Deep => row::<C, _>(scenario, job, C::deep),
        Payload::Wide => row::<C, _>(scenario, job, C::wide),
    }
}

fn row<C: Codec, M: Message>(scenario: &mut Scenario, job: Job, make: fn() -> M) {
    match job {
        Job::EncodeFresh => scenario.timed(C::NAME, C::OWNER, move || {
            let message = make();
            move |operations| time(operations, || black_box(&message).encode_fresh())
        }),
        Job::EncodeReused => scenario.timed(C::NAME, C::OWNER, move || {
            let message = make();
            let mut buffer = Vec::new();
            move |operations| {
                time(operations, || {
                    black_box(&message).encode_reused(&mut buffer);
                    black_box(buffer.as_slice());
                })
            }
        }),
        Job::Decode => scenario.timed(C::NAME, C::OWNER, move || {
            let bytes = make().encode_fresh();
            // Looked at in place, so that no row pays for moving it once more.
            move |operations| {
                time(operations, || {
                    black_box(&M::decode(black_box(&bytes)));
                })
            }
        }),
    }
}

#[cfg(all(test, feature = "peers"))]
mod tests {
    use super::mesh::Mesh;
    use super::message::values::{FLAGS, NUMBER};
    use super::message::{Codec, Message};
    use super::peers::{Buffa, Micropb, Prost, QuickProtobuf};

    /// The bytes of each payload, encoded afresh, into a buffer that held something else, and after a round trip.
    fn bytes<C: Codec>() -> Vec<Vec<u8>> {
        fn of<M: Message>(message: &M) -> Vec<u8> {
            let fresh = message.encode_fresh();
            let mut reused = vec![0xff; 100];
            message.encode_reused(&mut reused);
            assert_eq!(fresh, reused);
            assert_eq!(fresh, M::decode(&fresh).encode_fresh());
            fresh
        }
        vec![
            of(&C::pair(NUMBER, FLAGS)),
            of(&C::record()),
            of(&C::pairs()),
            of(&C::blob()),
            of(&C::deep()),
            of(&C::wide()),
        ]
    }

    #[test]
    fn every_codec_makes_the_same_bytes_of_every_payload() {
        let expected = bytes::<Prost>();
        assert!(expected.iter().all(|bytes| !bytes.is_empty()));
        assert_eq!(bytes::<Mesh>(), expected, "mesh");
        assert_eq!(bytes::<Micropb>(), expected, "micropb");
        assert_eq!(bytes::<QuickProtobuf>(), expected, "quick-protobuf");
        assert_eq!(bytes::<Buffa>(), expected, "buffa");
    }
}
