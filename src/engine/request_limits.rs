//! Request limits per user, API key and network. The counters are in Redis, for all processes together, or in
//! the memory of each process without it and while it is away.

mod administration;
mod limiter;
mod shared;
mod usage;

use serde_json::json;

use super::accounts::ClientAddress;
use super::rights::Caller;
use super::{Engine, Result};
use crate::db::api_keys;
use crate::db::request_limits::{self as rows, LimitSettings};
use crate::db::usage as usage_rows;
use crate::domain::account::AccountRole;
use crate::domain::event::{EventKind, Frame};
use crate::domain::request_limit::{LimitWindow, RequestCounts, RequestLimits};
use crate::domain::{ApiKeyId, UserId};

pub use administration::{get, list, override_limits, reset};
pub use limiter::RequestLimiter;
use limiter::day_of;
pub use shared::SCRIPT;
pub use usage::{flush, tidy};

/// Whose requests are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LimitIdentity {
    /// All sessions of a user.
    Account(UserId),
    /// One API key of a user.
    Key(UserId, ApiKeyId),
    /// All clients of a network without a credential.
    Network(String),
}

impl LimitIdentity {
    pub fn of(caller: &Caller) -> Self {
        match caller.key_id {
            Some(key) => Self::Key(caller.user.id, key),
            None => Self::Account(caller.user.id),
        }
    }

    pub fn of_stranger(address: ClientAddress) -> Self {
        Self::Network(address.cidr())
    }

    fn owner(&self) -> Option<UserId> {
        match self {
            Self::Account(owner) | Self::Key(owner, _) => Some(*owner),
            Self::Network(_) => None,
        }
    }

    fn key(&self) -> Option<ApiKeyId> {
        if let Self::Key(_, key) = self { Some(*key) } else { None }
    }
}

/// Decision on a request, with the counters after it.
#[derive(Debug, Clone)]
pub struct LimitDecision {
    pub limits: RequestLimits,
    pub counts: RequestCounts,
    /// Window whose hard limit is reached. None for a request that is served.
    pub refused: Option<LimitWindow>,
    /// Windows whose soft limit was exceeded now, once per window.
    exceeded: Vec<LimitWindow>,
}

impl LimitDecision {
    /// Whether the request is served although a soft limit is exceeded.
    pub fn is_soft(&self) -> bool {
        let is_exceeded = |window: &LimitWindow| self.used(*window) > self.limits.soft(*window);
        self.refused.is_none() && LimitWindow::ALL.iter().any(is_exceeded)
    }

    pub fn used(&self, window: LimitWindow) -> i64 {
        self.counts.used(&self.limits, window)
    }

    /// Whole seconds after which a window that refuses now serves a request again.
    pub fn retry_after(&self, window: LimitWindow) -> i64 {
        (self.counts.wait(&self.limits, window) + 999_999) / 1_000_000
    }
}

/// Counts a request and decides whether it is served. None without limits for this identity.
pub async fn admit(
    engine: &Engine,
    identity: &LimitIdentity,
    role: Option<AccountRole>,
) -> Result<Option<LimitDecision>> {
    let (limiter, now) = (&engine.request_limiter, engine.now().timestamp_micros());
    let settings = match limiter.settings(identity, now) {
        Some(settings) => settings,
        None => load(engine, identity, now).await?,
    };
    let Some(limits) = settings.limits.or(engine.config.request_limits.of(role)) else { return Ok(None) };
    let decision = match limiter.take_shared(identity, &limits, now).await {
        Some(decision) => decision,
        None => limiter.take_here(identity, &limits, now),
    };
    engine.metrics.decided("requests", decision.refused.is_none());
    for window in &decision.exceeded {
        warn(engine, identity, &decision.limits, *window).await?;
    }
    Ok(Some(decision))
}

/// Reads the settings of an identity, and the requests that it made today before this process knew it.
async fn load(engine: &Engine, identity: &LimitIdentity, now: i64) -> Result<LimitSettings> {
    let limiter = &engine.request_limiter;
    let Some(owner) = identity.owner() else {
        limiter.put(identity, LimitSettings::default(), 0, now);
        return Ok(LimitSettings::default());
    };
    let settings = rows::get(&engine.db, owner).await?;
    let written = match limiter.is_known(identity) {
        true => 0,
        false => usage_rows::of_day(&engine.db, owner, identity.key(), day_of(now)).await?,
    };
    limiter.put(identity, settings, written, now);
    Ok(settings)
}

/// Tells the user's pages that a soft limit is exceeded.
async fn warn(
    engine: &Engine,
    identity: &LimitIdentity,
    limits: &RequestLimits,
    window: LimitWindow,
) -> Result<()> {
    let Some(owner) = identity.owner() else { return Ok(()) };
    let (soft, hard) = (limits.soft(window), limits.hard(window));
    let key = match identity.key() {
        Some(key) => api_keys::get(&engine.db, owner, key).await?.map(|key| key.name),
        None => None,
    };
    let message = message(key.as_deref(), window, soft, hard);
    let data = json!({ "message": message, "level": "warning" });
    engine.hub.send(owner, &Frame::fleeting(engine.now(), EventKind::System, data));
    Ok(())
}

/// Words for the pages, in whole sentences, because they are translated.
fn message(key: Option<&str>, window: LimitWindow, soft: i64, hard: i64) -> String {
    use LimitWindow::{Day, Hour, Minute};
    match (key, window) {
        (None, Minute) => format!(
            "Programs sent more than {soft} requests a minute in your name. More than {hard} are refused."
        ),
        (None, Hour) => format!(
            "Programs sent more than {soft} requests this hour in your name. More than {hard} are refused."
        ),
        (None, Day) => format!(
            "Programs sent more than {soft} requests today in your name. More than {hard} are refused."
        ),
        (Some(key), Minute) => {
            format!(
                "The API key {key} sent more than {soft} requests a minute. More than {hard} are refused."
            )
        }
        (Some(key), Hour) => {
            format!(
                "The API key {key} sent more than {soft} requests this hour. More than {hard} are refused."
            )
        }
        (Some(key), Day) => {
            format!("The API key {key} sent more than {soft} requests today. More than {hard} are refused.")
        }
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests;
