//! Notifications: facts that the user may have missed, each with a link to the thing it is about.

mod of_event;

use serde::{Deserialize, Serialize};

use super::cut::cut;
use super::page::ListFilter;
use super::words::words;
use super::{DateTime, NotificationId, Utc};

pub use of_event::{of_event, run_request_group};

/// Maximum number of notifications of a user; older ones are deleted.
pub const MAX_NOTIFICATIONS: i64 = 1_000;

/// Maximum characters of a title, and of a body.
const MAX_TITLE: usize = 160;
const MAX_BODY: usize = 400;

words! {
    NotificationKind {
        RunEnded = "run_ended",
        ApprovalNeeded = "approval_needed",
        DownloadReady = "download_ready",
        DownloadFailed = "download_failed",
        DownloadRemoved = "download_removed",
        DownloadLost = "download_lost",
        SourceGone = "source_gone",
        Announcement = "announcement",
        CommuteReminder = "commute_reminder",
        KeyExpires = "key_expires",
        /// Changes of how the account is protected, and uses of what opens it.
        Security = "security",
    }
}

impl NotificationKind {
    /// Title of several facts of this kind.
    fn title_of(self, facts: i64) -> String {
        match self {
            Self::RunEnded => format!("{facts} runs ended"),
            Self::ApprovalNeeded => format!("{facts} approvals needed"),
            Self::DownloadReady => format!("{facts} downloads are ready"),
            Self::DownloadFailed => format!("{facts} downloads failed to load"),
            Self::DownloadRemoved => format!("{facts} downloads were removed"),
            Self::DownloadLost => format!("{facts} downloads are fetched again"),
            Self::SourceGone => format!("{facts} sources are gone"),
            Self::Announcement => format!("{facts} announcements"),
            Self::CommuteReminder => format!("{facts} reminders"),
            Self::KeyExpires => format!("{facts} API keys expire soon"),
            Self::Security => format!("{facts} notices about your sign-in"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notification {
    pub id: NotificationId,
    pub kind: NotificationKind,
    pub title: String,
    /// Details in plain words. Empty if the title says all.
    pub body: String,
    /// Path of the page on this server that shows the thing.
    pub link: String,
    pub created_at: DateTime<Utc>,
    /// Null while unread.
    pub read_at: Option<DateTime<Utc>>,
}

/// Filter of the list of notifications.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct NotificationFilter {
    /// Whether to list unread or read notifications only.
    pub unread: Option<bool>,
}

impl ListFilter for NotificationFilter {}

/// Number of notifications that were marked as read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MarkedRead {
    pub changed: i64,
}

/// Effect of an event on the notifications of its owner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotificationChange {
    /// Group whose unread notification is no longer news.
    pub settled: Option<String>,
    pub new: Option<NewNotification>,
}

/// Fact to notify of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotification {
    pub kind: NotificationKind,
    /// Facts of one group share a notification while it is unread, so that a burst is one row.
    pub group: String,
    /// Number of facts.
    pub facts: i64,
    /// Names of the things, the latest first.
    pub names: String,
    pub title: String,
    pub body: String,
    pub link: String,
}

impl NewNotification {
    pub fn new(kind: NotificationKind, group: String, link: String) -> Self {
        let (names, title, body) = (String::new(), String::new(), String::new());
        Self { kind, group, facts: 1, names, title, body, link }
    }

    pub fn titled(self, title: impl AsRef<str>) -> Self {
        Self { title: cut(title.as_ref(), MAX_TITLE), ..self }
    }

    pub fn named(self, name: &str) -> Self {
        Self { names: cut(name, MAX_TITLE), ..self }
    }

    pub fn saying(self, body: impl AsRef<str>) -> Self {
        Self { body: cut(body.as_ref(), MAX_BODY), ..self }
    }

    /// Merges the fact with the group's unread notification. A run that has ended keeps its words when
    /// another of its downloads gets ready.
    pub fn merged(self, unread: Option<Self>) -> Self {
        use NotificationKind::{DownloadReady, RunEnded, Security};
        let Some(unread) = unread else { return self };
        if (unread.kind, self.kind) == (RunEnded, DownloadReady) {
            let body = format!("Ready since: {}. {}", self.names, unread.body);
            return unread.saying(body);
        }
        // The groups of security notices tell their words apart, so this one says it all once more.
        if unread.kind != self.kind || self.kind == Security {
            return self;
        }
        let facts = unread.facts + self.facts;
        let names: Vec<_> =
            [&self.names, &unread.names].into_iter().filter(|name| !name.is_empty()).collect();
        let names = cut(&names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", "), MAX_BODY);
        let body = if names.is_empty() { self.body } else { names.clone() };
        Self { facts, title: self.kind.title_of(facts), names, body, ..self }
    }
}
