//! Identities of the signed-in user at the OpenID Connect provider.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use smartcache::domain::identity::Identity;
use smartcache::engine::oidc;

use super::*;

/// Lists the user's identities. They are added by a browser at `/oidc/start?purpose=link`.
#[utoipa::path(
    get, path = "/api/v1/account/identities", responses((status = 200, body = Vec<Identity>))
)]
pub async fn list(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<Vec<Identity>>> {
    Ok(Json(oidc::list(web.engine(), user.id).await?))
}

/// Removes an identity, by which the user can no longer sign in.
#[utoipa::path(delete, path = "/api/v1/account/identities/{id}", responses((status = 204), Conflict))]
pub async fn unlink(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<IdentityId>,
) -> ApiResult<StatusCode> {
    oidc::unlink(web.engine(), user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
