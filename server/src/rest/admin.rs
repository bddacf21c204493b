//! Administration. Everybody else gets 403.

use axum::Json;
use axum::body::Body as Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use smartcache::domain::Page;
use smartcache::domain::announcement::{Announcement, NewAnnouncement};
use smartcache::domain::audit_entry::{AuditEntry, AuditFilter};
use smartcache::domain::cache::CacheStats;
use smartcache::domain::invite::{Invite, MadeInvite, NewInvite};
use smartcache::domain::managed_user::{ManagedUser, UserChange, UserFilter};
use smartcache::domain::page::NoFilter;
use smartcache::domain::reset_link::ResetLink;
use smartcache::domain::system::{OpenRun, StorageUse, SystemReport};
use smartcache::engine::{accounts, announcements, audit, invites, response_cache, system, users};

use super::*;

/// Lists announcements, newest first. For administrators.
#[utoipa::path(
    get, path = "/api/v1/admin/announcements", params(PageQuery),
    responses((status = 200, body = Page<Announcement>), Forbidden)
)]
pub async fn announcements(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<Announcement>>> {
    Ok(Json(announcements::list(web.engine(), &user, &page).await?))
}

/// Announces something to all users. For administrators.
#[utoipa::path(
    post, path = "/api/v1/admin/announcements", request_body = NewAnnouncement,
    responses((status = 201, body = Announcement))
)]
pub async fn announce(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewAnnouncement>,
) -> ApiResult<(StatusCode, Json<Announcement>)> {
    Ok((StatusCode::CREATED, Json(announcements::announce(web.engine(), &user, new).await?)))
}

/// Counters of the response cache, of the process that answers. For administrators.
#[utoipa::path(
    get, path = "/api/v1/admin/cache/stats", responses((status = 200, body = CacheStats), Forbidden)
)]
pub async fn cache_stats(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<CacheStats>> {
    Ok(Json(response_cache::stats(web.engine(), &user).await?))
}

/// Clears the response cache in all processes. For administrators.
#[utoipa::path(delete, path = "/api/v1/admin/cache/clear", responses((status = 204)))]
pub async fn clear_cache(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<StatusCode> {
    response_cache::clear(web.engine(), &user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Clears the cached responses of one user. For administrators.
#[utoipa::path(delete, path = "/api/v1/admin/cache/user/{id}", responses((status = 204)))]
pub async fn clear_cache_of_user(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<UserId>,
) -> ApiResult<StatusCode> {
    response_cache::clear_user(web.engine(), &user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists entries of the audit log, newest first. For administrators.
#[utoipa::path(
    get, path = "/api/v1/admin/audit", params(AuditFilter, PageQuery),
    responses((status = 200, body = Page<AuditEntry>))
)]
pub async fn audit(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    ListQuery(filter, page): ListQuery<AuditFilter>,
) -> ApiResult<Json<Page<AuditEntry>>> {
    Ok(Json(audit::list(web.engine(), &filter, &page).await?))
}

/// Exports the entries of the audit log, oldest first: a JSON object a line, with the digests of the chain.
/// The export is an entry itself. For administrators.
#[utoipa::path(
    get, path = "/api/v1/admin/audit/export", params(AuditFilter),
    responses((status = 200, body = String, content_type = "application/x-ndjson"))
)]
pub async fn export_audit(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    StrictQuery(filter): StrictQuery<AuditFilter>,
) -> ApiResult<Response> {
    let lines = audit::export(web.engine(), filter).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"smartcache-audit.jsonl\""),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, Bytes::from_stream(lines)).into_response())
}

