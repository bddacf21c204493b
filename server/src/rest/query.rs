//! Query strings: filters and pages of lists, and single switches. Unknown parameters are refused by name.

use axum::extract::{FromRequestParts, Query};
use axum::http::Uri;
use axum::http::request::Parts;
use serde::de::value::Error as Unnamed;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;
use smartcache::domain::page::{ListFilter, PageQuery};
use smartcache::domain::{FieldError, Refusal};

use crate::Web;
use crate::problem::Problem;

/// Most unknown parameters named in one response.
const MAX_UNKNOWN: usize = 20;

/// Filters of a list and the requested page.
pub struct ListQuery<F>(pub F, pub PageQuery);

impl<F: ListFilter + DeserializeOwned> FromRequestParts<Web> for ListQuery<F> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Problem> {
        let known = [parameters::<F>(), parameters::<PageQuery>()];
        refuse_unknown(&parts.uri, &known.concat())?;
        let Query(filter) = Query::<F>::try_from_uri(&parts.uri)?;
        let Query(mut page) = Query::<PageQuery>::try_from_uri(&parts.uri)?;
        page.cursor = page.cursor.filter(|cursor| !cursor.is_empty());
        page.check(&filter)?;
        Ok(Self(filter, page))
    }
}

/// Query parameters of a request for anything but a list.
pub struct StrictQuery<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Web> for StrictQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Problem> {
        refuse_unknown(&parts.uri, parameters::<T>())?;
        let Query(asked) = Query::try_from_uri(&parts.uri)?;
        Ok(Self(asked))
    }
}

/// Query parameters beside which unknown ones are ignored, as for files: players add their own.
pub struct LenientQuery<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Web> for LenientQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Problem> {
        let Query(asked) = Query::try_from_uri(&parts.uri)?;
        Ok(Self(asked))
    }
}

/// Refuses unknown parameters: a misspelt filter must not return an unfiltered list.
fn refuse_unknown(uri: &Uri, known: &[&str]) -> Result<(), Problem> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)?;
    let mut fields: Vec<FieldError> = Vec::new();
    for (name, _) in pairs {
        if !known.contains(&name.as_str()) && fields.iter().all(|field| field.field != name) {
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            fields.push(FieldError::new(name, format!("There is no such parameter here. Known: {known}.")));
        }
    }
    fields.truncate(MAX_UNKNOWN);
    if fields.is_empty() { Ok(()) } else { Err(Refusal::Invalid { fields }.into()) }
}

/// Names of a struct's fields, as its `Deserialize` implementation requests them.
fn parameters<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut fields: &'static [&'static str] = &[];
    let _ = T::deserialize(Fields(&mut fields));
    fields
}

/// A deserializer that records the requested field names and fails without values.
struct Fields<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Fields<'_> {
    type Error = Unnamed;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Unnamed> {
        *self.0 = fields;
        Err(Unnamed::custom("names alone"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Unnamed> {
        Err(Unnamed::custom("names alone"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smartcache::domain::item::ItemFilter;
    use smartcache::domain::page::NoFilter;

    #[test]
    fn the_known_parameters_are_those_of_the_struct() {
        assert_eq!(parameters::<PageQuery>(), ["limit", "cursor"]);
        assert!(parameters::<ItemFilter>().contains(&"min_seconds"));
        assert!(parameters::<NoFilter>().is_empty());
    }
}
