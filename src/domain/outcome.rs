//! The effect of a run for its user: whether anything is ready, and otherwise what held it back and what to do.

use serde::{Deserialize, Serialize};

use super::run::{Run, RunStatus};
use super::words::words;

words! {
    /// `partly`: something is ready, and something else that was picked is not.
    RunResult { Prepared = "prepared", Partly = "partly", Nothing = "nothing" }
}

words! {
    /// The cause that held a run back.
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

/// The sentence says what happened, the advice what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOutcome {
    pub result: RunResult,
    /// None where nothing held it back.
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

    /// The words about what held the run back, unless its stop reason has them.
    pub fn beside(&self, stop_reason: &str) -> Option<String> {
        (self.reason.is_some() && !stop_reason.contains(&self.message)).then(|| self.words())
    }

    /// Message and advice, one after the other.
    pub fn words(&self) -> String {
        [Some(self.message.as_str()), self.advice.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    }
}

impl Run {
    /// Whether the run was completed without preparing anything.
    pub fn came_to_nothing(&self) -> bool {
        came_to_nothing(self.status, self.outcome.as_ref())
    }
}

/// The same for the parts of a run.
pub fn came_to_nothing(status: RunStatus, outcome: Option<&RunOutcome>) -> bool {
    status == RunStatus::Completed && outcome.is_some_and(|outcome| outcome.result == RunResult::Nothing)
}
