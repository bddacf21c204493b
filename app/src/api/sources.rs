//! Sources: the directory, how each of them does, and reading one now.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use smartcache::domain::source::{OlderReport, Policy, RefreshReport, Source, Subscription};
use smartcache::domain::standing::{FeedTrial, Standing};
use smartcache::domain::{Page, SourceId};

use crate::error::ApiError;

/// What a person asks of the list. What is empty, or nobody's word, narrows nothing.
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

/// Both of what fails and of what is gone.
pub const ATTENTION: &str = "attention";

/// The sources a person may see.
#[server(prefix = "/api/ui", endpoint = "list_sources")]
pub async fn list_sources(#[server(default)] asked: SourceQuery) -> Result<Page<Source>, ApiError> {
    use super::{text, word};
    use crate::server_side::signed_in;
    use smartcache::domain::page::{PAGE_MOST, PageQuery};
    use smartcache::domain::source::{Health, SourceFilter};
    use smartcache::engine::catalog;
    let (engine, owner) = signed_in().await?;
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
            let page = PageQuery { limit: Some(PAGE_MOST), cursor: None };
            data.extend(catalog::sources(&engine, owner.id, &filter, &page).await?.data);
        }
        return Ok(Page { data, next_cursor: None });
    }
    let page = PageQuery { limit: Some(30), cursor: text(&asked.cursor) };
    Ok(catalog::sources(&engine, owner.id, &filter, &page).await?)
}

/// The sources a person follows.
#[server(prefix = "/api/ui", endpoint = "followed_sources")]
pub async fn followed_sources() -> Result<Page<Source>, ApiError> {
    use crate::server_side::signed_in;
    use smartcache::domain::page::{PAGE_MOST, PageQuery};
    use smartcache::domain::source::SourceFilter;
    use smartcache::engine::catalog;
    let (engine, owner) = signed_in().await?;
    let filter = SourceFilter { subscribed: Some(true), ..SourceFilter::default() };
    let page = PageQuery { limit: Some(PAGE_MOST), cursor: None };
    Ok(catalog::sources(&engine, owner.id, &filter, &page).await?)
}

/// A source, how it does, and what the person wants of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceSheet {
    pub source: Source,
    pub standing: Standing,
    pub subscription: Option<Subscription>,
}

#[server(prefix = "/api/ui", endpoint = "show_source")]
pub async fn show_source(source_id: SourceId) -> Result<SourceSheet, ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::catalog;
    let (engine, owner) = signed_in().await?;
    Ok(SourceSheet {
        source: catalog::source(&engine, owner.id, source_id).await?,
        standing: catalog::standing(&engine, owner.id, source_id).await?,
        subscription: catalog::subscription_of(&engine, owner.id, source_id).await?,
    })
}

/// Reads the feed at once, and says what came of it.
#[server(prefix = "/api/ui", endpoint = "read_source")]
pub async fn read_source(source_id: SourceId) -> Result<RefreshReport, ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::catalog;
    let (engine, owner) = signed_in().await?;
    Ok(catalog::refresh_now(&engine, owner.id, source_id).await?)
}

/// Reads the next older pages of the feed, and says what they brought.
#[server(prefix = "/api/ui", endpoint = "load_older")]
pub async fn load_older(source_id: SourceId) -> Result<OlderReport, ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::catalog;
    let (engine, owner) = signed_in().await?;
    Ok(catalog::load_older(&engine, owner.id, source_id).await?)
}

/// Reads the feed on trial; nothing of it is kept.
#[server(prefix = "/api/ui", endpoint = "try_source")]
pub async fn try_source(source_id: SourceId) -> Result<FeedTrial, ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::catalog;
    let (engine, owner) = signed_in().await?;
    Ok(catalog::try_feed(&engine, owner.id, source_id).await?)
}

/// Gives a private feed its name and password; empty ones take them away.
#[server(prefix = "/api/ui", endpoint = "set_feed_login")]
pub async fn set_feed_login(
    source_id: SourceId,
    #[server(default)] username: String,
    #[server(default)] password: String,
) -> Result<(), ApiError> {
    use crate::server_side::signed_in;
    use smartcache::domain::feed_login::Secret;
    use smartcache::domain::source::{SourceChange, SubscriptionChange};
    use smartcache::engine::catalog;
    let (engine, owner) = signed_in().await?;
    let (username, password) = (Some(username), Some(Secret(password)));
    // Who follows a source that others read as well gets one of their own.
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

/// Whether media may be kept here, of a source that the person added.
#[server(prefix = "/api/ui", endpoint = "set_policy")]
pub async fn set_policy(source_id: SourceId, policy: Policy) -> Result<Source, ApiError> {
    use crate::server_side::signed_in;
    use smartcache::domain::source::SourceChange;
    use smartcache::engine::catalog;
    let (engine, owner) = signed_in().await?;
    let change = SourceChange { policy: Some(policy), ..SourceChange::default() };
    Ok(catalog::change_source(&engine, owner.id, source_id, change).await?)
}
