//! `#[mesh(…)]`, read into one struct of optional parts.
//!
//! What is checked here is what can be said about an attribute alone: whether it is known, may stand where it does, is given
//! once, and has the right kind of value. Whether attributes fit each other and the type is the business of
//! [`check`](crate::check). Every error is spanned at the token to change and says how.

use crate::errors::Errors;
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Ident, Lit, LitInt, LitStr, Path, Token, Type, WherePredicate, token};

/// Where an attribute stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// On the struct or enum.
    Container,
    /// On a variant of an enum.
    Variant,
    /// On a field of a struct or of a variant.
    Field,
}

/// All that `#[mesh(…)]` can say; a place has only some of it.
#[derive(Debug, Default)]
pub(crate) struct Attributes {
    /// `3`: the field's or variant's number.
    pub(crate) number: Option<Number>,
    /// `crate = "path"`.
    pub(crate) krate: Option<Path>,
    /// `resource = "path::Type"`, and where it stands.
    pub(crate) resource: Option<(Span, Type)>,
    /// `bound = "T: Trait"`.
    pub(crate) bound: Option<Vec<WherePredicate>>,
    /// `package = "a.b"`.
    pub(crate) package: Option<LitStr>,
    /// `rename = "name"`.
    pub(crate) rename: Option<LitStr>,
    /// `transparent`.
    pub(crate) transparent: Option<Span>,
    /// `enumeration`.
    pub(crate) enumeration: Option<Span>,
    /// `encoding = "Fixed"`, and where it stands.
    pub(crate) encoding: Option<(Span, Type)>,
    /// `oneof`.
    pub(crate) oneof: Option<Span>,
    /// `unknown`.
    pub(crate) unknown: Option<Span>,
}

/// A number as written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number {
    /// What it says.
    pub(crate) value: i64,
    /// Where.
    pub(crate) span: Span,
}

/// The attributes there are, and where each may stand.
const KNOWN: &[(&str, &[Place])] = &[
    ("crate", &[Place::Container]),
    ("resource", &[Place::Container]),
    ("bound", &[Place::Container]),
    ("package", &[Place::Container]),
    ("transparent", &[Place::Container]),
    ("enumeration", &[Place::Container]),
    ("rename", &[Place::Container, Place::Variant, Place::Field]),
    ("encoding", &[Place::Field]),
    ("oneof", &[Place::Field]),
    ("unknown", &[Place::Variant, Place::Field]),
];

impl Place {
    fn noun(self) -> &'static str {
        match self {
            Self::Container => "a struct or enum",
            Self::Variant => "a variant",
            Self::Field => "a field",
        }
    }

    fn choices(self) -> String {
        let number = (self != Self::Container).then_some("its number");
        let names = KNOWN
            .iter()
            .filter(|(_, places)| places.contains(&self))
            .map(|&(name, _)| name);
        number
            .into_iter()
            .chain(names)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

impl Attributes {
    /// Reads the `mesh` attributes among `attributes`; whatever is wrong with them goes to `errors`.
    pub(crate) fn parse(attributes: &[Attribute], place: Place, errors: &mut Errors) -> Self {
        let mut parsed = Self::default();
        for attribute in attributes {
            if !attribute.path().is_ident("mesh") {
                continue;
            }
            let syn::Meta::List(list) = &attribute.meta else {
                errors.at(
                    attribute.meta.span(),
                    "`mesh` takes a list in parentheses: `#[mesh(…)]`",
                );
                continue;
            };
            let items = list.parse_args_with(Punctuated::<Item, Token![,]>::parse_terminated);
            let items = match items {
                Ok(items) => items,
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            };
            for item in items {
                if let Err(error) = parsed.add(item, place) {
                    errors.push(error);
                }
            }
        }
        parsed
    }

    fn add(&mut self, item: Item, place: Place) -> Result<(), Error> {
        let (key, value) = match item {
            Item::Number(number) => return self.add_number(number, place),
            Item::Named(key, value) => (key, value),
        };
        let name = key.to_string();
        let Some((_, places)) = KNOWN.iter().find(|(known, _)| *known == name) else {
            let choices = place.choices();
            return Err(Error::new(
                key.span(),
                format!(
                    "unknown attribute `{name}`; {} takes: {choices}",
                    place.noun()
                ),
            ));
        };
        if !places.contains(&place) {
            let others: Vec<_> = places.iter().map(|place| place.noun()).collect();
            return Err(Error::new(
                key.span(),
                format!(
                    "`{name}` belongs on {}, not on {}",
                    others.join(" or "),
                    place.noun()
                ),
            ));
        }
        let span = key.span();
        match name.as_str() {
            "crate" => set(
                &mut self.krate,
                &key,
                parse_text(&key, value, ("a path", "path::to::mesh"))?,
            ),
            "resource" => {
                let resource = parse_text(&key, value, ("a type", "path::Type"))?;
                set(&mut self.resource, &key, (span, resource))
            }
            "bound" => set(&mut self.bound, &key, parse_bound(&key, value)?),
            "package" => set(&mut self.package, &key, package(text(&key, value, "a.b")?)?),
            "rename" => set(
                &mut self.rename,
                &key,
                identifier(text(&key, value, "name")?)?,
            ),
            "encoding" => {
                let encoding = parse_text(&key, value, ("a type", "Fixed"))?;
                set(&mut self.encoding, &key, (span, encoding))
            }
            "transparent" => set(&mut self.transparent, &key, word(&key, value)?),
            "enumeration" => set(&mut self.enumeration, &key, word(&key, value)?),
            "oneof" => set(&mut self.oneof, &key, word(&key, value)?),
            _ => set(&mut self.unknown, &key, word(&key, value)?),
        }
    }

    fn add_number(&mut self, number: Number, place: Place) -> Result<(), Error> {
        if place == Place::Container {
            return Err(Error::new(
                number.span,
                "a struct or enum has no number; numbers belong on its fields or variants",
            ));
        }
        if self.number.is_some() {
            return Err(Error::new(
                number.span,
                "the number is given twice; keep one",
            ));
        }
        self.number = Some(number);
        Ok(())
    }
}

fn set<T>(slot: &mut Option<T>, key: &Ident, value: T) -> Result<(), Error> {
    if slot.is_some() {
        return Err(Error::new(
            key.span(),
            format!("`{key}` is given twice; keep one"),
        ));
    }
    *slot = Some(value);
    Ok(())
}

/// One element of the list in `#[mesh(…)]`.
enum Item {
    Number(Number),
    Named(Ident, Option<Lit>),
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(Token![-]) || input.peek(LitInt) {
            return input.parse().map(Self::Number);
        }
        if input.peek(Lit) {
            let literal: Lit = input.parse()?;
            return Err(Error::new(
                literal.span(),
                "expected a number without quotes or point, as in `#[mesh(3)]`, or the name of an attribute",
            ));
        }
        let key = input.call(Ident::parse_any)?;
        if input.peek(token::Paren) {
            return Err(Error::new(
                key.span(),
                format!("`{key}` takes no parentheses; a value follows `=`, in quotes"),
            ));
        }
        let value = if input.parse::<Option<Token![=]>>()?.is_some() {
            let value = input.parse().map_err(|error: Error| {
                Error::new(
                    error.span(),
                    format!("expected text in quotes: `{key} = \"…\"`"),
                )
            })?;
            Some(value)
        } else {
            None
        };
        Ok(Self::Named(key, value))
    }
}

