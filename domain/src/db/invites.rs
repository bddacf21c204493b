//! Invitations, found by the hash of their link's secret.

use super::sql::{SafeSql, all, args, execute, one, row, sql, value};
use super::{ConnectionTrait, DbErr};
use crate::account::AccountRole;
use crate::invite::{Invite, InviteOffer, InviteTerms};
use crate::page::PageQuery;
use crate::{DateTime, InviteId, Page, UserId, Utc};

row!(Invite {
    id,
    state,
    role,
    guardian_id,
    guardian,
    uses_left,
    expires_at,
    made_by,
    created_at,
    revoked_at
});
row!(InviteOffer { role, guardian });

/// Condition of an invitation `i` that works at time `$1`. Its maker must still be an administrator.
const WORKS: &str = "i.revoked_at IS NULL AND i.uses_left > 0 AND i.expires_at > $1 AND EXISTS (
    SELECT 1 FROM account m WHERE m.id = i.made_by AND m.role = 'admin' AND m.disabled_at IS NULL)";

/// Invitations at time `$1`.
fn select() -> SafeSql {
    sql!(
        "SELECT i.id, i.role, i.guardian_id, g.username AS guardian, i.uses_left, i.expires_at,
            m.username AS made_by, i.created_at, i.revoked_at,
            CASE WHEN i.revoked_at IS NOT NULL THEN 'revoked' WHEN i.uses_left = 0 THEN 'used_up'
                WHEN i.expires_at <= $1 THEN 'expired' WHEN {WORKS} THEN 'works' ELSE 'orphaned' END AS state
         FROM invite i JOIN account m ON m.id = i.made_by LEFT JOIN account g ON g.id = i.guardian_id"
    )
}

/// Lists invitations, newest first, with those that ended lately.
pub async fn list(
    db: &impl ConnectionTrait,
    page: &PageQuery,
    now: DateTime<Utc>,
) -> Result<Page<Invite>, DbErr> {
    let (limit, select) = (page.limit(), select());
    let sql = sql!("{select} WHERE i.id < $2 ORDER BY i.id DESC LIMIT $3");
    let rows = all(db, sql, args![now, page.after_id().unwrap_or(i64::MAX), limit + 1]).await?;
    Ok(Page::cut(rows, limit, |row: &Invite| row.id.to_string()))
}

pub async fn get(
    db: &impl ConnectionTrait,
    id: InviteId,
    now: DateTime<Utc>,
) -> Result<Option<Invite>, DbErr> {
    let select = select();
    one(db, sql!("{select} WHERE i.id = $2"), args![now, id]).await
}

/// Number of invitations that work.
pub async fn count(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<i64, DbErr> {
    let sql = sql!("SELECT COUNT(*) FROM invite i WHERE {WORKS}");
    Ok(value(db, sql, args![now]).await?.unwrap_or_default())
}

pub async fn insert(
    db: &impl ConnectionTrait,
    made_by: UserId,
    token_hash: &str,
    terms: InviteTerms,
    now: DateTime<Utc>,
) -> Result<Option<InviteId>, DbErr> {
    let InviteTerms { role, guardian_id, uses, expires_at } = terms;
    let sql = "INSERT INTO invite (token_hash, role, guardian_id, uses_left, expires_at, made_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
    value(db, sql, args![token_hash, role, guardian_id, uses, expires_at, made_by, now]).await
}

/// Revokes an invitation (compare-and-set). False if there is none, or it was revoked before.
pub async fn revoke(db: &impl ConnectionTrait, id: InviteId, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = "UPDATE invite SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    Ok(execute(db, sql, args![id, now]).await? > 0)
}

/// Offer of an invitation. None unless it works.
pub async fn offer(
    db: &impl ConnectionTrait,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<InviteOffer>, DbErr> {
    let sql = sql!(
        "SELECT i.role, g.username AS guardian FROM invite i LEFT JOIN account g ON g.id = i.guardian_id
         WHERE {WORKS} AND i.token_hash = $2"
    );
    one(db, sql, args![now, token_hash]).await
}

/// Invitation that was used, and what its account gets.
pub struct UsedInvite {
    pub id: InviteId,
    pub role: AccountRole,
    pub guardian_id: Option<UserId>,
    pub made_by: UserId,
}
row!(UsedInvite { id, role, guardian_id, made_by });

/// Takes one use of an invitation (compare-and-set). None unless it works.
pub async fn take(
    db: &impl ConnectionTrait,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<UsedInvite>, DbErr> {
    let sql = sql!(
        "UPDATE invite AS i SET uses_left = i.uses_left - 1 WHERE {WORKS} AND i.token_hash = $2
         RETURNING id, role, guardian_id, made_by"
    );
    one(db, sql, args![now, token_hash]).await
}

/// Deletes invitations that ended before a time.
pub async fn delete_ended(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    execute(db, "DELETE FROM invite WHERE expires_at <= $1 OR revoked_at <= $1", args![before]).await
}
