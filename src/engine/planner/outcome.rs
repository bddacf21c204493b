//! Outcomes of departures: the claim of a device, and whether its next contact confirms that.

use crate::db::copies::{self, TrackedCopy};
use crate::db::{plans, playbacks};
use crate::domain::copy::{CopyReason, CopyState};
use crate::domain::plan::outcome::{CopyEvidence, ReadinessClaim, verdict};
use crate::domain::{DateTime, DeviceId, DownloadId, TimeDelta, UserId, Utc};
use crate::engine::catalog::UNDO_GRACE;
use crate::engine::{Engine, Result, Work};

/// Time before a departure at which a device's claim is recorded.
pub(super) const CLAIMED: TimeDelta = TimeDelta::minutes(10);

/// Records the claims for departures that are near or over, before an inventory changes what the device is
/// known to hold.
pub async fn settle(work: &Work<'_>, owner: UserId, device: DeviceId) -> Result<()> {
    let (now, of) = (work.now(), Some((owner, device)));
    plans::claim(&**work, of, now + CLAIMED).await?;
    plans::depart(&**work, of, now).await?;
    Ok(())
}

/// The same for all devices.
pub(super) async fn settle_all(engine: &Engine) -> Result<()> {
    let now = engine.now();
    plans::claim(&engine.db, None, now + CLAIMED).await?;
    plans::depart(&engine.db, None, now).await?;
    Ok(())
}

/// Judges the claims for past departures by a new inventory. `removed` are the copies that the user has
/// removed on the device since its last contact, with the times.
pub async fn judge(
    engine: &Engine,
    work: &mut Work<'_>,
    owner: UserId,
    device: DeviceId,
    removed: &[(DownloadId, DateTime<Utc>)],
) -> Result<()> {
    let claims = plans::unjudged(&**work, owner, device).await?;
    if claims.is_empty() {
        return Ok(());
    }
    let tracked = copies::tracked(&**work, owner, device, work.now() - UNDO_GRACE).await?;
    let evidence = evidence(work, owner, &tracked, removed).await?;
    for row in claims {
        let claim = ReadinessClaim {
            departs_at: row.departs_at,
            need_s: row.need_s,
            at_minus_10_s: row.at_minus_10_s,
            at_departure_s: row.at_departure_s,
            copies: row.copies,
        };
        let verdict = verdict(&claim, &evidence);
        if plans::judge(&**work, owner, row.plan_id, verdict, work.now()).await? {
            let word = match (claim.is_ready(), verdict.is_confirmed) {
                (true, true) => "ready",
                (true, false) => "contradicted",
                (false, _) => "short",
            };
            work.count(engine.metrics.plan_outcomes.of([word]), 1);
        }
    }
    Ok(())
}

async fn evidence(
    work: &Work<'_>,
    owner: UserId,
    tracked: &[TrackedCopy],
    removed: &[(DownloadId, DateTime<Utc>)],
) -> Result<Vec<CopyEvidence>> {
    let items: Vec<_> = tracked.iter().filter_map(|copy| copy.item_id).collect();
    let played = playbacks::of_items(&**work, owner, &items).await?;
    let mut evidence: Vec<_> =
        removed.iter().map(|&(download_id, at)| CopyEvidence::Gone { download_id, at }).collect();
    for copy in tracked {
        let download_id = copy.download_id;
        let finished = played.iter().find(|it| Some(it.item_id) == copy.item_id);
        let finished = finished.and_then(|it| it.playback.finished_at);
        evidence.extend(finished.map(|at| CopyEvidence::Gone { download_id, at }));
        let is_removed_there = removed.iter().any(|(id, _)| *id == download_id);
        match copy.state {
            CopyState::Held | CopyState::Stale => evidence.push(CopyEvidence::Held { download_id }),
            // The device removed it because the server told it to, or will.
            CopyState::Dropped if !is_removed_there && copy.reason != Some(CopyReason::DeviceAway) => {
                evidence.extend(copy.ended_at.map(|at| CopyEvidence::Gone { download_id, at }));
            }
            _ => {}
        }
    }
    Ok(evidence)
}
