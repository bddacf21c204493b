//! Actions on several downloads: pause, resume, cancel and retry for all of a user's, and others for those
//! that a request names. Each is changed in a transaction of its
//! own, so that none blocks others for long or locks two jobs' rows.

use super::{cancel, delete, pause, pin, played, restore, resume, retry, unpin};
use crate::db::downloads::urgency as rows;
use crate::domain::download::DownloadStatus::*;
use crate::domain::download::{BulkAction, Changed, Download, MAX_BULK, Retried, Tally, Verb};
use crate::domain::{DownloadId, Refusal, UserId};
use crate::engine::{Engine, Error, Result};

/// Numbers of the user's downloads by state, for these operations.
pub async fn tally(engine: &Engine, owner: UserId) -> Result<Tally> {
    Ok(rows::tally(&engine.db, owner).await?)
}

/// Pauses queued downloads before running ones: a slot that becomes free must not start one that is about to
/// be paused.
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

/// Performs an action on the given downloads. A missing download counts as refused.
pub async fn act_on(engine: &Engine, owner: UserId, action: BulkAction) -> Result<Retried> {
    let BulkAction { mut ids, verb } = action;
    ids.sort();
    ids.dedup();
    if ids.is_empty() {
        return Err(Refusal::field("ids", "Choose at least one download.").into());
    }
    if ids.len() > MAX_BULK {
        return Err(Refusal::field("ids", format!("Choose at most {MAX_BULK} downloads.")).into());
    }
    match verb {
        Verb::Delete => each(ids, |id| delete(engine, owner, id)).await,
        Verb::Restore => each(ids, |id| restore(engine, owner, id)).await,
        Verb::Pin => each(ids, |id| pin(engine, owner, id)).await,
        Verb::Unpin => each(ids, |id| unpin(engine, owner, id)).await,
        Verb::Played => each(ids, |id| played(engine, owner, id)).await,
        _ => Err(Refusal::field("verb", "Use delete, restore, pin, unpin or played.").into()),
    }
}

/// Retries failed downloads only: cancelled and evicted ones ended on purpose.
pub async fn retry_all(engine: &Engine, owner: UserId) -> Result<Retried> {
    let ids = rows::in_states(&engine.db, owner, &[Failed]).await?;
    each(ids, |id| retry(engine, owner, id)).await
}

/// Applies an operation to each download. A refusal does not stop it: that download has changed meanwhile, or
/// a limit applies.
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
