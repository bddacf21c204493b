//! Rule of second factors: the time since which it applies to an account, and whether it is met.

use super::sql::{args, execute, one, row};
use super::{ConnectionTrait, DbErr};
use crate::{DateTime, UserId, Utc};

/// An account under the rule.
pub struct FactorRuleRow {
    /// None if the rule has not applied to it yet.
    pub since: Option<DateTime<Utc>>,
    /// Whether it has an authenticator app or a passkey.
    pub is_met: bool,
}
row!(FactorRuleRow { since, is_met });

pub async fn get(db: &impl ConnectionTrait, owner: UserId) -> Result<Option<FactorRuleRow>, DbErr> {
    let sql = "SELECT factor_rule_since AS since,
            EXISTS (SELECT 1 FROM totp t WHERE t.user_id = account.id AND t.confirmed_at IS NOT NULL)
            OR EXISTS (SELECT 1 FROM passkey p WHERE p.user_id = account.id) AS is_met
         FROM account WHERE id = $1";
    one(db, sql, args![owner]).await
}

/// Begins the rule for an account, unless it has begun before (compare-and-set).
pub async fn begin(db: &impl ConnectionTrait, owner: UserId, now: DateTime<Utc>) -> Result<(), DbErr> {
    let sql = "UPDATE account SET factor_rule_since = $2 WHERE id = $1 AND factor_rule_since IS NULL";
    execute(db, sql, args![owner, now]).await.map(|_| ())
}

/// Begins the rule for all accounts, or for all administrators, that it has not begun for.
pub async fn begin_for_all(
    db: &impl ConnectionTrait,
    admins_alone: bool,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "UPDATE account SET factor_rule_since = $1
         WHERE factor_rule_since IS NULL AND (role = 'admin' OR NOT CAST($2 AS BOOLEAN))";
    execute(db, sql, args![now, admins_alone]).await.map(|_| ())
}
