//! Collects an item from its elements, of any format and vocabulary.

use chrono::{DateTime, Utc};
use text::{clip, one_line};

use super::best::BestValue;
use super::categories::Categories;
use super::chapters;
use super::enclosures::{Enclosures, enclosure, mime_type};
use super::fields::{Field, Meaning, OWN, PICTURE, meaning};
use super::limits::{MAX_LIST, MAX_NAME, MAX_TITLE};
use super::links::{Relation, is_redirected, picture, relation, target};
use super::numbers::{adult, duration, flag, fraction, ordinal, whole};
use super::people::People;
use super::places::LocationParts;
use super::podcasting::{self, line, word};
use super::reading::{Circumstances, HeldFeed};
use super::text::{Cleaner, Custom, RawText};
use super::xml::{Element, Ns};
use crate::Form;
use crate::{Item, ItemContent, ItemDetails};

/// Ranks of an item's address; links of the format itself rank higher.
mod address_rank {
    pub const PERMALINK: u8 = 5;
    pub const OUT_OF_LINE: u8 = 4;
    pub const ABOUT: u8 = 3;
}

/// Maximum nesting of Media RSS elements.
const MAX_MEDIA_DEPTH: u8 = 4;

/// An item while it is read.
pub struct ItemDraft<'a> {
    at: Circumstances,
    /// Values without a rank.
    item: Item,
    guid: BestValue<String>,
    title: BestValue<String>,
    url: BestValue<String>,
    original: BestValue<String>,
    comments: BestValue<String>,
    authors: People,
    source_authors: People,
    published: BestValue<DateTime<Utc>>,
    updated: BestValue<DateTime<Utc>>,
    summary: BestValue<HeldFeed<'a>>,
    content: Option<HeldFeed<'a>>,
    language: BestValue<String>,
    image: BestValue<String>,
    explicit: BestValue<bool>,
    season: BestValue<i64>,
    episode: BestValue<i64>,
    location: LocationParts,
    license: BestValue<String>,
    categories: Categories,
    enclosures: Enclosures,
}

/// Reads an item. Only the texts that are kept are sanitised, at the end.
pub fn read<'a>(element: &Element<'_, 'a>, at: Circumstances, cleaner: &mut Cleaner) -> Item {
    let mut draft = ItemDraft::new(element, at);
    for child in element.children() {
        draft.read(&child, 0);
    }
    draft.finish(cleaner)
}

impl<'a> ItemDraft<'a> {
    fn new(element: &Element<'_, 'a>, at: Circumstances) -> Self {
        let mut draft = Self {
            at,
            item: Item::default(),
            guid: BestValue::default(),
            title: BestValue::default(),
            url: BestValue::default(),
            original: BestValue::default(),
            comments: BestValue::default(),
            authors: People::default(),
            source_authors: People::default(),
            published: BestValue::default(),
            updated: BestValue::default(),
            summary: BestValue::default(),
            content: None,
            language: BestValue::default(),
            image: BestValue::default(),
            explicit: BestValue::default(),
            season: BestValue::default(),
            episode: BestValue::default(),
            location: LocationParts::default(),
            license: BestValue::default(),
            categories: Categories::default(),
            enclosures: Enclosures::default(),
        };
        draft.read_attributes(element);
        draft
    }

    /// RSS 1.0 has an item's identifier in `rdf:about`; CDF has its page and date in attributes.
    fn read_attributes(&mut self, element: &Element<'_, '_>) {
        self.guid.offer(4, element.attribute("about").map(|told| guid(&told)));
        self.url.offer(address_rank::ABOUT, element.address("about").or_else(|| element.address("href")));
        let modified = element.attribute("lastmod").and_then(|told| super::dates::read(&told, self.at.now));
        self.updated.offer(0, modified);
        self.language
            .offer(0, element.head.lang.map(|told| one_line(told, MAX_NAME)).filter(|l| !l.is_empty()));
    }

