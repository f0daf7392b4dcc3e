//! How the numbers of Rust fit the 64 bits that a wire value has.
//!
//! One pair of traits for each kind of layout: out to bits, for values and references, and back. A type outside this crate
//! that is a number at heart may implement them and is then laid out by [`Varint`](crate::encodings::Varint),
//! [`ZigZag`](crate::encodings::ZigZag) or [`Fixed`](crate::encodings::Fixed).

use crate::error::ErrorKind;
use crate::layout::{UNKNOWN, kind::NUMBERS};
use crate::wire::{self, WireType};
use core::num;

/// A number, `bool`, `char`, or a reference to one, that fits a varint.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be laid out as a `Varint`",
    label = "not an integer, `bool` or `char`",
    note = "leave `encoding` away for the type's own layout, or name one that fits it: `mesh_protobuf::encodings` lists them"
)]
pub trait Scalar {
    /// What tells it from others in a [layout](crate::layout).
    const LAYOUT: u64 = UNKNOWN;

    /// The bits of a varint; negative numbers are extended to 64 bits.
    fn to_bits(&self) -> u64;
}

/// The inverse of [`Scalar`]: the value, or `None` if it is out of the type's range.
///
/// To protobuf a number has 32 or 64 bits. Types of 32 bits take the low ones of a longer number, as other implementations do;
/// narrower ones are told such a number is out of range if the low 32 bits are.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be laid out as a `Varint`",
    label = "not an integer, `bool` or `char`",
    note = "leave `encoding` away for the type's own layout, or name one that fits it: `mesh_protobuf::encodings` lists them"
)]
pub trait FromScalar: Sized {
    /// The value that has these bits as a varint.
    fn from_bits(bits: u64) -> Option<Self>;

    /// What is wrong with bits that stand for no value.
    fn out_of_range() -> ErrorKind {
        ErrorKind::OutOfRange
    }
}

/// A signed number, or a reference to one, for [`ZigZag`](crate::encodings::ZigZag).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be laid out as `ZigZag`",
    label = "not a signed integer",
    note = "leave `encoding` away for the type's own layout, or name one that fits it: `mesh_protobuf::encodings` lists them"
)]
pub trait Signed {
    /// What tells it from others in a [layout](crate::layout).
    const LAYOUT: u64 = UNKNOWN;

    /// Widens to 64 bits.
    fn to_i64(&self) -> i64;
}

/// The inverse of [`Signed`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be laid out as `ZigZag`",
    label = "not a signed integer",
    note = "leave `encoding` away for the type's own layout, or name one that fits it: `mesh_protobuf::encodings` lists them"
)]
pub trait FromSigned: Sized {
    /// The value that has these zigzag bits as a varint, or `None` if it is out of the type's range.
    fn from_zigzag(bits: u64) -> Option<Self>;
}

/// A number of 32 or 64 bits, or a reference to one, for [`Fixed`](crate::encodings::Fixed).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be laid out as `Fixed`",
    label = "not a number of 32 or 64 bits",
    note = "leave `encoding` away for the type's own layout, or name one that fits it: `mesh_protobuf::encodings` lists them"
)]
pub trait FixedWidth {
    /// What tells it from others in a [layout](crate::layout).
    const LAYOUT: u64 = UNKNOWN;
    /// [`WireType::Fixed32`] or [`WireType::Fixed64`].
    const WIRE_TYPE: WireType;
    /// The bits, extended with zeros.
    fn to_fixed(&self) -> u64;
}

/// The inverse of [`FixedWidth`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be laid out as `Fixed`",
    label = "not a number of 32 or 64 bits",
    note = "leave `encoding` away for the type's own layout, or name one that fits it: `mesh_protobuf::encodings` lists them"
)]
pub trait FromFixed: FixedWidth + Sized {
    /// The value that has the low 32 or all 64 of these bits.
    fn from_fixed(bits: u64) -> Self;
}

macro_rules! scalars {
    ($($type:ty, $kind:literal: $to:expr, $from:expr;)*) => { $(
        impl Scalar for $type {
            const LAYOUT: u64 = NUMBERS + $kind;

            #[inline]
            fn to_bits(&self) -> u64 {
                let to: fn($type) -> u64 = $to;
                to(*self)
            }
        }
        impl FromScalar for $type {
            #[inline]
            fn from_bits(bits: u64) -> Option<Self> {
                let from: fn(u64) -> Option<$type> = $from;
                from(bits)
            }
        }
    )* };
}

scalars! {
    u8, 0: u64::from, |bits| (bits as u32).try_into().ok();
    u16, 1: u64::from, |bits| (bits as u32).try_into().ok();
    u32, 2: u64::from, |bits| Some(bits as u32);
    u64, 3: |value| value, Some;
    usize, 4: |value| value as u64, |bits| bits.try_into().ok();
    i8, 5: |value| value as u64, |bits| (bits as i32).try_into().ok();
    i16, 6: |value| value as u64, |bits| (bits as i32).try_into().ok();
    i32, 7: |value| value as u64, |bits| Some(bits as i32);
    i64, 8: |value| value as u64, |bits| Some(bits as i64);
    isize, 9: |value| value as u64, |bits| (bits as i64).try_into().ok();
    bool, 10: u64::from, |bits| Some(bits != 0);
    char, 11: |value| u32::from(value).into(), |bits| char::from_u32(bits as u32);
}

