//! Collects the metadata of a feed, of any format and vocabulary.

use chrono::{DateTime, Utc};
use serde_json::Value;
use text::{clip, one_line};

use super::best::BestValue;
use super::categories::Categories;
use super::dates;
use super::fields::{Field, Meaning, PICTURE, meaning};
use super::hints;
use super::limits::{MAX_LIST, MAX_NAME, MAX_TEXT, MAX_TITLE};
use super::links::{Relation, picture, relation, target};
use super::numbers::{adult, count, flag};
use super::people::People;
use super::places::LocationParts;
use super::podcasting::{self, line};
use super::reading::{Circumstances, HeldFeed};
use super::text::{Cleaner, RawText};
use super::xml::{Element, Head};
use crate::{Feed, Funding, Hints, Item, Person, ShowType, SourceDetails};

/// A feed while it is read.
pub struct ChannelDraft<'a> {
    at: Circumstances,
    guid: BestValue<String>,
    title: BestValue<String>,
    description: BestValue<HeldFeed<'a>>,
    site: BestValue<String>,
    itself: BestValue<String>,
    next: BestValue<String>,
    current: BestValue<String>,
    moved: BestValue<String>,
    hubs: Vec<String>,
    image: BestValue<String>,
    language: BestValue<String>,
    authors: People,
    categories: Categories,
    copyright: BestValue<String>,
    generator: BestValue<String>,
    explicit: BestValue<bool>,
    published: BestValue<DateTime<Utc>>,
    updated: BestValue<DateTime<Utc>>,
    medium: BestValue<String>,
    show_type: BestValue<ShowType>,
    funding: Vec<Funding>,
    persons: Vec<Person>,
    value: Option<Value>,
    license: BestValue<String>,
    location: LocationParts,
    locked: Option<bool>,
    uses_podping: bool,
    hints: Hints,
    update_times: Option<i64>,
}

impl<'a> ChannelDraft<'a> {
    pub fn new(at: Circumstances) -> Self {
        Self {
            at,
            guid: BestValue::default(),
            title: BestValue::default(),
            description: BestValue::default(),
            site: BestValue::default(),
            itself: BestValue::default(),
            next: BestValue::default(),
            current: BestValue::default(),
            moved: BestValue::default(),
            hubs: Vec::new(),
            image: BestValue::default(),
            language: BestValue::default(),
            authors: People::default(),
            categories: Categories::default(),
            copyright: BestValue::default(),
            generator: BestValue::default(),
            explicit: BestValue::default(),
            published: BestValue::default(),
            updated: BestValue::default(),
            medium: BestValue::default(),
            show_type: BestValue::default(),
            funding: Vec::new(),
            persons: Vec::new(),
            value: None,
            license: BestValue::default(),
            location: LocationParts::default(),
            locked: None,
            uses_podping: false,
            hints: Hints::default(),
            update_times: None,
        }
    }

    /// Reads the attributes of the start tag of the feed or its channel.
    pub fn open(&mut self, head: &Head<'_>) {
        self.site.offer(1, head.address("about").or_else(|| head.address("href")));
        let modified = head.attribute("lastmod").and_then(|told| dates::read(told, self.at.now));
        self.updated.offer(0, modified);
        self.language
            .offer(0, head.lang.map(|told| one_line(told, MAX_NAME)).filter(|told| !told.is_empty()));
    }

    /// Reads the `source` of a standalone entry, else the entry's own title.
    pub fn open_alone(&mut self, entry: &Element<'_, 'a>) {
        self.open(entry.head);
        for part in entry.children().filter(|child| child.head.is("source")).flat_map(|told| told.children())
        {
            self.read(&part);
        }
        if self.title.get().is_none()
            && let Some(title) = entry.child("title")
        {
            self.read(&title);
        }
    }

