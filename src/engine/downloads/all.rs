//! Pause, resume, cancel and retry for everything a person has. Each download is moved in a transaction of its own:
//! nobody waits for a long queue, and no transaction holds two jobs' rows.

use super::{cancel, pause, resume, retry};
use crate::db::downloads::urgency as rows;
use crate::domain::download::DownloadStatus::*;
use crate::domain::download::{Changed, Download, Retried, Tally};
use crate::domain::{DownloadId, UserId};
use crate::engine::{Engine, Error, Result};

/// How much there is to do for each of these.
pub async fn tally(engine: &Engine, owner: UserId) -> Result<Tally> {
    Ok(rows::tally(&engine.db, owner).await?)
}

/// What waits before what moves: a lane that gets free must not begin what is about to be paused.
pub async fn pause_all(engine: &Engine, owner: UserId) -> Result<Changed> {
    let ids = rows::in_states(&engine.db, owner, &[Queued, Downloading]).await?;
    Ok(each(ids, |id| pause(engine, owner, id)).await?.into())
}

pub async fn resume_all(engine: &Engine, owner: UserId) -> Result<Changed> {
    let ids = rows::in_states(&engine.db, owner, &[Paused]).await?;
    Ok(each(ids, |id| resume(engine, owner, id)).await?.into())
}

pub async fn cancel_all(engine: &Engine, owner: UserId) -> Result<Changed> {
    let ids = rows::in_states(&engine.db, owner, &[Paused, Queued, Downloading, Verifying]).await?;
    Ok(each(ids, |id| cancel(engine, owner, id)).await?.into())
}

/// What has failed, and nothing else: what was cancelled or has made room went on purpose.
pub async fn retry_all(engine: &Engine, owner: UserId) -> Result<Retried> {
    let ids = rows::in_states(&engine.db, owner, &[Failed]).await?;
    each(ids, |id| retry(engine, owner, id)).await
}

/// A refusal is no end: that download has moved on by itself, or a limit holds for it.
async fn each<Moving>(ids: Vec<DownloadId>, one: impl Fn(DownloadId) -> Moving) -> Result<Retried>
where
    Moving: Future<Output = Result<Download>>,
{
    let mut came = Retried::default();
    for id in ids {
        match one(id).await {
            Ok(_) => came.changed += 1,
            Err(Error::Refused(refusal)) => {
                came.refused += 1;
                came.reason.get_or_insert(refusal.to_string());
            }
            Err(fault) => return Err(fault),
        }
    }
    Ok(came)
}
