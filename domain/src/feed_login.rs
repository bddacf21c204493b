//! Name and password of a private feed (HTTP Basic, RFC 7617). Typed once, and never shown again.

use serde::{Deserialize, Serialize};

use super::refusal::{Complaints, Refusal};

/// Name and password as issued by the publisher.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedLogin {
    pub username: String,
    pub password: String,
}

/// Redacted, because neither part may appear in a log.
impl std::fmt::Debug for FeedLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FeedLogin")
    }
}

const MAX_USERNAME: usize = 200;
const MAX_PASSWORD: usize = 500;

impl FeedLogin {
    /// Whether both parts are empty, as in a form left blank.
    pub fn is_empty(&self) -> bool {
        self.username.is_empty() && self.password.is_empty()
    }

    pub fn parts(self) -> (String, Secret) {
        (self.username, Secret(self.password))
    }

    /// # Errors
    /// Invalid, naming `username` or `password`, if a header could not carry it.
    pub fn check(&self) -> Result<(), Refusal> {
        let mut complaints = Complaints::default();
        let is_text = |text: &str, most: usize| {
            text.chars().count() <= most && !text.contains(|c: char| c.is_control())
        };
        complaints.check(
            is_text(&self.username, MAX_USERNAME) && !self.username.contains(':'),
            "username",
            format!("Use at most {MAX_USERNAME} characters, none of them a colon."),
        );
        complaints.check(
            is_text(&self.password, MAX_PASSWORD),
            "password",
            format!("Use at most {MAX_PASSWORD} characters."),
        );
        complaints.finish()
    }
}

/// Password received from a client. Redacted in logs.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// Prefix of the mark at the end of the address of a private source and of its own files. The mark is a URL
/// fragment, so it is never sent. 32 random hex digits follow, which cannot be guessed.
pub const MARK: &str = "#private-";
const MARK_DIGITS: usize = 32;

/// Returns the mark at the end of an address.
pub fn mark_in(url: &str) -> Option<&str> {
    let at = url.rfind(MARK)?;
    let digits = &url[at + MARK.len()..];
    let is_mark = digits.len() == MARK_DIGITS && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_mark.then(|| &url[at..])
}

/// Returns the address without its mark, as the feed has it.
pub fn unmarked(url: &str) -> &str {
    &url[..url.len() - mark_in(url).map_or(0, str::len)]
}

/// Serialises an address without its mark.
pub fn serialize_unmarked<S: serde::Serializer>(url: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
    url.as_deref().map(unmarked).serialize(to)
}

/// Combines two optional fields of a request. None if both are missing.
pub fn login(username: Option<String>, password: Option<Secret>) -> Option<FeedLogin> {
    (username.is_some() || password.is_some()).then(|| FeedLogin {
        username: username.unwrap_or_default(),
        password: password.unwrap_or_default().0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(username: &str, password: &str) -> FeedLogin {
        FeedLogin { username: username.into(), password: password.into() }
    }

    #[test]
    fn any_password_will_do_and_a_name_has_no_colon() {
        assert!(typed("mara", "p!n#1 ä?:@/%").check().is_ok());
        let fields = |login: FeedLogin| login.check().expect_err("refused").fields()[0].field.clone();
        assert_eq!(fields(typed("ma:ra", "x")), "username");
        assert_eq!(fields(typed("mara", "x\r\nHost: y")), "password");
        assert_eq!(fields(typed("mara", &"x".repeat(501))), "password");
    }

    #[test]
    fn a_login_is_never_written_out() {
        assert_eq!(format!("{:?}", typed("mara", "secret")), "FeedLogin");
    }
}
