//! Outcome of a run for its user: whether anything is ready, otherwise what prevented it and what to do.

use serde::{Deserialize, Serialize};

use super::words::words;

words! {
    /// Result of a run. `partly`: some picked items are ready and others are not.
    RunResult { Prepared = "prepared", Partly = "partly", Nothing = "nothing" }
}

words! {
    /// Cause that prevented a complete result.
    Hindrance {
        NoSubscriptions = "no_subscriptions",
        SourcesUnread = "sources_unread",
        SourcesFailing = "sources_failing",
        NothingNew = "nothing_new",
        NoCopies = "no_copies",
        Preferences = "preferences",
        DailyLimit = "daily_limit",
        StorageQuota = "storage_quota",
        Rejected = "rejected",
        Unanswered = "unanswered",
        Refused = "refused",
        Waiting = "waiting",
        DownloadsFailed = "downloads_failed",
        Stopped = "stopped",
        NothingPicked = "nothing_picked",
    }
}

/// Outcome of a run. `message` says what happened, `advice` what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunOutcome {
    pub result: RunResult,
    /// None if nothing prevented it.
    pub reason: Option<Hindrance>,
    pub message: String,
    pub advice: Option<String>,
}

impl RunOutcome {
    pub fn nothing(reason: Hindrance, message: impl Into<String>, advice: impl Into<String>) -> Self {
        let advice = Some(advice.into()).filter(|advice| !advice.is_empty());
        Self { result: RunResult::Nothing, reason: Some(reason), message: message.into(), advice }
    }

    pub fn without_subscriptions() -> Self {
        Self::nothing(
            Hindrance::NoSubscriptions,
            "There is nothing to pick from: you follow no source yet.",
            "Follow one under Sources, then start a run again.",
        )
    }

    /// Outcome of a run of which some downloads are ready and others were held back.
    pub fn partly(ready: i64, queued: i64, held_back: Self) -> Self {
        let message = format!("{} {}", ready_of(ready, queued), held_back.message);
        Self { result: RunResult::Partly, message, ..held_back }
    }

    /// Hindrance and advice, without the count that the message of a partial result begins with.
    pub fn hindrance_words(&self) -> String {
        let rest = match self.result {
            RunResult::Partly => self.message.split_once(COUNTED).map(|(_, rest)| rest),
            RunResult::Prepared | RunResult::Nothing => None,
        };
        self.with_advice(rest.unwrap_or(&self.message))
    }

    /// Message and advice if something prevented a result, unless the stop reason contains the message.
    pub fn beside(&self, stop_reason: &str) -> Option<String> {
        (self.reason.is_some() && !stop_reason.contains(&self.message)).then(|| self.words())
    }

    /// Message and advice, separated by a space.
    pub fn words(&self) -> String {
        self.with_advice(&self.message)
    }

    /// A message and this outcome's advice, separated by a space.
    pub fn with_advice(&self, message: &str) -> String {
        [Some(message), self.advice.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// End of the count that the message of a partial result begins with.
const COUNTED: &str = " ready. ";

/// "2 of 3 downloads are ready."
pub fn ready_of(ready: i64, queued: i64) -> String {
    format!("{ready} of {} ready.", downloads_are(queued))
}

/// "2 downloads are still on the way."
pub fn on_the_way(open: i64) -> String {
    downloads_are(open) + " still on the way."
}

fn downloads_are(number: i64) -> String {
    if number == 1 { "1 download is".into() } else { format!("{number} downloads are") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hindrance_of_a_partial_result_is_told_without_its_count() {
        let held_back = RunOutcome::nothing(Hindrance::Waiting, on_the_way(1), "See Downloads.");
        let words = "1 download is still on the way. See Downloads.";
        assert_eq!(held_back.hindrance_words(), words);
        let partly = RunOutcome::partly(2, 3, held_back);
        assert_eq!(partly.words(), format!("2 of 3 downloads are ready. {words}"));
        assert_eq!(partly.hindrance_words(), words);
    }
}
