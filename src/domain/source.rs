//! Sources are feeds; subscriptions are what ties a person to one.

use serde::{Deserialize, Serialize};

use super::feed_login::Secret;
use super::found::Found;
use super::item::Person;
use super::page::{ListFilter, PageQuery, is_asked};
use super::rules::{Ahead, Rules};
use super::words::words;
use super::{DateTime, SourceId, SubscriptionId, Utc};

words! {
    /// What a source mostly brings. The item of a `picture` source is its image: comics, photographs.
    Kind { Podcast = "podcast", Article = "article", News = "news", Video = "video", Picture = "picture" }
}

words! {
    /// Whether the media of a source may be kept here.
    Policy { CacheAllowed = "cache_allowed", MetadataOnly = "metadata_only" }
}

words! {
    /// How reading the feed went last. What is gone is not asked any more: its publisher said so.
    Health { New = "new", Ok = "ok", Failing = "failing", Gone = "gone" }
}

words! {
    /// Where a source came from. What a person added is seen by its subscribers alone: addresses can hold secrets.
    Origin { Demo = "demo", Directory = "directory", Person = "person" }
}

words! {
    /// The order in which a feed wants its items heard, as `itunes:type` tells: each by itself, or one after the other.
    ShowType { Episodic = "episodic", Serial = "serial" }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Source {
    pub id: SourceId,
    pub feed_url: String,
    pub name: String,
    pub description: String,
    pub site_url: Option<String>,
    pub image_url: Option<String>,
    pub kind: Kind,
    pub policy: Policy,
    pub origin: Origin,
    pub health: Health,
    /// In plain words, what kept the feed from being read the last time.
    pub last_error: Option<String>,
    pub last_success_at: Option<DateTime<Utc>>,
    pub last_asked_at: Option<DateTime<Utc>>,
    pub next_refresh_at: Option<DateTime<Utc>>,
    /// Readings that failed since the last good one.
    pub failures: i64,
    pub items: i64,
    /// Items published within the last four weeks.
    pub items_lately: i64,
    pub details: SourceDetails,
    /// Whether its feed has older pages that were not read.
    #[serde(default)]
    pub has_older: bool,
    /// Whether it is asked with a name and a password, which are shown to nobody.
    #[serde(default)]
    pub has_login: bool,
    /// The asking person's subscription, if there is one.
    pub subscription_id: Option<SubscriptionId>,
    pub created_at: DateTime<Utc>,
    /// In the answer to a search alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
}

words! {
    /// What a feed says it is. `rss` and `atom` are those of a version nobody knows.
    Format {
        Rss090 = "rss_0_90",
        Rss091 = "rss_0_91",
        Rss092 = "rss_0_92",
        Rss093 = "rss_0_93",
        Rss094 = "rss_0_94",
        Rss10 = "rss_1_0",
        Rss20 = "rss_2_0",
        Rss = "rss",
        Atom03 = "atom_0_3",
        Atom10 = "atom_1_0",
        Atom = "atom",
        Cdf = "cdf",
        Json10 = "json_1_0",
        Json11 = "json_1_1",
    }
}

/// What a feed says about itself beside its name; nothing of it is known before it was read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceDetails {
    pub format: Option<Format>,
    pub language: Option<String>,
    pub authors: Vec<String>,
    pub categories: Vec<String>,
    pub copyright: String,
    pub generator: String,
    pub explicit: Option<bool>,
    /// `podcast:guid`, or the id of an Atom feed.
    pub guid: String,
    pub medium: Option<String>,
    /// None where the feed does not tell.
    pub show_type: Option<ShowType>,
    pub funding: Vec<Funding>,
    pub persons: Vec<Person>,
    /// Where a feed says that changes are announced (WebSub), and where its older items are (RFC 5005).
    pub hub_urls: Vec<String>,
    pub next_url: Option<String>,
    /// Shown and never acted upon.
    pub value: Option<serde_json::Value>,
}

impl SourceDetails {
    /// Whether its items are parts of a whole, to be heard from the first on. An audiobook (`podcast:medium`) is a serial
    /// unless its feed says otherwise.
    pub fn is_serial(&self) -> bool {
        match self.show_type {
            Some(told) => told == ShowType::Serial,
            None => self.medium.as_deref() == Some("audiobook"),
        }
    }
}

/// When a publisher wants to be asked again, in the words of RSS 2.0 and of the syndication module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hints {
    pub ttl_minutes: Option<i64>,
    /// Hours of the day, 0 to 23, in UTC.
    pub skip_hours: Vec<u8>,
    /// Days of the week, 1 (Monday) to 7, in UTC.
    pub skip_days: Vec<u8>,
    /// From `sy:updatePeriod` and `sy:updateFrequency`.
    pub update_period_seconds: Option<i64>,
}

