//! Messages of a guest that has no allocator: derived types with borrowed text and bytes, and containers of a fixed capacity.
//!
//! This crate is what shows that the codec can do with `core` alone. It is built for a target without an operating system, where
//! nothing in the program could allocate: it would not link. Its tests run on the host, beneath an allocator that counts.

#![no_std]
#![forbid(unsafe_code)]

use heapless::{Deque, FnvIndexMap, LinearMap, String, Vec};
use mesh_derive::Protobuf;
use mesh_protobuf::{BufferTooSmall, Error};

/// What the host asks. It borrows from the bytes that it came in.
#[derive(Clone, Copy, Debug, PartialEq, Protobuf)]
pub enum Request<'a> {
    /// Whether anybody is there.
    #[mesh(1)]
    Ping,
    /// What is measured at a sensor.
    #[mesh(2)]
    Measure {
        /// The sensor's name.
        #[mesh(1)]
        sensor: &'a str,
        /// How many samples.
        #[mesh(2)]
        count: u32,
    },
    /// Bytes to be written to a device.
    #[mesh(3)]
    Write(Write<'a>),
}

/// Bytes to be written to a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Protobuf)]
pub struct Write<'a> {
    /// Where to.
    #[mesh(1, encoding = "Fixed")]
    pub address: u64,
    /// What.
    #[mesh(2)]
    pub data: &'a [u8],
    /// What it is to be checked against.
    #[mesh(3)]
    pub digest: Option<[u8; 4]>,
}

/// What the guest answers: all of it owned, none of it on a heap.
#[derive(Clone, Debug, Default, PartialEq, Protobuf)]
pub struct Report {
    /// Counts the reports.
    #[mesh(1)]
    pub sequence: u64,
    /// The sensor's name.
    #[mesh(2)]
    pub sensor: String<16>,
    /// How it is.
    #[mesh(3)]
    pub state: State,
    /// The samples, oldest first.
    #[mesh(4)]
    pub samples: Vec<i16, 32>,
    /// The last notable things.
    #[mesh(5)]
    pub log: Log,
    /// Values by name.
    #[mesh(6)]
    pub values: LinearMap<String<8>, f32, 4>,
    /// How often each error has been seen.
    #[mesh(7)]
    pub errors: FnvIndexMap<u16, u32, 8>,
    /// Raw bytes.
    #[mesh(8)]
    pub raw: Vec<u8, 8>,
    /// Where it is, if that is known.
    #[mesh(9)]
    pub place: Option<Place>,
}

/// The last few lines, oldest first.
#[derive(Clone, Debug, Default, Protobuf)]
#[mesh(transparent)]
pub struct Log(pub Deque<String<24>, 4>);

impl PartialEq for Log {
    fn eq(&self, other: &Self) -> bool {
        self.0.iter().eq(other.0.iter())
    }
}

/// How the sensor is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Protobuf)]
#[mesh(enumeration)]
pub enum State {
    /// It has not been looked at.
    #[default]
    #[mesh(0)]
    Unknown,
    /// It works.
    #[mesh(1)]
    Well,
    /// Something that a newer host may know.
    #[mesh(unknown)]
    Other(i32),
}

/// A place.
#[derive(Clone, Debug, Default, PartialEq, Protobuf)]
pub struct Place {
    /// The three coordinates.
    #[mesh(1)]
    pub coordinates: Option<[f32; 3]>,
    /// A path of rooms, each in the one before.
    #[mesh(2)]
    pub rooms: Vec<String<8>, 4>,
}

/// Answers a request that came as bytes, in a buffer that is there for it.
///
/// # Errors
/// The request is malformed, or the answer does not fit.
pub fn answer<'b>(request: &[u8], buffer: &'b mut [u8]) -> Result<&'b [u8], Failure> {
    let mut report = Report {
        state: State::Well,
        ..Report::default()
    };
    match mesh_protobuf::decode::<Request<'_>>(request)? {
        Request::Ping => {}
        Request::Measure { sensor, count } => {
            report.sensor = text(sensor)?;
            for sample in 0..count {
                let sample = i16::try_from(sample).map_err(|_| Failure::TooMany)?;
                report.samples.push(sample).map_err(|_| Failure::TooMany)?;
            }
        }
        Request::Write(write) => {
            report.sequence = write.address;
            report
                .raw
                .extend_from_slice(write.data)
                .map_err(|_| Failure::TooMany)?;
        }
    }
    Ok(mesh_protobuf::encode_to_slice(&report, buffer)?)
}

fn text<const N: usize>(text: &str) -> Result<String<N>, Failure> {
    String::try_from(text).map_err(|_| Failure::TooMany)
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Failure {
    /// The request is not one.
    Malformed(Error),
    /// The answer has no room.
    NoRoom(BufferTooSmall),
    /// More was asked for than a report can hold.
    TooMany,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Malformed(error)
    }
}

impl From<BufferTooSmall> for Failure {
    fn from(error: BufferTooSmall) -> Self {
        Self::NoRoom(error)
    }
}
