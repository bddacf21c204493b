//! Parts of a flow: its begin, the way back, and its results.

use serde::Deserialize;

use crate::domain::UserId;
use crate::domain::identity::{FlowPurpose, OidcFailure};
use crate::engine::accounts::NewSession;

/// A flow that a browser begins: the address to open, and the secret for its cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BegunFlow {
    pub url: String,
    pub secret: String,
}

/// Parameters that a provider leads a browser back with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Callback {
    pub code: String,
    pub state: String,
    pub iss: Option<String>,
    pub error: Option<String>,
}

/// Result of a flow.
pub enum FinishedFlow {
    SignedIn {
        session: Box<NewSession>,
        next: String,
    },
    /// A sign-in or step-up that a second factor of this account finishes, with the secret of its ceremony.
    FactorRequired {
        ceremony: String,
        next: String,
    },
    /// A new session in place of the caller's.
    SteppedUp {
        session: Box<NewSession>,
        next: String,
    },
    /// The identity is linked.
    Linked {
        next: String,
    },
}

/// Session that a browser comes back with.
#[derive(Debug, Clone, Copy)]
pub struct CurrentSession<'a> {
    pub user: UserId,
    pub token: &'a str,
}

/// Refused flow, with the purpose where it is known.
#[derive(Debug)]
pub struct FailedFlow {
    pub why: OidcFailure,
    pub purpose: FlowPurpose,
}
