//! Spans and points of time, with the fields of `google.protobuf.Duration` and `google.protobuf.Timestamp`.
//!
//! A `Duration` is never negative and counts its seconds to 2^64, so the seconds of one are read as unsigned. A `SystemTime`
//! before the epoch has negative seconds, and nanoseconds that count forward from there.

use super::mirror::mirror;
use crate::error::{Error, Result};
use core::time::Duration;

/// The seconds of a message, whose nanoseconds must be less than one.
fn nanos(nanos: u32) -> Result<Duration> {
    match nanos {
        0..=999_999_999 => Ok(Duration::from_nanos(nanos.into())),
        _ => Err(Error::invalid("nanoseconds that make a second or more")),
    }
}

mirror!(
    Duration as (u64, u32),
    |value| (value.as_secs(), value.subsec_nanos()),
    |(seconds, subsec)| Ok(Duration::from_secs(seconds) + nanos(subsec)?)
);

#[cfg(feature = "std")]
mod system {
    //! The clock of the system.

    use super::nanos;
    use crate::encoding::{DefaultEncoding, MessageDecode, MessageEncode};
    use crate::encodings::{Message, Tuple, Varint};
    use crate::error::{ErrorKind, Result};
    use crate::layout::{Layout, kind};
    use crate::reader::Reader;
    use crate::writer::Writer;
    use std::time::{Duration, SystemTime};

    /// Signed seconds as a plain varint, as `int64` has them, and unsigned nanoseconds.
    type Timestamp = Tuple<(Varint, Varint)>;

    fn split(value: SystemTime) -> (i64, u32) {
        match value.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => (after.as_secs() as i64, after.subsec_nanos()),
            Err(before) => {
                let before = before.duration();
                match before.subsec_nanos() {
                    0 => ((before.as_secs() as i64).wrapping_neg(), 0),
                    // Down to the whole second before: -s - 1 is !s.
                    nanos => (!(before.as_secs() as i64), 1_000_000_000 - nanos),
                }
            }
        }
    }

    fn join((seconds, subsec): (i64, u32)) -> Result<SystemTime> {
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let epoch = SystemTime::UNIX_EPOCH;
        let second = if seconds < 0 {
            epoch.checked_sub(whole)
        } else {
            epoch.checked_add(whole)
        };
        let subsec = nanos(subsec)?;
        second
            .and_then(|second| second.checked_add(subsec))
            .ok_or_else(|| ErrorKind::OutOfRange.into())
    }

    impl DefaultEncoding for SystemTime {
        type Encoding = Message;
    }

    impl<R> MessageEncode<SystemTime, R> for Message {
        fn write_body(value: SystemTime, writer: &mut Writer<R>) {
            <Timestamp as MessageEncode<(i64, u32), R>>::write_body(split(value), writer);
        }

        fn body_layout(layout: &mut Layout) {
            layout.part(kind::TIMESTAMP);
        }
    }

    impl<R> MessageEncode<&SystemTime, R> for Message {
        fn write_body(value: &SystemTime, writer: &mut Writer<R>) {
            <Timestamp as MessageEncode<(i64, u32), R>>::write_body(split(*value), writer);
        }

        fn body_layout(layout: &mut Layout) {
            layout.part(kind::TIMESTAMP);
        }
    }

    impl<'de, R> MessageDecode<'de, SystemTime, R> for Message {
        fn read_body(
            previous: Option<SystemTime>,
            reader: &mut Reader<'de, '_, R>,
        ) -> Result<SystemTime> {
            join(<Timestamp as MessageDecode<'de, (i64, u32), R>>::read_body(
                previous.map(split),
                reader,
            )?)
        }
    }
}
