//! Error type of the server functions. Also sets the HTTP status of their error responses.

use domain::{FieldError, Refusal};
use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::codec::JsonEncoding;
use serde::{Deserialize, Serialize};

use crate::message;

/// Reason why a server function returned no value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApiError {
    /// Refusal by the engine. `typed` are the submitted form fields, never a password.
    Rejected { refusal: Refusal, typed: Vec<(String, String)> },
    /// The server could not be reached.
    Unreachable,
    /// The request or the response could not be parsed.
    Garbled,
}

impl ApiError {
    /// Keeps the typed values, for the page that is rendered again without JavaScript.
    pub fn keeping<N, V>(self, fields: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<String>,
        V: Into<String>,
    {
        match self {
            Self::Rejected { refusal, .. } => {
                let typed = fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
                Self::Rejected { refusal, typed }
            }
            other => other,
        }
    }

    /// Error message and advice in English, for the top of a form or a page.
    pub fn message(&self) -> String {
        match self {
            Self::Rejected {
                refusal: Refusal::Invalid { .. } | Refusal::WrongCredentials { .. }, ..
            } => message!("Please correct the marked fields.").into(),
            Self::Rejected { refusal, .. } => refusal.to_string(),
            Self::Unreachable => {
                message!("The server cannot be reached. Check the connection and try again.").into()
            }
            Self::Garbled => {
                message!("The server gave an unexpected answer. Reload the page and try again.").into()
            }
        }
    }

    pub fn fields(&self) -> &[FieldError] {
        match self {
            Self::Rejected { refusal, .. } => refusal.fields(),
            _ => &[],
        }
    }

    /// Error of one field.
    pub fn of_field(&self, name: &str) -> Option<&str> {
        self.fields().iter().find(|error| error.field == name).map(|error| error.message.as_str())
    }

    /// Value typed into one field.
    pub fn typed(&self, name: &str) -> Option<&str> {
        match self {
            Self::Rejected { typed, .. } => {
                typed.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
            }
            _ => None,
        }
    }

    /// Whether a field with several values was sent with this one.
    pub fn has_typed(&self, name: &str, value: &str) -> bool {
        let is_it = |(n, v): &(String, String)| n == name && v == value;
        matches!(self, Self::Rejected { typed, .. } if typed.iter().any(is_it))
    }

    pub fn is_missing(&self) -> bool {
        self.missing().is_some()
    }

    /// Noun for the missing object.
    pub fn missing(&self) -> Option<&str> {
        match self {
            Self::Rejected { refusal: Refusal::NotFound { what }, .. } => Some(what),
            _ => None,
        }
    }

    /// Whether the error is temporary, so that a retry may succeed.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Rejected { refusal, .. } => {
                matches!(refusal, Refusal::Broken { .. } | Refusal::RateLimited { .. })
            }
            Self::Unreachable | Self::Garbled => true,
        }
    }

    pub fn needs_step_up(&self) -> bool {
        matches!(self, Self::Rejected { refusal: Refusal::StepUpRequired, .. })
    }

    pub fn needs_factor(&self) -> bool {
        matches!(self, Self::Rejected { refusal: Refusal::FactorSetupRequired, .. })
    }

    pub fn needs_sign_in(&self) -> bool {
        matches!(self, Self::Rejected { refusal: Refusal::SignInRequired, .. })
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        // On a page, wrong credentials are a form error at a marked field, not a lost session.
        let is_form = matches!(refusal, Refusal::WrongCredentials { .. });
        set_status(if is_form { 422 } else { refusal.status() });
        Self::Rejected { refusal, typed: Vec::new() }
    }
}

#[cfg(feature = "ssr")]
impl From<smartcache::engine::Error> for ApiError {
    fn from(error: smartcache::engine::Error) -> Self {
        error.into_refusal().into()
    }
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::Unreachable,
            _ => {
                set_status(400);
                Self::Garbled
            }
        }
    }
}

/// Sets the HTTP status of a server function call; Leptos would send every error as 500. Responses to a plain
/// form stay redirects, and a page that shows a refusal keeps its own status.
#[cfg(feature = "ssr")]
fn set_status(status: u16) {
    use leptos::prelude::use_context;
    let call = use_context::<http::request::Parts>().is_some_and(|parts| is_call(&parts));
    if let (true, Some(options), Ok(status)) =
        (call, use_context::<leptos_axum::ResponseOptions>(), http::StatusCode::from_u16(status))
    {
        options.set_status(status);
    }
}

#[cfg(not(feature = "ssr"))]
fn set_status(_status: u16) {}

/// Whether the request is a script's call of a server function, not a page load or a plain form.
#[cfg(feature = "ssr")]
pub fn is_call(parts: &http::request::Parts) -> bool {
    let accepts =
        parts.headers.get(http::header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    parts.uri.path().starts_with(crate::paths::PREFIX) && !accepts.contains("text/html")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejected_form_comes_back_with_its_marks_and_what_was_typed() {
        let sent = ApiError::from(Refusal::field("username", "Taken.")).keeping([("username", "ann")]);
        let back = ApiError::de(sent.ser());
        assert_eq!((back.of_field("username"), back.typed("username")), (Some("Taken."), Some("ann")));
        assert_eq!(back.typed("password"), None);
    }

    #[test]
    fn an_answer_of_somebody_else_is_garbled_rather_than_a_crash() {
        assert_eq!(ApiError::de("<h1>Bad gateway</h1>".into()), ApiError::Garbled);
    }
}
