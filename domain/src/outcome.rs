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

    /// Message and advice if something prevented a result, unless the stop reason contains the message.
    pub fn beside(&self, stop_reason: &str) -> Option<String> {
        (self.reason.is_some() && !stop_reason.contains(&self.message)).then(|| self.words())
    }

    /// Message and advice, separated by a space.
    pub fn words(&self) -> String {
        [Some(self.message.as_str()), self.advice.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    }
}
