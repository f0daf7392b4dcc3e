//! Decoding with strings and bytes that point into the input instead of being copied.

use std::hint::black_box;

use mesh_derive::Protobuf;

use super::mesh::{Kind, Mesh, Pair};
use super::message::{Codec as _, Message as _};
use crate::harness::scenario::{Group, Owner, Scenario, Unit, time};

/// The record of mesh, without what it would own.
#[derive(Clone, Debug, Protobuf)]
pub(crate) struct Record<'a> {
    #[mesh(1)]
    id: u64,
    #[mesh(2)]
    name: &'a str,
    #[mesh(3)]
    description: &'a str,
    #[mesh(4)]
    priority: Option<u32>,
    #[mesh(5)]
    origin: Option<Pair>,
    #[mesh(6)]
    kind: Kind,
    #[mesh(7)]
    enabled: bool,
    #[mesh(8)]
    attempts: u32,
    #[mesh(9)]
    token: &'a [u8],
    #[mesh(10)]
    size: u64,
}

pub(super) fn scenario() -> Scenario {
    let mut scenario = Scenario::new(
        Group::Codec,
        "record/decode-borrowed",
        "10 fields; decode, with strings and bytes borrowed from the input",
        Unit::Nanoseconds,
    )
    .countable();
    row(&mut scenario, "mesh", Owner::Mesh, |bytes| {
        black_box(&mesh_protobuf::decode::<Record<'_>>(bytes));
    });
    #[cfg(feature = "peers")]
    {
        use super::peers::{buffa_view, quick_protobuf_borrowed};
        row(&mut scenario, "buffa", Owner::Peer, |bytes| {
            black_box(&buffa_view(bytes));
        });
        row(&mut scenario, "quick-protobuf", Owner::Peer, |bytes| {
            black_box(&quick_protobuf_borrowed(bytes));
        });
    }
    scenario
}

fn row(scenario: &mut Scenario, name: &str, owner: Owner, decode: impl Fn(&[u8]) + Copy + 'static) {
    scenario.timed(name, owner, move || {
        let bytes = Mesh::record().encode_fresh();
        move |operations| time(operations, || decode(black_box(&bytes)))
    });
}

#[cfg(all(test, feature = "peers"))]
mod tests {
    use super::super::peers::{buffa_view, quick_protobuf_borrowed};
    use super::{Mesh, Record};
    use crate::codec::message::{Codec as _, Message as _};

    #[test]
    fn every_borrowing_decoder_finds_the_same_strings() {
        let bytes = Mesh::record().encode_fresh();
        let ours: Record<'_> = mesh_protobuf::decode(&bytes).expect("decodes");
        let buffa = buffa_view(&bytes).expect("decodes");
        let quick = quick_protobuf_borrowed(&bytes).expect("decodes");
        assert_eq!((ours.name, ours.token), (buffa.name, buffa.token));
        assert_eq!((ours.name, ours.token), (&*quick.name, &*quick.token));
    }
}
