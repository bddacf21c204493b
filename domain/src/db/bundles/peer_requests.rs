//! Requests of sites, as their gateway keeps them. All writes hold the lock of `lock_node`, so that the
//! numbers of answers rise in the order of commits.

use crate::bundle::{AskedRequest, RequestCount, RequestKind, RequestPayload, RequestStatus};
use crate::db::sql::{all, args, execute, listed, one, row, sql, to_json, value};
use crate::db::{ConnectionTrait, DbErr};
use crate::{DateTime, ItemId, RunId, UserId, Utc};

/// A request of a site as stored.
#[derive(Debug, Clone)]
pub struct PeerRequest {
    pub peer: String,
    pub id: String,
    pub kind: RequestKind,
    pub payload: RequestPayload,
    /// Account under which the gateway does what is asked.
    pub user_id: UserId,
    pub run_id: Option<RunId>,
    pub status: RequestStatus,
    pub error: Option<String>,
    /// Summary and item keys as JSON.
    pub response: Option<String>,
    pub rev: i64,
    pub created_at: DateTime<Utc>,
}
row!(PeerRequest { peer, id, kind, user_id, run_id, status, error, response, rev, created_at; payload });

const COLUMNS: &str = "peer, id, kind, payload, user_id, run_id, status, error, response, rev, created_at";

/// Next number of an answer for a peer.
const NEXT: &str = "(SELECT COALESCE(MAX(n.rev), 0) + 1 FROM peer_request n WHERE n.peer = $1)";

/// Stores a request, or that a bundle of this number names it again. True if
/// there is something to do for it.
pub async fn take_request(
    db: &impl ConnectionTrait,
    peer: &str,
    asked: &AskedRequest,
    shadow: UserId,
    seq: i64,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let again = "UPDATE peer_request SET seq = $3 WHERE peer = $1 AND id = $2";
    if execute(db, again, args![peer, asked.id.as_str(), seq]).await? > 0 {
        // The file was sent and is still asked for, and it is not here any more.
        let anew = "UPDATE peer_request SET status = 'imported' WHERE peer = $1 AND id = $2 AND kind = 'item'
            AND status = 'completed' AND NOT EXISTS (SELECT 1 FROM peer_file f WHERE f.peer = $1 AND f.request = $2)";
        return Ok(execute(db, anew, args![peer, asked.id.as_str()]).await? > 0);
    }
    let sql = sql!(
        "INSERT INTO peer_request (peer, id, kind, payload, user_id, status, rev, seq, asked_at, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, 'imported', {NEXT}, $6, $7, $8, $8)"
    );
    let AskedRequest { id, kind, payload, asked_at, .. } = asked;
    let values = args![peer, id.as_str(), *kind, to_json(payload)?, shadow, seq, *asked_at, now];
    execute(db, sql, values).await.map(|_| true)
}

/// Number of requests of a peer that the bundle of this number has named so far.
pub async fn named_requests(db: &impl ConnectionTrait, peer: &str, seq: i64) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) FROM peer_request WHERE peer = $1 AND seq = $2";
    Ok(value(db, sql, args![peer, seq]).await?.unwrap_or_default())
}

/// Number of requests of a peer that came since a time.
pub async fn requests_since(
    db: &impl ConnectionTrait,
    peer: &str,
    since: DateTime<Utc>,
) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) FROM peer_request WHERE peer = $1 AND created_at >= $2";
    Ok(value(db, sql, args![peer, since]).await?.unwrap_or_default())
}

/// Open requests of a peer that its bundle of this number does not name.
pub async fn unnamed_requests(
    db: &impl ConnectionTrait,
    peer: &str,
    seq: i64,
) -> Result<Vec<PeerRequest>, DbErr> {
    let sql = sql!(
        "SELECT {COLUMNS} FROM peer_request WHERE peer = $1 AND seq <> $2 AND status IN ('imported', 'processing')"
    );
    all(db, sql, args![peer, seq]).await
}

/// Requests of trusted peers that are not answered yet, oldest first.
pub async fn unanswered(db: &impl ConnectionTrait, limit: i64) -> Result<Vec<PeerRequest>, DbErr> {
    let sql = sql!(
        "SELECT {COLUMNS} FROM peer_request WHERE status IN ('imported', 'processing')
           AND EXISTS (SELECT 1 FROM peer p WHERE p.name = peer_request.peer AND p.revoked_at IS NULL)
         ORDER BY created_at, id LIMIT $1"
    );
    all(db, sql, args![limit]).await
}

