//! Accounts of a gateway, as it tells them and as a site keeps them.

use crate::UserId;
use crate::bundle::PeerAccount;
use crate::db::sql::{all, args, execute, one, row, value};
use crate::db::{ConnectionTrait, DbErr};

row!(PeerAccount { username, display_name, password_hash, is_disabled });

/// Accounts of this node with a password, by name.
pub async fn own_accounts(db: &impl ConnectionTrait) -> Result<Vec<PeerAccount>, DbErr> {
    let sql =
        "SELECT username, display_name, password_hash, disabled_at IS NOT NULL AS is_disabled FROM account
        WHERE home IS NULL AND password_hash NOT LIKE 'none:%' ORDER BY id";
    all(db, sql, args![]).await
}

/// An account with this name.
pub struct NamedAccount {
    pub id: UserId,
    /// Node that it comes from. None of one of this node.
    pub home: Option<String>,
    pub password_hash: String,
    pub is_disabled: bool,
}
row!(NamedAccount { id, home, password_hash, is_disabled });

pub async fn named_account(db: &impl ConnectionTrait, username: &str) -> Result<Option<NamedAccount>, DbErr> {
    let sql = "SELECT id, home, password_hash, disabled_at IS NOT NULL AS is_disabled FROM account
        WHERE username_key = $1";
    one(db, sql, args![username.to_lowercase()]).await
}

/// Stores that a bundle of this number names an account.
pub async fn set_named(db: &impl ConnectionTrait, owner: UserId, seq: i64) -> Result<(), DbErr> {
    execute(db, "UPDATE account SET home_seq = $2 WHERE id = $1", args![owner, seq]).await.map(|_| ())
}

/// Number of accounts of a peer that its bundle of this number has named so far.
pub async fn named_accounts(db: &impl ConnectionTrait, peer: &str, seq: i64) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) FROM account WHERE home = $1 AND home_seq = $2";
    Ok(value(db, sql, args![peer, seq]).await?.unwrap_or_default())
}

/// Enabled accounts of a peer that its bundle of this number does not name.
pub async fn unnamed_accounts(db: &impl ConnectionTrait, peer: &str, seq: i64) -> Result<Vec<UserId>, DbErr> {
    let sql = "SELECT id FROM account WHERE home = $1 AND home_seq <> $2 AND disabled_at IS NULL ORDER BY id";
    crate::db::sql::values(db, sql, args![peer, seq]).await
}

/// Node that an account comes from, if it is another.
pub async fn home(db: &impl ConnectionTrait, owner: UserId) -> Result<Option<String>, DbErr> {
    value(db, "SELECT home FROM account WHERE id = $1 AND home IS NOT NULL", args![owner]).await
}
