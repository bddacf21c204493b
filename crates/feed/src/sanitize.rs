//! Content of an item from another node, brought into the bounds in which the reader keeps feeds: a trusted
//! peer can be a broken one.

use std::rc::Rc;

use text::{clip, one_line};
use url::Url;

use crate::reader::limits::{MAX_CATEGORIES, MAX_CHAPTERS, MAX_LIST, MAX_NAME, MAX_TITLE};
use crate::reader::text::Cleaner;
use crate::reader::urls;
use crate::{Enclosure, ItemContent, ItemDetails, Person, SourceDetails, Transcript};

/// Base of addresses that have none: a relative one leads nowhere.
const NOWHERE: &str = "https://invalid/";

/// Sanitiser of contents and metadata. Keeps its HTML cleaner for the next item.
pub struct Sanitizer {
    cleaner: Cleaner,
    base: Rc<Url>,
}

impl Default for Sanitizer {
    fn default() -> Self {
        let base = Url::parse(NOWHERE).expect("a constant address");
        Self { cleaner: Cleaner::new(&base), base: Rc::new(base) }
    }
}

impl Sanitizer {
    /// Sanitises HTML, keeps web addresses only, and cuts texts and lists.
    pub fn item(&mut self, mut content: ItemContent) -> ItemContent {
        let base = self.base.clone();
        content.guid = clip(&content.guid, MAX_TITLE).to_owned();
        content.title = one_line(&content.title, MAX_TITLE);
        content.summary_html = self.cleaner.clean(&content.summary_html, &base);
        content.content_html = self.cleaner.clean(&content.content_html, &base);
        for address in [&mut content.url, &mut content.image_url, &mut content.chapters_url] {
            self.keep_address(address);
        }
        shorten(&mut content.language);
        content.authors = names(content.authors, MAX_LIST);
        content.categories = names(content.categories, MAX_CATEGORIES);
        content.enclosures = self.enclosures(content.enclosures);
        content.transcripts = self.transcripts(content.transcripts);
        content.duration_seconds = content.duration_seconds.filter(|seconds| *seconds >= 0);
        content.details = self.details(content.details);
        content
    }

    /// Metadata of a source.
    pub fn source(&self, mut details: SourceDetails) -> SourceDetails {
        details.authors = names(details.authors, MAX_LIST);
        details.categories = names(details.categories, MAX_CATEGORIES);
        for word in [&mut details.copyright, &mut details.generator, &mut details.guid] {
            *word = one_line(word, MAX_TITLE);
        }
        for word in [&mut details.language, &mut details.medium] {
            shorten(word);
        }
        details.persons = self.persons(details.persons);
        details.funding.retain_mut(|funding| self.is_address(&mut funding.url));
        details.funding.truncate(MAX_LIST);
        details.hub_urls.retain_mut(|url| self.is_address(url));
        details.hub_urls.truncate(MAX_LIST);
        self.keep_address(&mut details.next_url);
        details
    }

    fn details(&self, mut details: ItemDetails) -> ItemDetails {
        details.subtitle = one_line(&details.subtitle, MAX_TITLE);
        self.keep_address(&mut details.comments_url);
        for word in [
            &mut details.season_name,
            &mut details.episode_display,
            &mut details.episode_type,
            &mut details.chapters_mime_type,
            &mut details.location,
            &mut details.license,
        ] {
            shorten(word);
        }
        details.persons = self.persons(details.persons);
        details.chapters.truncate(MAX_CHAPTERS);
        for chapter in &mut details.chapters {
            chapter.title = one_line(&chapter.title, MAX_TITLE);
            self.keep_address(&mut chapter.url);
            self.keep_address(&mut chapter.image_url);
        }
        details.soundbites.truncate(MAX_LIST);
        for bite in &mut details.soundbites {
            bite.title = one_line(&bite.title, MAX_TITLE);
        }
        details.alternate_enclosures.truncate(MAX_LIST);
        for alternate in &mut details.alternate_enclosures {
            alternate.sources.retain_mut(|url| self.is_address(url));
            alternate.sources.truncate(MAX_LIST);
        }
        details
    }