    fn read(&mut self, element: &Element<'_, 'a>, depth: u8) {
        let Some(Meaning { field, rank, custom }) = meaning(self.at.format, element.head) else { return };
        let told = || RawText::of(element, custom);
        let plain = || told().map(|told| told.plain(MAX_TITLE)).unwrap_or_default();
        match field {
            Field::Title => {
                self.title.offer_text(rank, plain());
                self.title.offer(PICTURE, told().and_then(|told| told.picture(MAX_TITLE)));
            }
            Field::Description => self.summary.offer(rank, HeldFeed::new(told(), element)),
            // In XHTML, text is not escaped markup unless it contains end tags.
            Field::Content if element.head.ns == Ns::Xhtml && !element.text().contains("</") => {
                self.content(element, RawText::of(element, Custom::Media))
            }
            Field::Content => self.content(element, told()),
            Field::Subtitle => keep_first(&mut self.item.details.subtitle, plain()),
            Field::ContentItems => self.content_items(element, custom),
            Field::Link => self.link(element, rank),
            Field::OriginalLink => self.original.offer(rank, element.text_address()),
            Field::Guid => self.guid(element, rank),
            Field::Author => self.authors.read(rank, element, custom),
            Field::Contributor => self.authors.read(0, element, custom),
            Field::Category => self.categories.read(element, custom),
            Field::Keywords => self.categories.read_keywords(element),
            Field::Published => self.published.offer(rank, self.at.date(element)),
            Field::Updated => self.updated.offer(rank, self.at.date(element)),
            Field::Comments => {
                // Some publishers write the number of comments.
                let told = || element.text_address().filter(|_| whole(&element.text()).is_none());
                self.comments.offer(rank, element.address("uri").or_else(told))
            }
            Field::Source => self.source(element),
            Field::Language => self.language.offer_text(rank, one_line(&element.text(), MAX_NAME)),
            Field::Image => self.image.offer(rank, picture(element)),
            Field::Enclosure | Field::MediaContent => self.enclosure(element, rank),
            Field::Thumbnail => self.image.offer(rank + depth, picture(element)),
            Field::Duration => keep_first_some(&mut self.item.duration_seconds, duration(&element.text())),
            Field::Explicit => self.explicit.offer(rank, flag(&element.text())),
            Field::Rating => self.explicit.offer(rank, adult(&element.text())),
            Field::Season => {
                self.season.offer(rank, ordinal(&element.text()));
                keep_first_some(&mut self.item.details.season_name, word(element, "name"));
            }
            Field::Episode => {
                let part = || fraction(&element.text());
                let number = ordinal(&element.text());
                self.episode.offer(rank, number.or_else(|| part().map(|told| told as i64)));
                // A fractional number such as 315.5, between two episodes.
                let between = || line(element).filter(|_| number.is_none() && part().is_some());
                let display = word(element, "display").or_else(between);
                keep_first_some(&mut self.item.details.episode_display, display);
            }
            Field::EpisodeType => {
                keep_first_some(
                    &mut self.item.details.episode_type,
                    line(element).map(|told| told.to_lowercase()),
                );
            }
            Field::Chapters => {
                if let Some(address) = element.address("url") {
                    self.chapters(address, element);
                }
            }
            Field::ChaptersWithin if self.item.details.chapters.is_empty() => {
                self.item.details.chapters = chapters::within(element);
            }
            Field::Transcript => push(&mut self.item.transcripts, podcasting::transcript(element)),
            Field::Person => push(&mut self.item.details.persons, podcasting::person(element)),
            Field::Soundbite => push(&mut self.item.details.soundbites, podcasting::soundbite(element)),
            Field::AlternateEnclosure => {
                let told = podcasting::alternate_enclosure(element);
                push(
                    &mut self.item.details.alternate_enclosures,
                    Some(told).filter(|told| !told.sources.is_empty()),
                );
            }
            Field::Location => self.location.read(rank, element),
            Field::License => self.license.offer(rank, podcasting::license(element)),
            Field::Value => keep_first_some(&mut self.item.details.value, Some(podcasting::value(element))),
            _ => {}
        }
        if matches!(field, Field::MediaGroup | Field::MediaContent) && depth < MAX_MEDIA_DEPTH {
            for child in element.children() {
                self.read(&child, depth + 1);
            }
        }
    }

    /// RSS has the address as text, Atom as an attribute; each occurs in the other's feeds.
    fn link(&mut self, element: &Element<'_, '_>, rank: u8) {
        let Some(address) = target(element) else {
            return self.url.offer(rank, element.text_address());
        };
        match relation(element) {
            Relation::Alternate(better) => self.url.offer(rank - 1 + better, Some(address)),
            Relation::Enclosure => self.enclosure(element, rank),
            Relation::Replies(better) => self.comments.offer(rank - 1 + better, Some(address)),
            Relation::License => self.license.offer(1, Some(address)),
            Relation::Chapters => self.chapters(address, element),
            _ => {}
        }
    }

