//! Reading and writing the fields of a struct, or of a variant that is a message of its own.

use super::header::{encoding_of, place};
use crate::ast::Style;
use crate::model::{Field, FieldKind, Fields, Model};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Generics, Member, Type};

/// The variable that holds the field at a position.
pub(super) fn variable(position: usize) -> Ident {
    format_ident!("__{position}")
}

/// A number as one would write it.
pub(super) fn literal(number: u32) -> Literal {
    Literal::u32_unsuffixed(number)
}

/// `Path { a: values[0], … }`, `Path(values[0], …)` or `Path`: as a pattern or as an expression.
pub(super) fn compose(
    path: &TokenStream,
    style: Style,
    members: &[&Member],
    values: &[TokenStream],
) -> TokenStream {
    match style {
        Style::Named => quote!(#path { #(#members: #values),* }),
        Style::Tuple => quote!(#path(#(#values),*)),
        Style::Unit => path.clone(),
    }
}

impl Fields {
    /// The pattern that binds each field to its [`variable`].
    pub(super) fn pattern(&self, path: &TokenStream) -> TokenStream {
        let variables: Vec<_> = self.variables().map(|variable| quote!(#variable)).collect();
        compose(path, self.style, &self.members(), &variables)
    }

    fn members(&self) -> Vec<&Member> {
        self.list.iter().map(|field| &field.member).collect()
    }

    fn variables(&self) -> impl Iterator<Item = Ident> + '_ {
        (0..self.list.len()).map(variable)
    }

    /// Statements that write the fields, bound by [`pattern`](Self::pattern), to `writer`.
    ///
    /// In the order of their numbers, whatever that of their declaration is; a writer begins at the end.
    pub(super) fn write(&self, by_ref: bool, resource: &TokenStream) -> TokenStream {
        let mut order: Vec<_> = self.list.iter().enumerate().collect();
        order.sort_by_key(|(_, field)| match field.kind {
            FieldKind::Numbered { number, .. } => (number, false),
            FieldKind::Oneof { .. } => (u32::MAX, false),
            FieldKind::Unknown => (u32::MAX, true),
        });
        order
            .into_iter()
            .rev()
            .map(|(position, field)| field.write(&variable(position), by_ref, resource))
            .collect()
    }

    /// An expression that reads the fields from `reader` into `path`, on top of what `previous`, an `Option`, holds.
    pub(super) fn read(
        &self,
        model: &Model,
        path: &TokenStream,
        previous: &TokenStream,
        resource: &TokenStream,
    ) -> TokenStream {
        if self.list.is_empty() {
            let value = self.pattern(path);
            let read = if model.open {
                quote!(skip_fields)
            } else {
                quote!(expect_no_fields)
            };
            return quote! {
                __payload::__private::#read(reader)?;
                ::core::result::Result::Ok(#value)
            };
        }
        let pattern = self.pattern(path);
        let disjoint = self.assert_disjoint(&model.generics);
        let variables: Vec<_> = self.variables().collect();
        let none = vec![quote!(::core::option::Option::None); variables.len()];
        let starts = self
            .list
            .iter()
            .zip(&variables)
            .map(|(field, variable)| field.start(variable, resource));
        let occurrences = self.read_occurrences(model.open, &variables, resource);
        let values: Vec<_> = self
            .list
            .iter()
            .zip(&variables)
            .map(|(field, variable)| field.finish(variable, resource))
            .collect();
        let value = compose(path, self.style, &self.members(), &values);
        quote! {
            #disjoint
            let outer = reader;
            let mut reader = outer.part();
            let (#(#variables,)*) = match #previous {
                ::core::option::Option::Some(#pattern) => {
                    (#(::core::option::Option::Some(#variables),)*)
                }
                _ => (#(#none,)*),
            };
            #(#starts)*
            #occurrences
            let value = #value;
            let rest = reader.rest();
            outer.resume(rest);
            ::core::result::Result::Ok(value)
        }
    }

    /// A loop that reads all fields of the message into their slots.
    ///
    /// A tag is compared as a whole with those that the fields can have, which the compiler makes one jump of; only what is none of
    /// them is looked at closer. In a type that is `open` that is an unknown field, which is no error.
    fn read_occurrences(
        &self,
        open: bool,
        variables: &[Ident],
        resource: &TokenStream,
    ) -> TokenStream {
        let numbered = self
            .list
            .iter()
            .zip(variables)
            .filter_map(|(field, variable)| {
                let (number, read) = field.numbered("read_field", resource)?;
                let (_, accepts) = field.numbered("accepts_field", resource)?;
                Some(quote_spanned! {place(&field.ty)=>
                    #number if #accepts(tag.wire_type()) => #read(&mut #variable, tag.wire_type(), &mut reader)
                })
            });
        let rest = self.read_rest(open, variables, resource);
        let names = self.list.iter().filter_map(|field| {
            let name = &field.name;
            match field.kind {
                FieldKind::Numbered { number, .. } => {
                    let number = literal(number);
                    Some(quote!((#number, #name)))
                }
                FieldKind::Oneof { .. } | FieldKind::Unknown => None,
            }
        });
        quote! {
            const NAMES: &__payload::__private::Names = &[#(#names),*];
            while let ::core::option::Option::Some(tag) = reader.next_tag()? {
                let read = match tag.number() {
                    #(#numbered,)*
                    _ => #rest,
                };
                if let ::core::result::Result::Err(error) = read {
                    return ::core::result::Result::Err(__payload::__private::in_field(error, tag.number(), NAMES));
                }
            }
        }
    }

    /// An expression that reads a field which has the tag of none that is numbered.
    fn read_rest(&self, open: bool, variables: &[Ident], resource: &TokenStream) -> TokenStream {
        let fields = || self.list.iter().zip(variables);
        let mut rest = match fields().find(|(field, _)| matches!(field.kind, FieldKind::Unknown)) {
            Some((Field { ty, .. }, variable)) => quote_spanned! {place(ty)=>
                <#ty as __payload::__private::KeepsUnknown>::keep(&mut #variable, tag, &mut reader)
            },
            None if open => quote!(__payload::__private::skip_unknown(tag, &mut reader)),
            None => quote!(__payload::__private::unknown_field(tag, NAMES)),
        };
        let mut oneofs = false;
        for (field, variable) in fields().rev() {
            if let FieldKind::Oneof { optional } = &field.kind {
                oneofs = true;
                rest = field.read_oneof(variable, optional.as_ref(), resource, &rest);
            }
        }
        if oneofs {
            rest = quote! {
                match tag.split() {
                    ::core::result::Result::Ok((number, wire_type)) => #rest,
                    ::core::result::Result::Err(error) => ::core::result::Result::Err(error),
                }
            };
        }
        rest
    }
}

impl Fields {
    /// Checks that oneofs take no number of another field, or of each other: only the compiler sees the numbers of all.
    ///
    /// An item is looked at by `cargo check`, too, but cannot name parameters; those of a generic type wait for its use.
    fn assert_disjoint(&self, generics: &Generics) -> TokenStream {
        let mut assertions = TokenStream::new();
        let numbers = self.list.iter().filter_map(|field| match field.kind {
            FieldKind::Numbered { number, .. } => Some(literal(number)),
            FieldKind::Oneof { .. } | FieldKind::Unknown => None,
        });
        let mut taken = vec![quote!(&[#(#numbers),*])];
        for field in &self.list {
            let FieldKind::Oneof { optional } = &field.kind else {
                continue;
            };
            let ty = optional.as_ref().unwrap_or(&field.ty);
            let span = place(ty);
            let numbers =
                quote_spanned!(span=> <#ty as __payload::__private::OneofNumbers>::NUMBERS);
            for taken in &taken {
                let assertion =
                    quote_spanned!(span=> __payload::__private::assert_disjoint(#taken, #numbers));
                assertions.extend(if generics.params.is_empty() {
                    quote!(const _: () = #assertion;)
                } else {
                    quote!(const { #assertion };)
                });
            }
            taken.push(numbers);
        }
        assertions
    }
}

impl Field {
    fn write(&self, variable: &Ident, by_ref: bool, resource: &TokenStream) -> TokenStream {
        match &self.kind {
            FieldKind::Numbered { number, encoding } => {
                let (ty, value) = argument(&self.ty, variable, by_ref);
                let number = literal(*number);
                let encoding = encoding_of(&self.ty, encoding.as_ref());
                quote_spanned! {place(&self.ty)=>
                    <#encoding as __payload::encoding::FieldEncode<#ty, #resource>>::write_field(#number, #value, writer);
                }
            }
            FieldKind::Oneof { optional } => {
                let oneof = optional.as_ref().unwrap_or(&self.ty);
                let lifetime = by_ref.then(|| quote!(&'__v));
                let write = quote_spanned! {place(oneof)=>
                    <__payload::encodings::Message as __payload::encoding::OneofEncode<#lifetime #oneof, #resource>>::write_oneof
                };
                match optional {
                    None => quote!(#write(#variable, writer);),
                    Some(_) => quote! {
                        if let ::core::option::Option::Some(value) = #variable {
                            #write(value, writer);
                        }
                    },
                }
            }
            FieldKind::Unknown => {
                let ty = &self.ty;
                quote_spanned! {place(ty)=>
                    writer.bytes(<#ty as __payload::__private::KeepsUnknown>::fields(#variable));
                }
            }
        }
    }

    /// The number of a field that is not a oneof, and a function of the trait that decodes it.
    fn numbered(&self, function: &str, resource: &TokenStream) -> Option<(Literal, TokenStream)> {
        let FieldKind::Numbered { number, encoding } = &self.kind else {
            return None;
        };
        let ty = &self.ty;
        let encoding = encoding_of(ty, encoding.as_ref());
        let function = Ident::new(function, place(ty));
        let path = quote_spanned! {place(ty)=>
            <#encoding as __payload::encoding::FieldDecode<'__de, #ty, #resource>>::#function
        };
        Some((literal(*number), path))
    }

    /// Makes the slot of a field from its previous value, both of the same name.
    fn start(&self, variable: &Ident, resource: &TokenStream) -> TokenStream {
        match (self.numbered("start", resource), &self.kind) {
            (Some((_, start)), _) => {
                quote_spanned!(place(&self.ty)=> let mut #variable = #start(#variable);)
            }
            (None, FieldKind::Oneof { optional: Some(_) }) => {
                quote!(let mut #variable = ::core::option::Option::flatten(#variable);)
            }
            (None, FieldKind::Unknown) => {
                let ty = &self.ty;
                quote_spanned! {place(ty)=>
                    let mut #variable: #ty = ::core::option::Option::unwrap_or_default(#variable);
                }
            }
            (None, _) => quote!(let mut #variable = #variable;),
        }
    }

    /// Reads a field that may be one of a oneof's, else does `rest`.
    fn read_oneof(
        &self,
        variable: &Ident,
        optional: Option<&Type>,
        resource: &TokenStream,
        rest: &TokenStream,
    ) -> TokenStream {
        let ty = optional.unwrap_or(&self.ty);
        let name = &self.name;
        let read = quote_spanned! {place(ty)=>
            <__payload::encodings::Message as __payload::encoding::OneofDecode<'__de, #ty, #resource>>::read_oneof
        };
        quote! {{
            let mut part = reader.part();
            let read = #read(&mut #variable, number, wire_type, &mut part);
            let rest = part.rest();
            reader.resume(rest);
            match read {
                ::core::result::Result::Ok(true) => ::core::result::Result::Ok(()),
                ::core::result::Result::Ok(false) => #rest,
                ::core::result::Result::Err(error) => ::core::result::Result::Err(error.in_field(#name)),
            }
        }}
    }

    fn finish(&self, variable: &Ident, resource: &TokenStream) -> TokenStream {
        let name = &self.name;
        match (self.numbered("finish", resource), &self.kind) {
            (Some((_, finish)), _) => {
                quote_spanned!(place(&self.ty)=> #finish(#variable, &mut reader).map_err(|error| error.in_field(#name))?)
            }
            (None, FieldKind::Oneof { optional: Some(_) } | FieldKind::Unknown) => {
                quote!(#variable)
            }
            (None, _) => quote! {
                __payload::__private::some_variant(#variable).map_err(|error| error.in_field(#name))?
            },
        }
    }
}

/// The type and value to encode from a variable that holds a field, or a reference to one.
///
/// A reference to a reference is one reference too many: the shorter way to what it refers to is to copy the inner one.
pub(super) fn argument(ty: &Type, variable: &Ident, by_ref: bool) -> (TokenStream, TokenStream) {
    match ty {
        Type::Reference(_) if by_ref => (quote!(#ty), quote!(*#variable)),
        _ if by_ref => (quote!(&'__v #ty), quote!(#variable)),
        _ => (quote!(#ty), quote!(#variable)),
    }
}
