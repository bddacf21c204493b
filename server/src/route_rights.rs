//! Right that each route asks for, in one table (ASVS 5.0.0, 8.1.1). `docs/rights.md` shows it.

mod administer;
mod enrol;
mod step_up;

use axum::http::Method;
use smartcache::engine::Error;
use smartcache::engine::rights::Right;

use administer::{ADMINISTER, BUNDLES};
use enrol::ENROL;
pub use step_up::STEP_UP;

/// Methods and paths of a right.
type Routes = (Right, &'static [(&'static str, &'static [&'static str])]);

const GET: &[&str] = &["GET"];
const POST: &[&str] = &["POST"];
const PUT: &[&str] = &["PUT"];
const PATCH: &[&str] = &["PATCH"];
const DELETE: &[&str] = &["DELETE"];

/// Routes for which a caller needs a credential. All others are open, or locked by a secret in the path.
pub const ROUTES: &[Routes] = &[
    (Right::Read, READ),
    (Right::Listen, LISTEN),
    (Right::Queue, QUEUE),
    (Right::Settings, SETTINGS),
    (Right::Write, WRITE),
    (Right::Run, RUN),
    (Right::Account, ACCOUNT),
    (Right::Enrol, ENROL),
    (Right::Administer, ADMINISTER),
    (Right::Bundles, BUNDLES),
];

const READ: &[(&str, &[&str])] = &[
    ("/api/v1/auth/me", GET),
    ("/api/v1/account", GET),
    ("/api/v1/account/limits", GET),
    ("/api/v1/preferences", GET),
    ("/api/v1/commute-windows", GET),
    ("/api/v1/sources", GET),
    ("/api/v1/sources/{id}", GET),
    ("/api/v1/sources/{id}/standing", GET),
    ("/api/v1/sources/{id}/speed", GET),
    ("/api/v1/directory", GET),
    ("/api/v1/subscriptions", GET),
    ("/api/v1/subscriptions/export", GET),
    ("/api/v1/items", GET),
    ("/api/v1/items/{id}", GET),
    ("/api/v1/items/{id}/chapters", GET),
    ("/api/v1/items/{id}/transcript", GET),
    ("/api/v1/items/{id}/position", GET),
    ("/api/v1/queue", GET),
    ("/api/v1/playback/continue", GET),
    ("/api/v1/runs", GET),
    ("/api/v1/runs/{id}", GET),
    ("/api/v1/runs/{id}/messages", GET),
    ("/api/v1/runs/{id}/artifacts", GET),
    ("/api/v1/runs/{id}/downloads", GET),
    ("/api/v1/agents", GET),
    ("/api/v1/agents/{name}", GET),
    ("/api/v1/agents/{name}/versions", GET),
    ("/api/v1/collections", GET),
    ("/api/v1/collections/{id}", GET),
    ("/api/v1/collections/{id}/artifacts", GET),
    ("/api/v1/approvals", GET),
    ("/api/v1/approvals/{id}", GET),
    ("/api/v1/run-requests", GET),
    ("/api/v1/requests", GET),
    ("/api/v1/requests/{id}", GET),
    ("/api/v1/requests/{id}/response", GET),
    ("/api/v1/shares", GET),
    ("/api/v1/devices", GET),
    ("/api/v1/devices/{id}", GET),
    ("/api/v1/devices/{id}/copies", GET),
    ("/api/v1/devices/vault", GET),
    ("/api/v1/plans", GET),
    ("/api/v1/plans/outcomes", GET),
    ("/api/v1/tasks", GET),
    ("/api/v1/notifications", GET),
    ("/api/v1/notifications/channels", GET),
    ("/api/v1/notifications/channels/key", GET),
    ("/api/v1/downloads", GET),
    ("/api/v1/downloads/totals", GET),
    ("/api/v1/downloads/evictions", GET),
    ("/api/v1/downloads/{id}", GET),
    ("/api/v1/downloads/{id}/text", GET),
    ("/api/v1/analytics/downloads", GET),
    ("/api/v1/analytics/listening", GET),
    ("/covers/{hash}", GET),
    ("/ws", GET),
];

const LISTEN: &[(&str, &[&str])] = &[
    ("/api/v1/downloads/{id}/file", GET),
    ("/api/v1/downloads/{id}/played", POST),
    ("/api/v1/items/{id}/position", &["PUT", "POST"]),
    ("/api/v1/items/{id}/rating", &["PUT", "DELETE"]),
    ("/api/v1/queue", PUT),
    ("/api/v1/sources/{id}/speed", PUT),
    ("/api/v1/devices", POST),
    ("/api/v1/devices/{id}", &["PATCH", "DELETE"]),
    ("/api/v1/devices/{id}/contact", POST),
    ("/api/v1/devices/{id}/proof", POST),
    ("/api/v1/devices/{id}/copies", POST),
    ("/api/v1/devices/{id}/copies/{download_id}", DELETE),
];

