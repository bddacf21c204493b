//! First steps of a new user at Home: topics, sources, and a commute.

use serde::{Deserialize, Serialize};

use super::SourceId;
use super::account::Stats;
use super::source::Kind;
use super::words::words;

words! {
    /// Step as the query of Home names it.
    Step { Topics = "1", Sources = "2", Commute = "3" }
}

/// Step that Home shows, with the data of its form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Onboarding {
    Topics { offered: Vec<String>, chosen: Vec<String> },
    Sources { suggestions: Vec<Suggestion>, topics: Vec<String> },
    Commute { followed: i64, timezone: String },
}

impl Onboarding {
    pub fn step(&self) -> Step {
        match self {
            Self::Topics { .. } => Step::Topics,
            Self::Sources { .. } => Step::Sources,
            Self::Commute { .. } => Step::Commute,
        }
    }
}

/// State of a new user's first steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstStepsState {
    /// Whether Home shows a step unasked.
    pub is_shown: bool,
    /// Whether a step that the address names may be shown.
    pub is_open: bool,
}

impl FirstStepsState {
    pub const OVER: Self = Self { is_shown: false, is_open: false };
}

/// Source that a new user may want to follow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    pub source_id: SourceId,
    pub name: String,
    pub kind: Kind,
    /// Hash of its picture (`GET /covers/{hash}`).
    pub cover: Option<String>,
    pub topics: Vec<String>,
}

/// Step of a user who has neither finished nor skipped the first steps. None for a user who has sources or
/// downloads already, unless the commute is asked for.
pub fn step(asked: Option<Step>, stats: &Stats, has_topics: bool) -> Option<Step> {
    if stats.subscriptions > 0 {
        return asked.filter(|asked| *asked == Step::Commute);
    }
    let first = if has_topics { Step::Sources } else { Step::Topics };
    // Without a source there is nothing to prepare for a commute.
    let earlier = asked.map_or(first, |asked| asked.min(Step::Sources));
    (stats.downloads == 0).then_some(earlier)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(subscriptions: i64, downloads: i64) -> Stats {
        Stats { subscriptions, downloads, ..Stats::default() }
    }

    #[test]
    fn a_new_user_begins_with_topics_and_goes_on_where_something_is_missing() {
        assert_eq!(step(None, &of(0, 0), false), Some(Step::Topics));
        assert_eq!(step(None, &of(0, 0), true), Some(Step::Sources));
        assert_eq!(step(Some(Step::Sources), &of(0, 0), false), Some(Step::Sources));
        assert_eq!(step(Some(Step::Topics), &of(0, 0), true), Some(Step::Topics));
    }

    #[test]
    fn the_commute_comes_after_a_source() {
        assert_eq!(step(Some(Step::Commute), &of(0, 0), true), Some(Step::Sources));
        assert_eq!(step(Some(Step::Commute), &of(6, 0), true), Some(Step::Commute));
    }

    #[test]
    fn a_user_who_has_something_sees_their_home() {
        assert_eq!(step(None, &of(1, 0), false), None);
        assert_eq!(step(Some(Step::Topics), &of(1, 0), false), None);
        assert_eq!(step(None, &of(0, 1), false), None);
    }
}