    fn guid(&mut self, element: &Element<'_, '_>, rank: u8) {
        self.guid.offer_text(rank, guid(&element.text()));
        let may_be_link = element.head.is("guid")
            && element.attribute("isPermaLink").is_none_or(|told| flag(&told) != Some(false));
        let is_web =
            |text: &str| text.trim_start().get(..4).is_some_and(|start| start.eq_ignore_ascii_case("http"));
        if may_be_link && is_web(&element.text()) && rank >= OWN {
            self.item.guid_is_link = true;
            self.url.offer(address_rank::PERMALINK, element.text_address());
        }
    }

    /// Only the authors of an item's source are used, and only if the item has none.
    fn source(&mut self, element: &Element<'_, '_>) {
        for author in element.children().filter(|child| child.head.is("author")) {
            self.source_authors.read(OWN, &author, Custom::Atom);
        }
    }

    /// Content with `src` is a medium or a page; of several inline contents, the longest is kept.
    fn content(&mut self, element: &Element<'_, 'a>, told: Option<RawText<'a>>) {
        if let Some(address) = element.address("src") {
            match element.attribute("type").and_then(|told| mime_type(&told)) {
                Some(kind) if !kind.starts_with("text/") && !kind.contains("html") => {
                    self.enclosure(element, OWN)
                }
                _ => self.url.offer(address_rank::OUT_OF_LINE, Some(address)),
            }
            return;
        }
        if let Some(new) = HeldFeed::new(told, element)
            && self.content.as_ref().is_none_or(|known| known.length() < new.length())
        {
            self.content = Some(new);
        }
    }

    /// Reads every `rdf:value` in `rdf:Bag`, `rdf:li` and `content:item`.
    fn content_items(&mut self, element: &Element<'_, 'a>, custom: Custom) {
        for inner in element.children() {
            match inner.head.is("value") {
                true => self.content(&inner, RawText::of(&inner, custom)),
                false => self.content_items(&inner, custom),
            }
        }
    }

    fn enclosure(&mut self, element: &Element<'_, '_>, rank: u8) {
        let is_alternate = rank < OWN && element.head.is("content");
        let Some(told) = enclosure(element, is_alternate) else { return };
        if told.form() == Form::Picture {
            self.image.offer(1, Some(told.url.clone()));
        }
        self.enclosures.add(told);
    }

    fn chapters(&mut self, address: String, element: &Element<'_, '_>) {
        if self.item.chapters_url.is_none() {
            self.item.chapters_url = Some(address);
            self.item.details.chapters_mime_type =
                element.attribute("type").and_then(|told| mime_type(&told));
        }
    }

    fn finish(self, cleaner: &mut Cleaner) -> Item {
        let url = match (self.url.take(), self.original.take()) {
            (Some(url), Some(original)) if is_redirected(&url) => Some(original),
            (url, original) => url.or(original),
        };
        let authors = if self.authors.is_empty() { self.source_authors } else { self.authors };
        let content = ItemContent {
            guid: self.guid.take().unwrap_or_default(),
            title: self.title.take().unwrap_or_default(),
            url,
            authors: authors.take(),
            published_at: self.published.take(),
            updated_at: self.updated.take(),
            summary_html: self.summary.take().map(|held| held.html(cleaner)).unwrap_or_default(),
            content_html: self.content.map(|held| held.html(cleaner)).unwrap_or_default(),
            language: self.language.take(),
            image_url: self.image.take(),
            duration_seconds: self.item.content.duration_seconds.or(self.enclosures.duration()),
            explicit: self.explicit.take(),
            season: self.season.take(),
            episode: self.episode.take(),
            categories: self.categories.take(),
            enclosures: self.enclosures.take(),
            details: ItemDetails {
                comments_url: self.comments.take(),
                location: self.location.take(),
                license: self.license.take(),
                ..self.item.content.details
            },
            ..self.item.content
        };
        Item { content, ..self.item }
    }
}

/// A guid, verbatim without surrounding white space.
fn guid(told: &str) -> String {
    clip(told.trim(), MAX_TITLE).to_owned()
}

fn keep_first(known: &mut String, told: String) {
    if known.is_empty() {
        *known = told;
    }
}

fn keep_first_some<T>(known: &mut Option<T>, told: Option<T>) {
    if known.is_none() {
        *known = told;
    }
}

fn push<T>(list: &mut Vec<T>, told: Option<T>) {
    if list.len() < MAX_LIST {
        list.extend(told);
    }
}

#[cfg(test)]
mod tests;
