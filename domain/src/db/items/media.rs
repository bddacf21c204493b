//! Media of items: their choice, and the items that have them.

use crate::db::sql::{all, args, execute, row, values};
use crate::db::{ConnectionTrait, DbErr};
use crate::item::{Availability, Enclosure};
use crate::media::Choice;
use crate::{DateTime, ItemId, SourceId, Utc};

/// Stores the choice of an item's media. An item without media becomes `metadata_only`, with the reason; one
/// that had none until now becomes available.
pub async fn choose(
    db: &impl ConnectionTrait,
    id: ItemId,
    choice: &Choice,
    availability: Availability,
) -> Result<(), DbErr> {
    let Choice { media, wanted, reason } = choice;
    let Some(media) = media else {
        let sql = "UPDATE item SET media_url = NULL, media_type = NULL, media_bytes = NULL, wanted = $2,
                availability = 'metadata_only', unavailable_reason = $3, next_retry_at = NULL
            WHERE id = $1";
        return execute(db, sql, args![id, *wanted, reason.map(str::to_owned)]).await.map(|_| ());
    };
    let sql = "UPDATE item SET
            availability = CASE WHEN media_url IS NULL THEN $6 ELSE availability END,
            unavailable_reason = CASE WHEN media_url IS NULL THEN NULL ELSE unavailable_reason END,
            media_url = $2, media_type = $3, media_bytes = $4, wanted = $5
        WHERE id = $1";
    let values = args![id, media.url.as_str(), media.mime_type.clone(), media.bytes, *wanted, availability];
    execute(db, sql, values).await.map(|_| ())
}

/// Sets the time before which fetched bytes of the item's address do not belong to it.
pub async fn set_media_since(
    db: &impl ConnectionTrait,
    id: ItemId,
    since: DateTime<Utc>,
) -> Result<(), DbErr> {
    execute(db, "UPDATE item SET media_since = $2 WHERE id = $1", args![id, since]).await.map(|_| ())
}

/// Fields of an item from which its media are chosen.
pub struct Offered {
    pub id: ItemId,
    pub url: Option<String>,
    pub summary_html: String,
    pub content_html: String,
    pub image_url: Option<String>,
    pub enclosures: Vec<Enclosure>,
}
row!(Offered { id, url, summary_html, content_html, image_url; enclosures });

/// One page of a source's items after an id, without replaced ones.
pub async fn offered(
    db: &impl ConnectionTrait,
    source: SourceId,
    after: ItemId,
    limit: i64,
) -> Result<Vec<Offered>, DbErr> {
    let sql = "SELECT id, url, summary_html, content_html, image_url, enclosures FROM item
        WHERE source_id = $1 AND id > $2 AND wanted <> 'replaced' ORDER BY id LIMIT $3";
    all(db, sql, args![source, after, limit]).await
}

/// First ten items with this media address.
pub async fn with_media(db: &impl ConnectionTrait, media_url: &str) -> Result<Vec<ItemId>, DbErr> {
    values(db, "SELECT id FROM item WHERE media_url = $1 ORDER BY id LIMIT 10", args![media_url]).await
}
