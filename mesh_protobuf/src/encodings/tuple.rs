//! Tuples, and with them unit types and pairs of bounds.

use crate::encoding::{
    Encoding, FieldDecode, FieldEncode, MessageDecode, MessageEncode, ValueDecode, ValueEncode,
    ValueEncoding,
};
use crate::encodings::message::{read_delimited, write_delimited, write_unless_empty};
use crate::error::Result;
use crate::layout::{Layout, kind};
use crate::reader::Reader;
use crate::wire::WireType;
use crate::writer::Writer;
use core::marker::PhantomData;
use core::ops::Range;

/// A message whose fields are numbered from 1, each laid out by the encoding in its place of the tuple `E`.
///
/// # Examples
///
/// ```
/// assert_eq!(mesh_protobuf::encode((5u32, "x")), [0x08, 5, 0x12, 1, b'x']);
/// assert_eq!(mesh_protobuf::encode(()), []);
/// ```
#[derive(Debug)]
pub struct Tuple<E>(PhantomData<E>);

impl<E> Encoding for Tuple<E> {
    type Value = Self;
    type Body = Self;
}

impl<E> ValueEncoding for Tuple<E> {}

impl<E, T, R> ValueEncode<T, R> for Tuple<E>
where
    Self: MessageEncode<T, R>,
{
    const WIRE_TYPE: WireType = WireType::Len;

    #[inline]
    fn write_value(value: T, writer: &mut Writer<R>) {
        write_delimited::<Self, T, R>(value, writer);
    }

    #[inline]
    fn write_implicit(number: u32, value: T, writer: &mut Writer<R>) {
        write_unless_empty::<Self, T, R>(number, value, writer);
    }

    #[inline]
    fn value_layout(layout: &mut Layout) {
        layout.nested(<Self as MessageEncode<T, R>>::body_layout);
    }
}

impl<'de, E, T, R> ValueDecode<'de, T, R> for Tuple<E>
where
    Self: MessageDecode<'de, T, R>,
{
    #[inline]
    fn accepts_value(wire_type: WireType) -> bool {
        wire_type == WireType::Len
    }

    #[inline]
    fn read_value(
        previous: Option<T>,
        wire_type: WireType,
        reader: &mut Reader<'de, '_, R>,
    ) -> Result<T> {
        read_delimited::<Self, T, R>(previous, wire_type, reader)
    }

    #[inline]
    fn default_value(reader: &mut Reader<'de, '_, R>) -> Result<T> {
        reader.absent(|reader| Self::read_body(None, reader))
    }
}

macro_rules! tuples {
    // One arity at a time: the members in order, and again last to first, since a writer runs backwards.
    ($($encoding:ident $type:ident $slot:ident $index:tt $number:literal),*; $($back:tt)*) => {
        impl<$($type, $encoding: FieldEncode<$type, R>,)* R> MessageEncode<($($type,)*), R>
            for Tuple<($($encoding,)*)>
        {
            #[inline]
            fn write_body(value: ($($type,)*), writer: &mut Writer<R>) {
                let ($($slot,)*) = value;
                tuples!(@write writer $($back)*);
            }

            #[inline]
            fn body_layout(layout: &mut Layout) {
                layout.part(kind::TUPLE);
                layout.part([$($number),*].len() as u64);
                $($encoding::field_layout(layout);)*
            }
        }

        impl<'a, $($type, $encoding: FieldEncode<&'a $type, R>,)* R>
            MessageEncode<&'a ($($type,)*), R> for Tuple<($($encoding,)*)>
        {
            #[inline]
            fn write_body(value: &'a ($($type,)*), writer: &mut Writer<R>) {
                let ($($slot,)*) = value;
                tuples!(@write writer $($back)*);
            }

            #[inline]
            fn body_layout(layout: &mut Layout) {
                layout.part(kind::TUPLE);
                layout.part([$($number),*].len() as u64);
                $($encoding::field_layout(layout);)*
            }
        }

        impl<'de, $($type, $encoding: FieldDecode<'de, $type, R>,)* R>
            MessageDecode<'de, ($($type,)*), R> for Tuple<($($encoding,)*)>
        {
            #[inline]
            fn read_body(
                previous: Option<($($type,)*)>,
                reader: &mut Reader<'de, '_, R>,
            ) -> Result<($($type,)*)> {
                let ($(mut $slot,)*) = match previous {
                    Some(previous) => ($($encoding::start(Some(previous.$index)),)*),
                    None => ($($encoding::start(None),)*),
                };
                while let Some((number, wire_type)) = reader.next_field()? {
                    match number {
                        $($number => $encoding::read_field(&mut $slot, wire_type, reader)?,)*
                        _ => reader.skip(number, wire_type)?,
                    }
                }
                Ok(($($encoding::finish($slot, reader)?,)*))
            }
        }
    };
    (@write $writer:ident $($encoding:ident $slot:ident $number:literal)*) => {
        $($encoding::write_field($number, $slot, $writer);)*
    };
}

