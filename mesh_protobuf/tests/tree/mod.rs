//! A recursive message, laid out by hand as the derive macros would.

use mesh_protobuf::encoding::{
    DefaultEncoding, FieldDecode, FieldEncode, MessageDecode, MessageEncode,
};
use mesh_protobuf::encodings::Message;
use mesh_protobuf::{Reader, Result, Writer};

/// A message that holds messages of its own kind in every way there is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    pub value: u64,
    pub name: String,
    pub next: Option<Box<Tree>>,
    pub children: Vec<Tree>,
}

impl Tree {
    /// A chain of `depth` trees below this one.
    pub fn chain(depth: u32) -> Self {
        (0..depth).fold(Self::default(), |next, _| Self {
            value: 1,
            next: Some(Box::new(next)),
            ..Self::default()
        })
    }
}

type E<T> = <T as DefaultEncoding>::Encoding;

impl DefaultEncoding for Tree {
    type Encoding = Message;
}

impl<'a, R> MessageEncode<&'a Tree, R> for Message {
    fn write_body(value: &'a Tree, writer: &mut Writer<R>) {
        <E<Vec<Tree>> as FieldEncode<&'a Vec<Tree>, R>>::write_field(4, &value.children, writer);
        <E<Option<Box<Tree>>> as FieldEncode<_, R>>::write_field(3, &value.next, writer);
        <E<String> as FieldEncode<_, R>>::write_field(2, &value.name, writer);
        <E<u64> as FieldEncode<_, R>>::write_field(1, value.value, writer);
    }
}

impl<R> MessageEncode<Tree, R> for Message {
    fn write_body(value: Tree, writer: &mut Writer<R>) {
        <Self as MessageEncode<&Tree, R>>::write_body(&value, writer);
    }
}

impl<'de, R> MessageDecode<'de, Tree, R> for Message {
    fn read_body(previous: Option<Tree>, reader: &mut Reader<'de, '_, R>) -> Result<Tree> {
        type Next = Option<Box<Tree>>;
        let tree = previous.unwrap_or_default();
        let mut value = <E<u64> as FieldDecode<'de, u64, R>>::start(Some(tree.value));
        let mut name = <E<String> as FieldDecode<'de, String, R>>::start(Some(tree.name));
        let mut next = <E<Next> as FieldDecode<'de, Next, R>>::start(Some(tree.next));
        let mut children =
            <E<Vec<Tree>> as FieldDecode<'de, Vec<Tree>, R>>::start(Some(tree.children));
        while let Some((number, wire)) = reader.next_field()? {
            match number {
                1 => <E<u64> as FieldDecode<'de, u64, R>>::read_field(&mut value, wire, reader)?,
                2 => {
                    <E<String> as FieldDecode<'de, String, R>>::read_field(&mut name, wire, reader)?
                }
                3 => <E<Next> as FieldDecode<'de, Next, R>>::read_field(&mut next, wire, reader)?,
                4 => <E<Vec<Tree>> as FieldDecode<'de, Vec<Tree>, R>>::read_field(
                    &mut children,
                    wire,
                    reader,
                )?,
                _ => reader.skip(number, wire)?,
            }
        }
        Ok(Tree {
            value: <E<u64> as FieldDecode<'de, u64, R>>::finish(value, reader)?,
            name: <E<String> as FieldDecode<'de, String, R>>::finish(name, reader)?,
            next: <E<Next> as FieldDecode<'de, Next, R>>::finish(next, reader)?,
            children: <E<Vec<Tree>> as FieldDecode<'de, Vec<Tree>, R>>::finish(children, reader)?,
        })
    }
}
