//! Channels by which notifications reach a user who does not look at the pages, and the quiet hours.

use domain::ChannelId;
use domain::channel::{AddedChannel, ChannelSupport, NotificationChannel};
use domain::quiet_hours::QuietHours;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::{typed, word};
    pub(super) use crate::server_side::signed_in;
    pub(super) use domain::Refusal;
    pub(super) use domain::channel::{ChannelChange, ChannelKind, NewChannel};
    pub(super) use domain::commute::TimeOfDay;
    pub(super) use domain::feed_login::Secret;
    pub(super) use domain::notification::NotificationKind;
    pub(super) use domain::refusal::Complaints;
    pub(super) use smartcache::engine::rights::Right;
    pub(super) use smartcache::engine::{accounts, channels};
}

/// Settings around the channels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChannelSettingsView {
    pub support: ChannelSupport,
    pub quiet_hours: QuietHours,
}

/// Ticks of the kinds of notifications. A box that is not ticked is not submitted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KindFields {
    pub run_ended: Option<String>,
    pub approval_needed: Option<String>,
    pub download_ready: Option<String>,
    pub download_failed: Option<String>,
    pub download_removed: Option<String>,
    pub download_lost: Option<String>,
    pub source_gone: Option<String>,
    pub announcement: Option<String>,
    pub commute_reminder: Option<String>,
    pub key_expires: Option<String>,
    pub security: Option<String>,
}

#[cfg(feature = "ssr")]
impl KindFields {
    fn kinds(&self) -> Vec<NotificationKind> {
        let ticked = |kind: &NotificationKind| match kind {
            NotificationKind::RunEnded => self.run_ended.is_some(),
            NotificationKind::ApprovalNeeded => self.approval_needed.is_some(),
            NotificationKind::DownloadReady => self.download_ready.is_some(),
            NotificationKind::DownloadFailed => self.download_failed.is_some(),
            NotificationKind::DownloadRemoved => self.download_removed.is_some(),
            NotificationKind::DownloadLost => self.download_lost.is_some(),
            NotificationKind::SourceGone => self.source_gone.is_some(),
            NotificationKind::Announcement => self.announcement.is_some(),
            NotificationKind::CommuteReminder => self.commute_reminder.is_some(),
            NotificationKind::KeyExpires => self.key_expires.is_some(),
            NotificationKind::Security => self.security.is_some(),
        };
        NotificationKind::ALL.iter().copied().filter(ticked).collect()
    }
}

/// Form fields of the quiet hours, named as their errors are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct QuietHoursFields {
    pub enabled: Option<String>,
    #[serde(rename = "quiet_hours.from")]
    pub from: String,
    #[serde(rename = "quiet_hours.until")]
    pub until: String,
}

#[cfg(feature = "ssr")]
impl QuietHoursFields {
    /// # Errors
    /// Invalid, with the times that are none.
    fn hours(&self, except: Vec<NotificationKind>) -> Result<QuietHours, Refusal> {
        let time = |text: &str| text.trim().parse::<TimeOfDay>().ok();
        if let (Some(from), Some(until)) = (time(&self.from), time(&self.until)) {
            return Ok(QuietHours { enabled: self.enabled.is_some(), from, until, except });
        }
        let mut complaints = Complaints::default();
        let wrong = "Use a time from 00:00 to 23:59, such as 07:30.";
        complaints.check(time(&self.from).is_some(), "quiet_hours.from", wrong);
        complaints.check(time(&self.until).is_some(), "quiet_hours.until", wrong);
        complaints.finish().and(Err(Refusal::field("quiet_hours.from", wrong)))
    }
}

/// Returns the user's channels, the oldest first.
#[server(prefix = "/api/ui", endpoint = "list_channels")]
pub async fn list_channels() -> Result<Vec<NotificationChannel>, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    Ok(channels::list(&engine, owner.id).await?)
}

/// Returns the quiet hours, and the kinds of channels that the server can send to.
#[server(prefix = "/api/ui", endpoint = "show_channel_settings")]
pub async fn show_channel_settings() -> Result<ChannelSettingsView, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    let support = channels::support(&engine).await?;
    let quiet_hours = accounts::preferences(&engine, owner.id).await?.quiet_hours;
    Ok(ChannelSettingsView { support, quiet_hours })
}

