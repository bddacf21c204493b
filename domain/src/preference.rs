//! Preferences of a user: topics, kinds and limits. Each has an effect.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::cut::spaced;
use super::language::Language;
use super::quiet_hours::QuietHours;
use super::refusal::{Complaints, Refusal};
use super::source::Kind;
use super::words::words;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Preferences {
    /// Topics that rank items up; an empty list ranks by freshness alone.
    pub topics: Vec<String>,
    /// Kinds that may be recommended; empty means every kind.
    pub kinds: Vec<Kind>,
    /// Downloads per day, counted from midnight in `timezone`.
    pub max_daily_items: i64,
    /// Storage quota for everything queued, in progress or ready.
    pub max_storage_mb: i64,
    /// Name in the IANA time zone database.
    pub timezone: String,
    /// Whether to queue the newest item of a subscription when a refresh finds one.
    pub auto_download: bool,
    pub approval: ApprovalLimits,
    pub theme: Theme,
    pub language: LanguageChoice,
    /// Time at which notifications wait before they are sent to channels.
    pub quiet_hours: QuietHours,
}

words! {
    /// Colours of the pages.
    #[derive(Default)]
    Theme {
        /// As the device is set.
        #[default]
        System = "system",
        Light = "light",
        Dark = "dark",
        /// Dark on true black, for OLED screens.
        Black = "black",
    }
}

words! {
    /// Language of the pages.
    #[derive(Default)]
    LanguageChoice {
        /// As the browser prefers.
        #[default]
        System = "system",
        English = "en",
        German = "de",
    }
}

impl LanguageChoice {
    /// Language that the user chose; `None` leaves it to the browser.
    pub fn language(self) -> Option<Language> {
        self.as_str().parse().ok()
    }
}

/// Sizes above which an agent asks for approval before fetching.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct ApprovalLimits {
    pub file_mb: i64,
    pub run_mb: i64,
}

impl Default for ApprovalLimits {
    fn default() -> Self {
        Self { file_mb: 200, run_mb: 500 }
    }
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            topics: Vec::new(),
            kinds: Vec::new(),
            max_daily_items: 10,
            max_storage_mb: 500,
            timezone: "UTC".into(),
            auto_download: false,
            approval: ApprovalLimits::default(),
            theme: Theme::System,
            language: LanguageChoice::System,
            quiet_hours: QuietHours::default(),
        }
    }
}

pub const MAX_TOPICS: usize = 50;

impl Preferences {
    /// Tidies topics and checks every bound. The server, which has the zone database, checks the time zone.
    pub fn check(mut self) -> Result<Self, Refusal> {
        let mut complaints = Complaints::default();
        self.topics = complaints.bounded(self.topics, MAX_TOPICS, "topics", "topics");
        self.topics = tidy_topics(self.topics.iter().map(String::as_str));
        self.kinds = complaints.bounded_set(self.kinds, Kind::ALL.len(), "kinds", "kinds");
        complaints.check(
            self.topics.iter().all(|t| t.chars().count() <= 60),
            "topics",
            "Keep each topic under 60 characters.",
        );
        complaints.check(
            (1..=50).contains(&self.max_daily_items),
            "max_daily_items",
            "Choose between 1 and 50 items a day.",
        );
        complaints.check(
            (100..=100_000).contains(&self.max_storage_mb),
            "max_storage_mb",
            "Choose between 100 and 100,000 MB.",
        );
        complaints.check(
            (1..=100_000).contains(&self.approval.file_mb),
            "approval.file_mb",
            "Choose between 1 and 100,000 MB.",
        );
        complaints.check(
            (1..=100_000).contains(&self.approval.run_mb),
            "approval.run_mb",
            "Choose between 1 and 100,000 MB.",
        );
        self.quiet_hours.check(&mut complaints);
        complaints.finish()?;
        Ok(self)
    }

    pub fn wants(&self, kind: Kind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }
}

impl ApprovalLimits {
    /// Whether a file of this size needs the user's approval. An unknown size needs none.
    pub fn ask_about(&self, bytes: Option<i64>) -> bool {
        bytes.is_some_and(|bytes| bytes > self.file_mb * 1_000_000)
    }
}

/// Splits a comma-separated line into topics.
pub fn topics_from_line(line: &str) -> Vec<String> {
    tidy_topics(line.split(','))
}

fn tidy_topics<'a>(raw: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut known = HashSet::new();
    raw.map(spaced).filter(|topic| !topic.is_empty() && known.insert(topic.to_lowercase())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_trimmed_and_named_once() {
        assert_eq!(topics_from_line(" Space,  night  trains ,space,,"), ["Space", "night trains"]);
    }

    #[test]
    fn limits_out_of_bounds_name_their_field() {
        let wrong = Preferences { max_daily_items: 0, max_storage_mb: 1, ..Default::default() };
        let refusal = wrong.check().expect_err("both limits are out of bounds");
        let fields: Vec<_> = refusal.fields().iter().map(|f| f.field.as_str()).collect();
        assert_eq!(fields, ["max_daily_items", "max_storage_mb"]);
    }

    #[test]
    fn lists_are_counted_before_they_are_compared() {
        let line: String = (0..100_000).map(|n| format!("topic {n},")).collect();
        let wrong = Preferences {
            topics: topics_from_line(&line),
            kinds: vec![Kind::Podcast; 20_000],
            ..Default::default()
        };
        let refusal = wrong.check().expect_err("both lists are too long");
        let fields: Vec<_> = refusal.fields().iter().map(|f| f.field.as_str()).collect();
        assert_eq!(fields, ["topics", "kinds"]);
    }

    #[test]
    fn no_kinds_means_every_kind() {
        assert!(Preferences::default().wants(Kind::Video));
        assert!(!Preferences { kinds: vec![Kind::Podcast], ..Default::default() }.wants(Kind::Video));
    }
}
