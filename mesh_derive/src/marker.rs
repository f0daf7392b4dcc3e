//! The value of `#[mesh(encoding = "…")]`: a type, in which the codec's own markers need no path.

use proc_macro2::Span;
use syn::{GenericArgument, PathArguments, Type, parse_quote_spanned};

/// The markers in the codec's `encodings` module.
const KNOWN: &[&str] = &[
    "Address",
    "Borrowed",
    "Boxed",
    "Byte",
    "Entry",
    "Fixed",
    "Fixed128",
    "Map",
    "Message",
    "Optional",
    "OsText",
    "Outcome",
    "Prost",
    "Repeated",
    "Resource",
    "Shared",
    "Text",
    "Transparent",
    "Tuple",
    "Unpacked",
    "Varint",
    "Via",
    "Wrapped",
    "ZigZag",
];

/// `ty` with a path before each of the codec's markers that is written without one, arguments of other types included.
pub(crate) fn qualify(mut ty: Type) -> Type {
    qualify_in_place(&mut ty);
    ty
}

fn qualify_in_place(ty: &mut Type) {
    let path = match ty {
        Type::Path(path) => path,
        Type::Tuple(tuple) => return tuple.elems.iter_mut().for_each(qualify_in_place),
        _ => return,
    };
    for segment in &mut path.path.segments {
        // The arguments of these are types of values, which may have the name of a marker and not be it.
        if segment.ident == "Via" || segment.ident == "Prost" {
            continue;
        }
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
            // Errors about the marker point at the attribute.
            let span = segment.ident.span().resolved_at(Span::call_site());
            *ty = parse_quote_spanned!(span=> __payload::encodings::#segment);
        }
    }
}
