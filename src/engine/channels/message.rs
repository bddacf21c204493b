//! A notification as it leaves the server: its text, without titles of private feeds, and its link.

use std::time::Duration;

use super::super::{Engine, Result};
use crate::db::channel_deliveries::{self, NotificationToSend};
use crate::domain::notification::NotificationKind;
use crate::domain::{DateTime, UserId, Utc};

/// Message for a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingMessage {
    /// Identity, by which a receiver finds repetitions.
    pub id: String,
    /// Kind of the notification, or `test`.
    pub kind: &'static str,
    /// Group of facts: a later message of the same group takes the place of an earlier one.
    pub group: String,
    pub title: String,
    pub body: String,
    /// Path of the page on this server.
    pub link: String,
    /// Address of that page.
    pub url: String,
    pub at: DateTime<Utc>,
    /// Whether the user is waited for.
    pub is_urgent: bool,
}

/// Reason why a message was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendFailure {
    /// A sentence for the user.
    pub why: String,
    /// Time after which the other side wants the next attempt.
    pub after: Option<Duration>,
    /// Whether the channel does not exist any more.
    pub is_gone: bool,
}

impl SendFailure {
    pub fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), after: None, is_gone: false }
    }
}

/// Text of a notification that names a private feed or an item of one. Others must not learn what a user
/// subscribes to with a password.
const HIDDEN: &str = "Open SmartCache to read it.";

impl OutgoingMessage {
    /// Message of a notification.
    pub async fn of(engine: &Engine, owner: UserId, row: NotificationToSend) -> Result<Self> {
        let NotificationToSend { notification, group } = row;
        let text = format!("{}\n{}", notification.title, notification.body);
        let names_private = channel_deliveries::names_private(&engine.db, owner, &text).await?;
        let (title, body) = match names_private {
            true => (neutral(notification.kind).to_owned(), HIDDEN.to_owned()),
            false => (notification.title, notification.body),
        };
        Ok(Self {
            id: format!("notification-{}", notification.id),
            kind: notification.kind.as_str(),
            group,
            title,
            body,
            url: url(engine, &notification.link),
            link: notification.link,
            at: notification.created_at,
            is_urgent: matches!(
                notification.kind,
                NotificationKind::ApprovalNeeded
                    | NotificationKind::CommuteReminder
                    | NotificationKind::Security
            ),
        })
    }

    /// Message that shows whether a channel works.
    pub fn test(engine: &Engine) -> Self {
        let link = "/notifications/settings".to_owned();
        Self {
            id: format!("test-{}", uuid::Uuid::new_v4().simple()),
            kind: "test",
            group: "test".to_owned(),
            title: "Test from SmartCache".to_owned(),
            body: "This channel works.".to_owned(),
            url: url(engine, &link),
            link,
            at: engine.now(),
            is_urgent: true,
        }
    }

    /// Message that brings the code by which a mail address is confirmed.
    pub fn code(engine: &Engine, code: &str) -> Self {
        let body = format!(
            "Enter the code {code} in SmartCache to get your notifications here. If you do not know why you get this, ignore it."
        );
        Self { title: "Confirm this address".to_owned(), body, ..Self::test(engine) }
    }
}

fn url(engine: &Engine, link: &str) -> String {
    format!("{}{link}", engine.config.public_url.trim_end_matches('/'))
}

/// Title that names nothing.
fn neutral(kind: NotificationKind) -> &'static str {
    match kind {
        NotificationKind::RunEnded => "A run ended",
        NotificationKind::ApprovalNeeded => "Approval needed",
        NotificationKind::DownloadReady => "A download is ready",
        NotificationKind::DownloadFailed => "A download failed to load",
        NotificationKind::DownloadRemoved => "A download was removed",
        NotificationKind::DownloadLost => "A download is fetched again",
        NotificationKind::SourceGone => "A source is gone",
        NotificationKind::Announcement => "Message from the administrator",
        NotificationKind::CommuteReminder => "Your next departure is not prepared",
        NotificationKind::KeyExpires => "An API key expires soon",
        NotificationKind::Security => "A notice about your sign-in",
    }
}
