//! Sources and items that a user sees, as conditions of SQL.

use super::sql::{args, value};
use super::{ConnectionTrait, DbErr};
use crate::UserId;
use crate::account::AccountRole;

/// Condition: source `s` is visible to user `$1`.
const OF_USERS: &str = "(s.origin <> 'person' OR s.added_by = $1
    OR (s.private_to IS NULL AND EXISTS (SELECT 1 FROM subscription v WHERE v.source_id = s.id AND v.user_id = $1)))";

/// Condition: source `s` is visible to listener `$1`, because their guardian follows it.
const OF_LISTENERS: &str = "(s.private_to IS NULL AND EXISTS (SELECT 1 FROM subscription v JOIN account w ON w.guardian_id = v.user_id
    WHERE v.source_id = s.id AND w.id = $1))";

/// The same for item `i` of source `s`: without those that their publisher marks as explicit.
const ITEMS_OF_LISTENERS: &str = "(NOT i.explicit AND s.private_to IS NULL
    AND EXISTS (SELECT 1 FROM subscription v JOIN account w ON w.guardian_id = v.user_id
        WHERE v.source_id = s.id AND w.id = $1))";

/// Condition: the guardian of listener `$1` has subscription `b` of source `s`.
const FOLLOWED_BY_GUARDIANS: &str = "(s.private_to IS NULL
    AND b.user_id = (SELECT w.guardian_id FROM account w WHERE w.id = $1))";

/// Rule of visibility for one user. The role is read first, so that the statements of all who are no
/// listeners have no condition for listeners.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visibility {
    is_listener: bool,
}

impl Visibility {
    pub async fn of(db: &impl ConnectionTrait, owner: UserId) -> Result<Self, DbErr> {
        let role: Option<AccountRole> =
            value(db, "SELECT role FROM account WHERE id = $1", args![owner]).await?;
        Ok(Self { is_listener: role == Some(AccountRole::Listener) })
    }

    /// Condition: source `s` is visible to user `$1`.
    pub fn source(self) -> &'static str {
        if self.is_listener { OF_LISTENERS } else { OF_USERS }
    }

    /// Condition: item `i` of source `s` is visible to user `$1`.
    pub fn item(self) -> &'static str {
        if self.is_listener { ITEMS_OF_LISTENERS } else { OF_USERS }
    }

    /// Condition: subscription `b` of source `s` counts for user `$1`, or, for a listener, is the guardian's.
    pub fn followed(self) -> &'static str {
        if self.is_listener { FOLLOWED_BY_GUARDIANS } else { "b.user_id = $1" }
    }

    /// Condition on item `i` alone; none if all items of a visible source are visible.
    pub fn explicit(self) -> Option<&'static str> {
        self.is_listener.then_some("NOT i.explicit")
    }
}