/// Adds a channel that gets all kinds of notifications. The token is not kept for a corrected form.
#[server(prefix = "/api/ui", endpoint = "add_channel")]
pub async fn add_channel(
    kind: String,
    target: String,
    #[server(default)] name: String,
    #[server(default)] token: String,
) -> Result<AddedChannel, ApiError> {
    let (engine, owner) = signed_in(Right::Settings).await?;
    let new = NewChannel {
        kind: word(&kind),
        name: name.clone(),
        target: target.clone(),
        token: Secret(token),
        ..NewChannel::default()
    };
    let kept = [("kind", kind), ("target", target), ("name", name)];
    let added = channels::add(&engine, owner.id, new).await;
    added.map_err(|error| ApiError::from(error).keeping(kept))
}

/// Adds the push subscription of a browser. Returns its channel.
#[server(prefix = "/api/ui", endpoint = "add_push_channel")]
pub async fn add_push_channel(
    endpoint: String,
    p256dh: String,
    auth: String,
    name: String,
) -> Result<ChannelId, ApiError> {
    let (engine, owner) = signed_in(Right::Settings).await?;
    let kind = Some(ChannelKind::Push);
    let auth = Secret(auth);
    let new = NewChannel { kind, name, target: endpoint, p256dh, auth, ..NewChannel::default() };
    Ok(channels::add(&engine, owner.id, new).await?.channel.id)
}

/// Changes the name of a channel and the kinds that it gets. Returns its id.
#[server(prefix = "/api/ui", endpoint = "change_channel")]
pub async fn change_channel(
    channel_id: ChannelId,
    name: String,
    #[server(flatten)] kinds: KindFields,
) -> Result<ChannelId, ApiError> {
    let (engine, owner) = signed_in(Right::Settings).await?;
    let change =
        ChannelChange { name: Some(name.clone()), kinds: Some(kinds.kinds()), ..ChannelChange::default() };
    let changed = channels::change(&engine, owner.id, channel_id, change).await;
    // Several channels have the same form: the id tells which one shows the errors.
    let named = [("channel_id".to_owned(), channel_id.to_string()), ("name".to_owned(), name)];
    let kept = || typed(&kinds).into_iter().chain(named);
    Ok(changed.map_err(|error| ApiError::from(error).keeping(kept()))?.id)
}

/// Confirms a mail address by the code that was sent there. Returns its channel.
#[server(prefix = "/api/ui", endpoint = "confirm_channel")]
pub async fn confirm_channel(channel_id: ChannelId, code: String) -> Result<ChannelId, ApiError> {
    let (engine, owner) = signed_in(Right::Settings).await?;
    let change = ChannelChange { code: Some(code.clone()), ..ChannelChange::default() };
    let kept = [("channel_id", channel_id.to_string()), ("code", code)];
    let changed = channels::change(&engine, owner.id, channel_id, change).await;
    Ok(changed.map_err(|error| ApiError::from(error).keeping(kept))?.id)
}

/// Removes a channel.
#[server(prefix = "/api/ui", endpoint = "remove_channel")]
pub async fn remove_channel(channel_id: ChannelId) -> Result<(), ApiError> {
    let (engine, owner) = signed_in(Right::Settings).await?;
    Ok(channels::remove(&engine, owner.id, channel_id).await?)
}

/// Sends a test message. What failed is the error.
#[server(prefix = "/api/ui", endpoint = "test_channel")]
pub async fn test_channel(channel_id: ChannelId) -> Result<(), ApiError> {
    let (engine, owner) = signed_in(Right::Settings).await?;
    match channels::test(&engine, owner.id, channel_id).await?.error {
        None => Ok(()),
        Some(why) => Err(Refusal::conflict(why).into()),
    }
}

/// Saves the quiet hours, with the kinds that may come at any time.
#[server(prefix = "/api/ui", endpoint = "save_quiet_hours")]
pub async fn save_quiet_hours(
    #[server(flatten)] hours: QuietHoursFields,
    #[server(flatten)] except: KindFields,
) -> Result<(), ApiError> {
    let (engine, owner) = signed_in(Right::Settings).await?;
    let kept = || typed(&hours).into_iter().chain(typed(&except));
    let read = hours.hours(except.kinds()).map_err(|refusal| ApiError::from(refusal).keeping(kept()))?;
    let saved = accounts::set_quiet_hours(&engine, owner.id, read).await;
    saved.map_err(|error| ApiError::from(error).keeping(kept()))
}
