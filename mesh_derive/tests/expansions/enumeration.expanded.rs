const _: () = {
    use ::mesh_protobuf as __payload;
    #[automatically_derived]
    impl __payload::encoding::MessageName for Status {
        const PACKAGE: &'static str = "";
        const NAME: &'static str = "Status";
    }
    #[automatically_derived]
    impl __payload::DefaultEncoding for Status {
        type Encoding = __payload::encodings::Varint;
    }
    #[automatically_derived]
    impl __payload::encodings::Scalar for Status {
        #[inline]
        fn to_bits(&self) -> u64 {
            match self {
                Status::Unknown { .. } => 0,
                Status::Bad { .. } => 18446744073709551615,
            }
        }
    }
    #[automatically_derived]
    impl __payload::encodings::FromScalar for Status {
        #[inline]
        fn from_bits(bits: u64) -> ::core::option::Option<Self> {
            match bits {
                0 => ::core::option::Option::Some(Status::Unknown {}),
                18446744073709551615 => ::core::option::Option::Some(Status::Bad {}),
                _ => ::core::option::Option::None,
            }
        }
        #[inline]
        fn out_of_range() -> __payload::ErrorKind {
            __payload::ErrorKind::UnknownVariant
        }
    }
};
