//! Metadata of feeds and items besides their main fields: kept as JSON and shown.

use serde::{Deserialize, Serialize};

/// Item properties that only some feeds have.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct ItemDetails {
    /// `itunes:subtitle`.
    pub subtitle: String,
    /// Page with the comments.
    pub comments_url: Option<String>,
    /// Name of the season (`podcast:season`).
    pub season_name: Option<String>,
    /// Text shown instead of the episode number (`podcast:episode`).
    pub episode_display: Option<String>,
    /// `full`, `trailer` or `bonus` (`itunes:episodeType`).
    pub episode_type: Option<String>,
    /// MIME type of the file at the item's `chapters_url`.
    pub chapters_mime_type: Option<String>,
    /// Chapters embedded in the feed, in order. Others are in the file at the item's `chapters_url`.
    pub chapters: Vec<Chapter>,
    /// Hosts, guests and crew (`podcast:person`).
    pub persons: Vec<Person>,
    /// Short extracts recommended by the publisher (`podcast:soundbite`).
    pub soundbites: Vec<Soundbite>,
    /// Place that the item is about (`podcast:location`).
    pub location: Option<String>,
    /// Name of the licence, else its address.
    pub license: Option<String>,
    /// Other qualities and addresses of the media (`podcast:alternateEnclosure`).
    pub alternate_enclosures: Vec<AlternateEnclosure>,
    /// `podcast:value` as JSON. Shown and never acted upon.
    pub value: Option<serde_json::Value>,
}

/// Chapter of an episode, from Podlove Simple Chapters or the JSON chapters of Podcasting 2.0.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Chapter {
    /// Start in seconds from the beginning of the media.
    pub start_seconds: f64,
    /// End in seconds, if the publisher gives it.
    pub end_seconds: Option<f64>,
    /// Name of the chapter.
    pub title: String,
    /// Page that belongs to the chapter.
    pub url: Option<String>,
    /// Picture shown while it plays.
    pub image_url: Option<String>,
    /// Left out of the table of contents (`toc` is false).
    pub hidden: bool,
}

impl Chapter {
    /// Whether it stands in a table of contents: it has a title, and its publisher does not hide it.
    pub fn is_listed(&self) -> bool {
        !self.hidden && !self.title.is_empty()
    }
}

/// Host, guest or member of the crew (`podcast:person`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Person {
    /// Name as shown.
    pub name: String,
    /// Lower case; `host` by default.
    pub role: String,
    /// Lower case; `cast` by default.
    pub group: String,
    /// Their page.
    pub href: Option<String>,
    /// Their picture.
    pub img: Option<String>,
}

/// Extract of an episode (`podcast:soundbite`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Soundbite {
    /// Start in seconds from the beginning of the media.
    pub start_seconds: f64,
    /// Length in seconds.
    pub duration_seconds: f64,
    /// Title; empty if it has none.
    pub title: String,
}

/// Transcript or captions of an item (`podcast:transcript`, `media:subTitle`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Transcript {
    /// Address of the file.
    pub url: String,
    /// MIME type, if given.
    pub mime_type: Option<String>,
    /// Language tag (BCP 47), if given.
    pub language: Option<String>,
    /// `captions` if it has timestamps.
    pub rel: Option<String>,
}

/// Same content in another quality or at another address (`podcast:alternateEnclosure`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct AlternateEnclosure {
    /// MIME type, if given.
    pub mime_type: Option<String>,
    /// Size in bytes, if given.
    pub bytes: Option<i64>,
    /// Bits per second.
    pub bitrate: Option<f64>,
    /// Height of the picture in pixels.
    pub height: Option<i64>,
    /// Language tag (BCP 47).
    pub language: Option<String>,
    /// Name shown for the choice.
    pub title: Option<String>,
    /// Group of enclosures that belong together.
    pub rel: Option<String>,
    /// Codecs (RFC 6381).
    pub codecs: Option<String>,
    /// Whether it is the item's own enclosure.
    pub is_default: bool,
    /// Web addresses only, in feed order.
    pub sources: Vec<String>,
    /// Type (`sri` or `pgp-signature`) and value.
    pub integrity: Option<(String, String)>,
}

/// Metadata of a feed besides its name. Empty until the feed has been read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct SourceDetails {
    /// Format that the feed declares.
    pub format: Option<crate::Format>,
    /// Language tag (BCP 47).
    pub language: Option<String>,
    /// Names, or an e-mail address if there is no name.
    pub authors: Vec<String>,
    /// Categories and subcategories, each once.
    pub categories: Vec<String>,
    /// Copyright notice.
    pub copyright: String,
    /// Program that wrote the feed.
    pub generator: String,
    /// Whether it is unsuitable for children, if given (`itunes:explicit`).
    pub explicit: Option<bool>,
    /// `podcast:guid`, or the id of an Atom feed.
    pub guid: String,
    /// `podcast:medium`, such as `podcast` or `audiobook`.
    pub medium: Option<String>,
    /// None if the feed does not say.
    pub show_type: Option<ShowType>,
    /// Donation links (`podcast:funding`).
    pub funding: Vec<Funding>,
    /// Hosts and crew of the whole show (`podcast:person`).
    pub persons: Vec<Person>,
    /// WebSub hubs that announce changes.
    pub hub_urls: Vec<String>,
    /// Address of older items (RFC 5005).
    pub next_url: Option<String>,
    /// `podcast:value` as JSON. Shown and never acted upon.
    pub value: Option<serde_json::Value>,
}

impl SourceDetails {
    /// Whether its items are parts of a whole, to be heard from the first. An audiobook (`podcast:medium`) is
    /// a serial unless its feed says otherwise.
    pub fn is_serial(&self) -> bool {
        match self.show_type {
            Some(told) => told == ShowType::Serial,
            None => self.medium.as_deref() == Some("audiobook"),
        }
    }
}

/// Order in which items are meant to be heard (`itunes:type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ShowType {
    /// Each by itself.
    Episodic,
    /// One after the other, from the first.
    Serial,
}

impl ShowType {
    /// Parses the text of an `itunes:type`, in any case.
    pub fn read(text: &str) -> Option<Self> {
        match text.trim().to_lowercase().as_str() {
            "episodic" => Some(Self::Episodic),
            "serial" => Some(Self::Serial),
            _ => None,
        }
    }
}

/// Polling hints of a publisher, from RSS 2.0 and the syndication module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hints {
    /// Minutes for which the feed may be cached (`ttl`).
    pub ttl_minutes: Option<i64>,
    /// Hours of the day without changes, 0 to 23, in UTC (`skipHours`).
    pub skip_hours: Vec<u8>,
    /// Days of the week without changes, 1 (Monday) to 7, in UTC (`skipDays`).
    pub skip_days: Vec<u8>,
    /// From `sy:updatePeriod` and `sy:updateFrequency`.
    pub update_period_seconds: Option<i64>,
}

/// Donation link of a publisher (`podcast:funding`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Funding {
    /// Address of the page.
    pub url: String,
    /// Label of the link.
    pub text: String,
}
