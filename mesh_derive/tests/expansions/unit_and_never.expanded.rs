const _: () = {
    use ::mesh::payload as __payload;
    #[automatically_derived]
    impl __payload::encoding::MessageName for Unit {
        const PACKAGE: &'static str = "";
        const NAME: &'static str = "Unit";
    }
    #[automatically_derived]
    impl __payload::DefaultEncoding for Unit {
        type Encoding = __payload::encodings::Message;
    }
    #[automatically_derived]
    impl __payload::encoding::MessageEncode<Unit, ::mesh::resource::Resource>
    for __payload::encodings::Message {
        fn write_body(_: Unit, _: &mut __payload::Writer<::mesh::resource::Resource>) {}
    }
    #[automatically_derived]
    impl<
        '__de,
    > __payload::encoding::MessageDecode<'__de, Unit, ::mesh::resource::Resource>
    for __payload::encodings::Message {
        fn read_body(
            _: ::core::option::Option<Unit>,
            reader: &mut __payload::Reader<'__de, '_, ::mesh::resource::Resource>,
        ) -> __payload::Result<Unit> {
            __payload::__private::skip_fields(reader)?;
            ::core::result::Result::Ok(Unit)
        }
    }
};
const _: () = {
    use ::mesh_protobuf as __payload;
    #[automatically_derived]
    impl __payload::encoding::MessageName for Never {
        const PACKAGE: &'static str = "";
        const NAME: &'static str = "Never";
    }
    #[automatically_derived]
    impl __payload::DefaultEncoding for Never {
        type Encoding = __payload::encodings::Message;
    }
    #[automatically_derived]
    impl __payload::__private::OneofNumbers for Never {
        const NUMBERS: &'static [u32] = &[];
    }
    #[automatically_derived]
    impl<'__v, __R> __payload::encoding::OneofEncode<&'__v Never, __R>
    for __payload::encodings::Message {
        fn write_oneof(value: &'__v Never, _: &mut __payload::Writer<__R>) {
            match *value {}
        }
    }
    #[automatically_derived]
    impl<__R> __payload::encoding::OneofEncode<Never, __R>
    for __payload::encodings::Message {
        #[inline]
        fn write_oneof(value: Never, writer: &mut __payload::Writer<__R>) {
            <Self as __payload::encoding::OneofEncode<
                &Never,
                __R,
            >>::write_oneof(&value, writer);
        }
    }
    #[automatically_derived]
    impl<'__v, __R> __payload::encoding::MessageEncode<&'__v Never, __R>
    for __payload::encodings::Message {
        #[inline]
        fn write_body(value: &'__v Never, writer: &mut __payload::Writer<__R>) {
            <Self as __payload::encoding::OneofEncode<
                &'__v Never,
                __R,
            >>::write_oneof(value, writer);
        }
    }
    #[automatically_derived]
    impl<__R> __payload::encoding::MessageEncode<Never, __R>
    for __payload::encodings::Message {
        #[inline]
        fn write_body(value: Never, writer: &mut __payload::Writer<__R>) {
            <Self as __payload::encoding::OneofEncode<
                Never,
                __R,
            >>::write_oneof(value, writer);
        }
    }
    #[automatically_derived]
    impl<'__de, __R> __payload::encoding::OneofDecode<'__de, Never, __R>
    for __payload::encodings::Message {
        fn read_oneof(
            _: &mut ::core::option::Option<Never>,
            _: u32,
            _: __payload::wire::WireType,
            _: &mut __payload::Reader<'__de, '_, __R>,
        ) -> __payload::Result<bool> {
            ::core::result::Result::Ok(false)
        }
    }
    #[automatically_derived]
    impl<'__de, __R> __payload::encoding::MessageDecode<'__de, Never, __R>
    for __payload::encodings::Message {
        fn read_body(
            previous: ::core::option::Option<Never>,
            reader: &mut __payload::Reader<'__de, '_, __R>,
        ) -> __payload::Result<Never> {
            __payload::__private::read_oneof_body(previous, reader)
        }
    }
};
