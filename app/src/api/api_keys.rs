//! API keys: listed, made and revoked by their user.

use domain::ApiKeyId;
use domain::api_key::{ApiKey, MadeApiKey};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::{number, text, typed};
    pub(super) use crate::server_side::{NewSecret, signed_in, stepped_up};
    pub(super) use domain::api_key::{KeyScope, NewApiKey};
    pub(super) use domain::page::PageQuery;
    pub(super) use domain::{Page, TimeDelta};
    pub(super) use smartcache::engine::api_keys;
    pub(super) use smartcache::engine::rights::Right;
}

/// Keys as their page shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeysView {
    pub keys: Vec<ApiKey>,
    pub next_cursor: Option<String>,
    /// Whether the user may give a key the scopes of an administrator.
    pub is_admin: bool,
    /// Key that a form without JavaScript has just made. Shown this once.
    pub made: Option<String>,
}

/// Ticks of the scopes. A box that is not ticked is not submitted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScopeFields {
    pub read: Option<String>,
    pub listen: Option<String>,
    pub write: Option<String>,
    pub run: Option<String>,
    pub admin: Option<String>,
    pub bundles: Option<String>,
    pub metrics: Option<String>,
}

#[cfg(feature = "ssr")]
impl ScopeFields {
    fn scopes(&self) -> Vec<KeyScope> {
        let ticked = |scope: &KeyScope| match scope {
            KeyScope::Read => self.read.is_some(),
            KeyScope::Listen => self.listen.is_some(),
            KeyScope::Write => self.write.is_some(),
            KeyScope::Run => self.run.is_some(),
            KeyScope::Admin => self.admin.is_some(),
            KeyScope::Bundles => self.bundles.is_some(),
            KeyScope::Metrics => self.metrics.is_some(),
        };
        KeyScope::ALL.iter().copied().filter(ticked).collect()
    }
}

/// Returns the user's keys, newest first.
#[server(prefix = "/api/ui", endpoint = "list_api_keys")]
pub async fn list_api_keys(cursor: String) -> Result<ApiKeysView, ApiError> {
    let made = NewSecret::ApiKey.handed_over();
    let (engine, owner) = signed_in(Right::Account).await?;
    let page = PageQuery { limit: Some(20), cursor: text(&cursor) };
    let Page { data: keys, next_cursor } = api_keys::list(&engine, owner.id, &page).await?;
    Ok(ApiKeysView { keys, next_cursor, is_admin: owner.is_admin, made })
}

/// Makes a key that works for a number of days.
#[server(prefix = "/api/ui", endpoint = "add_api_key")]
pub async fn add_api_key(
    #[server(default)] name: String,
    #[server(default)] days: String,
    #[server(flatten)] scopes: ScopeFields,
) -> Result<MadeApiKey, ApiError> {
    let kept = || {
        let named = [("name".to_owned(), name.clone()), ("days".to_owned(), days.clone())];
        typed(&scopes).into_iter().chain(named)
    };
    let (engine, owner) = stepped_up(Right::Account).await.map_err(|error| error.keeping(kept()))?;
    // Less than every allowed expiry, so that the engine's own message answers unparsable input.
    let lasts = TimeDelta::try_days(number(&days)).unwrap_or(-TimeDelta::days(1));
    let new = NewApiKey {
        name: name.clone(),
        scopes: scopes.scopes(),
        expires_at: engine.now().checked_add_signed(lasts).or(Some(engine.now())),
    };
    let made = api_keys::add(&engine, &owner, new).await;
    let made = made.map_err(|error| ApiError::from(error).keeping(kept()))?;
    NewSecret::ApiKey.hand_over(&engine, &made.key)?;
    Ok(made)
}

/// Revokes a key.
#[server(prefix = "/api/ui", endpoint = "revoke_api_key")]
pub async fn revoke_api_key(key_id: ApiKeyId) -> Result<(), ApiError> {
    let (engine, owner) = signed_in(Right::Account).await?;
    Ok(api_keys::revoke(&engine, owner.id, key_id).await?)
}
