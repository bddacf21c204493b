//! Subscription rules: which items of a source its follower wants, and how many to prefetch.

use serde::{Deserialize, Serialize};

use super::Refusal;
use super::cut::spaced;
use super::refusal::Complaints;
use super::words::words;

words! {
    /// First item: of all items or of those since the subscription, both newest first; or of those after the
    /// last played one, in the order of parts.
    Begin { Everything = "everything", Subscribed = "subscribed", Stopped = "stopped" }
}

impl Begin {
    /// Beginning of a source whose follower has chosen none.
    pub fn usual(is_serial: bool) -> Self {
        if is_serial { Self::Stopped } else { Self::Everything }
    }
}

/// Items of a source that its follower wants. A property that the feed does not give never excludes an item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Phrases of which the title must contain one, word by word; empty matches every title.
    pub include: Vec<String>,
    /// Phrases that the title must not contain.
    pub exclude: Vec<String>,
    pub min_seconds: Option<i64>,
    pub max_seconds: Option<i64>,
    pub max_bytes: Option<i64>,
    /// Maximum number of items.
    pub newest: Option<i64>,
    /// Default if none: `stopped` for a serial, else `everything`.
    pub begin: Option<Begin>,
}

/// Limits: phrases per list, characters per phrase, and items of `newest`.
const MAX_PHRASES: usize = 50;
const MAX_LETTERS: usize = 100;
const MAX_NEWEST: i64 = 500;

impl Rules {
    /// Tidies the phrases and checks every bound.
    pub fn check(mut self) -> Result<Self, Refusal> {
        let mut complaints = Complaints::default();
        for (field, phrases) in [("rules.include", &mut self.include), ("rules.exclude", &mut self.exclude)] {
            *phrases = complaints.bounded(std::mem::take(phrases), MAX_PHRASES, field, "words or phrases");
            *phrases =
                phrases.iter().map(|phrase| spaced(phrase)).filter(|phrase| !phrase.is_empty()).collect();
            complaints.check(
                phrases.iter().all(|phrase| phrase.chars().count() <= MAX_LETTERS),
                field,
                format!("Keep each phrase under {MAX_LETTERS} characters."),
            );
        }
        let positive = |value: Option<i64>| value.is_none_or(|value| value > 0);
        complaints.check(
            positive(self.min_seconds),
            "rules.min_seconds",
            "Choose more than nothing, or leave it out.",
        );
        complaints.check(
            positive(self.max_seconds)
                && self.max_seconds.zip(self.min_seconds).is_none_or(|(max, min)| min <= max),
            "rules.max_seconds",
            "Choose at least the shortest length, or leave it out.",
        );
        complaints.check(
            positive(self.max_bytes),
            "rules.max_bytes",
            "Choose more than nothing, or leave it out.",
        );
        complaints.check(
            self.newest.is_none_or(|newest| (1..=MAX_NEWEST).contains(&newest)),
            "rules.newest",
            format!("Choose between 1 and {MAX_NEWEST}, or leave it out."),
        );
        complaints.finish()?;
        Ok(self)
    }
}

/// Prefetch settings of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Ahead {
    /// Number of items to prefetch, the first of those that match the rules; 0 turns it off.
    pub items: i64,
    /// Total size of these items in megabytes, at most.
    pub megabytes: i64,
}

impl Ahead {
    pub fn check(self) -> Result<Self, Refusal> {
        let mut complaints = Complaints::default();
        complaints.check((0..=50).contains(&self.items), "ahead.items", "Choose between 0 and 50 items.");
        complaints.check(
            (1..=100_000).contains(&self.megabytes),
            "ahead.megabytes",
            "Choose between 1 and 100,000 MB.",
        );
        complaints.finish()?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_tidied_and_bounds_name_their_field() {
        let rules = Rules { include: vec!["  night   train ".into(), " ".into()], ..Rules::default() };
        assert_eq!(rules.check().expect("is fine").include, ["night train"]);
        let wrong =
            Rules { min_seconds: Some(600), max_seconds: Some(60), newest: Some(0), ..Rules::default() };
        let refusal = wrong.check().expect_err("two bounds are wrong");
        let fields: Vec<_> = refusal.fields().iter().map(|f| f.field.as_str()).collect();
        assert_eq!(fields, ["rules.max_seconds", "rules.newest"]);
    }

    #[test]
    fn what_is_fetched_ahead_has_bounds() {
        assert!(Ahead { items: 0, megabytes: 200 }.check().is_ok());
        assert!(Ahead { items: 51, megabytes: 200 }.check().is_err());
        assert!(Ahead { items: 5, megabytes: 0 }.check().is_err());
    }
}