    fn enclosures(&self, mut all: Vec<Enclosure>) -> Vec<Enclosure> {
        all.retain_mut(|enclosure| self.is_address(&mut enclosure.url));
        all.truncate(MAX_LIST);
        for enclosure in &mut all {
            shorten(&mut enclosure.mime_type);
            enclosure.bytes = enclosure.bytes.filter(|bytes| *bytes >= 0);
        }
        all
    }

    fn transcripts(&self, mut all: Vec<Transcript>) -> Vec<Transcript> {
        all.retain_mut(|transcript| self.is_address(&mut transcript.url));
        all.truncate(MAX_LIST);
        all
    }

    fn persons(&self, mut all: Vec<Person>) -> Vec<Person> {
        all.truncate(MAX_LIST);
        for person in &mut all {
            for word in [&mut person.name, &mut person.role, &mut person.group] {
                *word = one_line(word, MAX_NAME);
            }
            self.keep_address(&mut person.href);
            self.keep_address(&mut person.img);
        }
        all
    }

    fn keep_address(&self, address: &mut Option<String>) {
        *address = address.take().and_then(|told| self.address(&told));
    }

    fn is_address(&self, told: &mut String) -> bool {
        let address = self.address(told);
        let is_address = address.is_some();
        *told = address.unwrap_or_default();
        is_address
    }

    /// An absolute address of the web; None for any other text.
    pub fn address(&self, told: &str) -> Option<String> {
        urls::resolve(&self.base, told).filter(|url| !url.starts_with(NOWHERE))
    }
}

fn shorten(word: &mut Option<String>) {
    *word = word.take().map(|word| one_line(&word, MAX_NAME));
}

fn names(mut all: Vec<String>, most: usize) -> Vec<String> {
    all.truncate(most);
    all.iter().map(|name| one_line(name, MAX_NAME)).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_feed_may_hold_stays_as_it_is() {
        let content = ItemContent {
            guid: "g".into(),
            title: "Trains & planes".into(),
            url: Some("https://example.org/1".into()),
            summary_html: "<p>By <a href=\"https://example.org/\">train</a></p>".into(),
            authors: vec!["Ada".into()],
            enclosures: vec![Enclosure { url: "https://example.org/1.mp3".into(), ..Enclosure::default() }],
            ..ItemContent::default()
        };
        assert_eq!(Sanitizer::default().item(content.clone()), content);
    }

    #[test]
    fn scripts_other_schemes_and_endless_lists_do_not_come_through() {
        let long = "x".repeat(100_000);
        let enclosure = |url: &str| Enclosure { url: url.into(), bytes: Some(-1), ..Enclosure::default() };
        let clean = Sanitizer::default().item(ItemContent {
            title: format!("a\nb{long}"),
            url: Some("javascript:x()".into()),
            image_url: Some("/relative.png".into()),
            content_html: "<p onclick=x()>hi<script>x()</script><img src='//a.example/b'></p>".into(),
            categories: vec!["c".into(); 500],
            enclosures: vec![enclosure("file:///etc/passwd"), enclosure("https://example.org/a.mp3")],
            duration_seconds: Some(-5),
            ..ItemContent::default()
        });
        assert!(clean.title.starts_with("a b") && clean.title.chars().count() <= MAX_TITLE);
        assert_eq!((clean.url, clean.image_url, clean.duration_seconds), (None, None, None));
        assert!(clean.content_html.contains("hi") && !clean.content_html.contains("x()"));
        assert_eq!(clean.categories.len(), MAX_CATEGORIES);
        let kept: Vec<_> = clean.enclosures.iter().map(|it| (it.url.as_str(), it.bytes)).collect();
        assert_eq!(kept, [("https://example.org/a.mp3", None)]);
    }
}
