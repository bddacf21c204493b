//! Channels: the ways by which notifications reach a user who does not look at the pages.

use serde::{Deserialize, Serialize};

use super::feed_login::Secret;
use super::notification::NotificationKind;
use super::refusal::{Complaints, Refusal};
use super::words::words;
use super::{ChannelId, DateTime, TimeDelta, Utc};

/// Maximum number of channels per user.
pub const MAX_CHANNELS: i64 = 10;
/// Maximum number of deliveries of a user that wait at once; further notifications are in the list alone.
pub const MAX_WAITING: i64 = 200;
/// Time after a notification at which it is sent, so that a burst is one message.
pub const DELAY: TimeDelta = TimeDelta::seconds(20);
/// Minimum time between two messages of a channel about the same group of facts.
pub const GROUP_PAUSE: TimeDelta = TimeDelta::minutes(10);
/// Delays of the retries after a failed attempt. Their number is that of the retries.
pub const RETRIES: [TimeDelta; 3] = [TimeDelta::minutes(1), TimeDelta::minutes(5), TimeDelta::minutes(30)];
/// Longest time that a channel's own wish for a later retry counts.
const MAX_RETRY: TimeDelta = TimeDelta::hours(6);

/// Maximum lengths in characters.
const MAX_NAME: usize = 60;
const MAX_TARGET: usize = 1_000;
const MAX_TOKEN: usize = 200;

words! {
    ChannelKind {
        /// Web Push to a browser (RFC 8030).
        Push = "push",
        Ntfy = "ntfy",
        Gotify = "gotify",
        /// An address that takes signed JSON.
        Webhook = "webhook",
        Mail = "mail",
    }
}

words! {
    DeliveryState {
        /// Due at its time, for the first time or again.
        Waiting = "waiting",
        Sent = "sent",
        /// All attempts have failed.
        Failed = "failed",
        /// No longer news: read, or replaced by a later notification.
        Dropped = "dropped",
    }
}

/// Channel as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationChannel {
    pub id: ChannelId,
    pub kind: ChannelKind,
    pub name: String,
    /// Host of the address, or the mail address. The rest of an address may be a secret and is not shown.
    pub target: String,
    /// Kinds of notifications that are sent.
    pub kinds: Vec<NotificationKind>,
    pub created_at: DateTime<Utc>,
    /// Last time that a message was accepted. Null if none was yet.
    pub verified_at: Option<DateTime<Utc>>,
    /// First failure after the last message that was accepted. Null while it works.
    pub failing_since: Option<DateTime<Utc>>,
    /// Reason of the last failure, in words.
    pub last_error: Option<String>,
    /// Messages that wait to be sent.
    pub waiting: i64,
    /// Messages of the last week that were given up.
    pub failed: i64,
}

/// Request to add a channel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewChannel {
    pub kind: Option<ChannelKind>,
    /// Name that the user gives it; without one, its host or mail address.
    pub name: String,
    /// Endpoint of a push subscription, address of an ntfy topic, of a Gotify server, or of a webhook; or a mail
    /// address.
    pub target: String,
    /// Access token of ntfy, which may be empty, or application token of Gotify.
    pub token: Secret,
    /// Keys of a push subscription, in base64url.
    pub p256dh: String,
    pub auth: Secret,
    /// Kinds of notifications that are sent; without it, all.
    pub kinds: Option<Vec<NotificationKind>>,
}

impl NewChannel {
    /// Tidies the fields and checks the bounds of their texts. The engine checks the addresses.
    pub fn check(self) -> Result<(ChannelKind, Self), Refusal> {
        let mut complaints = Complaints::default();
        complaints.check(self.kind.is_some(), "kind", "Choose push, ntfy, gotify, webhook or mail.");
        let name = tidy_name(&self.name);
        check_name(&mut complaints, &name);
        let target = self.target.trim().to_owned();
        let is_bounded = !target.is_empty() && target.chars().count() <= MAX_TARGET;
        let is_text = !target.chars().any(|c| c.is_control() || c.is_whitespace());
        let message = format!("Give the address, with at most {MAX_TARGET} characters and without spaces.");
        complaints.check(is_bounded && is_text, "target", message);
        let token = Secret(self.token.0.trim().to_owned());
        let is_token = token.0.len() <= MAX_TOKEN && token.0.chars().all(|c| c.is_ascii_graphic());
        let message = format!("A token has at most {MAX_TOKEN} letters and digits, and no spaces.");
        complaints.check(is_token, "token", message);
        let needs_token = self.kind == Some(ChannelKind::Gotify);
        complaints.check(
            !needs_token || !token.0.is_empty(),
            "token",
            "Gotify needs the token of an application, from its page Apps.",
        );
        let kinds = self.kinds.map(|kinds| tidy_kinds(&mut complaints, kinds));
        complaints.finish()?;
        let kind = self.kind.ok_or_else(|| Refusal::field("kind", "Choose a kind."))?;
        Ok((kind, Self { name, target, token, kinds, ..self }))
    }
}

/// Partial change of a channel; omitted fields stay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChannelChange {
    pub name: Option<String>,
    pub kinds: Option<Vec<NotificationKind>>,
}

