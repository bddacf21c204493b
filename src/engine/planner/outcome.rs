//! Outcomes of departures: the claim of a device, and whether its next contacts confirm that.

use crate::db::copies::{self, TrackedCopy};
use crate::db::{plans, playbacks};
use crate::domain::copy::{CopyClaim, CopyState};
use crate::domain::plan::outcome::{CopyEvidence, ReadinessClaim, verdict, vouched};
use crate::domain::{DateTime, DeviceId, DownloadId, ItemId, TimeDelta, UserId, Utc};
use crate::engine::catalog::UNDO_GRACE;
use crate::engine::{Engine, Result, Work};

/// Time before a departure at which a device's claim is recorded.
pub(super) const CLAIMED: TimeDelta = TimeDelta::minutes(10);
/// Time after a departure at which a claim that no contact has judged is closed as unconfirmed.
const CLOSED: TimeDelta = TimeDelta::days(7);

/// Records the claims for departures that are near or over, before an inventory changes what the device is
/// known to hold.
pub async fn settle(work: &Work<'_>, owner: UserId, device: DeviceId) -> Result<()> {
    let (now, of) = (work.now(), Some((owner, device)));
    plans::claim(&**work, of, now + CLAIMED).await?;
    plans::depart(&**work, of, now).await?;
    Ok(())
}

/// The same for all devices. Claims that no contact has judged for too long are closed.
pub(super) async fn settle_all(engine: &Engine) -> Result<()> {
    let now = engine.now();
    plans::claim(&engine.db, None, now + CLAIMED).await?;
    plans::depart(&engine.db, None, now).await?;
    for was_ready in plans::close(&engine.db, now - CLOSED, now).await? {
        engine.metrics.plan_outcomes.inc([if was_ready { "unconfirmed" } else { "short" }]);
    }
    Ok(())
}

/// A contact, as far as it tells about past departures. A proof brings nothing but what it proves.
#[derive(Debug, Clone, Copy, Default)]
pub struct ContactFacts<'a> {
    /// Time of the latest contact with which the device had sent all of its events.
    pub drained_at: DateTime<Utc>,
    /// Copies that the user has removed on the device since its last contact, with the times.
    pub removed: &'a [(DownloadId, DateTime<Utc>)],
    /// Items that were played on the device since then, with the times.
    pub played: &'a [(ItemId, DateTime<Utc>)],
    /// The inventory.
    pub copies: &'a [CopyClaim],
}

/// Judges the claims for past departures by a new inventory or proof. Copies that the device lists count once
/// their bytes are proved. A claim is contradicted only once a contact since the departure has brought all
/// events.
pub async fn judge(
    engine: &Engine,
    work: &mut Work<'_>,
    owner: UserId,
    device: DeviceId,
    facts: &ContactFacts<'_>,
) -> Result<()> {
    let claims = plans::unjudged(&**work, owner, device).await?;
    if claims.is_empty() {
        return Ok(());
    }
    let tracked = copies::tracked(&**work, owner, device, work.now() - UNDO_GRACE).await?;
    let gone = gone(work, owner, &tracked, facts).await?;
    for row in claims {
        let claim = ReadinessClaim {
            departs_at: row.departs_at,
            need_s: row.need_s,
            at_minus_10_s: row.at_minus_10_s,
            at_departure_s: row.at_departure_s,
            copies_minus_10: row.copies_minus_10,
            copies: row.copies,
        };
        let known = row.vouched.iter().map(|&download_id| CopyEvidence::Held { download_id });
        let there = tracked.iter().filter_map(|copy| there(copy, claim.departs_at, facts.copies));
        let evidence: Vec<_> = known.chain(gone.iter().copied()).chain(there).collect();
        let verdict = verdict(&claim, &evidence);
        let is_early = verdict.is_confirmed == Some(false) && facts.drained_at < claim.departs_at;
        let Some(is_confirmed) = verdict.is_confirmed.filter(|_| !is_early) else {
            let vouched = vouched(&claim, &evidence);
            if vouched != row.vouched {
                plans::vouch(&**work, owner, row.plan_id, &vouched).await?;
            }
            continue;
        };
        if plans::judge(&**work, owner, row.plan_id, verdict, work.now()).await? {
            let word = match (claim.is_ready(), is_confirmed) {
                (true, true) => "ready",
                (true, false) => "contradicted",
                (false, _) => "short",
            };
            work.count(engine.metrics.plan_outcomes.of([word]), 1);
        }
    }
    Ok(())
}

/// Copies that were removed or finished on the device, with the times.
async fn gone(
    work: &Work<'_>,
    owner: UserId,
    tracked: &[TrackedCopy],
    facts: &ContactFacts<'_>,
) -> Result<Vec<CopyEvidence>> {
    let mut gone: Vec<_> =
        facts.removed.iter().map(|&(download_id, at)| CopyEvidence::Gone { download_id, at }).collect();
    let items: Vec<_> = facts.played.iter().map(|(item, _)| *item).collect();
    let mut finished = playbacks::of_items(&**work, owner, &items).await?;
    finished.retain(|it| it.playback.is_finished());
    for (item, at) in facts.played {
        let is_finished = finished.iter().any(|it| it.item_id == *item);
        let copies = tracked.iter().filter(|copy| is_finished && copy.item_id == Some(*item));
        gone.extend(copies.map(|copy| CopyEvidence::Gone { download_id: copy.download_id, at: *at }));
    }
    Ok(gone)
}

/// A copy that is on the device. One that the server has told it to remove, or whose file has changed on the
/// server, cannot be proved any more: the inventory suffices there.
fn there(copy: &TrackedCopy, departs_at: DateTime<Utc>, inventory: &[CopyClaim]) -> Option<CopyEvidence> {
    let download_id = copy.download_id;
    let is_it = |claim: &CopyClaim| {
        claim.download_id == download_id
            && claim.checked_at.is_some()
            && copy.sha256.as_deref() == Some(claim.sha256.as_str())
    };
    let is_proved = !copy.is_doubted && copy.proved_at.is_some_and(|at| at >= departs_at);
    match copy.state {
        CopyState::Held if is_proved => Some(CopyEvidence::Held { download_id }),
        CopyState::Held => Some(CopyEvidence::Listed { download_id }),
        CopyState::Stale | CopyState::Dropped if inventory.iter().any(is_it) => {
            Some(CopyEvidence::Held { download_id })
        }
        _ => None,
    }
}