    pub fn read(&mut self, element: &Element<'_, 'a>) {
        let Some(Meaning { field, rank, custom }) = meaning(self.at.format, element.head) else { return };
        let told = || RawText::of(element, custom);
        let plain = || told().map(|told| told.plain(MAX_TITLE)).unwrap_or_default();
        let text = || one_line(&element.text(), MAX_TITLE);
        match field {
            Field::Title => {
                self.title.offer_text(rank, plain());
                self.title.offer(PICTURE, told().and_then(|told| told.picture(MAX_TITLE)));
            }
            Field::Description => self.description.offer(rank, HeldFeed::new(told(), element)),
            Field::Subtitle => self.description.offer(1, HeldFeed::new(told(), element)),
            Field::Link => self.link(element, rank),
            Field::Guid => self.guid.offer_text(rank, clip(element.text().trim(), MAX_TITLE).to_owned()),
            Field::Author | Field::Owner => self.authors.read(rank, element, custom),
            Field::Contributor => self.authors.read(0, element, custom),
            Field::Category => self.categories.read(element, custom),
            Field::Keywords => self.categories.read_keywords(element),
            Field::Published => self.published.offer(rank, self.at.date(element)),
            Field::Updated => self.updated.offer(rank, self.at.date(element)),
            // RSS 1.0 references a picture by `rdf:resource` and gives its address elsewhere.
            Field::Image if element.attribute("resource").is_some() => self.image.offer(0, picture(element)),
            Field::Image | Field::Thumbnail => self.image.offer(rank, picture(element)),
            Field::Icon => self.image.offer(0, picture(element)),
            Field::Language => self.language.offer_text(rank, clip(&text(), MAX_NAME).to_owned()),
            Field::Copyright => self.copyright.offer_text(rank, plain()),
            Field::Generator => self.generator(element, rank),
            Field::Explicit => self.explicit.offer(rank, flag(&element.text())),
            Field::Rating => self.explicit.offer(rank, adult(&element.text())),
            Field::NewAddress => self.moved.offer(rank, element.text_address()),
            Field::Medium => self.medium.offer(rank, line(element).map(|told| told.to_lowercase())),
            Field::ShowType => self.show_type.offer(rank, ShowType::read(&text())),
            Field::Funding if self.funding.len() < MAX_LIST => {
                self.funding.extend(podcasting::funding(element))
            }
            Field::Person if self.persons.len() < MAX_LIST => {
                self.persons.extend(podcasting::person(element))
            }
            Field::Value => self.value = self.value.take().or_else(|| Some(podcasting::value(element))),
            Field::License => self.license.offer(rank, podcasting::license(element)),
            Field::Location => self.location.read(rank, element),
            Field::Locked => self.locked = self.locked.or_else(|| flag(&element.text())),
            Field::Podping => {
                self.uses_podping |=
                    element.attribute("usesPodping").and_then(|told| flag(&told)) == Some(true)
            }
            Field::Ttl => self.hints.ttl_minutes = self.hints.ttl_minutes.or_else(|| count(&element.text())),
            Field::SkipHours => hints::add_hours(&mut self.hints.skip_hours, element),
            Field::SkipDays => hints::add_days(&mut self.hints.skip_days, element),
            Field::UpdatePeriod => self.hints.update_period_seconds = hints::period(&element.text()),
            Field::UpdateFrequency => self.update_times = count(&element.text()),
            _ => {}
        }
    }

    fn link(&mut self, element: &Element<'_, '_>, rank: u8) {
        let Some(address) = target(element) else {
            return self.site.offer(rank, element.text_address());
        };
        match relation(element) {
            Relation::Alternate(better) => self.site.offer(rank - 1 + better, Some(address)),
            Relation::Itself => self.itself.offer(rank, Some(address)),
            Relation::Next => self.next.offer(rank, Some(address)),
            Relation::License => self.license.offer(1, Some(address)),
            Relation::Payment if self.funding.len() < MAX_LIST => {
                let text = podcasting::word(element, "title").unwrap_or_default();
                self.funding.push(Funding { url: address, text });
            }
            Relation::Current => self.current.offer(rank, Some(address)),
            Relation::Hub if self.hubs.len() < MAX_LIST && !self.hubs.contains(&address) => {
                self.hubs.push(address)
            }
            _ => {}
        }
    }

    fn generator(&mut self, element: &Element<'_, '_>, rank: u8) {
        self.generator.offer_text(rank, one_line(&element.text(), MAX_TITLE));
        self.generator.offer(rank, element.attribute("resource").map(|told| one_line(&told, MAX_TITLE)));
    }

    pub fn finish(self, items: Vec<Item>, cleaner: &mut Cleaner) -> Feed {
        let description = self.description.get();
        let details = SourceDetails {
            format: Some(self.at.format),
            language: self.language.take(),
            authors: self.authors.take(),
            categories: self.categories.take(),
            copyright: self.copyright.take().unwrap_or_default(),
            generator: self.generator.take().unwrap_or_default(),
            explicit: self.explicit.take(),
            guid: self.guid.take().unwrap_or_default(),
            medium: self.medium.take(),
            show_type: self.show_type.take(),
            funding: self.funding,
            persons: self.persons,
            hub_urls: self.hubs,
            next_url: self.next.take(),
            value: self.value,
        };
        let mut feed = Feed {
            description: description.map(|held| held.plain(MAX_TEXT)).unwrap_or_default(),
            description_html: description.map(|held| held.html(cleaner)).unwrap_or_default(),
            title: self.title.take().unwrap_or_default(),
            site_url: self.site.take(),
            self_url: self.itself.take(),
            new_feed_url: self.moved.take(),
            current_url: self.current.take(),
            image_url: self.image.take(),
            published_at: self.published.take(),
            updated_at: self.updated.take(),
            license: self.license.take(),
            location: self.location.take(),
            locked: self.locked,
            uses_podping: self.uses_podping,
            hints: Hints {
                update_period_seconds: hints::between(self.hints.update_period_seconds, self.update_times),
                ..self.hints
            },
            details,
            items,
        };
        if self.at.format.is_atom() {
            feed.pass_authors_on();
        }
        feed
    }
}

#[cfg(test)]
mod tests;
