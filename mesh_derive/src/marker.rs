//! The value of `#[mesh(encoding = "…")]`: a type, in which the codec's own markers need no path.

use quote::format_ident;
use syn::{GenericArgument, PathArguments, Type, parse_quote};

/// The markers in the codec's `encodings` module.
const KNOWN: &[&str] = &[
    "Byte",
    "Fixed",
    "Message",
    "Optional",
    "Repeated",
    "Resource",
    "Text",
    "Transparent",
    "Varint",
    "Wrapped",
    "ZigZag",
];

/// `ty` with a path before each of the codec's markers that is written without one, arguments of other types included.
pub(crate) fn qualify(mut ty: Type) -> Type {
    qualify_in_place(&mut ty);
    ty
}

fn qualify_in_place(ty: &mut Type) {
    let Type::Path(path) = ty else { return };
    for segment in &mut path.path.segments {
        if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
            for argument in &mut arguments.args {
                if let GenericArgument::Type(ty) = argument {
                    qualify_in_place(ty);
                }
            }
        }
    }
    let bare = path.qself.is_none() && path.path.leading_colon.is_none();
    let mut segments = path.path.segments.iter();
    if let (true, Some(segment), None) = (bare, segments.next(), segments.next()) {
        if KNOWN.iter().any(|known| segment.ident == known) {
            let root = format_ident!("__payload");
            *ty = parse_quote!(#root::encodings::#segment);
        }
    }
}
