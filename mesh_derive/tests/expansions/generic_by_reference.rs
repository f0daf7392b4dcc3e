//! Encoded from a reference, with a parameter and a lifetime.

#[derive(Protobuf)]
#[mesh(package = "acme")]
struct Tree<'a, T: Clone> {
    #[mesh(2)]
    children: Vec<Self>,
    #[mesh(1, rename = "label")]
    name: &'a str,
    #[mesh(3, encoding = "Optional<Fixed>")]
    value: Option<T>,
}
