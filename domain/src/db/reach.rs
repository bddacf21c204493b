//! Items within a user's reach: counts over the followed sources, and what keeps items from being picked.

use super::dismissals::dismissed;
use super::sql::{args, one, row, sql};
use super::transitions::availabilities;
use super::visibility::Visibility;
use super::{ConnectionTrait, DbErr};
use crate::UserId;
use crate::item::Availability;

/// Counts over the followed sources and their items.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reach {
    pub followed: i64,
    /// Sources never polled so far; `failing` are those whose last poll failed.
    pub unread: i64,
    pub failing: i64,
    pub items: i64,
    /// Items whose source allows no copies.
    pub without_copies: i64,
    /// Items that could not be fetched, and that were neither given to the user nor dismissed.
    pub unavailable: i64,
    /// Dismissed, but not because they were played.
    pub dismissed: i64,
    /// Items that can be fetched, and that were neither given to the user nor dismissed.
    pub free: i64,
}

struct Sources {
    followed: i64,
    unread: i64,
    failing: i64,
}
row!(Sources { followed, unread, failing });

struct Items {
    items: i64,
    without_copies: i64,
    unavailable: i64,
    dismissed: i64,
    free: i64,
}
row!(Items { items, without_copies, unavailable, dismissed, free });

pub async fn of(db: &impl ConnectionTrait, owner: UserId) -> Result<Reach, DbErr> {
    let visibility = Visibility::of(db, owner).await?;
    let (followed, explicit) = (visibility.followed(), visibility.explicit().unwrap_or("TRUE"));
    let sources: Option<Sources> = one(
        db,
        sql!(
            "SELECT COUNT(*) AS followed, COUNT(CASE WHEN s.health = 'new' THEN 1 END) AS unread,
            COUNT(CASE WHEN s.health IN ('failing', 'gone') THEN 1 END) AS failing
         FROM subscription b JOIN source s ON s.id = b.source_id WHERE {followed}"
        ),
        args![owner],
    )
    .await?;
    let Some(Sources { followed: sources, unread, failing }) = sources.filter(|sources| sources.followed > 0)
    else {
        return Ok(Reach::default());
    };
    let sql = sql!(
        "SELECT COUNT(*) AS items, COUNT(CASE WHEN t.availability = 'metadata_only' THEN 1 END) AS without_copies,
            COUNT(CASE WHEN t.availability = 'unavailable' AND NOT t.given AND NOT t.refused THEN 1 END) AS unavailable,
            COUNT(CASE WHEN t.refused AND NOT t.played THEN 1 END) AS dismissed,
            COUNT(CASE WHEN t.availability IN {fetchable} AND NOT t.given AND NOT t.refused THEN 1 END)
                AS free
         FROM (SELECT i.availability, {dismissed} AS refused,
                EXISTS (SELECT 1 FROM dismissal p WHERE p.user_id = $1 AND p.item_id = i.id AND p.reason = 'played') AS played,
                EXISTS (SELECT 1 FROM download d WHERE d.user_id = $1 AND d.item_id = i.id) AS given
               FROM subscription b JOIN source s ON s.id = b.source_id JOIN item i ON i.source_id = b.source_id
               WHERE {followed} AND {explicit} AND i.media_url IS NOT NULL) t",
        fetchable = availabilities(Availability::is_fetchable),
        dismissed = dismissed("i")
    );
    let Items { items, without_copies, unavailable, dismissed, free } =
        one(db, sql, args![owner]).await?.ok_or_else(|| DbErr::RecordNotFound("counts".into()))?;
    Ok(Reach { followed: sources, unread, failing, items, without_copies, unavailable, dismissed, free })
}
