//! Errors shown to clients: what happened, and what to do next.

mod complaints;

use serde::{Deserialize, Serialize};

use super::factor::Factor;
pub use complaints::Complaints;

/// Every error that a client may receive. Any other error is the server's fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    SignInRequired,
    /// Sign-in with a wrong name or password, with the fields to mark in the form.
    WrongCredentials {
        fields: Vec<FieldError>,
    },
    /// Sign-in with the right password to an account that asks for a second factor as well.
    FactorRequired {
        /// Secret under which a code finishes the sign-in.
        ceremony: String,
        /// Factors that finish it.
        factors: Vec<Factor>,
    },
    /// An API key that is mistyped, unknown, revoked or expired.
    WrongKey {
        why: String,
    },
    Forbidden {
        why: String,
    },
    /// The user authenticated too long ago for such an action.
    StepUpRequired,
    /// The account must have a second factor, has none, and its time to set one up is over.
    FactorSetupRequired,
    NotFound {
        what: String,
    },
    /// The request is valid but conflicts with the current state.
    Conflict {
        why: String,
    },
    /// It was there and will not come back.
    Gone {
        why: String,
    },
    Invalid {
        fields: Vec<FieldError>,
    },
    RateLimited {
        seconds: u32,
    },
    /// The server is overloaded; the client may retry after this many seconds.
    Unavailable {
        seconds: u32,
    },
    /// Internal error; the reference identifies it in the log.
    Broken {
        reference: String,
    },
}

/// Field of a form and its error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    pub field: String,
    pub message: String,
}

impl FieldError {
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl Refusal {
    pub fn missing(what: impl Into<String>) -> Self {
        Self::NotFound { what: what.into() }
    }

    pub fn conflict(why: impl Into<String>) -> Self {
        Self::Conflict { why: why.into() }
    }

    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid { fields: vec![FieldError::new(field, message)] }
    }

    pub fn wrong_credentials() -> Self {
        let message = "This name and password do not fit together.";
        Self::WrongCredentials { fields: vec![FieldError::new("password", message)] }
    }

    /// All values of [`code`](Self::code).
    pub const CODES: &'static [&'static str] = &[
        "sign_in_required",
        "wrong_credentials",
        "factor_required",
        "wrong_key",
        "forbidden",
        "step_up_required",
        "factor_setup_required",
        "not_found",
        "conflict",
        "gone",
        "invalid",
        "too_fast",
        "unavailable",
        "broken",
    ];

    /// Machine-readable name, as in the `code` of a problem document.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SignInRequired => "sign_in_required",
            Self::WrongCredentials { .. } => "wrong_credentials",
            Self::FactorRequired { .. } => "factor_required",
            Self::WrongKey { .. } => "wrong_key",
            Self::Forbidden { .. } => "forbidden",
            Self::StepUpRequired => "step_up_required",
            Self::FactorSetupRequired => "factor_setup_required",
            Self::NotFound { .. } => "not_found",
            Self::Conflict { .. } => "conflict",
            Self::Gone { .. } => "gone",
            Self::Invalid { .. } => "invalid",
            Self::RateLimited { .. } => "too_fast",
            Self::Unavailable { .. } => "unavailable",
            Self::Broken { .. } => "broken",
        }
    }

    /// HTTP status (RFC 9110) of the response.
    pub fn status(&self) -> u16 {
        match self {
            Self::SignInRequired
            | Self::WrongCredentials { .. }
            | Self::FactorRequired { .. }
            | Self::WrongKey { .. } => 401,
            Self::Forbidden { .. } | Self::StepUpRequired | Self::FactorSetupRequired => 403,
            Self::NotFound { .. } => 404,
            Self::Conflict { .. } => 409,
            Self::Gone { .. } => 410,
            Self::Invalid { .. } => 422,
            Self::RateLimited { .. } => 429,
            Self::Unavailable { .. } => 503,
            Self::Broken { .. } => 500,
        }
    }

    /// Fields to mark in a form; empty for every other refusal.
    pub fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid { fields } | Self::WrongCredentials { fields } => fields,
            _ => &[],
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SignInRequired => f.write_str("Please sign in first."),
            Self::FactorRequired { .. } => {
                f.write_str("Enter a code of your authenticator app, or a recovery code.")
            }
            Self::StepUpRequired => {
                f.write_str("Confirm that it is you: type your password again, then repeat the action.")
            }
            Self::FactorSetupRequired => f.write_str(
                "This account must have a second factor, and the time to set one up is over. Sign in on this \
                 server's pages and set one up, then everything works again.",
            ),
            Self::WrongKey { why }
            | Self::Forbidden { why }
            | Self::Conflict { why }
            | Self::Gone { why } => f.write_str(why),
            Self::NotFound { what } => write!(f, "There is no such {what}."),
            Self::WrongCredentials { fields } => {
                let all: Vec<_> = fields.iter().map(|error| error.message.as_str()).collect();
                f.write_str(&all.join(" "))
            }
            Self::Invalid { fields } => {
                let all: Vec<_> = fields.iter().map(|e| format!("{}: {}", e.field, e.message)).collect();
                f.write_str(&all.join(" "))
            }
            Self::RateLimited { seconds: 1 } => f.write_str("Too many tries. Please wait a second."),
            Self::RateLimited { seconds } => write!(f, "Too many tries. Please wait {seconds} seconds."),
            Self::Unavailable { seconds: 1 } => {
                f.write_str("The server is busy. Please try again in a second.")
            }
            Self::Unavailable { seconds } => {
                write!(f, "The server is busy. Please try again in {seconds} seconds.")
            }
            Self::Broken { reference } => {
                write!(
                    f,
                    "Something broke on our side. Try again; if it stays, look for {reference} in the log."
                )
            }
        }
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_listed() {
        let (why, fields) = (String::new(), Vec::new());
        let all = [
            Refusal::SignInRequired,
            Refusal::WrongCredentials { fields: fields.clone() },
            Refusal::FactorRequired { ceremony: why.clone(), factors: Vec::new() },
            Refusal::WrongKey { why: why.clone() },
            Refusal::Forbidden { why: why.clone() },
            Refusal::StepUpRequired,
            Refusal::FactorSetupRequired,
            Refusal::missing("source"),
            Refusal::conflict("It is over."),
            Refusal::Gone { why: why.clone() },
            Refusal::Invalid { fields },
            Refusal::RateLimited { seconds: 1 },
            Refusal::Unavailable { seconds: 1 },
            Refusal::Broken { reference: why },
        ];
        assert_eq!(all.map(|refusal| refusal.code()), Refusal::CODES);
    }
}