/// Moves a request to a later state, under the next number. False if it is in another state.
pub async fn advance_request(
    db: &impl ConnectionTrait,
    request: &PeerRequest,
    to: RequestStatus,
    error: Option<&str>,
    response: Option<String>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    debug_assert!(request.status.may_become(to), "{to}");
    let sql = sql!(
        "UPDATE peer_request SET status = $4, error = $5, response = $6, run_id = $7, updated_at = $8, rev = {NEXT}
         WHERE peer = $1 AND id = $2 AND status = $3"
    );
    let PeerRequest { peer, id, status, run_id, .. } = request;
    let error = error.map(str::to_owned);
    let values = args![peer.as_str(), id.as_str(), *status, to, error, response, *run_id, now];
    Ok(execute(db, sql, values).await? > 0)
}

/// Requests of a peer above a number, in order.
pub async fn answers(
    db: &impl ConnectionTrait,
    peer: &str,
    above: i64,
    limit: i64,
) -> Result<Vec<PeerRequest>, DbErr> {
    let sql = sql!("SELECT {COLUMNS} FROM peer_request WHERE peer = $1 AND rev > $2 ORDER BY rev LIMIT $3");
    all(db, sql, args![peer, above, limit]).await
}

/// Account that stands for a user of a peer, if there is one.
pub async fn shadow(db: &impl ConnectionTrait, username: &str) -> Result<Option<UserId>, DbErr> {
    let sql = "SELECT id FROM account WHERE username_key = $1 AND home IS NOT NULL";
    value(db, sql, args![username.to_lowercase()]).await
}

/// Says which node an account comes from.
pub async fn set_home(db: &impl ConnectionTrait, owner: UserId, home: &str) -> Result<(), DbErr> {
    execute(db, "UPDATE account SET home = $2 WHERE id = $1", args![owner, home]).await.map(|_| ())
}

/// Subscribes an account to all that its site follows.
pub async fn follow_with_site(
    db: &impl ConnectionTrait,
    owner: UserId,
    peer: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO subscription (user_id, source_id, priority, created_at)
        SELECT DISTINCT CAST($1 AS BIGINT), f.source_id, 0, $3 FROM peer_follow f JOIN source s ON s.id = f.source_id
        WHERE f.peer = $2 AND s.private_to IS NULL
          AND NOT EXISTS (SELECT 1 FROM subscription b WHERE b.user_id = $1 AND b.source_id = f.source_id)";
    execute(db, sql, args![owner, peer, now]).await.map(|_| ())
}

/// The item with this key. Of a private source only if it is this account's.
pub async fn item_for(db: &impl ConnectionTrait, owner: UserId, key: &str) -> Result<Option<ItemId>, DbErr> {
    let sql = "SELECT i.id FROM item i JOIN source s ON s.id = i.source_id
        WHERE i.key = $2 AND (s.private_to IS NULL OR s.private_to = $1)";
    value(db, sql, args![owner, key]).await
}

/// Keys of these items, in their order. Of private sources only those of this account.
pub async fn keys_of(
    db: &impl ConnectionTrait,
    owner: UserId,
    items: &[ItemId],
) -> Result<Vec<String>, DbErr> {
    struct KeyOfItem {
        id: ItemId,
        key: String,
    }
    row!(KeyOfItem { id, key });
    let mut asked = args![owner];
    let ids = listed(items.iter().copied(), &mut asked);
    let sql = sql!(
        "SELECT i.id, i.key FROM item i JOIN source s ON s.id = i.source_id
         WHERE i.id IN ({ids}) AND (s.private_to IS NULL OR s.private_to = $1)"
    );
    let rows: Vec<KeyOfItem> = all(db, sql, asked).await?;
    let keys: std::collections::HashMap<_, _> = rows.into_iter().map(|row| (row.id, row.key)).collect();
    Ok(items.iter().filter_map(|item| keys.get(item).cloned()).collect())
}

/// Number of requests of all peers in each state.
pub async fn count_peer_requests(db: &impl ConnectionTrait) -> Result<Vec<RequestCount>, DbErr> {
    all(db, "SELECT status, COUNT(*) AS number FROM peer_request GROUP BY status", args![]).await
}

/// Deletes answered requests from before a time.
pub async fn delete_answered(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let sql = "DELETE FROM peer_request WHERE status IN ('completed', 'failed') AND updated_at < $1";
    execute(db, sql, args![before]).await
}

/// A peer's request, for tests and the page.
pub async fn peer_request(
    db: &impl ConnectionTrait,
    peer: &str,
    id: &str,
) -> Result<Option<PeerRequest>, DbErr> {
    one(db, sql!("SELECT {COLUMNS} FROM peer_request WHERE peer = $1 AND id = $2"), args![peer, id]).await
}
