//! Parser for JSON Feed 1.0 and 1.1, tolerating malformed JSON. A member of the wrong type is ignored.

use std::rc::Rc;

use chrono::{DateTime, Utc};
use url::Url;

mod object;
mod repair;

use object::Object;
use repair::repair;

use super::categories::Categories;
use super::enclosures::{Enclosures, mime_type};
use super::limits::{MAX_ITEM_BYTES, MAX_ITEMS, MAX_LIST, MAX_NAME, MAX_TEXT, MAX_TITLE};
use super::people::People;
use super::text::{Cleaner, RawText};
use super::{Unreadable, dates, urls};
use crate::Format;
use crate::{Enclosure, Feed, Item, ItemContent, SourceDetails};
use text::{clip, one_line};

/// The JSON part of a text; none if it is something else. Accepts comments before the first bracket, a JSONP
/// call around it, and a guard against script inclusion.
pub fn part(text: &str) -> Option<&str> {
    // Maximum length of a function name.
    const MAX_FUNCTION: usize = 100;
    let guarded = text.strip_prefix(")]}'").map(|text| text.trim_start_matches([',', ' ', '\n']));
    let text = guarded.unwrap_or(text);
    if text.starts_with(['{', '[']) || text.starts_with("//") {
        return Some(text);
    }
    let called = text.strip_prefix("/**/").unwrap_or(text).trim_start();
    let is_named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.');
    let end = called.bytes().take(MAX_FUNCTION).take_while(|b| is_named(char::from(*b))).count();
    let argument = called[end..].strip_prefix('(').map(str::trim_start).filter(|_| end > 0);
    argument.filter(|text| text.starts_with('{')).or_else(|| text.starts_with("/*").then_some(text))
}

/// Reads a feed.
///
/// # Errors
/// If the text cannot be read as JSON, or is an object that is not a feed.
pub fn read(text: &str, base: &Url, now: DateTime<Utc>) -> Result<Feed, Unreadable> {
    let calm;
    let strict = if text.contains(['\n', '\r', '\t']) {
        // Invalid within strings, white space elsewhere.
        calm = text.replace(['\n', '\r', '\t'], " ");
        &calm
    } else {
        text
    };
    if let Some(feed) = Object::parse(strict) {
        return whole(&feed, base, now);
    }
    let feed = Object::parse(&repair(text)).and_then(|feed| whole(&feed, base, now).ok());
    // A repaired text without a meaningful item may have been anything.
    feed.filter(|feed| feed.items.iter().any(says_something)).ok_or(Unreadable::BrokenJson)
}

fn says_something(item: &Item) -> bool {
    !(item.guid.is_empty() && item.title.is_empty() && item.content_html.is_empty() && item.url.is_none())
}

fn whole(feed: &Object<'_>, base: &Url, now: DateTime<Utc>) -> Result<Feed, Unreadable> {
    let version = feed.text("version").unwrap_or_default();
    if !version.contains("jsonfeed.org") && !feed.has("items") {
        return Err(Unreadable::NotAFeed);
    }
    let mut reader = Reader { base: Rc::new(base.clone()), now, cleaner: Cleaner::new(base) };
    let mut read = reader.feed(feed);
    let is_first = ["/1", "/1.0"].iter().any(|end| version.trim_end_matches('/').ends_with(end));
    read.details.format = Some(if is_first { Format::Json10 } else { Format::Json11 });
    let mut bytes = 0;
    for item in feed.objects("items", MAX_ITEMS) {
        let item = reader.item(&item);
        bytes += item.weight();
        read.items.push(item);
        if bytes >= MAX_ITEM_BYTES {
            break;
        }
    }
    read.pass_authors_on();
    Ok(read)
}

struct Reader {
    base: Rc<Url>,
    now: DateTime<Utc>,
    cleaner: Cleaner,
}

