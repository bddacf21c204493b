//! Channels: notifications sent to browsers, ntfy, Gotify, webhooks and mail addresses of their users.

mod address;
mod answer;
mod gotify;
mod jobs;
mod mail;
mod message;
mod ntfy;
mod push;
mod translation;
mod vapid;
mod webhook;

use chrono::TimeDelta;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};

use super::rate_limit::RateLimit;
use super::{Engine, Error, Result, accounts as people};
use crate::db::channels::{self as rows, ChannelRow, NotificationChannelDraft};
use crate::db::{ConnectionTrait, DbErr, accounts};
use crate::domain::channel::{
    AddedChannel, ChannelChange, ChannelKind, ChannelSupport, ChannelTest, MAX_CHANNELS, NewChannel,
    NotificationChannel,
};
use crate::domain::notification::NotificationKind;
use crate::domain::{ChannelId, DateTime, Refusal, UserId, Utc};
use address::ChannelAddress;
pub use jobs::{Deliver, EVERY, SendDue, push_due};
use message::{OutgoingMessage, SendFailure};
use vapid::VapidKey;

/// Time for which given-up messages are counted and shown.
const SHOWN: TimeDelta = TimeDelta::days(7);
/// Time for which the rows of deliveries that have ended are kept.
pub const KEPT: TimeDelta = TimeDelta::days(14);
/// Test messages per user: they leave the server at once.
const TESTS: RateLimit = RateLimit { name: "channel_tests", hits: 30, window: TimeDelta::hours(1) };
/// Mails with codes per user: they go to any address.
const CODES: RateLimit = RateLimit { name: "channel_codes", hits: 5, window: TimeDelta::hours(1) };
/// Mails with codes per address, by all users: its owner may not have asked for any.
const CODES_PER_ADDRESS: RateLimit =
    RateLimit { name: "channel_codes_to", hits: 5, window: TimeDelta::hours(1) };
/// Codes that a user may enter.
const TRIES: RateLimit = RateLimit { name: "channel_tries", hits: 20, window: TimeDelta::hours(1) };

/// Lists channels, the oldest first.
pub async fn list(engine: &Engine, owner: UserId) -> Result<Vec<NotificationChannel>> {
    Ok(rows::list(&engine.db, owner, engine.now() - SHOWN).await?)
}

/// Kinds of channels that this server can send to, with the key of push subscriptions.
pub async fn support(engine: &Engine) -> Result<ChannelSupport> {
    // Faults are in the log, for the administrator.
    let key = VapidKey::of(engine).await.ok().map(|key| key.public());
    Ok(ChannelSupport { key, mail: engine.config.channels.smtp.is_some() })
}

/// Adds a channel. A push subscription that is known keeps its channel, with its latest keys.
///
/// # Errors
/// Invalid, with the wrong fields; a conflict if there are too many channels.
pub async fn add(engine: &Engine, owner: UserId, new: NewChannel) -> Result<AddedChannel> {
    let (kind, new) = new.check()?;
    let (name, kinds) = (new.name.clone(), new.kinds.clone());
    let kinds = kinds.unwrap_or_else(|| NotificationKind::ALL.to_vec());
    let address = ChannelAddress::check(engine, kind, new)?;
    let (target, hash) = (address.shown(kind), address.hash());
    let sealed = address.seal(engine, owner)?;
    let work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    let known = match kind {
        ChannelKind::Push => {
            rows::take_over(&*work, owner, &hash).await?;
            rows::reseal(&*work, owner, kind, &hash, &sealed).await?
        }
        _ => None,
    };
    let id = match known {
        Some(id) => id,
        None => {
            if rows::count(&*work, owner).await? >= MAX_CHANNELS {
                let why =
                    format!("You have {MAX_CHANNELS} channels, and there can be no more. Remove one first.");
                return Err(Refusal::conflict(why).into());
            }
            let name = if name.is_empty() { target.clone() } else { name };
            let draft = NotificationChannelDraft {
                kind,
                name: &name,
                target: &target,
                hash: &hash,
                sealed: &sealed,
                kinds: &kinds,
                confirmed: kind != ChannelKind::Mail,
            };
            let inserted = rows::insert(&*work, owner, draft, work.now()).await?;
            inserted.ok_or_else(|| Refusal::field("target", "You have a channel with this address."))?
        }
    };
    let channel = rows::get(&*work, owner, id, work.now() - SHOWN).await?.ok_or_else(missing)?;
    work.commit().await?;
    Ok(AddedChannel { channel, secret: address.signing_secret(kind) })
}

