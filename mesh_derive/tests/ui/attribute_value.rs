//! Values of the wrong kind.

use mesh_derive::Protobuf;

#[derive(Protobuf)]
#[mesh(rename = 3)]
struct Number;

#[derive(Protobuf)]
#[mesh(rename)]
struct Missing;

#[derive(Protobuf)]
#[mesh(rename = name)]
struct Unquoted;

#[derive(Protobuf)]
#[mesh(rename("name"))]
struct Parentheses;

#[derive(Protobuf)]
#[mesh(transparent = "true")]
struct Word(u32);

#[derive(Protobuf)]
#[mesh(rename = "two words")]
struct Words;

#[derive(Protobuf)]
#[mesh(rename = "1st")]
struct Digit;

#[derive(Protobuf)]
#[mesh(package = "a..b")]
struct Dots;

fn main() {}
