//! The content that is wanted of an address.

use super::OPEN;
use crate::db::sql::{all, args, row};
use crate::db::{ConnectionTrait, DbErr};
use crate::domain::media::Wanted;
use crate::domain::source::Kind;

/// The content that an item wants at an address, as its feed tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Want {
    pub kind: Kind,
    pub wanted: Wanted,
    pub media_type: Option<String>,
}
row!(Want { kind, wanted, media_type });

/// What all who wait for an address want of it, and those plans that keep it ahead; of nobody's, what its items want.
pub async fn wants(db: &impl ConnectionTrait, media_url: &str) -> Result<Vec<Want>, DbErr> {
    const OF: &str = "SELECT DISTINCT s.kind, i.wanted, i.media_type
        FROM item i JOIN source s ON s.id = i.source_id";
    let sql = format!(
        "{OF} JOIN download d ON d.item_id = i.id WHERE d.media_url = $1 AND d.status IN {OPEN}
         UNION {OF} JOIN ahead a ON a.item_id = i.id WHERE a.media_url = $1"
    );
    match all(db, &sql, args![media_url]).await? {
        wants if wants.is_empty() => all(db, &format!("{OF} WHERE i.media_url = $1"), args![media_url]).await,
        wants => Ok(wants),
    }
}