/// A way to give a publisher money.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Funding {
    pub url: String,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    pub id: SubscriptionId,
    pub source_id: SourceId,
    pub source_name: String,
    pub kind: Kind,
    /// 1 (low) to 5 (high); weighs in the ranking.
    pub priority: i64,
    /// Whether the source is a serial; `rules.begin` is `stopped` then, unless the user chose otherwise.
    #[serde(default)]
    pub is_serial: bool,
    pub rules: Rules,
    pub ahead: Ahead,
    pub created_at: DateTime<Utc>,
}

/// What a person changes of a subscription; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SubscriptionChange {
    pub priority: Option<i64>,
    pub rules: Option<Rules>,
    pub ahead: Option<Ahead>,
    /// What a private feed is asked with; empty ones take it away.
    pub username: Option<String>,
    pub password: Option<Secret>,
}

pub const PRIORITY_DEFAULT: i64 = 3;

/// A feed as a person names it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewSource {
    pub feed_url: String,
    pub name: Option<String>,
    pub kind: Option<Kind>,
    pub policy: Option<Policy>,
    /// Of a private feed; the address may hold them as well.
    pub username: Option<String>,
    pub password: Option<Secret>,
}

/// What a person changes of a source they added.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceChange {
    pub name: Option<String>,
    pub kind: Option<Kind>,
    pub policy: Option<Policy>,
    /// What a private feed is asked with; empty ones take it away.
    pub username: Option<String>,
    pub password: Option<Secret>,
}

/// A known source by its id, or any feed by its address.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewSubscription {
    pub source_id: Option<SourceId>,
    pub feed_url: Option<String>,
    pub priority: Option<i64>,
    /// Of a private feed; the address may hold them as well.
    pub username: Option<String>,
    pub password: Option<Secret>,
}

/// What to list: every part narrows the list.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceFilter {
    pub q: Option<String>,
    pub kind: Option<Kind>,
    pub health: Option<Health>,
    pub subscribed: Option<bool>,
}

impl ListFilter for SourceFilter {
    /// A search goes through its parts one after the other.
    fn accepts_cursor(&self, page: &PageQuery) -> bool {
        if is_asked(&self.q) { page.after_in_part().is_some() } else { page.after_id().is_some() }
    }
}

/// What came of reading a feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshReport {
    pub status: RefreshStatus,
    pub added: i64,
    pub updated: i64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
}

/// What came of reading older pages of a feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OlderReport {
    /// `not_modified` where there was no page to read.
    pub status: RefreshStatus,
    pub pages: i64,
    pub added: i64,
    /// Whether there are older pages still.
    pub more: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
}

words! {
    RefreshStatus { Updated = "updated", NotModified = "not_modified", Failed = "failed" }
}

/// A feed that was found at an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundFeed {
    pub feed_url: String,
    /// Empty where nobody says.
    pub title: String,
}

/// What came of a list of subscriptions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    pub title: String,
    pub added: i64,
    /// Followed before.
    pub known: i64,
    pub failed: Vec<ImportProblem>,
}

/// A row of a list that could not be followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportProblem {
    /// Which one it is in the list, from 1.
    pub line: i64,
    pub title: String,
    pub why: String,
}

/// A feed's name, address and kind in a directory file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    pub kind: Kind,
    pub name: String,
    pub feed_url: String,
}

/// Reads a directory: tab-separated `kind name feed_url`, a heading first. Bad rows are reported by line number.
pub fn read_directory(text: &str) -> Result<Vec<Listing>, String> {
    let row = |(number, line): (usize, &str)| {
        let mut cells = line.split('\t');
        let (Some(kind), Some(name), Some(feed_url), None) =
            (cells.next(), cells.next(), cells.next(), cells.next())
        else {
            return Err(format!("line {}: three columns are needed", number + 1));
        };
        let kind = kind.parse().map_err(|e| format!("line {}: {e}", number + 1))?;
        Ok(Listing { kind, name: name.trim().to_owned(), feed_url: feed_url.trim().to_owned() })
    };
    text.lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty()).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_reads_rows_and_names_bad_lines() {
        let good = read_directory("kind\tname\tfeed_url\npodcast\tRadiolab\thttp://a/b\n").expect("reads");
        assert_eq!(good[0].kind, Kind::Podcast);
        let bad = read_directory("kind\tname\tfeed_url\nzine\tX\thttp://a/b\n").expect_err("unknown kind");
        assert!(bad.starts_with("line 2:"), "{bad}");
    }
}
