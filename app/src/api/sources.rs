//! Sources: the directory, their health, and refreshing a feed on demand.

use domain::source::{OlderReport, Policy, RefreshReport, Source, Subscription};
use domain::source_health::{FeedTrial, SourceHealth};
use domain::{Page, SourceId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::{text, word};
    pub(super) use crate::server_side::signed_in;
    pub(super) use domain::feed_login::Secret;
    pub(super) use domain::page::{MAX_PAGE, PageQuery};
    pub(super) use domain::source::{Health, SourceChange, SourceFilter, SubscriptionChange};
    pub(super) use smartcache::engine::catalog;
    pub(super) use smartcache::engine::rights::Right;
}

/// Query of the source list. Empty and unknown values filter nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceQuery {
    pub q: String,
    pub kind: String,
    /// A health, or [`ATTENTION`].
    pub health: String,
    /// `yes` or `no`.
    pub following: String,
    pub cursor: String,
}

/// Filter value for sources that are failing or gone.
pub const ATTENTION: &str = "attention";

/// Returns the sources that the user may see.
#[server(prefix = "/api/ui", endpoint = "list_sources")]
pub async fn list_sources(#[server(default)] asked: SourceQuery) -> Result<Page<Source>, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    let subscribed = match asked.following.as_str() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    let health = word(&asked.health);
    let filter = SourceFilter { q: text(&asked.q), kind: word(&asked.kind), health, subscribed };
    if asked.health == ATTENTION {
        let mut data = Vec::new();
        for health in [Health::Failing, Health::Gone] {
            let filter = SourceFilter { health: Some(health), ..filter.clone() };
            let page = PageQuery { limit: Some(MAX_PAGE), cursor: None };
            data.extend(catalog::sources(&engine, owner.id, &filter, &page).await?.data);
        }
        return Ok(Page { data, next_cursor: None });
    }
    let page = PageQuery { limit: Some(30), cursor: text(&asked.cursor) };
    Ok(catalog::sources(&engine, owner.id, &filter, &page).await?)
}

/// Returns the sources that the user follows.
#[server(prefix = "/api/ui", endpoint = "followed_sources")]
pub async fn followed_sources() -> Result<Page<Source>, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    let filter = SourceFilter { subscribed: Some(true), ..SourceFilter::default() };
    let page = PageQuery { limit: Some(MAX_PAGE), cursor: None };
    Ok(catalog::sources(&engine, owner.id, &filter, &page).await?)
}

/// A source, its health, and the user's subscription to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceSheet {
    pub source: Source,
    pub standing: SourceHealth,
    pub subscription: Option<Subscription>,
}

#[server(prefix = "/api/ui", endpoint = "show_source")]
pub async fn show_source(source_id: SourceId) -> Result<SourceSheet, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    Ok(SourceSheet {
        source: catalog::source(&engine, owner.id, source_id).await?,
        standing: catalog::source_health(&engine, owner.id, source_id).await?,
        subscription: catalog::subscription_of(&engine, owner.id, source_id).await?,
    })
}

/// Refreshes the feed now and returns the result.
#[server(prefix = "/api/ui", endpoint = "read_source")]
pub async fn read_source(source_id: SourceId) -> Result<RefreshReport, ApiError> {
    let (engine, owner) = signed_in(Right::Write).await?;
    Ok(catalog::refresh_now(&engine, owner.id, source_id).await?)
}

/// Loads the next older pages of the feed and returns the result.
#[server(prefix = "/api/ui", endpoint = "load_older")]
pub async fn load_older(source_id: SourceId) -> Result<OlderReport, ApiError> {
    let (engine, owner) = signed_in(Right::Write).await?;
    Ok(catalog::load_older(&engine, owner.id, source_id).await?)
}

/// Fetches and parses the feed as a test, and stores nothing.
#[server(prefix = "/api/ui", endpoint = "try_source")]
pub async fn try_source(source_id: SourceId) -> Result<FeedTrial, ApiError> {
    let (engine, owner) = signed_in(Right::Write).await?;
    Ok(catalog::try_feed(&engine, owner.id, source_id).await?)
}

/// Sets the username and password of a private feed; empty values remove them.
#[server(prefix = "/api/ui", endpoint = "set_feed_login")]
pub async fn set_feed_login(
    source_id: SourceId,
    #[server(default)] username: String,
    #[server(default)] password: String,
) -> Result<(), ApiError> {
    let (engine, owner) = signed_in(Right::Write).await?;
    let (username, password) = (Some(username), Some(Secret(password)));
    // A follower of a shared source gets a source of their own.
    match catalog::subscription_of(&engine, owner.id, source_id).await? {
        Some(followed) => {
            let change = SubscriptionChange { username, password, ..SubscriptionChange::default() };
            catalog::change_subscription(&engine, owner.id, followed.id, change).await?;
        }
        None => {
            let change = SourceChange { username, password, ..SourceChange::default() };
            catalog::change_source(&engine, owner.id, source_id, change).await?;
        }
    }
    Ok(())
}

/// Sets whether media of a source may be stored, for a source that the user added.
#[server(prefix = "/api/ui", endpoint = "set_policy")]
pub async fn set_policy(source_id: SourceId, policy: Policy) -> Result<Source, ApiError> {
    let (engine, owner) = signed_in(Right::Write).await?;
    let change = SourceChange { policy: Some(policy), ..SourceChange::default() };
    Ok(catalog::change_source(&engine, owner.id, source_id, change).await?)
}
