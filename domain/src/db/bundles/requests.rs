//! Requests of a site's users, and the files that it waits for.

use crate::bundle::{
    BundleRequest, RequestCount, RequestFilter, RequestKind, RequestPayload, RequestStatus, SourceMark,
};
use crate::db::sql::{all, args, execute, listed, one, row, sql, to_json, value};
use crate::db::{ConnectionTrait, DbErr};
use crate::page::PageQuery;
use crate::{DateTime, ItemId, Page, UserId, Utc};

row!(BundleRequest { id, kind, status, error, created_at, updated_at; payload });

const SELECT: &str = "SELECT id, kind, status, error, created_at, updated_at, payload FROM bundle_request";

/// Inserts a request of a user. False if the user has the maximum number of open ones.
pub async fn insert_request(
    db: &impl ConnectionTrait,
    owner: UserId,
    request: &BundleRequest,
    most: i64,
) -> Result<bool, DbErr> {
    let sql = "INSERT INTO bundle_request (id, user_id, kind, payload, status, created_at, updated_at)
        SELECT $1, $2, $3, $4, $5, $6, $6 WHERE (SELECT COUNT(*) FROM bundle_request
            WHERE user_id = $2 AND status NOT IN ('completed', 'failed')) < $7";
    let BundleRequest { id, kind, payload, status, created_at, .. } = request;
    let values = args![id.as_str(), owner, *kind, to_json(payload)?, *status, *created_at, most];
    Ok(execute(db, sql, values).await? > 0)
}

/// Asks for the file of an item, unless it is asked for.
pub async fn ask_for_file(
    db: &impl ConnectionTrait,
    id: &str,
    item: ItemId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "INSERT INTO bundle_request (id, item_id, kind, payload, status, created_at, updated_at)
        VALUES ($1, $2, 'item', '{}', 'pending', $3, $3) ON CONFLICT DO NOTHING";
    Ok(execute(db, sql, args![id, item, now]).await? > 0)
}

pub async fn request(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: &str,
) -> Result<Option<BundleRequest>, DbErr> {
    one(db, sql!("{SELECT} WHERE user_id = $1 AND id = $2"), args![owner, id]).await
}

/// Lists a user's requests, newest first.
pub async fn requests(
    db: &impl ConnectionTrait,
    owner: UserId,
    filter: RequestFilter,
    page: &PageQuery,
) -> Result<Page<BundleRequest>, DbErr> {
    let limit = page.limit();
    let sql = sql!(
        "{SELECT} WHERE user_id = $1 AND (CAST($2 AS TEXT) IS NULL OR status = $2)
           AND (CAST($3 AS TEXT) IS NULL OR (created_at, id) < (SELECT c.created_at, c.id FROM bundle_request c
               WHERE c.user_id = $1 AND c.id = $3))
         ORDER BY created_at DESC, id DESC LIMIT $4"
    );
    let rows = all(db, sql, args![owner, filter.status, page.cursor.clone(), limit + 1]).await?;
    Ok(Page::cut(rows, limit, |row: &BundleRequest| row.id.clone()))
}

/// Summary and item keys of an answer, as JSON. None before the request is completed.
pub async fn response(db: &impl ConnectionTrait, owner: UserId, id: &str) -> Result<Option<String>, DbErr> {
    let sql = "SELECT response FROM bundle_request
        WHERE user_id = $1 AND id = $2 AND status = 'completed' AND response IS NOT NULL";
    value(db, sql, args![owner, id]).await
}

/// Ends a request that has no answer. False if it is over.
pub async fn withdraw_request(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: &str,
    why: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE bundle_request SET status = 'failed', error = $3, updated_at = $4
        WHERE user_id = $1 AND id = $2 AND status NOT IN ('completed', 'failed')";
    Ok(execute(db, sql, args![owner, id, why, now]).await? > 0)
}

/// An open request for the gateway.
pub struct OpenRequest {
    pub id: String,
    /// Its user; of a file of a private feed, the user whose feed it is.
    pub user_id: Option<UserId>,
    pub kind: RequestKind,
    pub payload: RequestPayload,
    /// Key of the item whose file is asked for.
    pub item: Option<String>,
    pub created_at: DateTime<Utc>,
}
row!(OpenRequest { id, user_id, kind, item, created_at; payload });

/// Open requests, oldest first.
pub async fn open_requests(db: &impl ConnectionTrait, limit: i64) -> Result<Vec<OpenRequest>, DbErr> {
    let sql = "SELECT q.id, COALESCE(q.user_id, s.private_to) AS user_id, q.kind, q.payload, q.created_at, i.key AS item
        FROM bundle_request q LEFT JOIN item i ON i.id = q.item_id LEFT JOIN source s ON s.id = i.source_id
        WHERE q.status NOT IN ('completed', 'failed') ORDER BY q.created_at, q.id LIMIT $1";
    all(db, sql, args![limit]).await
}

