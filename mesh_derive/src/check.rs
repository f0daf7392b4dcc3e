//! The second stage: decides the layout and refuses what cannot be laid out, saying how to mend it.

use crate::ast::{self, Data, Item, Style};
use crate::attributes::{Attributes, Number};
use crate::errors::Errors;
use crate::marker::qualify;
use crate::model::{
    Content, Enumeration, Field, FieldKind, Fields, Layout, Model, Resource, Transparent, Variant,
};
use crate::words;
use proc_macro2::{Ident, Span};
use quote::quote;
use std::collections::HashMap;
use syn::ext::IdentExt;
use syn::{Error, GenericArgument, Member, PathArguments, Type};

/// Which macro was derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavor {
    /// `MeshPayload`: numbers by position, resources of a mesh.
    Payload,
    /// `Protobuf`: explicit numbers, any resources or none.
    Protobuf,
}

/// The highest field number that protobuf allows.
const MAX_FIELD_NUMBER: i64 = (1 << 29) - 1;

/// The field numbers that protobuf keeps for itself.
const RESERVED: std::ops::RangeInclusive<i64> = 19_000..=19_999;

/// Decides how `item` is laid out.
pub(crate) fn check(item: Item, flavor: Flavor) -> Result<Model, Error> {
    let mut checker = Checker {
        flavor,
        resources: flavor == Flavor::Payload || item.attributes.resource.is_some(),
        errors: Errors::default(),
    };
    if flavor == Flavor::Payload {
        for lifetime in item.generics.lifetimes() {
            checker.errors.at(
                lifetime.lifetime.span(),
                "borrowing types are `Protobuf` only, since a message must outlive its sender; \
                 own the data, or derive `Protobuf`",
            );
        }
    }
    let layout = checker.layout(&item);
    let name = checker.name(&item);
    let (payload, resource) = checker.paths(&item.attributes);
    checker.errors.finish(())?;
    Ok(Model {
        ident: item.ident,
        generics: item.generics,
        name,
        payload,
        resource,
        open: flavor == Flavor::Protobuf,
        bound: item.attributes.bound,
        deprecated: item.deprecated,
        docs: item.docs,
        layout: layout?,
    })
}

struct Checker {
    flavor: Flavor,
    /// Whether the type may carry resources.
    resources: bool,
    errors: Errors,
}

/// The numbers given out so far in one message, with the names of their owners.
#[derive(Default)]
struct Numbers(HashMap<i64, String>);

impl Numbers {
    fn claim(&mut self, number: Number, name: &str, errors: &mut Errors) {
        if let Some(other) = self.0.insert(number.value, name.to_owned()) {
            errors.at(
                number.span,
                format!(
                    "number {} is already that of `{other}`; give `{name}` one of its own",
                    number.value
                ),
            );
        }
    }
}