impl Reader {
    fn feed(&self, told: &Object<'_>) -> Feed {
        let description = told.text("description").map(|text| text.into_owned()).unwrap_or_default();
        let hubs = told.objects("hubs", MAX_LIST);
        Feed {
            title: line(told, "title", MAX_TITLE).unwrap_or_default(),
            description: one_line(&description, MAX_TEXT),
            description_html: RawText::Plain(description.into()).escaped(),
            site_url: self.address(told, "home_page_url"),
            self_url: self.address(told, "feed_url"),
            image_url: self.address(told, "icon").or_else(|| self.address(told, "favicon")),
            details: SourceDetails {
                language: line(told, "language", MAX_NAME),
                authors: authors(told),
                hub_urls: hubs.iter().filter_map(|hub| self.address(hub, "url")).collect(),
                next_url: self.address(told, "next_url"),
                ..SourceDetails::default()
            },
            ..Feed::default()
        }
    }

    fn item(&mut self, told: &Object<'_>) -> Item {
        let html = told.text("content_html").map(RawText::Html);
        let body =
            html.filter(|html| html.length() > 0).or_else(|| told.text("content_text").map(RawText::Plain));
        let external = self.address(told, "external_url");
        let enclosures = self.enclosures(told);
        let content = ItemContent {
            guid: told.word("id").map(|id| clip(id.trim(), MAX_TITLE).to_owned()).unwrap_or_default(),
            title: line(told, "title", MAX_TITLE).unwrap_or_default(),
            url: self.address(told, "url").or(external),
            authors: authors(told),
            published_at: self.date(told, "date_published"),
            updated_at: self.date(told, "date_modified"),
            summary_html: told.text("summary").map(|text| RawText::Plain(text).escaped()).unwrap_or_default(),
            content_html: body.map(|told| told.html(&mut self.cleaner, &self.base)).unwrap_or_default(),
            language: line(told, "language", MAX_NAME),
            image_url: self.address(told, "image").or_else(|| self.address(told, "banner_image")),
            duration_seconds: enclosures.duration(),
            categories: categories(told),
            enclosures: enclosures.take(),
            ..ItemContent::default()
        };
        Item { content, ..Item::default() }
    }

    fn enclosures(&self, told: &Object<'_>) -> Enclosures {
        let mut enclosures = Enclosures::default();
        for url in told.texts("attachments").iter().filter_map(|url| urls::resolve(&self.base, url)) {
            enclosures.add(Enclosure { url, ..Enclosure::default() });
        }
        for attached in told.objects("attachments", MAX_LIST) {
            let Some(url) = self.address(&attached, "url") else { continue };
            enclosures.add(Enclosure {
                url,
                mime_type: attached.text("mime_type").and_then(|told| mime_type(&told)),
                bytes: attached.number("size_in_bytes").map(|bytes| bytes as i64).filter(|bytes| *bytes > 0),
                duration_seconds: attached
                    .word("duration_in_seconds")
                    .and_then(|told| super::numbers::duration(&told)),
                ..Enclosure::default()
            });
        }
        enclosures
    }

    fn address(&self, told: &Object<'_>, name: &str) -> Option<String> {
        urls::resolve(&self.base, &told.text(name)?)
    }

    fn date(&self, told: &Object<'_>, name: &str) -> Option<DateTime<Utc>> {
        dates::read(&told.word(name)?, self.now)
    }
}

fn line(told: &Object<'_>, name: &str, most: usize) -> Option<String> {
    Some(one_line(&told.word(name)?, most)).filter(|text| !text.is_empty())
}

/// `authors` of 1.1, else `author` of 1.0.
fn authors(told: &Object<'_>) -> Vec<String> {
    let mut people = People::default();
    for member in ["authors", "author"] {
        let named = told.objects(member, MAX_LIST);
        for name in named.iter().filter_map(|author| author.text("name")).chain(told.texts(member)) {
            people.add(1, &one_line(&name, MAX_NAME));
        }
        if !people.is_empty() {
            break;
        }
    }
    people.take()
}

fn categories(told: &Object<'_>) -> Vec<String> {
    let mut categories = Categories::default();
    for tag in told.texts("tags") {
        categories.add(&one_line(&tag, MAX_NAME));
    }
    categories.take()
}

#[cfg(test)]
mod tests;
