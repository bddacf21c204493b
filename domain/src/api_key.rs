//! API keys: credentials of programs, limited to scopes and to a time.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::cut::spaced;
use super::refusal::{Complaints, Refusal};
use super::words::words;
use super::{ApiKeyId, DateTime, Utc};

/// Maximum number of keys per user that are neither revoked nor expired.
pub const MAX_API_KEYS: i64 = 50;
/// Lifetime of a key whose expiry was not chosen, in days, and the longest that may be chosen.
pub const DEFAULT_DAYS: i64 = 365;
pub const MAX_DAYS: i64 = 2 * 365;
/// Time before the expiry at which the owner is notified.
pub const WARNING: TimeDelta = TimeDelta::days(14);
/// Time for which an ended key stays in its owner's list.
pub const KEPT: TimeDelta = TimeDelta::days(90);
/// Maximum characters of a name.
const MAX_NAME: usize = 60;

words! {
    KeyScope {
        /// Lists and reads everything that the user sees.
        Read = "read",
        /// Fetches files, and keeps playback positions, the play queue and devices.
        Listen = "listen",
        /// Changes the library: sources, subscriptions, downloads, collections, preferences.
        Write = "write",
        /// Starts and steers runs, and decides on approvals.
        Run = "run",
        /// Administers the server.
        Admin = "admin",
        /// Exchanges bundles with the nodes that are trusted.
        Bundles = "bundles",
        /// Reads the metrics of the server.
        Metrics = "metrics",
    }
}

impl KeyScope {
    /// Whether only administrators may give it to a key.
    pub fn is_for_administrators(self) -> bool {
        matches!(self, Self::Admin | Self::Bundles | Self::Metrics)
    }
}

/// API key as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: String,
    /// Beginning of the key, by which its owner recognises it. Not secret.
    pub prefix: String,
    pub scopes: Vec<KeyScope>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    /// Time of the last request, to within a minute. Null before the first.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Network of that request in CIDR notation. Empty if unknown.
    pub last_used_from: String,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Request to make a key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct NewApiKey {
    pub name: String,
    pub scopes: Vec<KeyScope>,
    /// Without it, a year from now.
    pub expires_at: Option<DateTime<Utc>>,
}

impl NewApiKey {
    /// Tidies the fields and checks their bounds. Returns the request with an expiry.
    pub fn check(self, is_admin: bool, now: DateTime<Utc>) -> Result<(Self, DateTime<Utc>), Refusal> {
        let mut complaints = Complaints::default();
        let name = spaced(&self.name);
        let is_fine = (1..=MAX_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        let message = format!("Name the program that will use the key, in at most {MAX_NAME} characters.");
        complaints.check(is_fine, "name", message);
        let scopes = complaints.bounded_set(self.scopes, KeyScope::ALL.len(), "scopes", "scopes");
        complaints.check(!scopes.is_empty(), "scopes", "Choose at least one thing that the key may do.");
        let is_allowed = is_admin || !scopes.iter().any(|scope| scope.is_for_administrators());
        complaints.check(
            is_allowed,
            "scopes",
            "Only an administrator can give a key the scopes admin, bundles and metrics.",
        );
        let expires_at = self.expires_at.unwrap_or(now + TimeDelta::days(DEFAULT_DAYS));
        let is_bounded = expires_at > now && expires_at <= now + TimeDelta::days(MAX_DAYS);
        let message = format!("Choose a time in the future, at most {MAX_DAYS} days from now.");
        complaints.check(is_bounded, "expires_at", message);
        complaints.finish()?;
        Ok((Self { name, scopes, ..self }, expires_at))
    }
}

/// A key that was just made, with its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MadeApiKey {
    #[serde(flatten)]
    pub row: ApiKey,
    /// The whole key. Shown this once.
    pub key: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(name: &str, scopes: &[KeyScope], days: Option<i64>) -> NewApiKey {
        let expires_at = days.map(|days| DateTime::UNIX_EPOCH + TimeDelta::days(days));
        NewApiKey { name: name.into(), scopes: scopes.to_vec(), expires_at }
    }

    fn fields(new: NewApiKey, is_admin: bool) -> Vec<String> {
        let refusal = new.check(is_admin, DateTime::UNIX_EPOCH).expect_err("it is wrong");
        refusal.fields().iter().map(|error| error.field.clone()).collect()
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        assert_eq!(fields(new(" ", &[], Some(0)), true), ["name", "scopes", "expires_at"]);
        assert_eq!(fields(new(&"x".repeat(61), &[KeyScope::Admin], Some(731)), false).len(), 3);
        assert_eq!(fields(new("grafana", &[KeyScope::Metrics], None), false), ["scopes"]);
        assert_eq!(fields(new("many", &[KeyScope::Read; 8], None), false), ["scopes", "scopes"]);
    }

    #[test]
    fn a_key_lasts_a_year_unless_chosen_and_has_each_scope_once() {
        let asked = new("  my  script ", &[KeyScope::Write, KeyScope::Read, KeyScope::Write], None);
        let (tidy, expires_at) = asked.check(false, DateTime::UNIX_EPOCH).expect("it is right");
        assert_eq!((tidy.name.as_str(), tidy.scopes), ("my script", vec![KeyScope::Read, KeyScope::Write]));
        assert_eq!(expires_at, DateTime::UNIX_EPOCH + TimeDelta::days(365));
    }
}
