//! Request limits of the REST API: which requests count, and the headers that tell of the limits
//! (draft-ietf-httpapi-ratelimit-headers).

use std::fmt::Write;
use std::sync::{Arc, OnceLock};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use smartcache::domain::account::AccountRole;
use smartcache::domain::request_limit::LimitWindow;
use smartcache::engine::request_limits::{LimitDecision, LimitIdentity, admit, flush};
use smartcache::engine::rights::Caller;
use smartcache::engine::{Engine, Result, SharedEngine};
use tokio_util::sync::CancellationToken;

use crate::Web;
use crate::client_info::ClientInfo;
use crate::problem::Problem;
use crate::route_rights;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit");
const SOFT: HeaderName = HeaderName::from_static("smartcache-limit");

/// Interval at which counted requests are written to the database.
const WRITE: std::time::Duration = std::time::Duration::from_secs(10);

/// Requests that do not count: contents of files, all that the player and the device worker of a page send by
/// themselves, signing out, and the state of the limits.
const FREE: &[(&str, &str)] = &[
    ("GET", "/api/v1/account/limits"),
    ("GET", "/api/v1/openapi.json"),
    ("POST", "/api/v1/auth/logout"),
    ("GET", "/api/v1/downloads/{id}"),
    ("GET", "/api/v1/downloads/{id}/file"),
    ("GET", "/api/v1/downloads/{id}/text"),
    ("PUT", "/api/v1/items/{id}/position"),
    ("POST", "/api/v1/items/{id}/position"),
    ("GET", "/api/v1/devices/vault"),
    ("POST", "/api/v1/devices/{id}/contact"),
    ("POST", "/api/v1/devices/{id}/proof"),
];

/// Whether a request to this route of the REST API counts.
pub fn counts(method: &str, path: &str) -> bool {
    let method = if method == Method::HEAD.as_str() { "GET" } else { method };
    path.starts_with("/api/v1/") && !FREE.contains(&(method, path))
}

/// Decision on the request at hand, made where its credential is known.
#[derive(Debug, Clone, Default)]
struct Decided(Arc<OnceLock<LimitDecision>>);

/// Counts requests without a credential, and adds the headers to all answers to counted requests.
pub async fn limit(State(web): State<Web>, client: ClientInfo, mut request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
    if !counts(request.method().as_str(), path) {
        return next.run(request).await;
    }
    let is_public = !route_rights::is_known(request.method(), path);
    let decided = Decided::default();
    request.extensions_mut().insert(decided.clone());
    let identity = LimitIdentity::of_stranger(client.address);
    let admitted = if is_public { count(&web, &decided, &identity, None).await } else { Ok(()) };
    let mut response = match admitted {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    if let Some(decision) = decided.0.get() {
        set_headers(response.headers_mut(), decision);
    }
    response
}

/// Counts a request of a caller, or of a stranger's network if it has no valid credential. Does nothing for
/// requests that do not count, and for a second credential check of the same request.
///
/// # Errors
/// The given refusal of the credential; a problem with status 429 if a hard limit is reached.
pub async fn check(
    web: &Web,
    parts: &axum::http::request::Parts,
    caller: Result<Caller>,
) -> Result<Caller, Problem> {
    let Some(decided) = parts.extensions.get::<Decided>().filter(|it| it.0.get().is_none()) else {
        return Ok(caller?);
    };
    let (identity, role) = match &caller {
        Ok(caller) => (LimitIdentity::of(caller), Some(caller.user.role)),
        Err(_) => (LimitIdentity::of_stranger(ClientInfo::of(parts).address), None),
    };
    count(web, decided, &identity, role).await?;
    Ok(caller?)
}

async fn count(
    web: &Web,
    decided: &Decided,
    identity: &LimitIdentity,
    role: Option<AccountRole>,
) -> Result<(), Problem> {
    let Some(decision) = admit(web.engine(), identity, role).await? else { return Ok(()) };
    let decision = decided.0.get_or_init(|| decision);
    match decision.refused {
        Some(window) => Err(Problem::limit_reached(decision, window)),
        None => Ok(()),
    }
}

/// Adds the limits, and how much is left of them. In the soft zone nothing is left of what is promised.
fn set_headers(headers: &mut HeaderMap, decision: &LimitDecision) {
    let LimitDecision { limits, counts, .. } = decision;
    let (mut policy, mut remaining) = (String::new(), String::new());
    for window in LimitWindow::ALL {
        let joint = if policy.is_empty() { "" } else { ", " };
        let (soft, length) = (limits.soft(*window), window.seconds());
        let left = (soft - decision.used(*window)).max(0);
        let time = (counts.resets_at(*window) - counts.at + 999_999) / 1_000_000;
        let _ = write!(policy, "{joint}\"{window}\";q={soft};w={length}");
        let _ = write!(remaining, "{joint}\"{window}\";r={left};t={time}");
    }
    for (name, value) in [(POLICY, policy), (REMAINING, remaining)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    if decision.is_soft() {
        headers.insert(SOFT, HeaderValue::from_static("soft"));
    }
}

/// Writes counted requests to the database until the process closes.
pub async fn write_behind(engine: SharedEngine, closing: CancellationToken) {
    while closing.run_until_cancelled(tokio::time::sleep(WRITE)).await.is_some() {
        write(&engine).await;
    }
}

/// Writes the requests that were counted.
pub async fn write(engine: &Engine) {
    if let Err(error) = flush(engine).await {
        tracing::warn!(%error, "counted requests are kept in memory until the database is back");
    }
}
