//! Routes that need a recent authentication.

use super::{DELETE, PATCH, POST};

/// Routes for which a session's user must have authenticated within the last ten minutes.
pub const STEP_UP: &[(&str, &[&str])] = &[
    ("/api/v1/account/identities/{id}", DELETE),
    ("/api/v1/sessions", DELETE),
    ("/api/v1/sessions/{id}", DELETE),
    ("/api/v1/api-keys", POST),
    ("/api/v1/account/totp", &["POST", "DELETE"]),
    ("/api/v1/account/totp/confirm", POST),
    ("/api/v1/account/recovery-codes", POST),
    ("/api/v1/account/passkeys", POST),
    ("/api/v1/account/passkeys/challenge", POST),
    ("/api/v1/account/passkeys/{id}", DELETE),
    ("/api/v1/admin/users/{id}", PATCH),
    ("/api/v1/admin/users/{id}/sessions", DELETE),
    ("/api/v1/admin/users/{id}/reset-link", POST),
    ("/api/v1/admin/invites", POST),
    ("/api/v1/admin/invites/{id}", DELETE),
    ("/api/v1/account", DELETE),
    ("/api/v1/account/export", POST),
    ("/api/v1/admin/limits/{id}", &["PUT", "DELETE"]),
    ("/api/v1/admin/limits/{id}/reset", POST),
    ("/api/v1/admin/bundles/keys", POST),
    ("/api/v1/admin/bundles/peers", POST),
    ("/api/v1/admin/bundles/peers/{peer}", DELETE),
];