impl<T: Scalar> Scalar for &T {
    const LAYOUT: u64 = T::LAYOUT;

    #[inline]
    fn to_bits(&self) -> u64 {
        (**self).to_bits()
    }
}

macro_rules! signed {
    ($($type:ty: $from:expr;)*) => { $(
        impl Signed for $type {
            const LAYOUT: u64 = <$type as Scalar>::LAYOUT;

            #[inline]
            fn to_i64(&self) -> i64 {
                *self as i64
            }
        }
        impl FromSigned for $type {
            #[inline]
            fn from_zigzag(bits: u64) -> Option<Self> {
                let from: fn(u64) -> Option<$type> = $from;
                from(bits)
            }
        }
    )* };
}

signed! {
    i8: |bits| wire::unzigzag32(bits as u32).try_into().ok();
    i16: |bits| wire::unzigzag32(bits as u32).try_into().ok();
    i32: |bits| Some(wire::unzigzag32(bits as u32));
    i64: |bits| Some(wire::unzigzag(bits));
    isize: |bits| wire::unzigzag(bits).try_into().ok();
}

impl<T: Signed> Signed for &T {
    const LAYOUT: u64 = T::LAYOUT;

    #[inline]
    fn to_i64(&self) -> i64 {
        (**self).to_i64()
    }
}

macro_rules! fixed_width {
    ($($type:ty, $kind:literal: $wire_type:ident, $to:expr, $from:expr;)*) => { $(
        impl FixedWidth for $type {
            const LAYOUT: u64 = NUMBERS + $kind;
            const WIRE_TYPE: WireType = WireType::$wire_type;
            #[inline]
            fn to_fixed(&self) -> u64 {
                let to: fn($type) -> u64 = $to;
                to(*self)
            }
        }
        impl FromFixed for $type {
            #[inline]
            fn from_fixed(bits: u64) -> Self {
                let from: fn(u64) -> $type = $from;
                from(bits)
            }
        }
    )* };
}

fixed_width! {
    u32, 2: Fixed32, u64::from, |bits| bits as u32;
    i32, 7: Fixed32, |value| u64::from(value as u32), |bits| bits as i32;
    f32, 12: Fixed32, |value| value.to_bits().into(), |bits| f32::from_bits(bits as u32);
    u64, 3: Fixed64, |value| value, |bits| bits;
    i64, 8: Fixed64, |value| value as u64, |bits| bits as i64;
    f64, 13: Fixed64, f64::to_bits, f64::from_bits;
}

impl<T: FixedWidth> FixedWidth for &T {
    const LAYOUT: u64 = T::LAYOUT;
    const WIRE_TYPE: WireType = T::WIRE_TYPE;

    #[inline]
    fn to_fixed(&self) -> u64 {
        (**self).to_fixed()
    }
}

/// What a number that is never zero has in its layout, above that of its plain one.
const NONZERO: u64 = 16;

/// A number that is never zero has the bits of its plain one; zero on the wire is out of its range.
macro_rules! nonzero {
    ($($type:ident: $plain:ty;)*) => { $(
        impl Scalar for num::$type {
            const LAYOUT: u64 = <$plain as Scalar>::LAYOUT + NONZERO;

            #[inline]
            fn to_bits(&self) -> u64 {
                self.get().to_bits()
            }
        }
        impl FromScalar for num::$type {
            #[inline]
            fn from_bits(bits: u64) -> Option<Self> {
                <$plain>::from_bits(bits).and_then(Self::new)
            }
        }
    )* };
}

nonzero! {
    NonZeroU8: u8;
    NonZeroU16: u16;
    NonZeroU32: u32;
    NonZeroU64: u64;
    NonZeroUsize: usize;
    NonZeroI8: i8;
    NonZeroI16: i16;
    NonZeroI32: i32;
    NonZeroI64: i64;
    NonZeroIsize: isize;
}

macro_rules! nonzero_signed {
    ($($type:ident: $plain:ty;)*) => { $(
        impl Signed for num::$type {
            const LAYOUT: u64 = <Self as Scalar>::LAYOUT;

            #[inline]
            fn to_i64(&self) -> i64 {
                self.get().to_i64()
            }
        }
        impl FromSigned for num::$type {
            #[inline]
            fn from_zigzag(bits: u64) -> Option<Self> {
                <$plain>::from_zigzag(bits).and_then(Self::new)
            }
        }
    )* };
}

nonzero_signed! {
    NonZeroI8: i8;
    NonZeroI16: i16;
    NonZeroI32: i32;
    NonZeroI64: i64;
    NonZeroIsize: isize;
}