const QUEUE: &[(&str, &[&str])] = &[
    ("/api/v1/downloads", POST),
    ("/api/v1/downloads/bulk", POST),
    ("/api/v1/downloads/pause", POST),
    ("/api/v1/downloads/resume", POST),
    ("/api/v1/downloads/cancel", POST),
    ("/api/v1/downloads/retry", POST),
    ("/api/v1/downloads/{id}", &["PATCH", "DELETE"]),
    ("/api/v1/downloads/{id}/restore", POST),
    ("/api/v1/downloads/{id}/retry", POST),
    ("/api/v1/downloads/{id}/pause", POST),
    ("/api/v1/downloads/{id}/resume", POST),
    ("/api/v1/downloads/{id}/cancel", POST),
    ("/api/v1/downloads/{id}/pin", POST),
    ("/api/v1/downloads/{id}/unpin", POST),
];

const SETTINGS: &[(&str, &[&str])] = &[
    ("/api/v1/preferences", PUT),
    ("/api/v1/commute-windows", POST),
    ("/api/v1/commute-windows/{id}", &["PUT", "DELETE"]),
    ("/api/v1/notifications/read", POST),
    ("/api/v1/notifications/{id}/read", POST),
    ("/api/v1/notifications/channels", POST),
    ("/api/v1/notifications/channels/{id}", &["PATCH", "DELETE"]),
    ("/api/v1/notifications/channels/{id}/test", POST),
];

const WRITE: &[(&str, &[&str])] = &[
    ("/api/v1/sources", POST),
    ("/api/v1/sources/discover", POST),
    ("/api/v1/sources/{id}", &["PATCH", "DELETE"]),
    ("/api/v1/sources/{id}/refresh", POST),
    ("/api/v1/sources/{id}/older", POST),
    ("/api/v1/sources/{id}/test", POST),
    ("/api/v1/subscriptions", POST),
    ("/api/v1/subscriptions/import", POST),
    ("/api/v1/subscriptions/{id}", &["PATCH", "DELETE"]),
    ("/api/v1/subscriptions/{id}/restore", POST),
    ("/api/v1/items/{id}/dismissal", DELETE),
    ("/api/v1/collections", POST),
    ("/api/v1/collections/{id}", &["PATCH", "DELETE"]),
    ("/api/v1/shares", POST),
    ("/api/v1/shares/{token}", DELETE),
];

const RUN: &[(&str, &[&str])] = &[
    ("/api/v1/runs", POST),
    ("/api/v1/runs/{id}/cancel", POST),
    ("/api/v1/runs/{id}/pause", POST),
    ("/api/v1/runs/{id}/resume", POST),
    ("/api/v1/runs/{id}/agents/{name}/rating", &["PUT", "DELETE"]),
    ("/api/v1/approvals/{id}/decision", POST),
    ("/api/v1/run-requests/{id}/decision", POST),
    ("/api/v1/requests", POST),
    ("/api/v1/requests/{id}", DELETE),
];

/// The personal feed is among these, because its address is a credential that outlives a key.
const ACCOUNT: &[(&str, &[&str])] = &[
    ("/api/v1/account", &["PATCH", "DELETE"]),
    ("/api/v1/account/export", &["GET", "POST"]),
    ("/api/v1/account/export/file", GET),
    ("/api/v1/account/password", POST),
    ("/api/v1/account/totp", DELETE),
    ("/api/v1/account/recovery-codes", POST),
    ("/api/v1/account/passkeys/{id}", &["PATCH", "DELETE"]),
    ("/api/v1/account/identities/{id}", DELETE),
    ("/api/v1/sessions", &["GET", "DELETE"]),
    ("/api/v1/sessions/{id}", DELETE),
    ("/api/v1/api-keys", &["GET", "POST"]),
    ("/api/v1/api-keys/{id}", &["GET", "DELETE"]),
    ("/api/v1/personal-feed", &["GET", "POST", "DELETE"]),
];

/// Whether a route asks for a right, and so for a credential.
pub fn is_known(method: &Method, path: &str) -> bool {
    find(method, path).is_some()
}

/// Whether a route asks for a recent authentication.
pub fn needs_step_up(method: &Method, path: &str) -> bool {
    STEP_UP.iter().any(|route| is_route(route, method.as_str(), path))
}

fn is_route(route: &(&str, &[&str]), method: &str, path: &str) -> bool {
    route.0 == path && route.1.contains(&method)
}

/// Right that a route asks for.
///
/// # Errors
/// A fault for a route that is not in the table, so that it stays closed.
pub fn right(method: &Method, path: &str) -> Result<Right, Error> {
    find(method, path).ok_or_else(|| Error::fault(format!("no right is named for {method} {path}")))
}

fn find(method: &Method, path: &str) -> Option<Right> {
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    let found = ROUTES.iter().find(|(_, routes)| routes.iter().any(|route| is_route(route, method, path)));
    found.map(|(right, _)| *right)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_route_asks_for_one_right() {
        let all = ROUTES.iter().flat_map(|(_, routes)| routes.iter());
        let all: Vec<_> = all.flat_map(|(path, methods)| methods.iter().map(move |m| (*path, *m))).collect();
        let once: BTreeSet<_> = all.iter().collect();
        assert_eq!(once.len(), all.len());
        assert_eq!(right(&Method::HEAD, "/api/v1/items").ok(), Some(Right::Read));
        assert!(right(&Method::POST, "/api/v1/items").is_err());
        let sensitive = STEP_UP.iter().flat_map(|(path, methods)| methods.iter().map(move |m| (*path, *m)));
        assert!(sensitive.clone().all(|route| all.contains(&route)), "{sensitive:?}");
    }
}
