const _: () = {
    use ::mesh_protobuf as __payload;
    #[automatically_derived]
    impl<'a, T: Clone> __payload::encoding::MessageName for Tree<'a, T> {
        const PACKAGE: &'static str = "acme";
        const NAME: &'static str = "Tree";
    }
    #[automatically_derived]
    impl<'a, T: Clone> __payload::DefaultEncoding for Tree<'a, T> {
        type Encoding = __payload::encodings::Message;
    }
    #[automatically_derived]
    impl<
        '__v,
        'a,
        T: Clone,
        __R,
    > __payload::encoding::MessageEncode<&'__v Tree<'a, T>, __R>
    for __payload::encodings::Message
    where
        T: __payload::DefaultEncoding<
            Encoding: __payload::encoding::FieldEncode<&'__v T, __R>
                + __payload::encoding::Encoding<
                    Value: __payload::encoding::ValueEncode<&'__v T, __R>,
                >,
        >,
    {
        fn write_body(value: &'__v Tree<'a, T>, writer: &mut __payload::Writer<__R>) {
            let Tree { children: __0, name: __1, value: __2 } = value;
            <__payload::encodings::Optional<
                __payload::encodings::Fixed,
            > as __payload::encoding::FieldEncode<
                &'__v Option<T>,
                __R,
            >>::write_field(3, __2, writer);
            <<Vec<
                Tree<'a, T>,
            > as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldEncode<
                &'__v Vec<Tree<'a, T>>,
                __R,
            >>::write_field(2, __0, writer);
            <<&'a str as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldEncode<
                &'a str,
                __R,
            >>::write_field(1, *__1, writer);
        }
    }
    #[automatically_derived]
    impl<'a, T: Clone, __R> __payload::encoding::MessageEncode<Tree<'a, T>, __R>
    for __payload::encodings::Message
    where
        for<'__v> __payload::encodings::Message: __payload::encoding::MessageEncode<
            &'__v Tree<'a, T>,
            __R,
        >,
    {
        #[inline]
        fn write_body(value: Tree<'a, T>, writer: &mut __payload::Writer<__R>) {
            <Self as __payload::encoding::MessageEncode<
                &Tree<'a, T>,
                __R,
            >>::write_body(&value, writer);
        }
    }
    #[automatically_derived]
    impl<
        '__de,
        'a,
        T: Clone,
        __R,
    > __payload::encoding::MessageDecode<'__de, Tree<'a, T>, __R>
    for __payload::encodings::Message
    where
        '__de: 'a,
        T: __payload::DefaultEncoding<
            Encoding: __payload::encoding::FieldDecode<'__de, T, __R>
                + __payload::encoding::Encoding<
                    Value: __payload::encoding::ValueDecode<'__de, T, __R>,
                >,
        >,
    {
        fn read_body(
            previous: ::core::option::Option<Tree<'a, T>>,
            reader: &mut __payload::Reader<'__de, '_, __R>,
        ) -> __payload::Result<Tree<'a, T>> {
            let (__0, __1, __2) = match previous {
                ::core::option::Option::Some(
                    Tree { children: __0, name: __1, value: __2 },
                ) => {
                    (
                        ::core::option::Option::Some(__0),
                        ::core::option::Option::Some(__1),
                        ::core::option::Option::Some(__2),
                    )
                }
                _ => {
                    (
                        ::core::option::Option::None,
                        ::core::option::Option::None,
                        ::core::option::Option::None,
                    )
                }
            };
            let mut __0 = <<Vec<
                Tree<'a, T>,
            > as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldDecode<
                '__de,
                Vec<Tree<'a, T>>,
                __R,
            >>::start(__0);
            let mut __1 = <<&'a str as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldDecode<
                '__de,
                &'a str,
                __R,
            >>::start(__1);
            let mut __2 = <__payload::encodings::Optional<
                __payload::encodings::Fixed,
            > as __payload::encoding::FieldDecode<'__de, Option<T>, __R>>::start(__2);
            while let ::core::option::Option::Some((number, wire_type)) = reader
                .next_field()?
            {
                let read = match number {
                    2 => {
                        <<Vec<
                            Tree<'a, T>,
                        > as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldDecode<
                            '__de,
                            Vec<Tree<'a, T>>,
                            __R,
                        >>::read_field(&mut __0, wire_type, reader)
                    }
                    1 => {
                        <<&'a str as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldDecode<
                            '__de,
                            &'a str,
                            __R,
                        >>::read_field(&mut __1, wire_type, reader)
                    }
                    3 => {
                        <__payload::encodings::Optional<
                            __payload::encodings::Fixed,
                        > as __payload::encoding::FieldDecode<
                            '__de,
                            Option<T>,
                            __R,
                        >>::read_field(&mut __2, wire_type, reader)
                    }
                    _ => reader.skip(number, wire_type),
                };
                read.map_err(|error| __payload::__private::in_field(
                    error,
                    number,
                    &[(2, "children"), (1, "label"), (3, "value")],
                ))?;
            }
            ::core::result::Result::Ok(Tree {
                children: <<Vec<
                    Tree<'a, T>,
                > as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldDecode<
                    '__de,
                    Vec<Tree<'a, T>>,
                    __R,
                >>::finish(__0, reader)
                    .map_err(|error| error.in_field("children"))?,
                name: <<&'a str as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldDecode<
                    '__de,
                    &'a str,
                    __R,
                >>::finish(__1, reader)
                    .map_err(|error| error.in_field("label"))?,
                value: <__payload::encodings::Optional<
                    __payload::encodings::Fixed,
                > as __payload::encoding::FieldDecode<
                    '__de,
                    Option<T>,
                    __R,
                >>::finish(__2, reader)
                    .map_err(|error| error.in_field("value"))?,
            })
        }
    }
};