tuples!(EA A a 0 1; EA a 1);
tuples!(EA A a 0 1, EB B b 1 2; EB b 2 EA a 1);
tuples!(EA A a 0 1, EB B b 1 2, EC C c 2 3; EC c 3 EB b 2 EA a 1);
tuples!(EA A a 0 1, EB B b 1 2, EC C c 2 3, ED D d 3 4; ED d 4 EC c 3 EB b 2 EA a 1);
tuples!(
    EA A a 0 1, EB B b 1 2, EC C c 2 3, ED D d 3 4, EE E e 4 5;
    EE e 5 ED d 4 EC c 3 EB b 2 EA a 1
);
tuples!(
    EA A a 0 1, EB B b 1 2, EC C c 2 3, ED D d 3 4, EE E e 4 5, EF F f 5 6;
    EF f 6 EE e 5 ED d 4 EC c 3 EB b 2 EA a 1
);
tuples!(
    EA A a 0 1, EB B b 1 2, EC C c 2 3, ED D d 3 4, EE E e 4 5, EF F f 5 6, EG G g 6 7;
    EG g 7 EF f 6 EE e 5 ED d 4 EC c 3 EB b 2 EA a 1
);
tuples!(
    EA A a 0 1, EB B b 1 2, EC C c 2 3, ED D d 3 4, EE E e 4 5, EF F f 5 6, EG G g 6 7,
    EH H h 7 8;
    EH h 8 EG g 7 EF f 6 EE e 5 ED d 4 EC c 3 EB b 2 EA a 1
);
tuples!(
    EA A a 0 1, EB B b 1 2, EC C c 2 3, ED D d 3 4, EE E e 4 5, EF F f 5 6, EG G g 6 7,
    EH H h 7 8, EI I i 8 9;
    EI i 9 EH h 8 EG g 7 EF f 6 EE e 5 ED d 4 EC c 3 EB b 2 EA a 1
);
tuples!(
    EA A a 0 1, EB B b 1 2, EC C c 2 3, ED D d 3 4, EE E e 4 5, EF F f 5 6, EG G g 6 7,
    EH H h 7 8, EI I i 8 9, EJ J j 9 10;
    EJ j 10 EI i 9 EH h 8 EG g 7 EF f 6 EE e 5 ED d 4 EC c 3 EB b 2 EA a 1
);
tuples!(
    EA A a 0 1, EB B b 1 2, EC C c 2 3, ED D d 3 4, EE E e 4 5, EF F f 5 6, EG G g 6 7,
    EH H h 7 8, EI I i 8 9, EJ J j 9 10, EK K k 10 11;
    EK k 11 EJ j 10 EI i 9 EH h 8 EG g 7 EF f 6 EE e 5 ED d 4 EC c 3 EB b 2 EA a 1
);
tuples!(
    EA A a 0 1, EB B b 1 2, EC C c 2 3, ED D d 3 4, EE E e 4 5, EF F f 5 6, EG G g 6 7,
    EH H h 7 8, EI I i 8 9, EJ J j 9 10, EK K k 10 11, EL L l 11 12;
    EL l 12 EK k 11 EJ j 10 EI i 9 EH h 8 EG g 7 EF f 6 EE e 5 ED d 4 EC c 3 EB b 2 EA a 1
);

/// Types with one value have no fields; those of a later version are skipped.
macro_rules! unit {
    ([$($generics:tt)*] $type:ty, $value:expr) => {
        impl<$($generics)* R> MessageEncode<$type, R> for Tuple<()> {
            #[inline]
            fn write_body(_: $type, _: &mut Writer<R>) {}

            #[inline]
            fn body_layout(layout: &mut Layout) {
                layout.part(kind::NOTHING);
            }
        }

        impl<'a, $($generics)* R> MessageEncode<&'a $type, R> for Tuple<()> {
            #[inline]
            fn write_body(_: &'a $type, _: &mut Writer<R>) {}

            #[inline]
            fn body_layout(layout: &mut Layout) {
                layout.part(kind::NOTHING);
            }
        }

        impl<'de, $($generics)* R> MessageDecode<'de, $type, R> for Tuple<()> {
            #[inline]
            fn read_body(_: Option<$type>, reader: &mut Reader<'de, '_, R>) -> Result<$type> {
                while let Some((number, wire_type)) = reader.next_field()? {
                    reader.skip(number, wire_type)?;
                }
                Ok($value)
            }
        }
    };
}
unit!([](), ());
unit!([T: ?Sized,] PhantomData<T>, PhantomData);

impl<A, B, T, R> MessageEncode<Range<T>, R> for Tuple<(A, B)>
where
    A: FieldEncode<T, R>,
    B: FieldEncode<T, R>,
{
    #[inline]
    fn write_body(value: Range<T>, writer: &mut Writer<R>) {
        B::write_field(2, value.end, writer);
        A::write_field(1, value.start, writer);
    }

    #[inline]
    fn body_layout(layout: &mut Layout) {
        <Self as MessageEncode<(T, T), R>>::body_layout(layout);
    }
}

impl<'a, A, B, T, R> MessageEncode<&'a Range<T>, R> for Tuple<(A, B)>
where
    A: FieldEncode<&'a T, R>,
    B: FieldEncode<&'a T, R>,
{
    #[inline]
    fn write_body(value: &'a Range<T>, writer: &mut Writer<R>) {
        B::write_field(2, &value.end, writer);
        A::write_field(1, &value.start, writer);
    }

    #[inline]
    fn body_layout(layout: &mut Layout) {
        <Self as MessageEncode<&'a (T, T), R>>::body_layout(layout);
    }
}

impl<'de, A, B, T, R> MessageDecode<'de, Range<T>, R> for Tuple<(A, B)>
where
    A: FieldDecode<'de, T, R>,
    B: FieldDecode<'de, T, R>,
{
    #[inline]
    fn read_body(previous: Option<Range<T>>, reader: &mut Reader<'de, '_, R>) -> Result<Range<T>> {
        let previous = previous.map(|range| (range.start, range.end));
        let (start, end) = <Self as MessageDecode<'de, (T, T), R>>::read_body(previous, reader)?;
        Ok(start..end)
    }
}
