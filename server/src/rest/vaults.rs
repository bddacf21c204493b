//! The vault of a user: the directory in which a browser keeps their copies.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use smartcache::engine::vaults;

use super::*;

#[derive(Debug, Serialize)]
pub struct Vault {
    vault: String,
}

pub async fn show(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<Vault>> {
    Ok(Json(Vault { vault: vaults::vault_of(web.engine(), user.id).await? }))
}
