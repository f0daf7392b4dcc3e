const _: () = {
    use ::mesh::payload as __payload;
    #[automatically_derived]
    impl __payload::encoding::MessageName for DiskRead {
        const PACKAGE: &'static str = "";
        const NAME: &'static str = "DiskRead";
    }
    #[automatically_derived]
    impl __payload::DefaultEncoding for DiskRead {
        type Encoding = __payload::encodings::Message;
    }
    #[automatically_derived]
    impl __payload::encoding::MessageEncode<DiskRead, ::mesh::resource::Resource>
    for __payload::encodings::Message {
        fn write_body(
            value: DiskRead,
            writer: &mut __payload::Writer<::mesh::resource::Resource>,
        ) {
            let DiskRead { offset: __0, result: __1 } = value;
            <<OneshotSender<
                Vec<u8>,
            > as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldEncode<
                OneshotSender<Vec<u8>>,
                ::mesh::resource::Resource,
            >>::write_field(2, __1, writer);
            <<u64 as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldEncode<
                u64,
                ::mesh::resource::Resource,
            >>::write_field(1, __0, writer);
        }
    }
    #[automatically_derived]
    impl<
        '__de,
    > __payload::encoding::MessageDecode<'__de, DiskRead, ::mesh::resource::Resource>
    for __payload::encodings::Message {
        fn read_body(
            previous: ::core::option::Option<DiskRead>,
            reader: &mut __payload::Reader<'__de, '_, ::mesh::resource::Resource>,
        ) -> __payload::Result<DiskRead> {
            let (__0, __1) = match previous {
                ::core::option::Option::Some(DiskRead { offset: __0, result: __1 }) => {
                    (
                        ::core::option::Option::Some(__0),
                        ::core::option::Option::Some(__1),
                    )
                }
                _ => (::core::option::Option::None, ::core::option::Option::None),
            };
            let mut __0 = <<u64 as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldDecode<
                '__de,
                u64,
                ::mesh::resource::Resource,
            >>::start(__0);
            let mut __1 = <<OneshotSender<
                Vec<u8>,
            > as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldDecode<
                '__de,
                OneshotSender<Vec<u8>>,
                ::mesh::resource::Resource,
            >>::start(__1);
            while let ::core::option::Option::Some((number, wire_type)) = reader
                .next_field()?
            {
                let read = match number {
                    1 => {
                        <<u64 as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldDecode<
                            '__de,
                            u64,
                            ::mesh::resource::Resource,
                        >>::read_field(&mut __0, wire_type, reader)
                    }
                    2 => {
                        <<OneshotSender<
                            Vec<u8>,
                        > as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldDecode<
                            '__de,
                            OneshotSender<Vec<u8>>,
                            ::mesh::resource::Resource,
                        >>::read_field(&mut __1, wire_type, reader)
                    }
                    _ => reader.skip(number, wire_type),
                };
                read.map_err(|error| __payload::__private::in_field(
                    error,
                    number,
                    &[(1, "offset"), (2, "result")],
                ))?;
            }
            ::core::result::Result::Ok(DiskRead {
                offset: <<u64 as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldDecode<
                    '__de,
                    u64,
                    ::mesh::resource::Resource,
                >>::finish(__0, reader)
                    .map_err(|error| error.in_field("offset"))?,
                result: <<OneshotSender<
                    Vec<u8>,
                > as __payload::DefaultEncoding>::Encoding as __payload::encoding::FieldDecode<
                    '__de,
                    OneshotSender<Vec<u8>>,
                    ::mesh::resource::Resource,
                >>::finish(__1, reader)
                    .map_err(|error| error.in_field("result"))?,
            })
        }
    }
};
