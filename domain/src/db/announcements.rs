//! Announcements of administrators.

use super::sql::{all, args, one, row, value};
use super::{ConnectionTrait, DbErr};
use crate::announcement::{Announcement, NewAnnouncement};
use crate::page::PageQuery;
use crate::{AnnouncementId, DateTime, Page, UserId, Utc};

row!(Announcement { id, message, level, created_by, created_at });

pub async fn insert(
    db: &impl ConnectionTrait,
    by: UserId,
    new: &NewAnnouncement,
    now: DateTime<Utc>,
) -> Result<Announcement, DbErr> {
    let sql = "INSERT INTO announcement (message, level, created_by, created_at) VALUES ($1, $2, $3, $4)
         RETURNING id, message, level, created_by, created_at";
    let made = one(db, sql, args![new.message.as_str(), new.level, by, now]).await?;
    made.ok_or_else(|| DbErr::RecordNotInserted)
}

/// Lists announcements, newest first.
pub async fn list(db: &impl ConnectionTrait, page: &PageQuery) -> Result<Page<Announcement>, DbErr> {
    let limit = page.limit();
    let sql = "SELECT id, message, level, created_by, created_at FROM announcement
         WHERE id < $1 ORDER BY id DESC LIMIT $2";
    let rows = all(db, sql, args![page.after_id().unwrap_or(i64::MAX), limit + 1]).await?;
    Ok(Page::cut(rows, limit, |made: &Announcement| made.id.to_string()))
}

/// Announcements with higher ids, made since `from`; oldest first.
pub async fn after(
    db: &impl ConnectionTrait,
    id: AnnouncementId,
    from: DateTime<Utc>,
) -> Result<Vec<Announcement>, DbErr> {
    let sql = "SELECT id, message, level, created_by, created_at FROM announcement
         WHERE id > $1 AND created_at >= $2 ORDER BY id";
    all(db, sql, args![id, from]).await
}

/// Id of the newest announcement; 0 if there is none.
pub async fn newest(db: &impl ConnectionTrait) -> Result<AnnouncementId, DbErr> {
    let id: Option<AnnouncementId> =
        value(db, "SELECT COALESCE(MAX(id), 0) FROM announcement", Vec::new()).await?;
    Ok(id.unwrap_or(AnnouncementId(0)))
}