impl Parse for Number {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let minus = input.parse::<Option<Token![-]>>()?;
        let literal: LitInt = input.parse()?;
        if !literal.suffix().is_empty() {
            return Err(Error::new(
                literal.span(),
                format!(
                    "a number here has no suffix; write `{}`",
                    literal.base10_digits()
                ),
            ));
        }
        // What does not fit is beyond the range of every number there is, which is for the check to say.
        let value = literal.base10_parse().unwrap_or(i64::MAX);
        Ok(Self {
            value: if minus.is_some() { -value } else { value },
            span: literal.span(),
        })
    }
}

fn word(key: &Ident, value: Option<Lit>) -> Result<Span, Error> {
    match value {
        None => Ok(key.span()),
        Some(value) => Err(Error::new(
            value.span(),
            format!("`{key}` takes no value; write `#[mesh({key})]`"),
        )),
    }
}

fn text(key: &Ident, value: Option<Lit>, example: &str) -> Result<LitStr, Error> {
    match value {
        Some(Lit::Str(text)) => Ok(text),
        Some(other) => Err(Error::new(
            other.span(),
            format!("`{key}` takes text in quotes: `{key} = \"{example}\"`"),
        )),
        None => Err(Error::new(
            key.span(),
            format!("`{key}` needs a value: `{key} = \"{example}\"`"),
        )),
    }
}

fn parse_text<T: Parse>(
    key: &Ident,
    value: Option<Lit>,
    (noun, example): (&str, &str),
) -> Result<T, Error> {
    let text = text(key, value, example)?;
    text.parse().map_err(|_| {
        Error::new(
            text.span(),
            format!("`{key}` takes {noun} in quotes, like `{key} = \"{example}\"`"),
        )
    })
}

fn parse_bound(key: &Ident, value: Option<Lit>) -> Result<Vec<WherePredicate>, Error> {
    let text = text(key, value, "T: Trait")?;
    let predicates = text
        .parse_with(Punctuated::<WherePredicate, Token![,]>::parse_terminated)
        .map_err(|_| {
            Error::new(
                text.span(),
                "`bound` takes what could follow `where`, like `bound = \"T: Trait\"`",
            )
        })?;
    Ok(predicates.into_iter().collect())
}

fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|rest| rest.is_ascii_alphanumeric() || rest == '_')
}

fn identifier(text: LitStr) -> Result<LitStr, Error> {
    if is_identifier(&text.value()) {
        Ok(text)
    } else {
        Err(Error::new(
            text.span(),
            "not a protobuf name; use ASCII letters, digits and `_`, not beginning with a digit",
        ))
    }
}

fn package(text: LitStr) -> Result<LitStr, Error> {
    if text.value().split('.').all(is_identifier) {
        Ok(text)
    } else {
        Err(Error::new(
            text.span(),
            "not a protobuf package; use names separated by dots, like `acme.storage.v1`",
        ))
    }
}
