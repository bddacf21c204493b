//! Users as administrators see and change them.

use super::sql::{all, anywhere, args, execute, one, row, sql, value, values};
use super::{ConnectionTrait, DbErr};
use crate::account::AccountRole;
use crate::managed_user::{ManagedUser, UserFilter};
use crate::page::PageQuery;
use crate::{DateTime, Page, UserId, Utc};

row!(ManagedUser {
    id,
    username,
    display_name,
    role,
    is_admin,
    guardian_id,
    guardian,
    disabled_at,
    delete_after,
    created_at,
    last_seen_at,
    sessions,
    api_keys
});

/// Users at time `$1`.
const SELECT: &str = "SELECT a.id, a.username, a.display_name, a.role, a.role = 'admin' AS is_admin, a.guardian_id,
        g.username AS guardian, a.disabled_at, x.delete_after, a.created_at,
        (SELECT MAX(COALESCE(s.last_seen_at, s.created_at)) FROM session s WHERE s.user_id = a.id) AS last_seen_at,
        (SELECT COUNT(*) FROM session s WHERE s.user_id = a.id AND s.expires_at > $1) AS sessions,
        (SELECT COUNT(*) FROM api_key k
         WHERE k.user_id = a.id AND k.expires_at > $1 AND k.revoked_at IS NULL) AS api_keys
     FROM account a LEFT JOIN account g ON g.id = a.guardian_id
     LEFT JOIN account_deletion x ON x.user_id = a.id";

/// Lists users, newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    filter: &UserFilter,
    page: &PageQuery,
    now: DateTime<Utc>,
) -> Result<Page<ManagedUser>, DbErr> {
    let (limit, from) = (page.limit(), page.after_id().unwrap_or(i64::MAX));
    let part = anywhere(filter.q.as_deref());
    let sql =
        sql!("{SELECT} WHERE a.id < $2 AND a.username_key LIKE $3 ESCAPE '!' ORDER BY a.id DESC LIMIT $4");
    let rows = all(db, sql, args![now, from, part, limit + 1]).await?;
    Ok(Page::cut(rows, limit, |row: &ManagedUser| row.id.to_string()))
}

pub async fn get(
    db: &impl ConnectionTrait,
    id: UserId,
    now: DateTime<Utc>,
) -> Result<Option<ManagedUser>, DbErr> {
    one(db, sql!("{SELECT} WHERE a.id = $2"), args![now, id]).await
}

/// Administrators who may sign in, in order of id.
pub async fn administrators(db: &impl ConnectionTrait) -> Result<Vec<UserId>, DbErr> {
    let sql = "SELECT id FROM account WHERE role = 'admin' AND disabled_at IS NULL ORDER BY id";
    values(db, sql, Vec::new()).await
}

/// Users who may be a guardian: all but listeners and disabled ones, by name, at most `most`.
pub async fn guardians(db: &impl ConnectionTrait, most: i64) -> Result<Vec<(UserId, String)>, DbErr> {
    let sql = "SELECT id, username FROM account WHERE role <> 'listener' AND disabled_at IS NULL
         ORDER BY username_key LIMIT $1";
    let rows: Vec<NamedUser> = all(db, sql, args![most]).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.username)).collect())
}

struct NamedUser {
    id: UserId,
    username: String,
}
row!(NamedUser { id, username });

/// Whether the user is the guardian of a listener.
pub async fn is_guardian(db: &impl ConnectionTrait, owner: UserId) -> Result<bool, DbErr> {
    let sql = "SELECT id FROM account WHERE guardian_id = $1 LIMIT 1";
    Ok(value::<i64>(db, sql, args![owner]).await?.is_some())
}

/// Whether the user's library is empty: no subscriptions, and no downloads in any state.
pub async fn has_empty_library(db: &impl ConnectionTrait, owner: UserId) -> Result<bool, DbErr> {
    let sql = "SELECT id FROM (SELECT id FROM subscription WHERE user_id = $1
         UNION ALL SELECT id FROM download WHERE user_id = $1) held LIMIT 1";
    Ok(value::<i64>(db, sql, args![owner]).await?.is_none())
}

/// Sets the role and the guardian. A listener has no first steps to take.
pub async fn set_role(
    db: &impl ConnectionTrait,
    owner: UserId,
    role: AccountRole,
    guardian: Option<UserId>,
) -> Result<(), DbErr> {
    let sql = "UPDATE account SET role = $2, is_admin = $3, guardian_id = $4, onboarded = onboarded OR $5 WHERE id = $1";
    let (is_admin, is_listener) = (role == AccountRole::Admin, role == AccountRole::Listener);
    execute(db, sql, args![owner, role, is_admin, guardian, is_listener]).await.map(|_| ())
}

/// Disables an account, or enables it with none.
pub async fn set_disabled(
    db: &impl ConnectionTrait,
    owner: UserId,
    at: Option<DateTime<Utc>>,
) -> Result<(), DbErr> {
    execute(db, "UPDATE account SET disabled_at = $2 WHERE id = $1", args![owner, at]).await.map(|_| ())
}
