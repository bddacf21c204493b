//! Common model of a feed and its items.

use std::ops::{Deref, DerefMut, Not};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::Form;
use crate::details::{Hints, ItemDetails, SourceDetails, Transcript};

/// A feed. Plain texts contain no markup, `_html` is sanitised, addresses are absolute and http or https.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Feed {
    /// Title in one line; empty if there is none.
    pub title: String,
    /// Description as plain text.
    pub description: String,
    /// Description as sanitised HTML.
    pub description_html: String,
    /// Page of the publisher.
    pub site_url: Option<String>,
    /// Address that the feed gives for itself (`atom:link rel="self"`).
    pub self_url: Option<String>,
    /// New address of the feed, from `itunes:new-feed-url`.
    pub new_feed_url: Option<String>,
    /// Document with the newest items, if this one is an archive (RFC 5005).
    pub current_url: Option<String>,
    /// Cover or logo.
    pub image_url: Option<String>,
    /// Time of publication.
    pub published_at: Option<DateTime<Utc>>,
    /// Time of the last change.
    pub updated_at: Option<DateTime<Utc>>,
    /// Name of the licence, else its address.
    pub license: Option<String>,
    /// Place that the feed is about (`podcast:location`).
    pub location: Option<String>,
    /// Whether other platforms may not import it (`podcast:locked`).
    pub locked: Option<bool>,
    /// Whether `podcast:podping` declares that changes are announced by Podping.
    pub uses_podping: bool,
    /// How often and when it changes.
    pub hints: Hints,
    /// The other stored metadata.
    pub details: SourceDetails,
    /// Items in feed order.
    pub items: Vec<Item>,
}

#[cfg(feature = "reader")]
impl Feed {
    /// Applies the feed's authors to items without any (RFC 4287 §4.1.2; JSON Feed 1.1).
    pub(crate) fn pass_authors_on(&mut self) {
        for item in self.items.iter_mut().filter(|item| item.authors.is_empty()) {
            item.authors.clone_from(&self.details.authors);
        }
    }
}

/// An item of a feed. Missing values (language, explicit) may come from the feed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The stored fields.
    #[serde(flatten)]
    pub content: ItemContent,
    /// Whether the guid is the address of the item (`isPermaLink`).
    pub guid_is_link: bool,
    /// Name of the feed that the item was taken from (`dc:source`). Written, not read.
    pub source_title: Option<String>,
}

impl From<ItemContent> for Item {
    fn from(content: ItemContent) -> Self {
        Self { content, ..Self::default() }
    }
}

impl Deref for Item {
    type Target = ItemContent;

    fn deref(&self) -> &ItemContent {
        &self.content
    }
}

impl DerefMut for Item {
    fn deref_mut(&mut self) -> &mut ItemContent {
        &mut self.content
    }
}

/// An episode, article or video as its publisher describes it: the fields that an item has from its feed to
/// its stored row.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ItemContent {
    /// Verbatim; empty if there is none.
    pub guid: String,
    /// Title in one line; empty if there is none.
    pub title: String,
    /// Page of the item.
    pub url: Option<String>,
    /// Names, or an e-mail address if there is no name.
    pub authors: Vec<String>,
    /// Time of publication.
    pub published_at: Option<DateTime<Utc>>,
    /// Time of the last change.
    pub updated_at: Option<DateTime<Utc>>,
    /// Short description as sanitised HTML.
    pub summary_html: String,
    /// Full text as sanitised HTML; empty if there is none.
    pub content_html: String,
    /// Language tag (BCP 47).
    pub language: Option<String>,
    /// Cover or lead picture.
    pub image_url: Option<String>,
    /// Length of the media.
    pub duration_seconds: Option<i64>,
    /// Whether it is unsuitable for children, if given.
    pub explicit: Option<bool>,
    /// Number of the season.
    pub season: Option<i64>,
    /// Number of the episode within the season or the show.
    pub episode: Option<i64>,
    /// Categories, each once.
    pub categories: Vec<String>,
    /// Attached and described media, each address once.
    pub enclosures: Vec<Enclosure>,
    /// File with the chapters (`podcast:chapters`).
    pub chapters_url: Option<String>,
    /// Transcripts and captions.
    pub transcripts: Vec<Transcript>,
    /// The other stored metadata.
    pub details: ItemDetails,
}

#[cfg(feature = "reader")]
impl Item {
    /// Approximate size in bytes.
    pub(crate) fn weight(&self) -> usize {
        let length = |told: &Option<String>| told.as_ref().map_or(0, String::len);
        let enclosures = self.enclosures.iter().map(|told| told.url.len());
        let alternates =
            self.details.alternate_enclosures.iter().flat_map(|told| &told.sources).map(String::len);
        let chapters = self
            .details
            .chapters
            .iter()
            .map(|told| told.title.len() + length(&told.url) + length(&told.image_url));
        let persons = self.details.persons.iter().map(|told| length(&told.href) + length(&told.img));
        let transcripts = self.transcripts.iter().map(|told| told.url.len());
        let lists = enclosures.chain(alternates).chain(chapters).chain(persons).chain(transcripts);
        self.summary_html.len() + self.content_html.len() + lists.sum::<usize>() + 1_000
    }
}

/// Media file of an item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enclosure {
    /// Address of the file.
    pub url: String,
    /// MIME type, if declared.
    pub mime_type: Option<String>,
    /// As declared by the feed; often wrong.
    pub bytes: Option<i64>,
    /// Length in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<i64>,
    /// `audio`, `video`, `image` or `document`, if Media RSS declares it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medium: Option<String>,
    /// Whether the publisher marked it as the default among several.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub is_default: bool,
    /// Whether Media RSS or an alternate link describes it, instead of the format's own element.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub is_alternate: bool,
}

impl Enclosure {
    /// Kind of the file.
    pub fn form(&self) -> Form {
        Form::of(self.mime_type.as_deref(), self.medium.as_deref(), &self.url)
    }
}
