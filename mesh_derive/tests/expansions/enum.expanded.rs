const _: () = {
    use mesh_node::payload as __payload;
    #[automatically_derived]
    impl<T> __payload::encoding::MessageName for Request<T> {
        const PACKAGE: &'static str = "";
        const NAME: &'static str = "Request";
    }
    #[automatically_derived]
    impl<T> __payload::DefaultEncoding for Request<T> {
        type Encoding = __payload::encodings::Message;
    }
    #[automatically_derived]
    impl<T> __payload::__private::OneofNumbers for Request<T> {
        const NUMBERS: &'static [u32] = &[1, 2, 3];
    }
    #[automatically_derived]
    impl<T> __payload::encoding::OneofEncode<Request<T>, mesh_node::resource::Resource>
    for __payload::encodings::Message
    where
        T: mesh_node::MeshPayload,
    {
        fn write_oneof(
            value: Request<T>,
            writer: &mut __payload::Writer<mesh_node::resource::Resource>,
        ) {
            match value {
                Request::Read(__0) => {
                    <<<T as __payload::DefaultEncoding>::Encoding as __payload::encoding::Encoding>::Value as __payload::encoding::ValueEncode<
                        T,
                        mesh_node::resource::Resource,
                    >>::write_tagged(1, __0, writer)
                }
                Request::Write { offset: __0, data: __1 } => {
                    __payload::__private::write_message(
                        2,
                        writer,
                        |writer| {
                            <<Vec<
                                u8,
                            > as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldEncode<
                                Vec<u8>,
                                mesh_node::resource::Resource,
                            >>::write_field(2, __1, writer);
                            <<u64 as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldEncode<
                                u64,
                                mesh_node::resource::Resource,
                            >>::write_field(1, __0, writer);
                        },
                    )
                }
                Request::Flush => __payload::__private::write_empty(3, writer),
            }
        }
    }
    #[automatically_derived]
    impl<T> __payload::encoding::MessageEncode<Request<T>, mesh_node::resource::Resource>
    for __payload::encodings::Message
    where
        T: mesh_node::MeshPayload,
    {
        #[inline]
        fn write_body(
            value: Request<T>,
            writer: &mut __payload::Writer<mesh_node::resource::Resource>,
        ) {
            <Self as __payload::encoding::OneofEncode<
                Request<T>,
                mesh_node::resource::Resource,
            >>::write_oneof(value, writer);
        }
    }
    #[automatically_derived]
    impl<
        '__de,
        T,
    > __payload::encoding::OneofDecode<'__de, Request<T>, mesh_node::resource::Resource>
    for __payload::encodings::Message
    where
        T: mesh_node::MeshPayload,
    {
        fn read_oneof(
            slot: &mut ::core::option::Option<Request<T>>,
            number: u32,
            wire_type: __payload::wire::WireType,
            reader: &mut __payload::Reader<'__de, '_, mesh_node::resource::Resource>,
        ) -> __payload::Result<bool> {
            let read = match number {
                1 => {
                    let previous = match slot.take() {
                        ::core::option::Option::Some(Request::Read(value)) => {
                            ::core::option::Option::Some(value)
                        }
                        _ => ::core::option::Option::None,
                    };
                    <<<T as __payload::DefaultEncoding>::Encoding as __payload::encoding::Encoding>::Value as __payload::encoding::ValueDecode<
                        '__de,
                        T,
                        mesh_node::resource::Resource,
                    >>::read_value(previous, wire_type, reader)
                        .map(Request::Read)
                }
                2 => {
                    let previous = slot.take();
                    __payload::__private::read_message(
                        wire_type,
                        reader,
                        |reader| {
                            let (__0, __1) = match previous {
                                ::core::option::Option::Some(
                                    Request::Write { offset: __0, data: __1 },
                                ) => {
                                    (
                                        ::core::option::Option::Some(__0),
                                        ::core::option::Option::Some(__1),
                                    )
                                }
                                _ => {
                                    (::core::option::Option::None, ::core::option::Option::None)
                                }
                            };
                            let mut __0 = <<u64 as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldDecode<
                                '__de,
                                u64,
                                mesh_node::resource::Resource,
                            >>::start(__0);
                            let mut __1 = <<Vec<
                                u8,
                            > as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldDecode<
                                '__de,
                                Vec<u8>,
                                mesh_node::resource::Resource,
                            >>::start(__1);
                            while let ::core::option::Option::Some(
                                (number, wire_type),
                            ) = reader.next_field()?
                            {
                                let read = match number {
                                    1 => {
                                        <<u64 as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldDecode<
                                            '__de,
                                            u64,
                                            mesh_node::resource::Resource,
                                        >>::read_field(&mut __0, wire_type, reader)
                                    }
                                    2 => {
                                        <<Vec<
                                            u8,
                                        > as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldDecode<
                                            '__de,
                                            Vec<u8>,
                                            mesh_node::resource::Resource,
                                        >>::read_field(&mut __1, wire_type, reader)
                                    }
                                    _ => reader.skip(number, wire_type),
                                };
                                read.map_err(|error| __payload::__private::in_field(
                                    error,
                                    number,
                                    &[(1, "offset"), (2, "data")],
                                ))?;
                            }
                            ::core::result::Result::Ok(Request::Write {
                                offset: <<u64 as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldDecode<
                                    '__de,
                                    u64,
                                    mesh_node::resource::Resource,
                                >>::finish(__0, reader)
                                    .map_err(|error| error.in_field("offset"))?,
                                data: <<Vec<
                                    u8,
                                > as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldDecode<
                                    '__de,
                                    Vec<u8>,
                                    mesh_node::resource::Resource,
                                >>::finish(__1, reader)
                                    .map_err(|error| error.in_field("data"))?,
                            })
                        },
                    )
                }
                3 => {
                    __payload::__private::read_empty(wire_type, reader)
                        .map(|()| Request::Flush)
                }
                _ => return ::core::result::Result::Ok(false),
            };
            *slot = ::core::option::Option::Some(
                read
                    .map_err(|error| __payload::__private::in_field(
                        error,
                        number,
                        &[(1, "Read"), (2, "Write"), (3, "Flush")],
                    ))?,
            );
            ::core::result::Result::Ok(true)
        }
    }
    #[automatically_derived]
    impl<
        '__de,
        T,
    > __payload::encoding::MessageDecode<
        '__de,
        Request<T>,
        mesh_node::resource::Resource,
    > for __payload::encodings::Message
    where
        T: mesh_node::MeshPayload,
    {
        fn read_body(
            previous: ::core::option::Option<Request<T>>,
            reader: &mut __payload::Reader<'__de, '_, mesh_node::resource::Resource>,
        ) -> __payload::Result<Request<T>> {
            __payload::__private::read_oneof_body(previous, reader)
        }
    }
};
