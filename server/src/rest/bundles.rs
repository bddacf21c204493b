//! Bundles: the exchange with other nodes, for administrators.

use axum::Json;
use axum::body::Body as Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use smartcache::domain::bundle::{BundleExport, BundlesReport, NewPeer, PeerReport, VolumeImport};
use smartcache::engine::bundles;
use tokio_util::io::ReaderStream;

use super::file::header_value;
use super::*;

/// Bytes that are read of a volume at once.
const CHUNK: usize = 256 * 1024;

/// Request to write bundles.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BundleExportRequest {
    /// Name of the peer that the bundle is for. For all trusted peers, unless given.
    to: Option<String>,
}

/// State of the exchange of bundles with other nodes. For administrators.
#[utoipa::path(get, path = "/api/v1/admin/bundles", responses((status = 200, body = BundlesReport)))]
pub async fn show(State(web): State<Web>, SignedIn(_): SignedIn) -> ApiResult<Json<BundlesReport>> {
    Ok(Json(bundles::report(web.engine()).await?))
}

/// Writes bundles into the folder of exports: what a peer does not have. For administrators.
#[utoipa::path(
    post, path = "/api/v1/admin/bundles/export", request_body = BundleExportRequest,
    responses((status = 200, body = Vec<BundleExport>), Conflict, NotFound)
)]
pub async fn export(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    Body(asked): Body<BundleExportRequest>,
) -> ApiResult<Json<Vec<BundleExport>>> {
    Ok(Json(bundles::export_to_folder(web.engine(), asked.to).await?))
}

/// A volume in the folder of exports. For administrators.
#[utoipa::path(
    get, path = "/api/v1/admin/bundles/volumes/{file}",
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"))
)]
pub async fn volume(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    PathText(file): PathText<String>,
) -> ApiResult<Response> {
    let written = bundles::open_written(web.engine(), &file)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CONTENT_LENGTH, HeaderValue::from(written.bytes)),
        (header::CONTENT_DISPOSITION, header_value(&format!("attachment; filename=\"{}\"", written.name))?),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    let file = tokio::fs::File::from_std(written.file);
    Ok((headers, Bytes::from_stream(ReaderStream::with_capacity(file, CHUNK))).into_response())
}

/// Receives a volume from a trusted peer under the name that it was written with, and imports it. The answer
/// comes after the import. For administrators.
#[utoipa::path(
    put, path = "/api/v1/admin/bundles/volumes/{file}",
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The volume."),
    responses((status = 200, body = VolumeImport), Conflict)
)]
pub async fn import(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    PathText(file): PathText<String>,
    headers: HeaderMap,
    request: Request,
) -> ApiResult<Json<VolumeImport>> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let length = length.ok_or_else(|| {
        Refusal::field(
            "Content-Length",
            "Announce the size of the volume, so that it is known to fit on the disk.",
        )
    })?;
    let body = request.into_body().into_data_stream();
    Ok(Json(bundles::receive(web.engine(), &file, length, body).await?))
}

/// Lists the nodes whose bundles are accepted, and those whose trust was revoked. For administrators.
#[utoipa::path(
    get, path = "/api/v1/admin/bundles/peers", responses((status = 200, body = Vec<PeerReport>))
)]
pub async fn peers(State(web): State<Web>, SignedIn(_): SignedIn) -> ApiResult<Json<Vec<PeerReport>>> {
    Ok(Json(bundles::peers(web.engine()).await?))
}

/// Trusts the keys in a node's line. Its fingerprint is compared with the one that an administrator has from
/// there. For administrators.
#[utoipa::path(
    post, path = "/api/v1/admin/bundles/peers", request_body = NewPeer,
    responses((status = 201, body = PeerReport), Conflict)
)]
pub async fn trust(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    Body(new): Body<NewPeer>,
) -> ApiResult<(StatusCode, Json<PeerReport>)> {
    let node = bundles::trust(web.engine(), &new.line, &new.fingerprint).await?;
    Ok((StatusCode::CREATED, Json(bundles::peer(web.engine(), node.name.as_str()).await?)))
}

/// Ends the trust in a node: its bundles are refused, and none are written for it. For administrators.
#[utoipa::path(
    delete, path = "/api/v1/admin/bundles/peers/{peer}", responses((status = 204), Conflict)
)]
pub async fn revoke(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    PathText(peer): PathText<String>,
) -> ApiResult<StatusCode> {
    bundles::revoke(web.engine(), &peer).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes the keys of this node, once. For administrators.
#[utoipa::path(
    post, path = "/api/v1/admin/bundles/keys", responses((status = 201, body = BundlesReport), Conflict)
)]
pub async fn make_keys(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
) -> ApiResult<(StatusCode, Json<BundlesReport>)> {
    bundles::make_keys(web.engine())?;
    Ok((StatusCode::CREATED, Json(bundles::report(web.engine()).await?)))
}