impl ChannelChange {
    pub fn check(self) -> Result<Self, Refusal> {
        let mut complaints = Complaints::default();
        let name = self.name.map(|name| tidy_name(&name));
        if let Some(name) = &name {
            check_name(&mut complaints, name);
        }
        let kinds = self.kinds.map(|kinds| tidy_kinds(&mut complaints, kinds));
        complaints.finish()?;
        Ok(Self { name, kinds })
    }
}

/// A channel that was added, with the secret that signs its messages, if its kind has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedChannel {
    #[serde(flatten)]
    pub channel: NotificationChannel,
    /// Signing secret of a webhook. Shown this once.
    pub secret: Option<String>,
}

/// Result of a test message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelTest {
    pub ok: bool,
    /// What failed, in words.
    pub error: Option<String>,
}

/// Channels that this server can send to, and its key for Web Push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelSupport {
    /// Public key for push subscriptions (RFC 8292), in base64url.
    pub key: String,
    /// Whether the administrator has set a mail server.
    pub mail: bool,
}

fn tidy_name(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn check_name(complaints: &mut Complaints, name: &str) {
    let fine = name.chars().count() <= MAX_NAME && !name.chars().any(char::is_control);
    complaints.check(fine, "name", format!("Use at most {MAX_NAME} characters."));
}

fn tidy_kinds(complaints: &mut Complaints, kinds: Vec<NotificationKind>) -> Vec<NotificationKind> {
    let mut kinds = complaints.bounded(kinds, NotificationKind::ALL.len(), "kinds", "kinds");
    kinds.sort();
    kinds.dedup();
    kinds
}

/// Time of the retry after so many failed attempts. `asked` is the time that the other side asked for. None
/// after the last retry.
pub fn retry_at(attempts: i64, asked: Option<TimeDelta>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let delay = *RETRIES.get(usize::try_from(attempts - 1).ok()?)?;
    Some(now + asked.map_or(delay, |asked| asked.clamp(delay, MAX_RETRY)))
}

/// Time at which a notification is sent on a channel. `earlier` is the delivery of the notification that it
/// replaces: a waiting one keeps its time, and after a sent one there is a pause.
pub fn due_at(earlier: Option<(DeliveryState, DateTime<Utc>)>, now: DateTime<Utc>) -> DateTime<Utc> {
    match earlier {
        Some((DeliveryState::Waiting, due)) => due.max(now),
        Some((DeliveryState::Sent, sent)) => (sent + GROUP_PAUSE).max(now + DELAY),
        _ => now + DELAY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(kind: ChannelKind, target: &str, token: &str) -> NewChannel {
        let (target, token) = (target.to_owned(), Secret(token.to_owned()));
        NewChannel { kind: Some(kind), target, token, ..NewChannel::default() }
    }

    #[test]
    fn wrong_fields_are_named() {
        let fields = |new: NewChannel| {
            let refusal = new.check().expect_err("it is wrong");
            refusal.fields().iter().map(|error| error.field.clone()).collect::<Vec<_>>()
        };
        assert_eq!(fields(NewChannel::default()), ["kind", "target"]);
        assert_eq!(fields(new(ChannelKind::Gotify, "https://gotify.example", " ")), ["token"]);
        assert_eq!(fields(new(ChannelKind::Ntfy, "https://ntfy.sh/a b", "a\r\nb")), ["target", "token"]);
        let long = NewChannel { name: "x".repeat(61), ..new(ChannelKind::Mail, "a@example.org", "") };
        assert_eq!(fields(long), ["name"]);
    }

    #[test]
    fn names_are_tidied_and_kinds_are_named_once() {
        let kinds =
            Some(vec![NotificationKind::SourceGone, NotificationKind::RunEnded, NotificationKind::RunEnded]);
        let change = ChannelChange { name: Some("  My   phone ".into()), kinds };
        let tidy = change.check().expect("it is fine");
        assert_eq!(tidy.name.as_deref(), Some("My phone"));
        assert_eq!(tidy.kinds, Some(vec![NotificationKind::RunEnded, NotificationKind::SourceGone]));
    }

    #[test]
    fn three_retries_wait_longer_each_and_never_shorter_than_asked() {
        let now = DateTime::from_timestamp(1_000_000, 0).expect("a time");
        let waits: Vec<_> =
            (1..=4).map(|n| retry_at(n, None, now).map(|at| (at - now).num_minutes())).collect();
        assert_eq!(waits, [Some(1), Some(5), Some(30), None]);
        let asked =
            |minutes| retry_at(1, Some(TimeDelta::minutes(minutes)), now).map(|at| (at - now).num_minutes());
        assert_eq!([asked(0), asked(20), asked(10_000)], [Some(1), Some(20), Some(360)]);
    }

    #[test]
    fn a_burst_keeps_its_time_and_news_after_a_message_wait() {
        let now = DateTime::from_timestamp(1_000_000, 0).expect("a time");
        let due = now + TimeDelta::seconds(5);
        assert_eq!(due_at(None, now), now + DELAY);
        assert_eq!(due_at(Some((DeliveryState::Waiting, due)), now), due);
        let sent = now - TimeDelta::minutes(2);
        assert_eq!(due_at(Some((DeliveryState::Sent, sent)), now), now + TimeDelta::minutes(8));
        assert_eq!(due_at(Some((DeliveryState::Failed, sent)), now), now + DELAY);
    }
}
