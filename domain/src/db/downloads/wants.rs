//! Content required at an address.

use super::transitions;
use crate::db::sql::{all, args, row, sql};
use crate::db::{ConnectionTrait, DbErr};
use crate::media::Wanted;
use crate::source::Kind;

/// Content that an item requires at an address, according to its feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Want {
    pub kind: Kind,
    pub wanted: Wanted,
    pub media_type: Option<String>,
}
row!(Want { kind, wanted, media_type });

/// Content required by an address's unfinished downloads and prefetch plans; if none, by its items.
pub async fn wants(db: &impl ConnectionTrait, media_url: &str) -> Result<Vec<Want>, DbErr> {
    const OF: &str = "SELECT DISTINCT s.kind, i.wanted, i.media_type
        FROM item i JOIN source s ON s.id = i.source_id";
    let sql = sql!(
        "{OF} JOIN download d ON d.item_id = i.id WHERE d.media_url = $1 AND d.status IN {open}
         UNION {OF} JOIN ahead a ON a.item_id = i.id WHERE a.media_url = $1",
        open = transitions::open()
    );
    match all(db, sql, args![media_url]).await? {
        wants if wants.is_empty() => all(db, sql!("{OF} WHERE i.media_url = $1"), args![media_url]).await,
        wants => Ok(wants),
    }
}
