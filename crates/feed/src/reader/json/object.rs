//! A JSON object whose members are parsed lazily.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::repair::repair;
use crate::reader::decode::without_controls;
use crate::reader::limits::MAX_CATEGORIES;

/// Maximum number of members kept of one object.
const MAX_MEMBERS: usize = 200;

pub struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Object<'a> {
    /// Parses the object at the start of a text, or the first element of a list there; none if it is not one.
    pub fn parse(text: &'a str) -> Option<Self> {
        let first = if text.starts_with('[') { elements(text, 1).into_iter().next() } else { None };
        let mut values = serde_json::Deserializer::from_str(first.map_or(text, RawValue::get));
        Self::deserialize(&mut values).ok()
    }

    pub fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// A string.
    pub fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        string(self.raw(name)?)
    }

    /// A string, or a number or boolean as written.
    pub fn word(&self, name: &str) -> Option<Cow<'a, str>> {
        let raw = self.raw(name)?;
        string(raw).or_else(|| {
            Some(raw.get().into())
                .filter(|word: &Cow<'_, str>| *word != "null" && !word.starts_with(['{', '[']))
        })
    }

    pub fn number(&self, name: &str) -> Option<f64> {
        self.word(name)?.trim().parse().ok()
    }

    /// The objects in a list, or a single object in place of the list.
    pub fn objects(&self, name: &str, most: usize) -> Vec<Object<'a>> {
        self.list(name, most).into_iter().filter_map(|raw| Self::parse(raw.get())).collect()
    }

    /// The strings in a list, or the parts of a comma-separated string in place of the list.
    pub fn texts(&self, name: &str) -> Vec<Cow<'a, str>> {
        let Some(raw) = self.raw(name) else { return Vec::new() };
        match string(raw) {
            Some(text) => {
                text.split(',').take(MAX_CATEGORIES).map(|part| Cow::Owned(part.trim().to_owned())).collect()
            }
            None => self.list(name, MAX_CATEGORIES).into_iter().filter_map(string).collect(),
        }
    }

    fn list(&self, name: &str, most: usize) -> Vec<&'a RawValue> {
        match self.raw(name) {
            Some(raw) if raw.get().starts_with('{') => vec![raw],
            Some(raw) => elements(raw.get(), most),
            None => Vec::new(),
        }
    }

    fn raw(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, raw)| *raw)
    }
}

fn elements(list: &str, most: usize) -> Vec<&RawValue> {
    serde_json::Deserializer::from_str(list).deserialize_seq(Elements(most)).unwrap_or_default()
}

fn string(raw: &RawValue) -> Option<Cow<'_, str>> {
    let raw = raw.get();
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    // An unpaired surrogate is not a character.
    let text: String = parse(raw).or_else(|| parse(&repair(raw)))?;
    Some(without_controls(text.into()))
}

fn parse<T: DeserializeOwned>(raw: &str) -> Option<T> {
    serde_json::from_str(raw).ok()
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Object<'de>, M::Error> {
        let mut members = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value::<&RawValue>()?;
            if members.len() < MAX_MEMBERS {
                members.push((name, value));
            }
        }
        Ok(Object(members))
    }
}

/// Keeps the first elements of a list and skips the others.
struct Elements(usize);

impl<'de> Visitor<'de> for Elements {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Self::Value, S::Error> {
        let mut elements = Vec::new();
        while elements.len() < self.0 {
            match list.next_element::<&RawValue>()? {
                Some(element) => elements.push(element),
                None => return Ok(elements),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(elements)
    }
}
