//! Second factors of an account: codes of an authenticator app (TOTP, RFC 6238), and recovery codes.

use serde::{Deserialize, Serialize};

use super::words::words;
use super::{DateTime, Utc};

words! {
    Factor {
        /// Six digits of an authenticator app.
        Totp = "totp",
        /// Signs in by itself, without the password.
        Passkey = "passkey",
        RecoveryCode = "recovery_code",
    }
}

/// Ways by which a user confirms who they are, in an account with a second factor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepUpWays {
    /// Whether the password needs a code beside it.
    pub asks_code: bool,
    /// Whether a passkey does it alone.
    pub has_passkey: bool,
}

/// Number of recovery codes that are made together.
pub const RECOVERY_CODES: usize = 10;

/// Second factors of an account, as its user sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Factors {
    /// Time since which sign-in asks for a code of an authenticator app. Null if it does not.
    pub totp_since: Option<DateTime<Utc>>,
    pub passkeys: i64,
    /// Recovery codes that have not been used.
    pub recovery_codes_left: i64,
}

/// Seed of an authenticator app, shown until a first code has confirmed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TotpEnrolment {
    /// The seed in base32.
    pub secret: String,
    /// The same as an `otpauth` address, which authenticator apps read from a QR code.
    pub uri: String,
    /// Time until which a code can confirm it.
    pub expires_at: DateTime<Utc>,
}

/// New recovery codes. Shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecoveryCodes {
    pub codes: Vec<String>,
}

/// First code of a new authenticator app.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TotpConfirmation {
    pub code: String,
}

/// User name and password as typed, and the code of a second factor if it is at hand.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasswordSignIn {
    pub username: String,
    pub password: String,
    /// Code of an authenticator app, or a recovery code.
    #[serde(default)]
    pub code: Option<String>,
}

/// Second step of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FactorSignIn {
    /// The `ceremony` of the problem `factor_required`.
    pub ceremony: String,
    /// Code of an authenticator app, or a recovery code.
    pub code: String,
}
