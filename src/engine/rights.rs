//! Rights: what a caller may do, decided in one place for all routes and server functions.

use super::Result;
use crate::domain::account::{AccountRole, User};
use crate::domain::api_key::KeyScope;
use crate::domain::factor_rule::FactorDeadline;
use crate::domain::{ApiKeyId, DateTime, Refusal, TimeDelta, Utc};

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
    /// Sets up second factors, and confirms who the user is: all that an account may do that must have a
    /// second factor and is late. Never by a key.
    Enrol,
    /// Administers the server.
    Administer,
    /// Exchanges bundles with the nodes that are trusted.
    Bundles,
    /// Reads the metrics of the server from outside the trusted networks. By a key alone.
    Monitor,
}

impl Right {
    pub const ALL: [Self; 11] = [
        Self::Read,
        Self::Listen,
        Self::Queue,
        Self::Settings,
        Self::Write,
        Self::Run,
        Self::Account,
        Self::Enrol,
        Self::Administer,
        Self::Bundles,
        Self::Monitor,
    ];

    /// Scope by which a key has the right. None if no key can have it.
    pub fn scope(self) -> Option<KeyScope> {
        match self {
            Self::Read => Some(KeyScope::Read),
            Self::Listen => Some(KeyScope::Listen),
            Self::Queue | Self::Settings | Self::Write => Some(KeyScope::Write),
            Self::Run => Some(KeyScope::Run),
            Self::Account | Self::Enrol => None,
            Self::Administer => Some(KeyScope::Admin),
            Self::Bundles => Some(KeyScope::Bundles),
            Self::Monitor => Some(KeyScope::Metrics),
        }
    }
}

/// Credential that a request came with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A session, with the time at which its user authenticated.
    Session {
        since: DateTime<Utc>,
    },
    Key(Vec<KeyScope>),
}

/// User of a request, with the credential that limits it.
#[derive(Debug, Clone, PartialEq)]
pub struct Caller {
    pub user: User,
    pub credential: Credential,
    /// The API key, if the credential is one.
    pub key_id: Option<ApiKeyId>,
    /// Time until which the user must set up a second factor. None if one is there, or none is asked for.
    pub factor_deadline: Option<FactorDeadline>,
}

impl Caller {
    /// A user with a session.
    pub fn of_session(user: User, since: DateTime<Utc>) -> Self {
        Self { user, credential: Credential::Session { since }, key_id: None, factor_deadline: None }
    }
}

/// Whether the user and the credential both have the right.
pub fn may(caller: &Caller, right: Right) -> bool {
    !is_late(caller, right) && may_as(caller.user.role, right) && may_by(&caller.credential, right)
}

/// Whether the user had to set up a second factor before all else.
fn is_late(caller: &Caller, right: Right) -> bool {
    right != Right::Enrol && caller.factor_deadline.is_some_and(|deadline| deadline.is_over)
}

/// Refuses a caller without the right, with the reason.
///
/// # Errors
/// `Refusal::FactorSetupRequired` if a second factor must be set up first; `Refusal::Forbidden`.
pub fn check(caller: &Caller, right: Right) -> Result<()> {
    if is_late(caller, right) {
        return Err(Refusal::FactorSetupRequired.into());
    }
    if may(caller, right) { Ok(()) } else { Err(Refusal::Forbidden { why: why_not(caller, right) }.into()) }
}

/// Time for which an authentication counts for sensitive actions.
const STEP_UP: TimeDelta = TimeDelta::minutes(10);

/// Refuses a sensitive action in a session whose user authenticated too long ago (ASVS 5.0.0, 7.5.1). A key
/// has nothing to authenticate with; its scopes were chosen in such a session.
///
/// # Errors
/// `Refusal::StepUpRequired`.
pub fn check_step_up(caller: &Caller, now: DateTime<Utc>) -> Result<()> {
    match caller.credential {
        Credential::Session { since } if since + STEP_UP <= now => Err(Refusal::StepUpRequired.into()),
        _ => Ok(()),
    }
}

/// Whether a role has the right, with any credential.
pub fn may_as(role: AccountRole, right: Right) -> bool {
    use AccountRole::{Admin, Listener, User};
    match (right, role) {
        (Right::Read | Right::Listen | Right::Queue | Right::Settings, _) => true,
        (Right::Account | Right::Enrol, _) => true,
        // The run of a listener waits for the guardian.
        (Right::Run, _) => true,
        (Right::Write, Admin | User) => true,
        (Right::Write, Listener) => false,
        (Right::Administer | Right::Bundles | Right::Monitor, Admin) => true,
        (Right::Administer | Right::Bundles | Right::Monitor, User | Listener) => false,
    }
}

/// Whether a credential has the right, for any user.
pub fn may_by(credential: &Credential, right: Right) -> bool {
    match (credential, right.scope()) {
        (Credential::Session { .. }, _) => right != Right::Monitor,
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
        (Credential::Key(_), None) if matches!(right, Right::Account | Right::Enrol) => {
            "An API key cannot change the account. Sign in with your password.".into()
        }
        _ => match right {
            Right::Write => "A listener hears what the guardian follows. Ask your guardian to add it.".into(),
            _ => "This is for administrators of this server.".into(),
        },
    }
}
