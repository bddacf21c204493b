//! Guard against requests that other sites make a browser send (CSRF).

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;

use crate::auth::key_of;
use crate::client_info::ClientInfo;
use crate::{Web, problem};

/// Refuses cross-origin changes. Accepts the public URL too, for a proxy that changes `Host`,
/// and an API key from anywhere, because browsers do not send one by themselves.
pub async fn guard(State(web): State<Web>, client: ClientInfo, request: Request, next: Next) -> Response {
    let only_reads = [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    let config = &web.engine().config;
    let has_key = request.uri().path().starts_with("/api/v1/") && key_of(request.headers()).is_some();
    if only_reads || has_key || client.is_same_origin(request.headers(), request.uri(), config) {
        return next.run(request).await;
    }
    problem::cross_origin()
}
