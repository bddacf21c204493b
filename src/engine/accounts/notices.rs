//! Security notices: notifications of what changes who can sign in, and of sign-ins that the user may not
//! know. Each is written in the transaction of what it tells (ASVS 5.0.0, 6.3.5 and 6.3.7).

use serde_json::json;

use super::client::Client;
use super::devices;
use crate::db::{accounts, known_networks};
use crate::domain::account::AccountRole;
use crate::domain::event::EventKind;
use crate::domain::notification::NotificationKind;
use crate::domain::user_agent::device_name;
use crate::domain::{TimeDelta, UserId};
use crate::engine::work::Work;
use crate::engine::{Engine, Result};

/// Time after which a network that a user has signed in from is new again: that of a device's cookie.
const KNOWN: TimeDelta = TimeDelta::days(400);
/// Wrong passwords, or wrong codes, that are told.
pub(super) const FAILED_TRIES: usize = 5;

/// Notifies the user of something about how they sign in.
pub(super) async fn notify(
    work: &mut Work<'_>,
    owner: UserId,
    level: &str,
    title: &str,
    message: &str,
) -> Result<()> {
    let data = json!({
        "message": message, "level": level, "notice": NotificationKind::Security, "title": title,
    });
    work.record(owner, None, EventKind::System, data).await
}

/// Records the network of a sign-in, and notifies the user if it, or the device, is new. The first sign-in of
/// an account has nothing to differ from, and is not told. The caller holds the user's lock.
pub(super) async fn signed_in(
    work: &mut Work<'_>,
    owner: UserId,
    password_hash: &str,
    client: &Client,
) -> Result<()> {
    let (network, now) = (client.address.cidr(), work.now());
    known_networks::delete_before(&**work, owner, now - KNOWN).await?;
    let is_first = !known_networks::any(&**work, owner).await?;
    let is_known_network = known_networks::record(&**work, owner, &network, now).await?;
    let is_known_device = devices::known(&client.device, owner, password_hash).is_some();
    if is_first || (is_known_network && is_known_device) {
        return Ok(());
    }
    let title = match is_known_device {
        true => "You have signed in from a new network",
        false => "You have signed in with a new device",
    };
    let device = device_name(&client.user_agent);
    let message = match network.as_str() {
        "" => format!("It was {device}. If this was not you, change your password."),
        network => format!("It was {device}, from {network}. If this was not you, change your password."),
    };
    notify(work, owner, "warning", title, &message).await
}

/// Notifies the user that the password has changed.
pub(super) async fn password_changed(work: &mut Work<'_>, owner: UserId) -> Result<()> {
    let message = "All other sessions have ended. If this was not you, ask an administrator of this server.";
    notify(work, owner, "warning", "Your password has changed", message).await
}

/// Notifies the user of a new API key.
pub(in crate::engine) async fn key_made(work: &mut Work<'_>, owner: UserId, name: &str) -> Result<()> {
    let message = format!("It is named {name}. If this was not you, revoke it and change your password.");
    notify(work, owner, "success", "You have a new API key", &message).await
}

/// Notifies the user of a new role.
pub(super) async fn role_changed(work: &mut Work<'_>, owner: UserId, role: AccountRole) -> Result<()> {
    let message = match role {
        AccountRole::Admin => "You are an administrator of this server now.",
        AccountRole::User => "You are a user of this server now.",
        AccountRole::Listener => "You are a listener now, and hear what your guardian follows.",
    };
    notify(work, owner, "warning", "Your role has changed", message).await
}

/// Notifies the user of wrong passwords or codes once there are so many. In a transaction of its own, because
/// nothing else is kept of a failure. Never fails: the refusal itself counts more.
pub(super) async fn tries_failed(engine: &Engine, owner: UserId, tries: usize) {
    if tries == FAILED_TRIES
        && let Err(error) = tell_of_tries(engine, owner).await
    {
        tracing::warn!(%error, "a user was not notified of failed sign-ins");
    }
}

async fn tell_of_tries(engine: &Engine, owner: UserId) -> Result<()> {
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    let message = format!(
        "{FAILED_TRIES} wrong passwords or codes were typed. If this was not you, choose a long password, and set \
         up a second factor."
    );
    notify(&mut work, owner, "warning", "Sign-ins to your account fail", &message).await?;
    work.commit().await
}

#[cfg(all(test, feature = "testing"))]
mod tests;
