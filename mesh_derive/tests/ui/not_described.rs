//! Types that nothing describes have no `.proto` file.

use mesh_derive::Protobuf;
use mesh_protobuf::DefaultEncoding;
use mesh_protobuf::schema::Files;

struct Plain;

struct ByHand;

impl DefaultEncoding for ByHand {
    type Encoding = mesh_protobuf::encodings::Message;
}

#[derive(Protobuf)]
struct Holder<T> {
    #[mesh(1)]
    value: Option<T>,
}

fn main() {
    let _ = Files::new().add::<Plain>();
    let _ = Files::new().add::<ByHand>();
    let _ = Files::new().add::<Holder<ByHand>>();
}
