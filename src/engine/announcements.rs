//! Announcements of administrators, to everybody who is connected to any process.

use super::{Engine, Result};
use crate::db::announcements;
use crate::domain::Page;
use crate::domain::account::User;
use crate::domain::announcement::{Announcement, NewAnnouncement};
use crate::domain::page::PageQuery;

/// Stores an announcement and sends it to all live connections. Administrators only.
pub async fn announce(engine: &Engine, by: &User, new: NewAnnouncement) -> Result<Announcement> {
    only_administrators(by)?;
    let made = announcements::insert(&engine.db, by.id, &new.check()?, engine.now()).await?;
    engine.hub.announce(&made);
    Ok(made)
}

/// Lists announcements, newest first. Administrators only.
pub async fn list(engine: &Engine, by: &User, page: &PageQuery) -> Result<Page<Announcement>> {
    only_administrators(by)?;
    Ok(announcements::list(&engine.db, page).await?)
}

fn only_administrators(by: &User) -> Result<()> {
    Ok(by.check_admin("Only an administrator of this server may speak to all.")?)
}
