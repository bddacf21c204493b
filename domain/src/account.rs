//! User accounts, and the format of names and passwords.

use serde::{Deserialize, Deserializer, Serialize};

use super::preference::{LanguageChoice, Preferences};
use super::refusal::{Complaints, FieldError, Refusal};
use super::words::words;
use super::{DateTime, UserId, Utc};

words! {
    AccountRole {
        /// Everything about the server, and nothing in the libraries of others.
        Admin = "admin",
        User = "user",
        /// Reads, listens and queues from the sources that the guardian follows.
        Listener = "listener",
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    pub id: UserId,
    pub username: String,
    pub role: AccountRole,
    /// Whether the role is admin.
    pub is_admin: bool,
    pub created_at: DateTime<Utc>,
}

impl User {
    /// # Errors
    /// Forbidden with this reason, unless the user is an administrator.
    pub fn check_admin(&self, why: &str) -> Result<(), Refusal> {
        if self.role == AccountRole::Admin { Ok(()) } else { Err(Refusal::Forbidden { why: why.into() }) }
    }
}

/// Counts for one user. `bytes` is the total size of the user's ready downloads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stats {
    pub subscriptions: i64,
    pub downloads: i64,
    pub ready: i64,
    pub bytes: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    pub user: User,
    pub preferences: Preferences,
    pub stats: Stats,
}

/// An account as its user sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Account {
    pub id: UserId,
    pub username: String,
    /// Name to show in place of the user name.
    pub display_name: Option<String>,
    pub role: AccountRole,
    /// Whether the role is admin.
    pub is_admin: bool,
    /// Name in the IANA time zone database; one of the preferences.
    pub timezone: String,
    /// Language of the pages; one of the preferences.
    pub language: LanguageChoice,
    pub created_at: DateTime<Utc>,
}

impl Account {
    /// Name that pages show.
    pub fn shown_name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.username)
    }
}

/// Change of an account by its user. Omitted fields stay unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct AccountChange {
    /// An empty one, or null, removes it.
    #[serde(deserialize_with = "null_as_empty")]
    pub display_name: Option<String>,
    pub timezone: Option<String>,
    pub language: Option<LanguageChoice>,
}

fn null_as_empty<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<String>, D::Error> {
    Ok(Some(Option::deserialize(reader)?.unwrap_or_default()))
}

/// Maximum characters of a display name.
pub const MAX_DISPLAY_NAME: usize = 60;

/// Error of a display name that is too long or not plain text.
pub fn check_display_name(name: &str) -> Option<FieldError> {
    let is_fine = name.chars().count() <= MAX_DISPLAY_NAME && !name.chars().any(char::is_control);
    let advice = format!("Use at most {MAX_DISPLAY_NAME} characters on one line, or leave it empty.");
    (!is_fine).then(|| FieldError::new("display_name", advice))
}

/// Current and new password as typed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    pub current_password: String,
    pub new_password: String,
}

impl PasswordChange {
    /// Checks the lengths, and that the passwords differ. The server verifies the one and judges the other.
    pub fn check(&self) -> Result<(), Refusal> {
        let Self { current_password, new_password } = self;
        let mut complaints = Complaints::default();
        let is_possible = (1..=MAX_PASSWORD).contains(&current_password.chars().count());
        complaints.check(is_possible, "current_password", "Type the password that you sign in with now.");
        check_new_password(&mut complaints, "new_password", new_password);
        let differs = new_password.is_empty() || new_password != current_password;
        complaints.check(differs, "new_password", "Choose a password that differs from the current one.");
        complaints.finish()
    }
}

/// Password that a user types again before a sensitive action, with a code of the second factor, if any.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StepUp {
    pub current_password: String,
    /// Code of an authenticator app, or a recovery code. Needed if the account has a second factor.
    #[serde(default)]
    pub code: Option<String>,
}

/// User name and password as typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Credentials {
    pub username: String,
    pub password: String,
}

pub const MIN_PASSWORD: usize = 10;
/// Maximum password length, because hashing unbounded input could stall the server.
pub const MAX_PASSWORD: usize = 1024;

/// Whether a text can be the name of an account.
pub fn is_username(text: &str) -> bool {
    (3..=40).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

impl Credentials {
    /// Checks the format of a new account's name and password. The server judges the password's strength.
    pub fn check(&self) -> Result<(), Refusal> {
        let mut complaints = Complaints::default();
        let name_is_fine = is_username(&self.username);
        complaints.check(
            name_is_fine,
            "username",
            "Use 3 to 40 letters, digits, dots, dashes or underscores.",
        );
        check_new_password(&mut complaints, "password", &self.password);
        complaints.finish()
    }
}

/// Checks the length of a new password in this field.
pub(super) fn check_new_password(complaints: &mut Complaints, field: &str, password: &str) {
    let length = password.chars().count();
    complaints.check(
        length >= MIN_PASSWORD,
        field,
        format!("Use at least {MIN_PASSWORD} characters; a few unusual words work well."),
    );
    complaints.check(length <= MAX_PASSWORD, field, format!("Use at most {MAX_PASSWORD} characters."));
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

    #[test]
    fn a_new_password_is_long_enough_and_another_one() {
        let wrong = |current: &str, new: &str| {
            let typed = PasswordChange { current_password: current.into(), new_password: new.into() };
            typed.check().err().map(|r| r.fields().iter().map(|f| f.field.clone()).collect::<Vec<_>>())
        };
        assert_eq!(wrong("anything", "a few unusual words"), None);
        assert_eq!(wrong("", "short"), Some(vec!["current_password".into(), "new_password".into()]));
        assert_eq!(wrong("a few unusual words", "a few unusual words"), Some(vec!["new_password".into()]));
        assert_eq!(wrong(&"x".repeat(MAX_PASSWORD + 1), "a few unusual words").map(|f| f.len()), Some(1));
    }

    #[test]
    fn a_display_name_is_one_line_of_sixty_characters() {
        for fine in ["", "Ada Lovelace", "Ada 🚆 <b>", &"ä".repeat(MAX_DISPLAY_NAME)] {
            assert_eq!(check_display_name(fine), None, "{fine}");
        }
        for wrong in ["two\nlines", "bell\u{7}", &"x".repeat(MAX_DISPLAY_NAME + 1)] {
            let field = check_display_name(wrong).map(|error| error.field);
            assert_eq!(field.as_deref(), Some("display_name"), "{wrong:?}");
        }
    }

    #[test]
    fn an_omitted_field_differs_from_one_that_is_null() {
        let read =
            |text: &str| serde_json::from_str::<AccountChange>(text).map_err(|error| error.to_string());
        assert_eq!(read("{}"), Ok(AccountChange::default()));
        let removed = AccountChange { display_name: Some(String::new()), ..AccountChange::default() };
        assert_eq!(read(r#"{"display_name":null}"#), Ok(removed.clone()));
        assert_eq!(read(r#"{"display_name":""}"#), Ok(removed));
        assert!(read(r#"{"is_admin":true}"#).is_err_and(|error| error.contains("is_admin")));
    }
}
