//! A wrapper of which nothing is on the wire.

#[derive(MeshPayload)]
#[mesh(transparent)]
struct Tagged<T, Tag>(Vec<T>, PhantomData<Tag>);
