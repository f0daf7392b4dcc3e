//! Types of the standard library that are messages of a few plain fields.

/// Makes `$type` a message with the fields of the tuple `$plain`, numbered from 1.
///
/// `$split` takes a reference apart; `$join` may refuse what does not fit.
macro_rules! mirror {
    ($type:ty as $plain:ty, $split:expr, $join:expr) => {
        impl $crate::encoding::DefaultEncoding for $type {
            type Encoding = $crate::encodings::Message;
        }

        impl<R> $crate::encoding::MessageEncode<$type, R> for $crate::encodings::Message {
            fn write_body(value: $type, writer: &mut $crate::Writer<R>) {
                <Self as $crate::encoding::MessageEncode<&$type, R>>::write_body(&value, writer);
            }

            fn body_layout(layout: &mut $crate::layout::Layout) {
                $crate::layout::body::<$plain, R>(layout);
            }
        }

        impl<R> $crate::encoding::MessageEncode<&$type, R> for $crate::encodings::Message {
            fn write_body(value: &$type, writer: &mut $crate::Writer<R>) {
                let split: fn(&$type) -> $plain = $split;
                <$plain as $crate::Encode<R>>::encode_body(split(value), writer);
            }

            fn body_layout(layout: &mut $crate::layout::Layout) {
                $crate::layout::body::<$plain, R>(layout);
            }
        }

        impl<'de, R> $crate::encoding::MessageDecode<'de, $type, R> for $crate::encodings::Message {
            fn read_body(
                previous: Option<$type>,
                reader: &mut $crate::Reader<'de, '_, R>,
            ) -> $crate::Result<$type> {
                let split: fn(&$type) -> $plain = $split;
                let join: fn($plain) -> $crate::Result<$type> = $join;
                let previous = previous.as_ref().map(split);
                join(<$plain as $crate::Decode<'de, R>>::decode_body(
                    previous, reader,
                )?)
            }
        }
    };
}

pub(super) use mirror;
