//! Announcements of administrators, live to all connections and as a notification to all users.

use serde_json::json;

use super::{Engine, Result};
use crate::db::{announcements, notifications};
use crate::domain::Page;
use crate::domain::account::User;
use crate::domain::announcement::{Announcement, NewAnnouncement};
use crate::domain::audit_entry::AuditAction;
use crate::domain::notification::{NewNotification, NotificationKind};
use crate::domain::page::PageQuery;

/// Stores an announcement with a notification for each user, and sends it to all live connections.
/// Administrators only.
pub async fn announce(engine: &Engine, by: &User, new: NewAnnouncement) -> Result<Announcement> {
    only_administrators(by)?;
    let mut work = engine.begin().await?;
    let made = announcements::insert(&*work, by.id, &new.check()?, work.now()).await?;
    notifications::insert_for_all(&*work, &notification(&made), work.now()).await?;
    work.audit(AuditAction::Announce, None, json!({ "announcement": made.id, "level": made.level }));
    work.commit().await?;
    engine.hub.announce(&made);
    Ok(made)
}

/// Lists announcements, newest first. Administrators only.
pub async fn list(engine: &Engine, by: &User, page: &PageQuery) -> Result<Page<Announcement>> {
    only_administrators(by)?;
    Ok(announcements::list(&engine.db, page).await?)
}

fn notification(made: &Announcement) -> NewNotification {
    let group = format!("announcement:{}", made.id);
    NewNotification::new(NotificationKind::Announcement, group, "/notifications".to_owned())
        .titled("Message from the administrator")
        .saying(&made.message)
}

fn only_administrators(by: &User) -> Result<()> {
    Ok(by.check_admin("Only an administrator of this server may speak to all.")?)
}
