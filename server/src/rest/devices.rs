//! Devices: browsers and apps that keep copies of downloads.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use smartcache::domain::Page;
use smartcache::domain::copy::DeviceCopy;
use smartcache::domain::device::{
    ContactAnswer, Device, DeviceChange, NewContact, NewCopy, NewDevice, NewProof, ProofResult,
};
use smartcache::domain::page::NoFilter;
use smartcache::engine::devices;

use super::*;

/// Lists the user's devices.
#[utoipa::path(
    get, path = "/api/v1/devices", params(PageQuery), responses((status = 200, body = Page<Device>))
)]
pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<Device>>> {
    Ok(Json(Page::slice(devices::list(web.engine(), user.id).await?, &page)))
}

/// Registers a device.
#[utoipa::path(
    post, path = "/api/v1/devices", request_body = NewDevice,
    responses((status = 201, body = Device), Conflict)
)]
pub async fn register(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewDevice>,
) -> ApiResult<(StatusCode, Json<Device>)> {
    Ok((StatusCode::CREATED, Json(devices::register(web.engine(), user.id, new).await?)))
}

/// Returns a device.
#[utoipa::path(get, path = "/api/v1/devices/{id}", responses((status = 200, body = Device)))]
pub async fn show(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<DeviceId>,
) -> ApiResult<Json<Device>> {
    Ok(Json(devices::get(web.engine(), user.id, id).await?))
}

/// Changes a device; omitted fields stay unchanged.
#[utoipa::path(
    patch, path = "/api/v1/devices/{id}", request_body = DeviceChange,
    responses((status = 200, body = Device))
)]
pub async fn change(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<DeviceId>,
    Body(change): Body<DeviceChange>,
) -> ApiResult<Json<Device>> {
    Ok(Json(devices::change(web.engine(), user.id, id, change).await?))
}

/// Revokes a device: at its next contact it deletes what it keeps.
#[utoipa::path(delete, path = "/api/v1/devices/{id}", responses((status = 204)))]
pub async fn revoke(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<DeviceId>,
) -> ApiResult<StatusCode> {
    devices::revoke(web.engine(), user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One round trip of a device: 410 once it is revoked.
#[utoipa::path(
    post, path = "/api/v1/devices/{id}/contact", request_body = NewContact,
    responses((status = 200, body = ContactAnswer), Gone)
)]
pub async fn contact(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<DeviceId>,
    Body(new): Body<NewContact>,
) -> ApiResult<Json<ContactAnswer>> {
    Ok(Json(devices::contact(web.engine(), user.id, id, new).await?))
}

/// Checks a device's proof that it holds its copies.
#[utoipa::path(
    post, path = "/api/v1/devices/{id}/proof", request_body = NewProof,
    responses((status = 200, body = ProofResult), Conflict, Gone)
)]
pub async fn prove(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<DeviceId>,
    Body(proof): Body<NewProof>,
) -> ApiResult<Json<ProofResult>> {
    Ok(Json(devices::prove(web.engine(), user.id, id, proof).await?))
}

/// Lists the copies of a device with their states.
#[utoipa::path(
    get, path = "/api/v1/devices/{id}/copies", params(PageQuery),
    responses((status = 200, body = Page<DeviceCopy>))
)]
pub async fn copies(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<DeviceId>,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<DeviceCopy>>> {
    Ok(Json(Page::slice(devices::list_copies(web.engine(), user.id, id).await?, &page)))
}

/// Keeps a download on a device: 201, or 200 if the device wants or holds it already.
#[utoipa::path(
    post, path = "/api/v1/devices/{id}/copies", request_body = NewCopy,
    responses((status = 200, body = DeviceCopy), (status = 201, body = DeviceCopy), Conflict)
)]
pub async fn keep(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<DeviceId>,
    Body(new): Body<NewCopy>,
) -> ApiResult<(StatusCode, Json<DeviceCopy>)> {
    let (copy, is_new) = devices::keep(web.engine(), user.id, id, new).await?;
    Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(copy)))
}

/// Removes a copy from a device.
#[utoipa::path(delete, path = "/api/v1/devices/{id}/copies/{download_id}", responses((status = 204)))]
pub async fn remove(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    PathText((id, download)): PathText<(String, String)>,
) -> ApiResult<StatusCode> {
    let id = id.parse().map_err(|_| Refusal::missing("device"))?;
    let download = download.parse().map_err(|_| Refusal::missing("copy"))?;
    devices::remove(web.engine(), user.id, id, download).await?;
    Ok(StatusCode::NO_CONTENT)
}
