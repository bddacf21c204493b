//! Following known and new sources.

use domain::deleted::DeletedSubscription;
use domain::source::ImportReport;
use domain::{SourceId, SubscriptionId};
use leptos::prelude::*;

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::word;
    pub(super) use crate::server_side::signed_in;
    pub(super) use crate::t;
    pub(super) use domain::Refusal;
    pub(super) use domain::feed_login::FeedLogin;
    pub(super) use domain::source::{NewSource, NewSubscription};
    pub(super) use smartcache::engine::catalog;
    pub(super) use smartcache::engine::rights::Right;
}

/// Follows a feed by its address, or the only feed of a site. If the site has several, the error names them.
/// An address that cannot be reached now is added as typed and fetched later. Returns the name of the source.
#[server(prefix = "/api/ui", endpoint = "follow_feed")]
pub async fn follow_feed(
    #[server(default)] feed_url: String,
    #[server(default)] kind: String,
    #[server(default)] username: String,
    #[server(default)] password: String,
) -> Result<String, ApiError> {
    let (engine, owner) = signed_in(Right::Write).await?;
    let (feed_url, in_address) = catalog::logins::split(&feed_url);
    let in_fields = Some(FeedLogin { username, password }).filter(|login| !login.is_empty());
    let login = in_fields.or(in_address);
    // The fields sent back to the form contain no password.
    let typed = [("feed_url", feed_url.as_str()), ("kind", &kind)];
    let found = match catalog::sites::feeds_at(&engine, &feed_url, login.as_ref()).await.as_deref() {
        Ok([one]) => one.feed_url.clone(),
        Ok([]) => {
            let why = t!(
                "There is no feed at {feed_url}. Look on the site for a link called RSS, Atom or feed.",
                feed_url = feed_url,
            );
            return Err(ApiError::from(Refusal::field("feed_url", why)).keeping(typed));
        }
        // With several feeds, `add_source` picks the one that is not for comments, or its refusal names them.
        Ok(_) | Err(_) => feed_url.clone(),
    };
    let login = login.filter(|_| catalog::logins::is_for(&feed_url, &found));
    let (username, password) = login.map(FeedLogin::parts).unzip();
    let new = NewSource { feed_url: found, kind: word(&kind), username, password, ..NewSource::default() };
    let source = catalog::add_source(&engine, owner.id, new)
        .await
        .map_err(|error| ApiError::from(error).keeping(typed))?;
    let new = NewSubscription { source_id: Some(source.id), ..NewSubscription::default() };
    Ok(catalog::subscribe(&engine, owner.id, new).await?.source_name)
}

/// Follows every feed of a list (OPML) exported by another program.
#[server(prefix = "/api/ui", endpoint = "import_list")]
pub async fn import_list(#[server(default)] list: String) -> Result<ImportReport, ApiError> {
    let (engine, owner) = signed_in(Right::Write).await?;
    Ok(catalog::lists::import(&engine, owner.id, list.as_bytes(), None).await?)
}

/// Follows or unfollows a known source. Idempotent. Returns the subscription that it has ended.
#[server(prefix = "/api/ui", endpoint = "follow")]
pub async fn follow(source_id: SourceId, wanted: bool) -> Result<Option<DeletedSubscription>, ApiError> {
    let (engine, owner) = signed_in(Right::Write).await?;
    let source = catalog::source(&engine, owner.id, source_id).await?;
    match (source.subscription_id, wanted) {
        (None, true) => {
            let new = NewSubscription { source_id: Some(source_id), ..NewSubscription::default() };
            catalog::subscribe(&engine, owner.id, new).await?;
            Ok(None)
        }
        (Some(id), false) => {
            catalog::unsubscribe(&engine, owner.id, id).await?;
            Ok(Some(DeletedSubscription { id, source_name: source.name }))
        }
        _ => Ok(None),
    }
}

/// Restores a subscription that was ended a moment ago, with its priority and rules.
#[server(prefix = "/api/ui", endpoint = "resubscribe")]
pub async fn resubscribe(subscription_id: SubscriptionId) -> Result<(), ApiError> {
    let (engine, owner) = signed_in(Right::Write).await?;
    catalog::resubscribe(&engine, owner.id, subscription_id).await?;
    Ok(())
}

/// Returns the subscriptions whose end can be undone, the latest first.
#[server(prefix = "/api/ui", endpoint = "ended_subscriptions")]
pub async fn ended_subscriptions() -> Result<Vec<DeletedSubscription>, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    Ok(catalog::recently_unsubscribed(&engine, owner.id).await?)
}
