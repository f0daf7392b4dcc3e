const _: () = {
    use ::mesh_protobuf as __payload;
    #[automatically_derived]
    impl __payload::encoding::MessageName for Drawing {
        const PACKAGE: &'static str = "";
        const NAME: &'static str = "Drawing";
    }
    #[automatically_derived]
    impl __payload::DefaultEncoding for Drawing {
        type Encoding = __payload::encodings::Message;
    }
    #[automatically_derived]
    impl<'__v, __R> __payload::encoding::MessageEncode<&'__v Drawing, __R>
    for __payload::encodings::Message {
        fn write_body(value: &'__v Drawing, writer: &mut __payload::Writer<__R>) {
            let Drawing { name: __0, shape: __1, frame: __2 } = value;
            if let ::core::option::Option::Some(value) = __2 {
                <__payload::encodings::Message as __payload::encoding::OneofEncode<
                    &'__v Frame,
                    __R,
                >>::write_oneof(value, writer);
            }
            <__payload::encodings::Message as __payload::encoding::OneofEncode<
                &'__v Shape,
                __R,
            >>::write_oneof(__1, writer);
            <<String as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldEncode<
                &'__v String,
                __R,
            >>::write_field(1, __0, writer);
        }
    }
    #[automatically_derived]
    impl<__R> __payload::encoding::MessageEncode<Drawing, __R>
    for __payload::encodings::Message {
        #[inline]
        fn write_body(value: Drawing, writer: &mut __payload::Writer<__R>) {
            <Self as __payload::encoding::MessageEncode<
                &Drawing,
                __R,
            >>::write_body(&value, writer);
        }
    }
    #[automatically_derived]
    impl<'__de, __R> __payload::encoding::MessageDecode<'__de, Drawing, __R>
    for __payload::encodings::Message {
        fn read_body(
            previous: ::core::option::Option<Drawing>,
            reader: &mut __payload::Reader<'__de, '_, __R>,
        ) -> __payload::Result<Drawing> {
            const _: () = __payload::__private::assert_disjoint(
                &[1],
                <Shape as __payload::__private::OneofNumbers>::NUMBERS,
            );
            const _: () = __payload::__private::assert_disjoint(
                &[1],
                <Frame as __payload::__private::OneofNumbers>::NUMBERS,
            );
            const _: () = __payload::__private::assert_disjoint(
                <Shape as __payload::__private::OneofNumbers>::NUMBERS,
                <Frame as __payload::__private::OneofNumbers>::NUMBERS,
            );
            let (__0, __1, __2) = match previous {
                ::core::option::Option::Some(
                    Drawing { name: __0, shape: __1, frame: __2 },
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
            let mut __0 = <<String as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldDecode<
                '__de,
                String,
                __R,
            >>::start(__0);
            let mut __1 = __1;
            let mut __2 = ::core::option::Option::flatten(__2);
            while let ::core::option::Option::Some((number, wire_type)) = reader
                .next_field()?
            {
                let read = match number {
                    1 => {
                        <<String as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldDecode<
                            '__de,
                            String,
                            __R,
                        >>::read_field(&mut __0, wire_type, reader)
                    }
                    _ => {
                        match <__payload::encodings::Message as __payload::encoding::OneofDecode<
                            '__de,
                            Shape,
                            __R,
                        >>::read_oneof(&mut __1, number, wire_type, reader) {
                            ::core::result::Result::Ok(true) => {
                                ::core::result::Result::Ok(())
                            }
                            ::core::result::Result::Ok(false) => {
                                match <__payload::encodings::Message as __payload::encoding::OneofDecode<
                                    '__de,
                                    Frame,
                                    __R,
                                >>::read_oneof(&mut __2, number, wire_type, reader) {
                                    ::core::result::Result::Ok(true) => {
                                        ::core::result::Result::Ok(())
                                    }
                                    ::core::result::Result::Ok(false) => {
                                        reader.skip(number, wire_type)
                                    }
                                    ::core::result::Result::Err(error) => {
                                        ::core::result::Result::Err(error.in_field("frame"))
                                    }
                                }
                            }
                            ::core::result::Result::Err(error) => {
                                ::core::result::Result::Err(error.in_field("shape"))
                            }
                        }
                    }
                };
                read.map_err(|error| __payload::__private::in_field(
                    error,
                    number,
                    &[(1, "name")],
                ))?;
            }
            ::core::result::Result::Ok(Drawing {
                name: <<String as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldDecode<
                    '__de,
                    String,
                    __R,
                >>::finish(__0, reader)
                    .map_err(|error| error.in_field("name"))?,
                shape: __payload::__private::some_variant(__1)
                    .map_err(|error| error.in_field("shape"))?,
                frame: __2,
            })
        }
    }
};