/// Changes the name of a channel, or the kinds that it gets, or confirms a mail address by its code.
pub async fn change(
    engine: &Engine,
    owner: UserId,
    id: ChannelId,
    change: ChannelChange,
) -> Result<NotificationChannel> {
    let ChannelChange { name, kinds, code } = change.check()?;
    if let Some(code) = code {
        check_code(engine, owner, id, &code).await?;
    }
    let work = engine.begin().await?;
    let known = rows::get(&*work, owner, id, work.now() - SHOWN).await?.ok_or_else(missing)?;
    // A name that is emptied is the address again.
    let name = name.map(|name| if name.is_empty() { known.target.clone() } else { name });
    if !rows::change(&*work, owner, id, name.as_deref(), kinds.as_deref()).await? {
        return Err(missing().into());
    }
    let changed = rows::get(&*work, owner, id, work.now() - SHOWN).await?.ok_or_else(missing)?;
    work.commit().await?;
    Ok(changed)
}

/// Confirms a mail address if the code is that of its test message.
async fn check_code(engine: &Engine, owner: UserId, id: ChannelId, code: &str) -> Result<()> {
    let row = rows::sealed(&engine.db, owner, id).await?.ok_or_else(missing)?;
    TRIES.take(engine, &owner.to_string()).await?;
    let address = ChannelAddress::unseal(engine, owner, &row.sealed);
    if row.kind != ChannelKind::Mail || address.is_none_or(|address| address.token != code) {
        let why = "This is not the code that was sent to the address.";
        return Err(Refusal::field("code", why).into());
    }
    Ok(rows::confirm(&engine.db, owner, id).await?)
}

/// Removes a channel with the messages that wait for it.
pub async fn remove(engine: &Engine, owner: UserId, id: ChannelId) -> Result<()> {
    if rows::delete(&engine.db, owner, id).await? { Ok(()) } else { Err(missing().into()) }
}

/// Sends a test message at once, whatever the time and the chosen kinds are. To a mail address that is not
/// confirmed, it brings the code.
pub async fn test(engine: &Engine, owner: UserId, id: ChannelId) -> Result<ChannelTest> {
    let row = rows::sealed(&engine.db, owner, id).await?.ok_or_else(missing)?;
    TESTS.take(engine, &owner.to_string()).await?;
    let message = match ChannelAddress::unseal(engine, owner, &row.sealed).filter(|_| !row.confirmed) {
        Some(address) => {
            CODES.take(engine, &owner.to_string()).await?;
            CODES_PER_ADDRESS.take(engine, &row.hash).await?;
            OutgoingMessage::code(engine, &address.token)
        }
        None => OutgoingMessage::test(engine),
    };
    let language = people::preferences(engine, owner).await?.language.language();
    let message = translation::translated(message, language.unwrap_or_default());
    let sent = send(engine, owner, id, &message).await?;
    match &sent {
        Err(failure) if failure.is_gone => delete_gone(&engine.db, owner, id).await?,
        sent => record(&engine.db, owner, id, sent.as_ref().map(|_| ()), engine.now()).await?,
    }
    let error = sent.err().map(|failure| failure.why);
    Ok(ChannelTest { ok: error.is_none(), error })
}

/// Sends a message on a channel. The outer error is a fault of this server; the inner one is the channel's.
async fn send(
    engine: &Engine,
    owner: UserId,
    id: ChannelId,
    message: &OutgoingMessage,
) -> Result<Result<(), SendFailure>> {
    let row = rows::sealed(&engine.db, owner, id).await?.ok_or_else(missing)?;
    let ChannelRow { kind, hash, sealed, .. } = row;
    let Some(address) = ChannelAddress::unseal(engine, owner, &sealed) else {
        let why =
            "The address was stored with another key of this server. Remove the channel and add it again.";
        return Ok(Err(SendFailure::new(why)));
    };
    let sent = match kind {
        ChannelKind::Push => push::send(engine, &address, message).await?,
        ChannelKind::Ntfy => ntfy::send(engine, &address, message).await?,
        ChannelKind::Gotify => gotify::send(engine, &address, message).await?,
        ChannelKind::Webhook => webhook::send(engine, &address, message).await?,
        ChannelKind::Mail => mail::send(engine, &address, message).await?,
    };
    if let Err(failure) = &sent {
        // Endpoints and topics are secrets: the log has their hash.
        let channel = &hash[..12];
        tracing::info!(%kind, channel, why = failure.why, "a message was not accepted");
    }
    Ok(sent)
}

/// Records on the channel whether a message was accepted.
async fn record(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: ChannelId,
    sent: Result<(), &SendFailure>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    match sent {
        Ok(()) => rows::succeeded(db, owner, id, now).await,
        Err(failure) => rows::failed(db, owner, id, &failure.why, now).await,
    }
}

/// Deletes a channel that does not exist any more on the other side.
async fn delete_gone(db: &impl ConnectionTrait, owner: UserId, id: ChannelId) -> Result<(), DbErr> {
    tracing::info!(%owner, channel = %id, "a browser has unsubscribed: its channel was removed");
    rows::delete(db, owner, id).await.map(|_| ())
}

fn missing() -> Refusal {
    Refusal::missing("channel")
}

/// Headers of a message in JSON.
fn in_json() -> HeaderMap {
    HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))])
}

/// Value of a header that is left out of every log.
fn sensitive(text: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(text).map_err(Error::fault)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(all(test, feature = "testing"))]
mod tests;
