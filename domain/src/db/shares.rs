//! Shares of users, and what their links open.

use super::pictures::item_cover;
use super::sql::{SafeSql, all, args, execute, listed, one, row, sql, value, values};
use super::visibility::Visibility;
use super::{ConnectionTrait, DbErr};
use crate::item::Enclosure;
use crate::page::PageQuery;
use crate::share::{MAX_SHARED_ITEMS, ShareTarget};
use crate::source::{Kind, Origin};
use crate::{CollectionId, DateTime, ItemId, Page, ShareId, UserId, Utc};

/// Share of a user.
pub struct ShareRow {
    pub id: ShareId,
    /// Secret of the link, sealed.
    pub token: String,
    pub item_id: Option<ItemId>,
    pub collection_id: Option<CollectionId>,
    /// None if the owner cannot see the item any more.
    pub title: Option<String>,
    pub created_at: DateTime<Utc>,
    pub last_read_at: Option<DateTime<Utc>>,
}
row!(ShareRow { id, token, item_id, collection_id, title, created_at, last_read_at });

/// Shares of user `$1`.
async fn select(db: &impl ConnectionTrait, owner: UserId) -> Result<SafeSql, DbErr> {
    let visible = Visibility::of(db, owner).await?.item();
    Ok(sql!(
        "SELECT h.id, h.token, h.item_id, h.collection_id, h.created_at, h.last_read_at,
            CASE WHEN h.item_id IS NULL THEN c.name WHEN {visible} THEN i.title END AS title
         FROM share h LEFT JOIN collection c ON c.id = h.collection_id
         LEFT JOIN item i ON i.id = h.item_id LEFT JOIN source s ON s.id = i.source_id
         WHERE h.user_id = $1"
    ))
}

/// Lists shares, newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    owner: UserId,
    page: &PageQuery,
) -> Result<Page<ShareRow>, DbErr> {
    let (limit, select) = (page.limit(), select(db, owner).await?);
    let sql = sql!("{select} AND h.id < $2 ORDER BY h.id DESC LIMIT $3");
    let rows = all(db, sql, args![owner, page.after_id().unwrap_or(i64::MAX), limit + 1]).await?;
    Ok(Page::cut(rows, limit, |row: &ShareRow| row.id.to_string()))
}

/// Share of a thing, if its user has shared it.
pub async fn of_target(
    db: &impl ConnectionTrait,
    owner: UserId,
    target: ShareTarget,
) -> Result<Option<ShareRow>, DbErr> {
    let select = select(db, owner).await?;
    let sql = sql!("{select} AND (h.item_id = $2 OR h.collection_id = $3)");
    one(db, sql, args![owner, target.item_id(), target.collection_id()]).await
}

pub async fn count(db: &impl ConnectionTrait, owner: UserId) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) FROM share WHERE user_id = $1";
    Ok(value(db, sql, args![owner]).await?.unwrap_or_default())
}

/// Inserts a share. `token` is the secret of its link, sealed. The caller holds the user's row lock, so that
/// there is one share per thing.
pub async fn insert(
    db: &impl ConnectionTrait,
    owner: UserId,
    target: ShareTarget,
    token_hash: &str,
    token: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO share (user_id, token_hash, token, item_id, collection_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)";
    let values = args![owner, token_hash, token, target.item_id(), target.collection_id(), now];
    execute(db, sql, values).await.map(|_| ())
}

/// Replaces the secret of a link (compare-and-set). The previous link becomes invalid. False if the sealed
/// secret is no longer `from`.
pub async fn replace_token(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: ShareId,
    from: &str,
    token_hash: &str,
    token: &str,
) -> Result<bool, DbErr> {
    let sql = "UPDATE share SET token_hash = $4, token = $5 WHERE user_id = $1 AND id = $2 AND token = $3";
    Ok(execute(db, sql, args![owner, id, from, token_hash, token]).await? > 0)
}

/// Deletes a share. False if the user has none with this secret.
pub async fn delete(db: &impl ConnectionTrait, owner: UserId, token_hash: &str) -> Result<bool, DbErr> {
    let sql = "DELETE FROM share WHERE user_id = $1 AND token_hash = $2";
    Ok(execute(db, sql, args![owner, token_hash]).await? > 0)
}

/// Share that a link belongs to.
pub struct ShareLookup {
    pub id: ShareId,
    pub user_id: UserId,
    pub item_id: Option<ItemId>,
    pub collection_id: Option<CollectionId>,
    pub last_read_at: Option<DateTime<Utc>>,
}
row!(ShareLookup { id, user_id, item_id, collection_id, last_read_at });

/// Share by the hash of its link's secret. None if its user is disabled.
pub async fn by_token(db: &impl ConnectionTrait, token_hash: &str) -> Result<Option<ShareLookup>, DbErr> {
    let sql = "SELECT h.id, h.user_id, h.item_id, h.collection_id, h.last_read_at
         FROM share h JOIN account a ON a.id = h.user_id WHERE h.token_hash = $1 AND a.disabled_at IS NULL";
    one(db, sql, args![token_hash]).await
}

