//! The first stage: the item as written, with its attributes read but not yet judged.
//!
//! `Self` in the item's types and bounds is replaced by the item's own name and parameters here, since the generated impls
//! are on another type, where `Self` would mean something else.

use crate::attributes::{Attributes, Place};
use crate::errors::Errors;
use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{DeriveInput, Error, Expr, ExprLit, Generics, Ident, Index, Lit, Member, Meta, Type};

/// A struct or enum.
#[derive(Debug)]
pub(crate) struct Item {
    /// Its name.
    pub(crate) ident: Ident,
    /// Its parameters and bounds.
    pub(crate) generics: Generics,
    /// What its `#[mesh(…)]` says.
    pub(crate) attributes: Attributes,
    /// Whether it, a variant or a field is `#[deprecated]`.
    pub(crate) deprecated: bool,
    /// Its documentation.
    pub(crate) docs: String,
    /// What it is made of.
    pub(crate) data: Data,
}

/// What an item is made of.
#[derive(Debug)]
pub(crate) enum Data {
    /// A struct's fields.
    Struct(Fields),
    /// An enum's variants.
    Enum(Vec<Variant>),
}

/// How a struct or variant is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// `{ a: A }`
    Named,
    /// `(A)`
    Tuple,
    /// Nothing.
    Unit,
}

/// The fields of a struct or variant.
#[derive(Debug)]
pub(crate) struct Fields {
    /// How they are written.
    pub(crate) style: Style,
    /// In the order of their declaration.
    pub(crate) list: Vec<Field>,
}

/// A field.
#[derive(Debug)]
pub(crate) struct Field {
    /// Its name or position.
    pub(crate) member: Member,
    /// Its type.
    pub(crate) ty: Type,
    /// What its `#[mesh(…)]` says.
    pub(crate) attributes: Attributes,
    /// Where errors about the whole field point.
    pub(crate) span: Span,
    /// Its documentation.
    pub(crate) docs: String,
}

/// A variant of an enum.
#[derive(Debug)]
pub(crate) struct Variant {
    /// Its name.
    pub(crate) ident: Ident,
    /// What its `#[mesh(…)]` says.
    pub(crate) attributes: Attributes,
    /// What it holds.
    pub(crate) fields: Fields,
    /// Its documentation.
    pub(crate) docs: String,
}

/// Parses what a derive macro is given.
pub(crate) fn parse(input: TokenStream) -> Result<Item, Error> {
    let mut input: DeriveInput = syn::parse2(input)?;
    if mentions_self(input.to_token_stream()) {
        let ident = &input.ident;
        let (_, arguments, _) = input.generics.split_for_impl();
        let path = arguments.as_turbofish().to_token_stream();
        let path = quote!(#ident #path);
        input = syn::parse2(replace_self(input.to_token_stream(), &path))?;
    }

    let mut errors = Errors::default();
    let mut deprecated = is_deprecated(&input.attrs);
    let attributes = Attributes::parse(&input.attrs, Place::Container, &mut errors);
    let data = match &input.data {
        syn::Data::Struct(data) => {
            Data::Struct(Fields::parse(&data.fields, &mut deprecated, &mut errors))
        }
        syn::Data::Enum(data) => Data::Enum(
            data.variants
                .iter()
                .map(|variant| {
                    deprecated |= is_deprecated(&variant.attrs);
                    Variant {
                        ident: variant.ident.clone(),
                        attributes: Attributes::parse(&variant.attrs, Place::Variant, &mut errors),
                        fields: Fields::parse(&variant.fields, &mut deprecated, &mut errors),
                        docs: docs(&variant.attrs),
                    }
                })
                .collect(),
        ),
        syn::Data::Union(data) => {
            return Err(Error::new(
                data.union_token.span,
                "a union cannot be encoded, since nothing says which field is valid; use an enum",
            ));
        }
    };
    errors.finish(Item {
        ident: input.ident,
        generics: input.generics,
        attributes,
        deprecated,
        docs: docs(&input.attrs),
        data,
    })
}

impl Fields {
    fn parse(fields: &syn::Fields, deprecated: &mut bool, errors: &mut Errors) -> Self {
        let style = match fields {
            syn::Fields::Named(_) => Style::Named,
            syn::Fields::Unnamed(_) => Style::Tuple,
            syn::Fields::Unit => Style::Unit,
        };
        let list = fields
            .iter()
            .enumerate()
            .map(|(position, field)| {
                *deprecated |= is_deprecated(&field.attrs);
                Field {
                    member: match &field.ident {
                        Some(ident) => Member::Named(ident.clone()),
                        None => Member::Unnamed(Index::from(position)),
                    },
                    ty: field.ty.clone(),
                    attributes: Attributes::parse(&field.attrs, Place::Field, errors),
                    span: match &field.ident {
                        Some(ident) => ident.span(),
                        None => field.ty.span(),
                    },
                    docs: docs(&field.attrs),
                }
            })
            .collect();
        Self { style, list }
    }
}

fn is_deprecated(attributes: &[syn::Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("deprecated"))
}

/// The lines of a documentation comment, without the space that each begins with. What a macro would fill in is left out.
fn docs(attributes: &[syn::Attribute]) -> String {
    let lines: Vec<String> = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(text),
                    ..
                }) => Some(text.value()),
                _ => None,
            },
            _ => None,
        })
        .collect();
    let lines: Vec<&str> = lines
        .iter()
        .flat_map(|text| text.split('\n'))
        .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
        .collect();
    lines.join("\n").trim_end().into()
}

fn mentions_self(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "Self",
        TokenTree::Group(group) => mentions_self(group.stream()),
        _ => false,
    })
}

fn replace_self(tokens: TokenStream, path: &TokenStream) -> TokenStream {
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Ident(ident) if ident == "Self" => path.clone(),
            TokenTree::Group(group) => {
                let mut replaced =
                    Group::new(group.delimiter(), replace_self(group.stream(), path));
                replaced.set_span(group.span());
                TokenTree::Group(replaced).into()
            }
            other => other.into(),
        })
        .collect()
}
