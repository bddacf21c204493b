//! Routes of the set-up of a second factor.

use super::{GET, POST};

/// Routes that set up a second factor, with those that the page of that needs.
pub const ENROL: &[(&str, &[&str])] = &[
    ("/api/v1/account/factors", GET),
    ("/api/v1/account/totp", POST),
    ("/api/v1/account/totp/confirm", POST),
    ("/api/v1/account/passkeys", &["GET", "POST"]),
    ("/api/v1/account/passkeys/challenge", POST),
    ("/api/v1/account/step-up", POST),
    ("/api/v1/account/step-up/passkey", POST),
    ("/api/v1/account/step-up/passkey/challenge", POST),
    ("/api/v1/account/identities", GET),
];
