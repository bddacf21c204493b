//! Rule of second factors: accounts that must have one, and until when.

use serde::{Deserialize, Serialize};

use super::account::AccountRole;
use super::words::words;
use super::{DateTime, Utc};

words! {
    /// Accounts that must have a second factor: an authenticator app, or a passkey.
    FactorRule {
        Off = "off",
        /// Administrators.
        Admins = "admins",
        Everyone = "everyone",
    }
}

impl FactorRule {
    /// Whether the rule applies to accounts of this role.
    pub fn applies_to(self, role: AccountRole) -> bool {
        match self {
            Self::Off => false,
            Self::Admins => role == AccountRole::Admin,
            Self::Everyone => true,
        }
    }
}

/// Time until which an account that must have a second factor may do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorDeadline {
    pub at: DateTime<Utc>,
    /// Whether that time is over: nothing else works until the account has a second factor.
    pub is_over: bool,
}
