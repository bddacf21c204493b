//! Channels: the ways by which notifications reach a user who does not look at the pages.

mod timing;

use serde::{Deserialize, Serialize};

use super::cut::spaced;
use super::feed_login::Secret;
use super::notification::NotificationKind;
use super::refusal::{Complaints, Refusal};
use super::words::words;
use super::{ChannelId, DateTime, Utc};

pub use timing::{DELAY, due_at, retry_at};

/// Maximum number of channels per user.
pub const MAX_CHANNELS: i64 = 10;
/// Maximum number of deliveries of a user that wait at once; further notifications are in the list alone.
pub const MAX_WAITING: i64 = 200;
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NotificationChannel {
    pub id: ChannelId,
    pub kind: ChannelKind,
    pub name: String,
    /// Host of the address, or the mail address. The rest of an address may be a secret and is not shown.
    pub target: String,
    /// Kinds of notifications that are sent.
    pub kinds: Vec<NotificationKind>,
    /// False for a mail address until its user enters the code that was sent there.
    pub confirmed: bool,
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct NewChannel {
    pub kind: Option<ChannelKind>,
    /// Name that the user gives it; without one, its host or mail address.
    pub name: String,
    /// Endpoint of a push subscription, address of an ntfy topic, of a Gotify server, or of a webhook; or a
    /// mail address.
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
        let name = spaced(&self.name);
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
        let kinds = self
            .kinds
            .map(|kinds| complaints.bounded_set(kinds, NotificationKind::ALL.len(), "kinds", "kinds"));
        complaints.finish()?;
        let kind = self.kind.ok_or_else(|| Refusal::field("kind", "Choose a kind."))?;
        Ok((kind, Self { name, target, token, kinds, ..self }))
    }
}

/// Partial change of a channel; omitted fields stay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ChannelChange {
    pub name: Option<String>,
    pub kinds: Option<Vec<NotificationKind>>,
    /// Code that a test message brought to a mail address.
    pub code: Option<String>,
}

impl ChannelChange {
    pub fn check(self) -> Result<Self, Refusal> {
        let mut complaints = Complaints::default();
        let name = self.name.map(|name| spaced(&name));
        if let Some(name) = &name {
            check_name(&mut complaints, name);
        }
        let kinds = self
            .kinds
            .map(|kinds| complaints.bounded_set(kinds, NotificationKind::ALL.len(), "kinds", "kinds"));
        complaints.finish()?;
        let code = self.code.map(|code| code.trim().to_lowercase());
        Ok(Self { name, kinds, code })
    }
}

/// A channel that was added, with the secret that signs its messages, if its kind has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AddedChannel {
    #[serde(flatten)]
    pub channel: NotificationChannel,
    /// Signing secret of a webhook. Shown this once.
    pub secret: Option<String>,
}

/// Result of a test message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelTest {
    pub ok: bool,
    /// Reason of the failure, in words.
    pub error: Option<String>,
}

/// Channels that this server can send to, and its key for Web Push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelSupport {
    /// Public key for push subscriptions (RFC 8292), in base64url. None if the server cannot read it.
    pub key: Option<String>,
    /// Whether the administrator has set a mail server.
    pub mail: bool,
}

fn check_name(complaints: &mut Complaints, name: &str) {
    let fine = name.chars().count() <= MAX_NAME && !name.chars().any(char::is_control);
    complaints.check(fine, "name", format!("Use at most {MAX_NAME} characters."));
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
        let change = ChannelChange { name: Some("  My   phone ".into()), kinds, code: None };
        let tidy = change.check().expect("it is fine");
        assert_eq!(tidy.name.as_deref(), Some("My phone"));
        assert_eq!(tidy.kinds, Some(vec![NotificationKind::RunEnded, NotificationKind::SourceGone]));
    }
}