/// Ends the requests for files that no download waits for.
pub async fn end_deserted(db: &impl ConnectionTrait, why: &str, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let sql = "UPDATE bundle_request SET status = 'failed', error = $1, updated_at = $2
        WHERE kind = 'item' AND status NOT IN ('completed', 'failed') AND NOT EXISTS (SELECT 1 FROM download d
            JOIN item i ON i.media_url = d.media_url
            WHERE i.id = bundle_request.item_id AND d.status = 'queued')";
    execute(db, sql, args![why, now]).await
}

/// Marks pending requests as exported. Returns those of users.
pub async fn set_exported(
    db: &impl ConnectionTrait,
    ids: &[String],
    now: DateTime<Utc>,
) -> Result<Vec<(UserId, String, RequestKind)>, DbErr> {
    struct Exported {
        user_id: Option<UserId>,
        id: String,
        kind: RequestKind,
    }
    row!(Exported { user_id, id, kind });
    let mut asked = args![now];
    let listed = listed(ids.iter().map(String::as_str), &mut asked);
    let sql = sql!(
        "UPDATE bundle_request SET status = 'exported', updated_at = $1
         WHERE status = 'pending' AND id IN ({listed}) RETURNING user_id, id, kind"
    );
    let rows: Vec<Exported> = all(db, sql, asked).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.user_id?, row.id, row.kind))).collect())
}

/// A request that an answer is about.
pub struct AnsweredRequest {
    pub user_id: Option<UserId>,
    pub item_id: Option<ItemId>,
    pub kind: RequestKind,
    pub status: RequestStatus,
}
row!(AnsweredRequest { user_id, item_id, kind, status });

pub async fn answered_request(db: &impl ConnectionTrait, id: &str) -> Result<Option<AnsweredRequest>, DbErr> {
    one(db, "SELECT user_id, item_id, kind, status FROM bundle_request WHERE id = $1", args![id]).await
}

/// Locks a request until the transaction ends.
pub async fn lock_request(db: &impl ConnectionTrait, id: &str) -> Result<Option<AnsweredRequest>, DbErr> {
    let sql = "UPDATE bundle_request SET updated_at = updated_at WHERE id = $1 RETURNING user_id, item_id, kind, status";
    one(db, sql, args![id]).await
}

/// Stores the state of a locked request.
pub async fn set_request(
    db: &impl ConnectionTrait,
    id: &str,
    (status, error): (RequestStatus, Option<&str>),
    response: Option<String>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql =
        "UPDATE bundle_request SET status = $2, error = $3, response = $4, updated_at = $5 WHERE id = $1";
    execute(db, sql, args![id, status, error.map(str::to_owned), response, now]).await.map(|_| ())
}

/// Completes the open requests for the file of an item.
pub async fn complete_item(db: &impl ConnectionTrait, item: ItemId, now: DateTime<Utc>) -> Result<(), DbErr> {
    let sql = "UPDATE bundle_request SET status = 'completed', error = NULL, updated_at = $2
        WHERE item_id = $1 AND status NOT IN ('completed', 'failed')";
    execute(db, sql, args![item, now]).await.map(|_| ())
}

/// Fails the open request for the file of an item.
pub async fn fail_item(
    db: &impl ConnectionTrait,
    item: ItemId,
    why: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "UPDATE bundle_request SET status = 'failed', error = $2, updated_at = $3
        WHERE item_id = $1 AND status NOT IN ('completed', 'failed')";
    execute(db, sql, args![item, why, now]).await.map(|_| ())
}

/// Moves the mark of a gateway's answers. It never moves back within an epoch.
pub async fn set_answer_mark(db: &impl ConnectionTrait, peer: &str, mark: SourceMark) -> Result<(), DbErr> {
    let sql = "UPDATE peer SET request_epoch = $2, request_mark = $3 WHERE name = $1
        AND (request_epoch < $2 OR (request_epoch = $2 AND request_mark < $3))";
    execute(db, sql, args![peer, mark.epoch, mark.rev]).await.map(|_| ())
}

row!(RequestCount { status, number });

/// Number of requests in each state.
pub async fn count_requests(db: &impl ConnectionTrait) -> Result<Vec<RequestCount>, DbErr> {
    all(db, "SELECT status, COUNT(*) AS number FROM bundle_request GROUP BY status", args![]).await
}

/// Deletes requests that ended before a time.
pub async fn delete_requests(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let sql = "DELETE FROM bundle_request WHERE status IN ('completed', 'failed') AND updated_at < $1";
    execute(db, sql, args![before]).await
}
