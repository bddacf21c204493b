//! The vault of a user: the directory in which a browser keeps their copies.

use axum::Json;
use axum::extract::State;
use smartcache::engine::vaults;

use super::*;

#[derive(Debug, Serialize, ToSchema)]
pub struct Vault {
    vault: String,
}

/// Returns the name of the user's vault.
#[utoipa::path(get, path = "/api/v1/devices/vault", responses((status = 200, body = Vault)))]
pub async fn show(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<Vault>> {
    Ok(Json(Vault { vault: vaults::vault_of(web.engine(), user.id).await? }))
}
