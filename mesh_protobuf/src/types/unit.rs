//! Types with one value or none: `()` and `PhantomData` are empty messages, and nothing decodes to `Infallible`.

use crate::encoding::{DefaultEncoding, MessageDecode, MessageEncode};
use crate::encodings::{Message, Tuple};
use crate::error::{ErrorKind, Result};
use crate::layout::{Layout, kind};
use crate::reader::Reader;
use crate::writer::Writer;
use core::convert::Infallible;
use core::marker::PhantomData;

impl DefaultEncoding for () {
    type Encoding = Tuple<()>;
}

impl<T: ?Sized> DefaultEncoding for PhantomData<T> {
    type Encoding = Tuple<()>;
}

impl DefaultEncoding for Infallible {
    type Encoding = Message;
}

impl<R> MessageEncode<Infallible, R> for Message {
    fn write_body(value: Infallible, _: &mut Writer<R>) {
        match value {}
    }

    fn body_layout(layout: &mut Layout) {
        layout.part(kind::NEVER);
    }
}

impl<R> MessageEncode<&Infallible, R> for Message {
    fn write_body(value: &Infallible, _: &mut Writer<R>) {
        match *value {}
    }

    fn body_layout(layout: &mut Layout) {
        layout.part(kind::NEVER);
    }
}

impl<R> MessageDecode<'_, Infallible, R> for Message {
    fn read_body(_: Option<Infallible>, _: &mut Reader<'_, '_, R>) -> Result<Infallible> {
        Err(ErrorKind::UnknownVariant.into())
    }
}
