//! What derived descriptions ask of the types of fields, some of which are not described.
//!
//! Called by the macros of mesh_derive, and by nobody else.

use super::descriptor::FieldType;
use super::{DescribeField, DescribeValue};
use crate::encoding::{DefaultEncoding, Encoding};
use core::marker::PhantomData;

/// What derived descriptions ask about a field of type `T` that is laid out by `E`.
///
/// Its own constants are there if the layout is described, and then hide those of [`Undescribed`], which are always there: so a
/// derived type may have fields that nothing describes, and needs no bounds that could go in a circle.
#[derive(Debug)]
pub struct Probe<E, T>(PhantomData<fn(E, T)>);

impl<E: DescribeField<T>, T> Probe<E, T> {
    /// The field.
    pub const FIELD: FieldType = E::FIELD;
}

impl<E: Encoding<Value: DescribeValue<T>>, T> Probe<E, T> {
    /// The value, for a variant of an enum.
    pub const VALUE: FieldType = FieldType::One(<E::Value as DescribeValue<T>>::TYPE);
}

/// As [`Probe`], about a field that is laid out as its type has it.
#[derive(Debug)]
pub struct Own<T>(PhantomData<fn(T)>);

impl<T: DefaultEncoding<Encoding: DescribeField<T>>> Own<T> {
    /// The field.
    pub const FIELD: FieldType = T::Encoding::FIELD;
}

impl<T: DefaultEncoding<Encoding: Encoding<Value: DescribeValue<T>>>> Own<T> {
    /// The value, for a variant of an enum.
    pub const VALUE: FieldType =
        FieldType::One(<<T::Encoding as Encoding>::Value as DescribeValue<T>>::TYPE);
}

/// See [`Probe`].
pub trait Undescribed {
    /// The field.
    const FIELD: FieldType = FieldType::Undescribed;
    /// The value.
    const VALUE: FieldType = FieldType::Undescribed;
}

impl<E, T> Undescribed for Probe<E, T> {}

impl<T> Undescribed for Own<T> {}
