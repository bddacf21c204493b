//! Items of followed sources for the agents: candidates for recommendation, and word search.

use sea_orm::DbBackend;

use crate::db::dismissals::dismissed;
use crate::db::sql::{SafeSql, all, anywhere, args, listed, sql};
use crate::db::transitions::availabilities;
use crate::db::visibility::Visibility;
use crate::db::{ConnectionTrait, DbErr};
use crate::item::{Availability, Item};
use crate::{ItemId, UserId};

/// Item that could be recommended, with its subscription's priority.
pub struct Candidate {
    pub item: Item,
    pub priority: i64,
    /// Position among the next parts of a source that is heard in order. None for other sources.
    pub sequence: Option<usize>,
}

impl sea_orm::FromQueryResult for Candidate {
    fn from_query_result(row: &sea_orm::QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            item: Item::from_query_result(row, prefix)?,
            priority: row.try_get(prefix, "priority")?,
            sequence: None,
        })
    }
}

/// Newest items of followed sources that can be fetched, and that were neither given to the user nor
/// dismissed. At most `per_source` of each source, so that a busy one does not displace all others. Excludes
/// serials and subscriptions with rules.
pub async fn candidates(
    db: &impl ConnectionTrait,
    owner: UserId,
    per_source: i64,
    limit: i64,
) -> Result<Vec<Candidate>, DbErr> {
    let visibility = Visibility::of(db, owner).await?;
    let (followed, explicit) = (visibility.followed(), visibility.explicit().unwrap_or("TRUE"));
    let newest = sql!(
        "SELECT i.id FROM item i WHERE i.source_id = b.source_id
            AND NOT {dismissed} AND {explicit}
            AND i.availability IN {fetchable} AND i.media_url IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM download d WHERE d.user_id = $1 AND d.item_id = i.id)
        ORDER BY COALESCE(i.published_at, i.first_seen_at) DESC, i.id DESC LIMIT $2",
        dismissed = dismissed("i"),
        fetchable = availabilities(Availability::is_fetchable)
    );
    // Per source, through an index. SQLite has no LATERAL; otherwise PostgreSQL would scan all items.
    let its_newest = match db.get_database_backend() {
        DbBackend::Postgres => sql!("JOIN LATERAL ({newest}) n ON TRUE JOIN item i ON i.id = n.id"),
        _ => sql!("JOIN item i ON i.id IN ({newest})"),
    };
    let sql = sql!(
        "SELECT i.*, s.name AS source_name, s.kind, b.priority
         FROM subscription b JOIN source s ON s.id = b.source_id {its_newest}
         WHERE {followed} AND b.rules IS NULL AND NOT s.is_serial
         ORDER BY COALESCE(i.published_at, i.first_seen_at) DESC, i.id DESC LIMIT $3"
    );
    all(db, sql, args![owner, per_source, limit]).await
}

/// Those of the given items that can be fetched, and that were neither given to the user nor dismissed. If
/// `in_order`, an item that was evicted before it was played counts as never given, so that a serial
/// continues with it.
pub async fn candidates_among(
    db: &impl ConnectionTrait,
    owner: UserId,
    ids: &[ItemId],
    in_order: bool,
) -> Result<Vec<Candidate>, DbErr> {
    let visibility = Visibility::of(db, owner).await?;
    let (followed, explicit) = (visibility.followed(), visibility.explicit().unwrap_or("TRUE"));
    let mut asked = args![owner];
    let given = match in_order {
        true => "(d.status <> 'expired' OR d.played_at IS NOT NULL)",
        false => "TRUE",
    };
    let sql = sql!(
        "SELECT i.*, s.name AS source_name, s.kind, b.priority
         FROM item i JOIN source s ON s.id = i.source_id
         JOIN subscription b ON b.source_id = s.id AND {followed}
         WHERE i.id IN ({}) AND {explicit} AND i.availability IN {fetchable} AND i.media_url IS NOT NULL
           AND NOT {dismissed}
           AND NOT EXISTS (SELECT 1 FROM download d WHERE d.user_id = $1 AND d.item_id = i.id AND {given})",
        dismissed = dismissed("i"),
        fetchable = availabilities(Availability::is_fetchable),
        listed(ids.iter().copied(), &mut asked)
    );
    all(db, sql, asked).await
}

/// Item of a followed source, and whether it was given to the user before or dismissed.
pub struct Collected {
    pub item: Item,
    pub given: bool,
}

impl sea_orm::FromQueryResult for Collected {
    fn from_query_result(row: &sea_orm::QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self { item: Item::from_query_result(row, prefix)?, given: row.try_get(prefix, "given")? })
    }
}

/// Items of followed sources with one of the words in title, categories, description or source name, newest
/// first. Parts of words match, too.
pub async fn collected(
    db: &impl ConnectionTrait,
    owner: UserId,
    words: &[String],
    limit: i64,
) -> Result<Vec<Collected>, DbErr> {
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let one_of = |column: &'static str| {
        let likes = (0..words.len()).map(|n| sql!("LOWER({column}) LIKE ${} ESCAPE '!'", n + 3));
        SafeSql::join(likes, " OR ")
    };
    let visibility = Visibility::of(db, owner).await?;
    let (followed, explicit) = (visibility.followed(), visibility.explicit().unwrap_or("TRUE"));
    let found = SafeSql::join(["i.title", "i.categories", "i.summary_html", "s.name"].map(one_of), " OR ");
    let sql = sql!(
        "SELECT i.*, s.name AS source_name, s.kind,
                (EXISTS (SELECT 1 FROM download d WHERE d.user_id = $1 AND d.item_id = i.id) OR {dismissed}) AS given
         FROM item i JOIN source s ON s.id = i.source_id
         JOIN subscription b ON b.source_id = s.id AND {followed}
         WHERE {explicit} AND ({found})
         ORDER BY COALESCE(i.published_at, i.first_seen_at) DESC, i.id DESC LIMIT $2",
        dismissed = dismissed("i")
    );
    let mut values = args![owner, limit];
    values.extend(words.iter().map(|word| anywhere(Some(word)).into()));
    all(db, sql, values).await
}
