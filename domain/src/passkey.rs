//! Passkeys of a user: credentials of WebAuthn, each with the user verified by its authenticator.

use serde::{Deserialize, Serialize};

use super::factor::RecoveryCodes;
use super::refusal::{Complaints, Refusal};
use super::{DateTime, PasskeyId, Utc};

/// Maximum number of passkeys per user.
pub const MAX_PASSKEYS: i64 = 20;
/// Maximum characters of a name.
const MAX_NAME: usize = 60;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Passkey {
    pub id: PasskeyId,
    pub name: String,
    pub created_at: DateTime<Utc>,
    /// Null if it has not signed in yet.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// Challenge that a browser's authenticator signs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasskeyChallenge {
    /// Secret under which the answer is sent, within five minutes.
    pub ceremony: String,
    /// Options for `navigator.credentials`, in the JSON form of WebAuthn.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub options: serde_json::Value,
}

/// Answer of an authenticator to a registration.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPasskey {
    pub ceremony: String,
    pub name: String,
    /// `RegistrationResponseJSON` of WebAuthn.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub credential: serde_json::Value,
}

/// New passkey, and recovery codes if the user had none. Codes are shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AddedPasskey {
    #[serde(flatten)]
    pub passkey: Passkey,
    pub recovery: Option<RecoveryCodes>,
}

/// Change of a passkey by its user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PasskeyChange {
    pub name: String,
}

/// Answer of an authenticator to a sign-in.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PasskeySignIn {
    pub ceremony: String,
    /// `AuthenticationResponseJSON` of WebAuthn.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub credential: serde_json::Value,
}

/// Trims the name of a passkey.
///
/// # Errors
/// Invalid for `name`.
pub fn check_name(name: &str) -> Result<String, Refusal> {
    let (name, mut complaints) = (name.trim(), Complaints::default());
    let is_fine = (1..=MAX_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    complaints.check(is_fine, "name", format!("Use 1 to {MAX_NAME} characters on one line."));
    complaints.finish().map(|()| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_of_sixty_characters() {
        assert_eq!(check_name("  My phone ").as_deref(), Ok("My phone"));
        for wrong in ["", " ", "two\nlines", &"x".repeat(MAX_NAME + 1)] {
            assert_eq!(check_name(wrong).expect_err(wrong).fields()[0].field, "name");
        }
    }
}
