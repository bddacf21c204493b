//! Devices: browsers and apps that keep copies of downloads.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use smartcache::domain::Page;
use smartcache::domain::copy::DeviceCopy;
use smartcache::domain::device::{
    ContactAnswer, Device, DeviceChange, NewContact, NewCopy, NewDevice, NewProof, ProofResult,
};
use smartcache::domain::page::NoFilter;
use smartcache::engine::devices;

use super::*;

pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<Device>>> {
    Ok(Json(Page::slice(devices::list(web.engine(), user.id).await?, &page)))
}

pub async fn register(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewDevice>,
) -> ApiResult<(StatusCode, Json<Device>)> {
    Ok((StatusCode::CREATED, Json(devices::register(web.engine(), user.id, new).await?)))
}

pub async fn show(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<DeviceId>,
) -> ApiResult<Json<Device>> {
    Ok(Json(devices::get(web.engine(), user.id, id).await?))
}

pub async fn change(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<DeviceId>,
    Body(change): Body<DeviceChange>,
) -> ApiResult<Json<Device>> {
    Ok(Json(devices::change(web.engine(), user.id, id, change).await?))
}

pub async fn revoke(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<DeviceId>,
) -> ApiResult<StatusCode> {
    devices::revoke(web.engine(), user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One round trip of a device: 410 once it is revoked.
pub async fn contact(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<DeviceId>,
    Body(new): Body<NewContact>,
) -> ApiResult<Json<ContactAnswer>> {
    Ok(Json(devices::contact(web.engine(), user.id, id, new).await?))
}

pub async fn prove(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<DeviceId>,
    Body(proof): Body<NewProof>,
) -> ApiResult<Json<ProofResult>> {
    Ok(Json(devices::prove(web.engine(), user.id, id, proof).await?))
}

pub async fn copies(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<DeviceId>,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<DeviceCopy>>> {
    Ok(Json(Page::slice(devices::list_copies(web.engine(), user.id, id).await?, &page)))
}

/// Keeps a download on a device: 201, or 200 if the device wants or holds it already.
pub async fn keep(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<DeviceId>,
    Body(new): Body<NewCopy>,
) -> ApiResult<(StatusCode, Json<DeviceCopy>)> {
    let (copy, is_new) = devices::keep(web.engine(), user.id, id, new).await?;
    Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(copy)))
}

pub async fn remove(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Path((id, download)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    let id = id.parse().map_err(|_| Refusal::missing("device"))?;
    let download = download.parse().map_err(|_| Refusal::missing("copy"))?;
    devices::remove(web.engine(), user.id, id, download).await?;
    Ok(StatusCode::NO_CONTENT)
}
