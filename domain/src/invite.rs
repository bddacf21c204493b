//! Invitations: links by which new users open an account, and the role that it gets.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::account::AccountRole;
use super::refusal::{Complaints, Refusal};
use super::words::words;
use super::{DateTime, InviteId, UserId, Utc};

/// Maximum number of invitations of a server that still work.
pub const MAX_INVITES: i64 = 200;
/// Maximum number of accounts that one invitation opens.
pub const MAX_USES: i64 = 100;
/// Lifetime of an invitation whose expiry was not chosen, in days, and the longest that may be chosen.
pub const DEFAULT_DAYS: i64 = 7;
pub const MAX_DAYS: i64 = 90;
/// Time for which an ended invitation stays in the list.
pub const KEPT: TimeDelta = TimeDelta::days(90);

words! {
    /// Ways in which a server takes new accounts.
    SignupMode {
        Open = "open",
        /// By invitation alone.
        Invite = "invite",
        /// By the command line alone.
        Closed = "closed",
    }
}

words! {
    InviteState {
        Works = "works",
        UsedUp = "used_up",
        Expired = "expired",
        Revoked = "revoked",
        /// Its maker is no administrator any more, or is disabled.
        Orphaned = "orphaned",
    }
}

/// Invitation as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invite {
    pub id: InviteId,
    pub state: InviteState,
    /// Role of the accounts that it opens.
    pub role: AccountRole,
    /// Guardian of the listeners that it invites.
    pub guardian_id: Option<UserId>,
    /// Name of that user.
    pub guardian: Option<String>,
    /// Number of accounts that it can still open.
    pub uses_left: i64,
    pub expires_at: DateTime<Utc>,
    /// Name of the administrator who made it.
    pub made_by: String,
    pub created_at: DateTime<Utc>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Request to make an invitation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct NewInvite {
    /// Without it, user.
    pub role: Option<AccountRole>,
    /// A listener needs one; the other roles have none.
    pub guardian_id: Option<UserId>,
    /// Number of accounts that it opens. Without it, one.
    pub uses: Option<i64>,
    /// Without it, seven days from now.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Bounds of an invitation that were checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InviteTerms {
    pub role: AccountRole,
    pub guardian_id: Option<UserId>,
    pub uses: i64,
    pub expires_at: DateTime<Utc>,
}

impl NewInvite {
    /// # Errors
    /// Invalid with all wrong fields.
    pub fn check(self, now: DateTime<Utc>) -> Result<InviteTerms, Refusal> {
        let role = self.role.unwrap_or(AccountRole::User);
        let uses = self.uses.unwrap_or(1);
        let expires_at = self.expires_at.unwrap_or(now + TimeDelta::days(DEFAULT_DAYS));
        let mut complaints = Complaints::default();
        let is_fitting = (role == AccountRole::Listener) == self.guardian_id.is_some();
        let advice = match role {
            AccountRole::Listener => "Choose the user whose sources the listener hears.",
            _ => "Only a listener has a guardian.",
        };
        complaints.check(is_fitting, "guardian_id", advice);
        let advice = format!("Choose 1 to {MAX_USES} accounts.");
        complaints.check((1..=MAX_USES).contains(&uses), "uses", advice);
        let is_bounded = expires_at > now && expires_at <= now + TimeDelta::days(MAX_DAYS);
        let advice = format!("Choose a time in the future, at most {MAX_DAYS} days from now.");
        complaints.check(is_bounded, "expires_at", advice);
        complaints.finish()?;
        Ok(InviteTerms { role, guardian_id: self.guardian_id, uses, expires_at })
    }
}

/// An invitation that was just made, with its link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MadeInvite {
    #[serde(flatten)]
    pub row: Invite,
    /// The link. Shown this once.
    pub url: String,
}

/// Role that an invitation offers to a visitor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteOffer {
    pub role: AccountRole,
    /// Name of the guardian of a listener.
    pub guardian: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(new: NewInvite) -> Vec<String> {
        let refusal = new.check(DateTime::UNIX_EPOCH).err();
        refusal.map(|r| r.fields().iter().map(|f| f.field.clone()).collect()).unwrap_or_default()
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let (role, guardian_id) = (Some(AccountRole::Admin), Some(UserId(1)));
        let new = NewInvite { role, guardian_id, uses: Some(0), expires_at: Some(DateTime::UNIX_EPOCH) };
        assert_eq!(fields(new), ["guardian_id", "uses", "expires_at"]);
    }

    #[test]
    fn a_listener_needs_a_guardian() {
        let listener = NewInvite { role: Some(AccountRole::Listener), ..NewInvite::default() };
        assert_eq!(fields(listener), ["guardian_id"]);
        assert!(fields(NewInvite { guardian_id: Some(UserId(1)), ..listener }).is_empty());
    }

    #[test]
    fn an_invitation_is_for_one_user_and_a_week_unless_it_says_otherwise() {
        let expires_at = DateTime::UNIX_EPOCH + TimeDelta::days(DEFAULT_DAYS);
        let terms = InviteTerms { role: AccountRole::User, guardian_id: None, uses: 1, expires_at };
        assert_eq!(NewInvite::default().check(DateTime::UNIX_EPOCH), Ok(terms));
        let days = |days| Some(DateTime::UNIX_EPOCH + TimeDelta::days(days));
        let lasting = |expires_at, uses| NewInvite { expires_at, uses, ..NewInvite::default() };
        assert!(fields(lasting(days(MAX_DAYS), Some(MAX_USES))).is_empty());
        assert_eq!(fields(lasting(days(MAX_DAYS + 1), Some(MAX_USES + 1))), ["uses", "expires_at"]);
    }
}
