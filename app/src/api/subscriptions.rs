//! Following sources, known ones and new ones.

use leptos::prelude::*;
use smartcache::domain::SourceId;

use crate::error::ApiError;

/// Follows a feed by its address, adding it when nobody has. Answers with its name.
#[server(prefix = "/api/ui", endpoint = "follow_feed")]
pub async fn follow_feed(
    #[server(default)] feed_url: String,
    #[server(default)] kind: String,
) -> Result<String, ApiError> {
    use super::word;
    use crate::server_side::signed_in;
    use smartcache::domain::source::{NewSource, NewSubscription};
    use smartcache::engine::catalog;
    let (engine, owner) = signed_in().await?;
    let new = NewSource { feed_url: feed_url.clone(), kind: word(&kind), ..NewSource::default() };
    let source = catalog::add_source(&engine, owner.id, new)
        .await
        .map_err(|error| ApiError::from(error).keeping([("feed_url", &feed_url), ("kind", &kind)]))?;
    let new = NewSubscription { source_id: Some(source.id), ..NewSubscription::default() };
    Ok(catalog::subscribe(&engine, owner.id, new).await?.source_name)
}

/// Follows a known source, or stops following it; either is fine when it is so already.
#[server(prefix = "/api/ui", endpoint = "follow")]
pub async fn follow(source_id: SourceId, wanted: bool) -> Result<(), ApiError> {
    use crate::server_side::signed_in;
    use smartcache::domain::source::NewSubscription;
    use smartcache::engine::catalog;
    let (engine, owner) = signed_in().await?;
    let followed = catalog::source(&engine, owner.id, source_id).await?.subscription_id;
    match (followed, wanted) {
        (None, true) => {
            let new = NewSubscription { source_id: Some(source_id), ..NewSubscription::default() };
            catalog::subscribe(&engine, owner.id, new).await?;
        }
        (Some(subscription), false) => catalog::unsubscribe(&engine, owner.id, subscription).await?,
        _ => {}
    }
    Ok(())
}
