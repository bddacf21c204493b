//! Reset links: an administrator lets a user choose a new password.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::account::check_new_password;
use super::refusal::{Complaints, Refusal};
use super::{DateTime, UserId, Utc};

/// Lifetime of a link.
pub const LASTS: TimeDelta = TimeDelta::hours(1);

/// A link that was just made. It works once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResetLink {
    pub user_id: UserId,
    pub username: String,
    /// The link. Shown this once.
    pub url: String,
    pub expires_at: DateTime<Utc>,
}

/// New password of the user that a link belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PasswordReset {
    /// Secret of the link: its last part.
    pub token: String,
    pub new_password: String,
}

impl PasswordReset {
    /// Checks the length of the password. The server judges it.
    pub fn check(&self) -> Result<(), Refusal> {
        let mut complaints = Complaints::default();
        check_new_password(&mut complaints, "new_password", &self.new_password);
        complaints.finish()
    }
}
