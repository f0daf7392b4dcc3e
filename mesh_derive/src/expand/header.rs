//! The first line of an impl: parameters, the type, and bounds.
//!
//! Bounds are on type parameters, never on the types of fields, so that a type can contain itself. A parameter that no field
//! mentions, or that is only in a `PhantomData`, is not bound.

use crate::model::{Model, Resource};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{GenericParam, Generics, Ident, LifetimeParam, Type, WherePredicate, parse_quote};

/// What an impl does with the type.
#[derive(Clone, Copy, Debug)]
pub(super) enum Action<'t> {
    /// Encodes it by value.
    Encode,
    /// Encodes it from a reference.
    EncodeRef,
    /// Encodes it by value through the impl of this trait for references.
    Forward(&'t TokenStream),
    /// Decodes it.
    Decode,
}

/// The parts of `impl<generics> Trait<value, resource> for … where …`.
#[derive(Debug)]
pub(super) struct Header {
    /// All parameters, with all bounds.
    pub(super) generics: Generics,
    /// `'__de,` if the trait decodes.
    input: Option<TokenStream>,
    /// The type that the trait is about: `Foo<T>`, or `&'__v Foo<T>`.
    pub(super) value: TokenStream,
    /// The type of the resources.
    pub(super) resource: TokenStream,
}

impl Header {
    /// The header of an impl that reads or writes.
    pub(super) fn new(model: &Model, action: Action<'_>) -> Self {
        let mut generics = model.generics.clone();
        let own = own_type(model);
        let resource = match &model.resource {
            Resource::Mesh { ty, .. } => ty.clone(),
            Resource::Named(ty) => ty.to_token_stream(),
            Resource::Any => {
                generics.params.push(parse_quote!(__R));
                quote!(__R)
            }
        };
        let mut value = own.clone();
        match action {
            Action::EncodeRef => {
                generics.params.insert(0, parse_quote!('__v));
                value = quote!(&'__v #own);
            }
            Action::Decode => {
                let outlive: Vec<WherePredicate> = generics
                    .lifetimes()
                    .map(|LifetimeParam { lifetime, .. }| parse_quote!('__de: #lifetime))
                    .collect();
                if !outlive.is_empty() {
                    generics.make_where_clause().predicates.extend(outlive);
                }
                generics.params.insert(0, parse_quote!('__de));
            }
            Action::Encode | Action::Forward(_) => {}
        }
        let bounds = match action {
            Action::Forward(by_ref) if model.generics.type_params().next().is_some() => {
                vec![parse_quote! {
                    for<'__v> __payload::encodings::Message: #by_ref<&'__v #own, #resource>
                }]
            }
            Action::Forward(_) => Vec::new(),
            _ => bounds(model, action, &resource),
        };
        if !bounds.is_empty() {
            generics.make_where_clause().predicates.extend(bounds);
        }
        Self {
            generics,
            input: matches!(action, Action::Decode).then(|| quote!('__de,)),
            value,
            resource,
        }
    }

    /// `impl<…> name<'__de, value, resource> for Message where … { body }`, `name` without its arguments.
    pub(super) fn implement(&self, name: &TokenStream, body: &TokenStream) -> TokenStream {
        let Self {
            generics,
            input,
            value,
            resource,
        } = self;
        let (parameters, _, clause) = generics.split_for_impl();
        quote! {
            #[automatically_derived]
            impl #parameters #name<#input #value, #resource> for __payload::encodings::Message #clause {
                #body
            }
        }
    }
}

/// The type with its parameters.
pub(super) fn own_type(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let (_, arguments, _) = model.generics.split_for_impl();
    quote!(#ident #arguments)
}

/// `impl DefaultEncoding for Foo`, with no more bounds than the type itself has.
pub(super) fn default_encoding(
    generics: &Generics,
    own: &TokenStream,
    encoding: &TokenStream,
) -> TokenStream {
    let (parameters, _, clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #parameters __payload::DefaultEncoding for #own #clause {
            type Encoding = #encoding;
        }
    }
}

fn bounds(model: &Model, action: Action<'_>, resource: &TokenStream) -> Vec<WherePredicate> {
    if let Some(bound) = &model.bound {
        return bound.clone();
    }
    used_parameters(model)
        .into_iter()
        .map(|parameter| match (&model.resource, action) {
            (Resource::Mesh { payload_trait, .. }, _) => parse_quote!(#parameter: #payload_trait),
            (_, Action::Decode) => parse_quote! {
                #parameter: __payload::DefaultEncoding<
                    Encoding: __payload::encoding::FieldDecode<'__de, #parameter, #resource>
                        + __payload::encoding::Encoding<
                            Value: __payload::encoding::ValueDecode<'__de, #parameter, #resource>,
                        >,
                >
            },
            (_, action) => {
                let lifetime = matches!(action, Action::EncodeRef).then(|| quote!(&'__v));
                parse_quote! {
                    #parameter: __payload::DefaultEncoding<
                        Encoding: __payload::encoding::FieldEncode<#lifetime #parameter, #resource>
                            + __payload::encoding::Encoding<
                                Value: __payload::encoding::ValueEncode<#lifetime #parameter, #resource>,
                            >,
                    >
                }
            }
        })
        .collect()
}

/// The type parameters that are in the type of a field.
pub(super) fn used_parameters(model: &Model) -> Vec<&Ident> {
    let mut search = Search {
        parameters: model
            .generics
            .params
            .iter()
            .filter_map(|parameter| match parameter {
                GenericParam::Type(parameter) => Some((&parameter.ident, false)),
                _ => None,
            })
            .collect(),
    };
    for ty in model.layout.types() {
        search.visit_type(ty);
    }
    search
        .parameters
        .into_iter()
        .filter_map(|(parameter, used)| used.then_some(parameter))
        .collect()
}

struct Search<'m> {
    parameters: Vec<(&'m Ident, bool)>,
}

impl<'t> Visit<'t> for Search<'_> {
    fn visit_path(&mut self, path: &'t syn::Path) {
        if path
            .segments
            .last()
            .is_some_and(|last| last.ident == "PhantomData")
        {
            return;
        }
        if let (None, Some(first)) = (path.leading_colon, path.segments.first()) {
            for (parameter, used) in &mut self.parameters {
                *used |= first.ident == **parameter;
            }
        }
        visit::visit_path(self, path);
    }
}

/// Where code about a field points: at its type, so that what the compiler says of the code is said there.
pub(super) fn place(ty: &Type) -> Span {
    ty.span().resolved_at(Span::call_site())
}

/// A field type's own layout.
pub(super) fn encoding_of(ty: &Type, encoding: Option<&Type>) -> TokenStream {
    match encoding {
        Some(encoding) => encoding.to_token_stream(),
        None => quote_spanned!(place(ty)=> <#ty as __payload::DefaultEncoding>::Encoding),
    }
}