/// Returns the state of the installation: processes, queues, storage, cache, open runs and settings. For
/// administrators.
#[utoipa::path(get, path = "/api/v1/admin/system", responses((status = 200, body = SystemReport)))]
pub async fn system(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<SystemReport>> {
    Ok(Json(system::report(web.engine(), &user).await?))
}

/// Returns what the storage holds. For administrators.
#[utoipa::path(get, path = "/api/v1/admin/storage", responses((status = 200, body = StorageUse)))]
pub async fn storage(State(web): State<Web>, SignedIn(_): SignedIn) -> ApiResult<Json<StorageUse>> {
    Ok(Json(system::storage(web.engine()).await?))
}

/// Lists the open runs of all users, oldest first. For administrators.
#[utoipa::path(get, path = "/api/v1/admin/runs", responses((status = 200, body = Vec<OpenRun>)))]
pub async fn runs(State(web): State<Web>, SignedIn(_): SignedIn) -> ApiResult<Json<Vec<OpenRun>>> {
    Ok(Json(system::open_runs(web.engine()).await?))
}

/// Stops a run of any user. For administrators.
#[utoipa::path(post, path = "/api/v1/admin/runs/{id}/stop", responses((status = 204), Conflict))]
pub async fn stop_run(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    Id(id): Id<RunId>,
) -> ApiResult<StatusCode> {
    system::stop_run(web.engine(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists users, newest first. For administrators.
#[utoipa::path(
    get, path = "/api/v1/admin/users", params(UserFilter, PageQuery),
    responses((status = 200, body = Page<ManagedUser>))
)]
pub async fn users(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    ListQuery(filter, page): ListQuery<UserFilter>,
) -> ApiResult<Json<Page<ManagedUser>>> {
    Ok(Json(users::list(web.engine(), &filter, &page).await?))
}

/// Returns a user. For administrators.
#[utoipa::path(get, path = "/api/v1/admin/users/{id}", responses((status = 200, body = ManagedUser)))]
pub async fn user(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    Id(id): Id<UserId>,
) -> ApiResult<Json<ManagedUser>> {
    Ok(Json(users::get(web.engine(), id).await?))
}

/// Changes role, guardian or access of a user; omitted fields stay unchanged. For administrators.
#[utoipa::path(
    patch, path = "/api/v1/admin/users/{id}", request_body = UserChange,
    responses((status = 200, body = ManagedUser), Conflict)
)]
pub async fn change_user(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    Id(id): Id<UserId>,
    Body(change): Body<UserChange>,
) -> ApiResult<Json<ManagedUser>> {
    Ok(Json(users::change(web.engine(), id, change).await?))
}

/// Ends all sessions of a user. For administrators.
#[utoipa::path(delete, path = "/api/v1/admin/users/{id}/sessions", responses((status = 204)))]
pub async fn end_user_sessions(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    Id(id): Id<UserId>,
) -> ApiResult<StatusCode> {
    users::end_sessions(web.engine(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a link by which a user chooses a new password. It works once, for an hour, and is shown this once.
/// For administrators.
#[utoipa::path(
    post, path = "/api/v1/admin/users/{id}/reset-link", responses((status = 201, body = ResetLink), Conflict)
)]
pub async fn make_reset_link(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<UserId>,
) -> ApiResult<(StatusCode, Json<ResetLink>)> {
    Ok((StatusCode::CREATED, Json(accounts::make_reset_link(web.engine(), user.id, id).await?)))
}

/// Lists invitations, newest first, with those that ended lately. For administrators.
#[utoipa::path(
    get, path = "/api/v1/admin/invites", params(PageQuery), responses((status = 200, body = Page<Invite>))
)]
pub async fn invites(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<Invite>>> {
    Ok(Json(invites::list(web.engine(), &page).await?))
}

/// Makes an invitation. The answer has its link, this once. For administrators.
#[utoipa::path(
    post, path = "/api/v1/admin/invites", request_body = NewInvite,
    responses((status = 201, body = MadeInvite), Conflict)
)]
pub async fn make_invite(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewInvite>,
) -> ApiResult<(StatusCode, Json<MadeInvite>)> {
    Ok((StatusCode::CREATED, Json(invites::make(web.engine(), user.id, new).await?)))
}

/// Revokes an invitation (idempotent). Accounts that it has opened stay. For administrators.
#[utoipa::path(delete, path = "/api/v1/admin/invites/{id}", responses((status = 204)))]
pub async fn revoke_invite(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    Id(id): Id<InviteId>,
) -> ApiResult<StatusCode> {
    invites::revoke(web.engine(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
