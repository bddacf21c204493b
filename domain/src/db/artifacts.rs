//! Artifacts of runs.

use super::sql::{all, args, one, row, to_json};
use super::{ConnectionTrait, DbErr};
use crate::artifact::{Artifact, NewArtifact};
use crate::page::PageQuery;
use crate::{CollectionId, DateTime, Page, RunId, UserId, Utc};

row!(Artifact { id, run_id, agent, kind, created_at; content, metadata });

pub async fn insert(
    db: &impl ConnectionTrait,
    run: RunId,
    new: &NewArtifact,
    now: DateTime<Utc>,
) -> Result<Artifact, DbErr> {
    let NewArtifact { agent, kind, content, metadata } = new;
    let artifact = one(
        db,
        "INSERT INTO artifact (run_id, agent, kind, content, metadata, created_at) VALUES ($1, $2, $3, $4, $5, $6)
         RETURNING *",
        args![run, *agent, kind.as_str(), to_json(content)?, to_json(metadata)?, now],
    )
    .await?;
    artifact.ok_or(DbErr::RecordNotInserted)
}

pub async fn of_run(db: &impl ConnectionTrait, owner: UserId, run: RunId) -> Result<Vec<Artifact>, DbErr> {
    all(
        db,
        "SELECT a.* FROM artifact a JOIN run r ON r.id = a.run_id WHERE r.user_id = $1 AND a.run_id = $2
         ORDER BY a.id",
        args![owner, run],
    )
    .await
}

/// Artifacts of a collection's runs, newest first, optionally of one kind.
pub async fn of_collection(
    db: &impl ConnectionTrait,
    owner: UserId,
    collection: CollectionId,
    kind: Option<&str>,
    page: &PageQuery,
) -> Result<Page<Artifact>, DbErr> {
    let limit = page.limit();
    let rows = all(
        db,
        "SELECT a.* FROM artifact a JOIN run r ON r.id = a.run_id
         WHERE r.user_id = $1 AND r.collection_id = $2 AND (CAST($3 AS TEXT) IS NULL OR a.kind = $3) AND a.id < $4
         ORDER BY a.id DESC LIMIT $5",
        args![owner, collection, kind.map(str::to_owned), page.after_id().unwrap_or(i64::MAX), limit + 1],
    )
    .await?;
    Ok(Page::cut(rows, limit, |a: &Artifact| a.id.to_string()))
}
