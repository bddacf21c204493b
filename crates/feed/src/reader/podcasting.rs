//! Podcasting 2.0: the elements of the podcast namespace.

use serde_json::{Map, Value};
use text::one_line;

use super::enclosures::mime_type;
use super::limits::{MAX_ATTRIBUTES, MAX_LIST, MAX_NAME, MAX_TITLE};
use super::numbers::{count, flag, fraction};
use super::xml::Element;
use crate::Form;
use crate::{AlternateEnclosure, Funding, Person, Soundbite, Transcript};

/// The text of an element in one line; none if empty.
pub fn line(element: &Element<'_, '_>) -> Option<String> {
    Some(one_line(&element.text(), MAX_TITLE)).filter(|text| !text.is_empty())
}

/// A short attribute.
pub fn word(element: &Element<'_, '_>, name: &str) -> Option<String> {
    element.attribute(name).map(|told| one_line(&told, MAX_NAME))
}

/// The name of a license, else its address.
pub fn license(element: &Element<'_, '_>) -> Option<String> {
    line(element).or_else(|| ["url", "href", "resource"].iter().find_map(|name| element.address(name)))
}

pub fn person(element: &Element<'_, '_>) -> Option<Person> {
    let lower =
        |name: &str, usual: &str| word(element, name).map_or(usual.to_owned(), |told| told.to_lowercase());
    Some(Person {
        name: line(element).map(|name| one_line(&name, MAX_NAME)).or_else(|| word(element, "name"))?,
        role: lower("role", "host"),
        group: lower("group", "cast"),
        href: element.address("href"),
        img: element.address("img"),
    })
}

/// Reads a `podcast:transcript` or a `media:subTitle`.
pub fn transcript(element: &Element<'_, '_>) -> Option<Transcript> {
    Some(Transcript {
        url: element.address("url").or_else(|| element.address("href"))?,
        mime_type: element.attribute("type").and_then(|told| mime_type(&told)),
        language: word(element, "language").or_else(|| word(element, "lang")),
        rel: word(element, "rel"),
    })
}

pub fn soundbite(element: &Element<'_, '_>) -> Option<Soundbite> {
    let seconds = |name: &str| element.attribute(name).and_then(|told| fraction(&told));
    Some(Soundbite {
        start_seconds: seconds("startTime")?,
        duration_seconds: seconds("duration")?,
        title: line(element).unwrap_or_default(),
    })
}

pub fn funding(element: &Element<'_, '_>) -> Option<Funding> {
    Some(Funding { url: element.address("url")?, text: line(element).unwrap_or_default() })
}

pub fn alternate_enclosure(element: &Element<'_, '_>) -> AlternateEnclosure {
    let of_kind = |name: &'static str| element.children().filter(move |child| child.head.is(name));
    let integrity = of_kind("integrity").find_map(|told| Some((word(&told, "type")?, word(&told, "value")?)));
    AlternateEnclosure {
        mime_type: element.attribute("type").and_then(|told| mime_type(&told)),
        bytes: element.attribute("length").and_then(|told| count(&told)),
        bitrate: element.attribute("bitrate").and_then(|told| fraction(&told)),
        height: element.attribute("height").and_then(|told| count(&told)),
        language: word(element, "lang"),
        title: word(element, "title"),
        rel: word(element, "rel"),
        codecs: word(element, "codecs"),
        is_default: element.attribute("default").and_then(|told| flag(&told)).unwrap_or(false),
        sources: sources(element),
        integrity,
    }
}

/// The http and https sources in document order, with torrents and playlists last.
fn sources(element: &Element<'_, '_>) -> Vec<String> {
    let sources = element.children().filter(|child| child.head.is("source"));
    let mut sources: Vec<_> = sources
        .filter_map(|source| {
            let url = source.address("uri")?;
            let told = source.attribute("contentType").and_then(|told| mime_type(&told));
            Some((matches!(Form::of(told.as_deref(), None, &url), Form::Torrent | Form::Playlist), url))
        })
        .take(MAX_LIST)
        .collect();
    sources.sort_by_key(|(is_last, _)| *is_last);
    sources.into_iter().map(|(_, url)| url).collect()
}

/// Payment details of a `podcast:value`: its attributes verbatim, and those of its recipients in a list.
pub fn value(element: &Element<'_, '_>) -> Value {
    let mut told = attributes(element);
    let recipients = element.children().filter(|child| child.head.is("valueRecipient"));
    let recipients: Vec<Value> =
        recipients.take(MAX_ATTRIBUTES).map(|recipient| Value::Object(attributes(&recipient))).collect();
    told.insert("recipients".into(), Value::Array(recipients));
    Value::Object(told)
}

fn attributes(element: &Element<'_, '_>) -> Map<String, Value> {
    let told = element.attributes().filter(|(name, _)| !name.starts_with("xmlns"));
    told.map(|(name, value)| (one_line(name, MAX_NAME), Value::String(one_line(&value, MAX_TITLE)))).collect()
}