impl Checker {
    fn paths(&self, attributes: &Attributes) -> (proc_macro2::TokenStream, Resource) {
        let krate = attributes.krate.as_ref();
        let named = attributes
            .resource
            .as_ref()
            .map(|(_, ty)| Resource::Named(ty.clone()));
        match self.flavor {
            Flavor::Payload => {
                let root = krate.map_or_else(|| quote!(::mesh), |path| quote!(#path));
                let resource = named.unwrap_or_else(|| Resource::Mesh {
                    ty: quote!(#root::resource::Resource),
                    payload_trait: quote!(#root::MeshPayload),
                });
                (quote!(#root::payload), resource)
            }
            Flavor::Protobuf => (
                krate.map_or_else(|| quote!(::mesh_protobuf), |path| quote!(#path)),
                named.unwrap_or(Resource::Any),
            ),
        }
    }

    fn name(&mut self, item: &Item) -> Option<(String, String)> {
        let attributes = &item.attributes;
        if attributes.transparent.is_some() {
            for text in [&attributes.package, &attributes.rename]
                .into_iter()
                .flatten()
            {
                self.errors.at(
                    text.span(),
                    "a transparent type is no message of its own and has no name on the wire; remove this",
                );
            }
            return None;
        }
        let package = attributes
            .package
            .as_ref()
            .map_or_else(String::new, syn::LitStr::value);
        Some((package, name_of(&item.ident, attributes)))
    }

    fn layout(&mut self, item: &Item) -> Result<Layout, Error> {
        let attributes = &item.attributes;
        if let Some(span) = attributes.transparent {
            return self.transparent(span, item);
        }
        match &item.data {
            Data::Struct(fields) => {
                if let Some(span) = attributes.enumeration {
                    self.errors.at(
                        span,
                        "`enumeration` is for enums; remove it from this struct",
                    );
                }
                Ok(Layout::Message(self.fields(fields)))
            }
            Data::Enum(variants) => {
                let fieldless = !variants.is_empty()
                    && variants
                        .iter()
                        .all(|variant| variant.fields.list.is_empty());
                match (self.flavor, attributes.enumeration) {
                    (Flavor::Payload, Some(span)) => {
                        self.errors.at(
                            span,
                            "`MeshPayload` makes an enumeration of every enum without fields; remove `enumeration`",
                        );
                    }
                    (Flavor::Payload, None) if fieldless => {
                        return Ok(self.enumeration(item, variants));
                    }
                    (Flavor::Protobuf, Some(_)) => return Ok(self.enumeration(item, variants)),
                    _ => {}
                }
                Ok(Layout::Oneof(self.variants(variants)))
            }
        }
    }

    fn transparent(&mut self, span: Span, item: &Item) -> Result<Layout, Error> {
        let attributes = &item.attributes;
        if let Some((span, _)) = &attributes.resource {
            self.errors.at(
                *span,
                "a transparent type carries what its field carries; remove `resource`",
            );
        }
        let Data::Struct(fields) = &item.data else {
            return Err(Error::new(
                span,
                "`transparent` is for structs with one field; remove it from this enum",
            ));
        };
        let (phantoms, solid): (Vec<_>, Vec<_>) =
            fields.list.iter().partition(|field| is_phantom(&field.ty));
        let &[field] = &solid[..] else {
            return Err(Error::new(
                span,
                format!(
                    "`transparent` needs exactly one field besides `PhantomData`, and `{}` has {}",
                    item.ident,
                    solid.len()
                ),
            ));
        };
        for field in &fields.list {
            if let Some(number) = field.attributes.number {
                self.errors.at(
                    number.span,
                    "the field of a transparent struct has no number of its own; remove it",
                );
            }
            self.no_oneof(&field.attributes, "the field of a transparent struct");
            self.no_unknown(&field.attributes, "the field of a transparent struct");
        }
        Ok(Layout::Transparent(Box::new(Transparent {
            member: field.member.clone(),
            ty: field.ty.clone(),
            encoding: encoding(&field.attributes),
            phantoms: phantoms
                .into_iter()
                .map(|field| field.member.clone())
                .collect(),
        })))
    }

    fn enumeration(&mut self, item: &Item, variants: &[ast::Variant]) -> Layout {
        if let Some((span, _)) = &item.attributes.resource {
            self.errors.at(
                *span,
                "an enumeration is a number and carries nothing; remove `resource`",
            );
        }
        let mut numbers = Numbers::default();
        let mut list = Vec::new();
        let mut names = Vec::new();
        let mut values = Vec::new();
        let mut unknown = None;
        for (position, variant) in (0..).zip(variants) {
            if let Some(span) = variant.attributes.unknown {
                self.unknown_variant(span, variant, &mut unknown);
                continue;
            }
            if !variant.fields.list.is_empty() {
                self.errors.at(
                    variant.ident.span(),
                    "a variant of an enumeration has no fields; remove `enumeration`, or the fields",
                );
            }
            let name = name_of(&variant.ident, &variant.attributes);
            let number = match (self.flavor, variant.attributes.number) {
                (Flavor::Payload, given) => {
                    self.no_number(given);
                    position
                }
                (Flavor::Protobuf, Some(number)) => {
                    numbers.claim(number, &name, &mut self.errors);
                    i32::try_from(number.value).unwrap_or_else(|_| {
                        self.errors.at(
                            number.span,
                            "the numbers of an enumeration are those of an `i32`",
                        );
                        0
                    })
                }
                (Flavor::Protobuf, None) => {
                    self.missing_number(variant.ident.span(), "variant", &name);
                    0
                }
            };
            list.push((variant.ident.clone(), number));
            names.push(name);
            values.push((
                words::value_name(
                    &name_of(&item.ident, &item.attributes),
                    &variant.ident,
                    variant.attributes.rename.as_ref(),
                ),
                variant.docs.clone(),
            ));
        }
        Layout::Enumeration(Box::new(Enumeration {
            variants: list,
            names,
            values,
            unknown,
        }))
    }

    /// The variant of an enumeration that holds the numbers that no other has.
    fn unknown_variant(
        &mut self,
        span: Span,
        variant: &ast::Variant,
        unknown: &mut Option<(Ident, Member, Type)>,
    ) {
        if let Some(number) = variant.attributes.number {
            self.errors.at(
                number.span,
                "the variant for unknown numbers has none of its own; remove it",
            );
        }
        let [field] = &variant.fields.list[..] else {
            self.errors.at(
                variant.ident.span(),
                format!(
                    "the variant for unknown numbers holds the number; write `{}(i32)`",
                    variant.ident
                ),
            );
            return;
        };
        let found = (
            variant.ident.clone(),
            field.member.clone(),
            field.ty.clone(),
        );
        if unknown.replace(found).is_some() {
            self.errors.at(
                span,
                "one variant holds all unknown numbers; remove `unknown` from this one",
            );
        }
    }

    fn variants(&mut self, variants: &[ast::Variant]) -> Vec<Variant> {
        let mut numbers = Numbers::default();
        let mut list = Vec::new();
        for (position, variant) in (1..).zip(variants) {
            let name = name_of(&variant.ident, &variant.attributes);
            let span = variant.ident.span();
            if let Some(span) = variant.attributes.unknown {
                self.errors.at(
                    span,
                    "`unknown` is for a variant of an enumeration; where the enum is a message, make the field an `Option`, \
                     which is `None` then",
                );
            }
            let number = self.number(
                position,
                variant.attributes.number,
                ("variant", &name, span),
                &mut numbers,
            );
            list.push(Variant {
                ident: variant.ident.clone(),
                name,
                field_name: words::field_name(&variant.ident, variant.attributes.rename.as_ref()),
                docs: variant.docs.clone(),
                number,
                content: self.content(&variant.fields),
            });
        }
        list
    }

    fn content(&mut self, fields: &ast::Fields) -> Content {
        match (&fields.list[..], fields.style) {
            ([], style) => Content::Unit(style),
            ([field], Style::Tuple) => {
                if let Some(number) = field.attributes.number {
                    self.errors.at(
                        number.span,
                        "the only field of a variant has the variant's number; put the number on the variant",
                    );
                }
                if let Some(rename) = &field.attributes.rename {
                    self.errors.at(
                        rename.span(),
                        "the only field of a variant has the variant's name; rename the variant",
                    );
                }
                self.no_oneof(&field.attributes, "the only field of a variant");
                self.no_unknown(&field.attributes, "the only field of a variant");
                Content::Value {
                    ty: Box::new(field.ty.clone()),
                    encoding: encoding(&field.attributes),
                }
            }
            _ => Content::Message(self.fields(fields)),
        }
    }

    fn fields(&mut self, fields: &ast::Fields) -> Fields {
        let mut numbers = Numbers::default();
        let mut list = Vec::new();
        let mut unknown = None;
        for (position, field) in (1..).zip(&fields.list) {
            let name = member_name(&field.member, &field.attributes);
            let kind = if let Some(span) = field.attributes.unknown {
                self.unknown_field(span, &field.attributes, &mut unknown);
                FieldKind::Unknown
            } else if field.attributes.oneof.is_some() {
                self.oneof(field)
            } else {
                FieldKind::Numbered {
                    number: self.number(
                        position,
                        field.attributes.number,
                        ("field", &name, field.span),
                        &mut numbers,
                    ),
                    encoding: encoding(&field.attributes),
                }
            };
            list.push(Field {
                member: field.member.clone(),
                ty: field.ty.clone(),
                name,
                docs: field.docs.clone(),
                kind,
            });
        }
        Fields {
            style: fields.style,
            list,
        }
    }

    /// The field that holds what no other field is.
    fn unknown_field(&mut self, span: Span, attributes: &Attributes, first: &mut Option<Span>) {
        let odd = attributes
            .number
            .map(|number| number.span)
            .or(attributes.encoding.as_ref().map(|(span, _)| *span))
            .or(attributes.oneof);
        if let Some(odd) = odd {
            self.errors.at(
                odd,
                "unknown fields have numbers and layouts of their own; remove this from the field that holds them",
            );
        }
        if self.flavor == Flavor::Payload {
            self.errors.at(
                span,
                "`MeshPayload` has no unknown fields, since both ends are of one build; derive `Protobuf`",
            );
        } else if self.resources {
            self.errors.at(
                span,
                "a message with resources cannot keep unknown fields, since an unknown resource cannot be kept; \
                 remove this field, or `resource`",
            );
        }
        if first.replace(span).is_some() {
            self.errors.at(
                span,
                "one field holds all unknown ones; remove `unknown` from this one",
            );
        }
    }

    fn oneof(&mut self, field: &ast::Field) -> FieldKind {
        if let (Flavor::Payload, Some(span)) = (self.flavor, field.attributes.oneof) {
            self.errors.at(
                span,
                "`oneof` shares the message's numbers with the enum's variants, and `MeshPayload` gives numbers by position; \
                 remove it, or derive `Protobuf`",
            );
        }
        if let Some(number) = field.attributes.number {
            self.errors.at(
                number.span,
                "a `oneof` field has the numbers of its variants and none of its own; remove this one",
            );
        }
        if let Some((span, _)) = &field.attributes.encoding {
            self.errors.at(
                *span,
                "a `oneof` field is laid out by its enum; put `encoding` on the fields of the variants",
            );
        }
        FieldKind::Oneof {
            optional: option_argument(&field.ty),
        }
    }

    /// The number of a field of a message: by position, or as given.
    fn number(
        &mut self,
        position: u32,
        given: Option<Number>,
        (noun, name, span): (&str, &str, Span),
        numbers: &mut Numbers,
    ) -> u32 {
        if self.flavor == Flavor::Payload {
            self.no_number(given);
            return position;
        }
        let Some(number) = given else {
            self.missing_number(span, noun, name);
            return position;
        };
        match number.value {
            value if RESERVED.contains(&value) => self.errors.at(
                number.span,
                "protobuf reserves the numbers 19000 to 19999; use another",
            ),
            1..=MAX_FIELD_NUMBER => numbers.claim(number, name, &mut self.errors),
            _ => self.errors.at(
                number.span,
                format!("a {noun} has a number from 1 to {MAX_FIELD_NUMBER}"),
            ),
        }
        u32::try_from(number.value).unwrap_or(position)
    }

    fn missing_number(&mut self, span: Span, noun: &str, name: &str) {
        self.errors.at(
            span,
            format!(
                "{noun} `{name}` has no number; write `#[mesh(n)]` on it, with an `n` never used here before"
            ),
        );
    }

    fn no_number(&mut self, given: Option<Number>) {
        if let Some(number) = given {
            self.errors.at(
                number.span,
                "`MeshPayload` gives numbers by position; remove this one, or derive `Protobuf` for explicit numbers",
            );
        }
    }

    fn no_oneof(&mut self, attributes: &Attributes, what: &str) {
        if let Some(span) = attributes.oneof {
            self.errors.at(
                span,
                format!(
                    "`oneof` lays an enum's variants out among other fields; remove it from {what}"
                ),
            );
        }
    }

    fn no_unknown(&mut self, attributes: &Attributes, what: &str) {
        if let Some(span) = attributes.unknown {
            self.errors.at(
                span,
                format!(
                    "`unknown` holds what no other field of a message is; remove it from {what}"
                ),
            );
        }
    }
}

/// The layout that a field asks for, if it does.
fn encoding(attributes: &Attributes) -> Option<Type> {
    let (_, ty) = attributes.encoding.as_ref()?;
    Some(qualify(ty.clone()))
}

/// What messages and errors call something that has a name in Rust.
fn name_of(ident: &Ident, attributes: &Attributes) -> String {
    match &attributes.rename {
        Some(name) => name.value(),
        None => ident.unraw().to_string(),
    }
}

fn member_name(member: &Member, attributes: &Attributes) -> String {
    match (&attributes.rename, member) {
        (Some(name), _) => name.value(),
        (None, Member::Named(ident)) => ident.unraw().to_string(),
        (None, Member::Unnamed(index)) => index.index.to_string(),
    }
}

fn is_phantom(ty: &Type) -> bool {
    match ty {
        Type::Path(ty) => ty
            .path
            .segments
            .last()
            .is_some_and(|segment| segment.ident == "PhantomData"),
        _ => false,
    }
}

/// The `T` of a type written as `Option<T>`.
fn option_argument(ty: &Type) -> Option<Type> {
    let Type::Path(ty) = ty else { return None };
    let last = ty.path.segments.last()?;
    if last.ident != "Option" {
        return None;
    }
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
            GenericArgument::Type(argument) => Some(argument.clone()),
            _ => None,
        },
        _ => None,
    }
}
