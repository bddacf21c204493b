//! User accounts, and the format of user names and passwords.

use serde::{Deserialize, Serialize};

use super::preference::Preferences;
use super::refusal::{Complaints, Refusal};
use super::{DateTime, UserId, Utc};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    pub id: UserId,
    pub username: String,
    pub is_admin: bool,
    pub created_at: DateTime<Utc>,
}

impl User {
    /// # Errors
    /// Forbidden with this reason, unless the user is an administrator.
    pub fn check_admin(&self, why: &str) -> Result<(), Refusal> {
        if self.is_admin { Ok(()) } else { Err(Refusal::Forbidden { why: why.into() }) }
    }
}

/// Counts for one user. `bytes` is the total size of the user's ready downloads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    pub subscriptions: i64,
    pub downloads: i64,
    pub ready: i64,
    pub bytes: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Me {
    pub user: User,
    pub preferences: Preferences,
    pub stats: Stats,
}

/// User name and password as typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    pub username: String,
    pub password: String,
}

pub const MIN_PASSWORD: usize = 10;
/// Maximum password length, because hashing unbounded input could stall the server.
pub const MAX_PASSWORD: usize = 1024;

impl Credentials {
    /// Checks the format of a new account's name and password. The server judges the password's strength.
    pub fn check(&self) -> Result<(), Refusal> {
        let mut complaints = Complaints::default();
        let name_is_fine = (3..=40).contains(&self.username.len())
            && self.username.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        complaints.check(
            name_is_fine,
            "username",
            "Use 3 to 40 letters, digits, dots, dashes or underscores.",
        );
        let length = self.password.chars().count();
        complaints.check(
            length >= MIN_PASSWORD,
            "password",
            format!("Use at least {MIN_PASSWORD} characters; a few unusual words work well."),
        );
        complaints.check(
            length <= MAX_PASSWORD,
            "password",
            format!("Use at most {MAX_PASSWORD} characters."),
        );
        complaints.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(username: &str, password: &str) -> Vec<String> {
        let typed = Credentials { username: username.into(), password: password.into() };
        typed.check().err().map(|r| r.fields().iter().map(|f| f.field.clone()).collect()).unwrap_or_default()
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        assert_eq!(fields("a b", "short"), ["username", "password"]);
        assert_eq!(fields("", ""), ["username", "password"]);
    }

    #[test]
    fn passwords_of_128_characters_are_accepted() {
        assert!(fields("commuter", &"ä".repeat(128)).is_empty());
        assert_eq!(fields("commuter", &"x".repeat(MAX_PASSWORD + 1)), ["password"]);
    }
}
