//! Rights: what a caller may do, decided in one place for all routes and server functions.

use super::Result;
use crate::domain::Refusal;
use crate::domain::account::{AccountRole, User};
use crate::domain::api_key::KeyScope;

/// Kind of action that a route or server function asks a right for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Lists and reads what the user sees.
    Read,
    /// Fetches files; keeps playback positions, the play queue and devices.
    Listen,
    /// Queues and manages downloads.
    Queue,
    /// Changes preferences, commute windows and the ways of notifications.
    Settings,
    /// Changes what the library is made of: sources, subscriptions, collections, shares.
    Write,
    /// Starts and steers runs, and decides on approvals.
    Run,
    /// Changes the account, its password, sessions and keys. Never by a key.
    Account,
    /// Administers the server.
    Administer,
    /// Reads the metrics of the server from outside the trusted networks. By a key alone.
    Monitor,
}

impl Right {
    pub const ALL: [Self; 9] = [
        Self::Read,
        Self::Listen,
        Self::Queue,
        Self::Settings,
        Self::Write,
        Self::Run,
        Self::Account,
        Self::Administer,
        Self::Monitor,
    ];

    /// Scope by which a key has the right. None if no key can have it.
    pub fn scope(self) -> Option<KeyScope> {
        match self {
            Self::Read => Some(KeyScope::Read),
            Self::Listen => Some(KeyScope::Listen),
            Self::Queue | Self::Settings | Self::Write => Some(KeyScope::Write),
            Self::Run => Some(KeyScope::Run),
            Self::Account => None,
            Self::Administer => Some(KeyScope::Admin),
            Self::Monitor => Some(KeyScope::Metrics),
        }
    }
}

/// Credential that a request came with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    Session,
    Key(Vec<KeyScope>),
}

/// User of a request, with the credential that limits it.
#[derive(Debug, Clone, PartialEq)]
pub struct Caller {
    pub user: User,
    pub credential: Credential,
}

impl Caller {
    /// A user with a session.
    pub fn of_session(user: User) -> Self {
        Self { user, credential: Credential::Session }
    }
}

/// Whether the user and the credential both have the right.
pub fn may(caller: &Caller, right: Right) -> bool {
    may_as(caller.user.role, right) && may_by(&caller.credential, right)
}

/// Refuses a caller without the right, with the reason.
///
/// # Errors
/// `Refusal::Forbidden`.
pub fn check(caller: &Caller, right: Right) -> Result<()> {
    if may(caller, right) { Ok(()) } else { Err(Refusal::Forbidden { why: why_not(caller, right) }.into()) }
}

/// Whether a role has the right, with any credential.
pub fn may_as(role: AccountRole, right: Right) -> bool {
    use AccountRole::{Admin, Listener, User};
    match (right, role) {
        (Right::Read | Right::Listen | Right::Queue | Right::Settings | Right::Account, _) => true,
        (Right::Write | Right::Run, Admin | User) => true,
        (Right::Write | Right::Run, Listener) => false,
        (Right::Administer | Right::Monitor, Admin) => true,
        (Right::Administer | Right::Monitor, User | Listener) => false,
    }
}

/// Whether a credential has the right, for any user.
pub fn may_by(credential: &Credential, right: Right) -> bool {
    match (credential, right.scope()) {
        (Credential::Session, _) => right != Right::Monitor,
        (Credential::Key(scopes), Some(scope)) => scopes.contains(&scope),
        (Credential::Key(_), None) => false,
    }
}

fn why_not(caller: &Caller, right: Right) -> String {
    let needed = right.scope().filter(|_| !may_by(&caller.credential, right));
    match (&caller.credential, needed) {
        (Credential::Key(_), Some(scope)) => {
            format!("This API key has no scope {scope}. Make one with it under API keys.")
        }
        (Credential::Key(_), None) if right == Right::Account => {
            "An API key cannot change the account. Sign in with your password.".into()
        }
        _ => match right {
            Right::Run => "A listener starts no runs. Ask your guardian to start one.".into(),
            Right::Write => "A listener hears what the guardian follows. Ask your guardian to add it.".into(),
            _ => "This is for administrators of this server.".into(),
        },
    }
}
