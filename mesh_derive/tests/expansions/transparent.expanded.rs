const _: () = {
    use ::mesh::payload as __payload;
    #[automatically_derived]
    impl<T, Tag> __payload::DefaultEncoding for Tagged<T, Tag>
    where
        T: __payload::DefaultEncoding,
    {
        type Encoding = __payload::encodings::Transparent<
            <Vec<T> as __payload::DefaultEncoding>::Encoding,
        >;
    }
    #[automatically_derived]
    impl<T, Tag> __payload::encodings::IntoInner for Tagged<T, Tag> {
        type Inner = Vec<T>;
        #[inline]
        fn into_inner(self) -> Vec<T> {
            self.0
        }
    }
    #[automatically_derived]
    impl<'__v, T, Tag> __payload::encodings::IntoInner for &'__v Tagged<T, Tag> {
        type Inner = &'__v Vec<T>;
        #[inline]
        fn into_inner(self) -> &'__v Vec<T> {
            &self.0
        }
    }
    #[automatically_derived]
    impl<T, Tag> __payload::encodings::FromInner for Tagged<T, Tag> {
        #[inline]
        fn from_inner(inner: Vec<T>) -> Self {
            Tagged {
                0: inner,
                1: ::core::marker::PhantomData,
            }
        }
    }
};
