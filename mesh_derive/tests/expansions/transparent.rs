#[derive(MeshPayload)]
#[mesh(transparent)]
struct Tagged<T, Tag>(Vec<T>, PhantomData<Tag>);