/// Records that a link was opened.
pub async fn read(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: ShareId,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "UPDATE share SET last_read_at = $3 WHERE user_id = $1 AND id = $2";
    execute(db, sql, args![owner, id, now]).await.map(|_| ())
}

/// Item that a link opens, with what decides how much of it may be shown.
pub struct SharedItemRow {
    pub id: ItemId,
    pub title: String,
    pub url: Option<String>,
    pub summary_html: String,
    pub content_html: String,
    pub published_at: Option<DateTime<Utc>>,
    pub duration_seconds: Option<i64>,
    pub cover: Option<String>,
    pub kind: Kind,
    pub source_name: String,
    pub site_url: Option<String>,
    pub origin: Origin,
    /// Whether its source belongs to one user.
    pub is_private: bool,
    pub feed_url: String,
    pub enclosures: Vec<Enclosure>,
}
row!(SharedItemRow {
    id,
    title,
    url,
    summary_html,
    content_html,
    published_at,
    duration_seconds,
    cover,
    kind,
    source_name,
    site_url,
    origin,
    is_private,
    feed_url;
    enclosures
});

const SHARED: &str = concat!(
    "i.id, i.title, i.url, i.enclosures, i.published_at, i.duration_seconds, ",
    item_cover!(),
    " AS cover, s.kind, s.name AS source_name, s.site_url, s.origin, s.private_to IS NOT NULL AS is_private,
    COALESCE(s.private_url, s.feed_url) AS feed_url"
);

const COVER: &str = concat!(item_cover!(), " AS cover, s.private_to");

/// Item of a share. None if its owner cannot see it any more.
pub async fn item(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: ItemId,
) -> Result<Option<SharedItemRow>, DbErr> {
    let visible = Visibility::of(db, owner).await?.item();
    let sql = sql!(
        "SELECT {SHARED}, i.summary_html, i.content_html FROM item i JOIN source s ON s.id = i.source_id
         WHERE i.id = $2 AND {visible}"
    );
    one(db, sql, args![owner, id]).await
}

/// Items that the runs of collection `$2` have queued, newest first, at most `$3`.
fn of_collection(visible: &'static str) -> SafeSql {
    sql!(
        "FROM item i JOIN source s ON s.id = i.source_id
         WHERE {visible} AND i.id IN (
            SELECT d.item_id FROM download d JOIN run r ON r.id = d.run_id
            WHERE r.user_id = $1 AND r.collection_id = $2 AND d.status <> 'cancelled')
         ORDER BY COALESCE(i.published_at, i.first_seen_at) DESC, i.id DESC LIMIT $3"
    )
}

/// Items of a shared collection, newest first and without their texts. One more than a page lists.
pub async fn items_of_collection(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: CollectionId,
) -> Result<Vec<SharedItemRow>, DbErr> {
    let visible = Visibility::of(db, owner).await?.item();
    let of_collection = of_collection(visible);
    let sql = sql!("SELECT {SHARED}, '' AS summary_html, '' AS content_html {of_collection}");
    all(db, sql, args![owner, id, MAX_SHARED_ITEMS + 1]).await
}

/// Whether a cover is shown on the page of a share: that of its item, or of an item that the page of its
/// collection lists. Covers of private feeds are not shown, nor those of items that the owner does not see.
pub async fn shows_cover(
    db: &impl ConnectionTrait,
    owner: UserId,
    item_id: Option<ItemId>,
    collection_id: Option<CollectionId>,
    hash: &str,
) -> Result<bool, DbErr> {
    let visible = Visibility::of(db, owner).await?.item();
    let of_collection = of_collection(visible);
    let sql = sql!(
        "SELECT COUNT(*) FROM (
            SELECT {COVER} FROM item i JOIN source s ON s.id = i.source_id WHERE {visible} AND i.id = $4
            UNION ALL SELECT * FROM (SELECT {COVER} {of_collection}) listed) shown
         WHERE private_to IS NULL AND cover = $5"
    );
    let found: Option<i64> =
        value(db, sql, args![owner, collection_id, MAX_SHARED_ITEMS, item_id, hash]).await?;
    Ok(found.unwrap_or_default() > 0)
}

/// Those of the items that a user sees.
pub async fn visible_among(
    db: &impl ConnectionTrait,
    owner: UserId,
    ids: &[ItemId],
) -> Result<Vec<ItemId>, DbErr> {
    let mut asked = args![owner];
    let listed = listed(ids.iter().copied(), &mut asked);
    let visible = Visibility::of(db, owner).await?.item();
    let sql = sql!(
        "SELECT i.id FROM item i JOIN source s ON s.id = i.source_id WHERE {visible} AND i.id IN ({listed})"
    );
    values(db, sql, asked).await
}
