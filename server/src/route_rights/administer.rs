//! Routes of administrators.

use super::{DELETE, GET, POST, PUT};

pub const ADMINISTER: &[(&str, &[&str])] = &[
    ("/api/v1/admin/audit", GET),
    ("/api/v1/admin/audit/export", GET),
    ("/api/v1/admin/system", GET),
    ("/api/v1/admin/jobs", GET),
    ("/api/v1/admin/jobs/list", GET),
    ("/api/v1/admin/jobs/{id}/retry", POST),
    ("/api/v1/admin/jobs/{id}/cancel", POST),
    ("/api/v1/admin/sources", GET),
    ("/api/v1/admin/sources/{id}/refresh", POST),
    ("/api/v1/admin/storage", GET),
    ("/api/v1/admin/runs", GET),
    ("/api/v1/admin/runs/{id}/stop", POST),
    ("/api/v1/admin/limits", GET),
    ("/api/v1/admin/limits/{id}", &["GET", "PUT", "DELETE"]),
    ("/api/v1/admin/limits/{id}/reset", POST),
    ("/api/v1/admin/users", GET),
    ("/api/v1/admin/users/{id}", &["GET", "PATCH"]),
    ("/api/v1/admin/users/{id}/sessions", DELETE),
    ("/api/v1/admin/users/{id}/reset-link", POST),
    ("/api/v1/admin/invites", &["GET", "POST"]),
    ("/api/v1/admin/invites/{id}", DELETE),
    ("/api/v1/admin/announcements", &["GET", "POST"]),
    ("/api/v1/admin/cache/stats", GET),
    ("/api/v1/admin/cache/clear", DELETE),
    ("/api/v1/admin/cache/user/{id}", DELETE),
    ("/api/v1/agents/{name}", PUT),
    ("/api/v1/runs/stop", POST),
    ("/api/v1/admin/bundles/keys", POST),
    ("/api/v1/admin/bundles/peers", POST),
    ("/api/v1/admin/bundles/peers/{peer}", DELETE),
];

/// Exchange with the trusted nodes. Whom to trust is not part of it.
pub const BUNDLES: &[(&str, &[&str])] = &[
    ("/api/v1/admin/bundles", GET),
    ("/api/v1/admin/bundles/export", POST),
    ("/api/v1/admin/bundles/peers", GET),
    ("/api/v1/admin/bundles/volumes/{file}", &["GET", "PUT"]),
];
