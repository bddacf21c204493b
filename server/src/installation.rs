//! Mark of this server's answers: clients ignore those of a captive portal or of a proxy without it.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use smartcache::engine::vaults;

use crate::Web;

/// Response header with the public name of the installation.
const MARK: HeaderName = HeaderName::from_static("x-smartcache");

/// Marks the answers of the REST interface. Without the database there is no mark.
pub async fn mark(State(web): State<Web>, request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/v1/");
    let mut response = next.run(request).await;
    if is_api && let Some(name) = name(&web).await {
        response.headers_mut().insert(MARK, name);
    }
    response
}

/// Read from the database once per process.
async fn name(web: &Web) -> Option<HeaderValue> {
    let read = async || {
        let name = vaults::installation_name(web.engine()).await.map_err(drop)?;
        HeaderValue::from_str(&name).map_err(drop)
    };
    web.installation().get_or_try_init(read).await.ok().cloned()
}
