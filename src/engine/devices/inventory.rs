//! The inventory of a device: each copy is judged by the bytes that the device says it has.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{SubsecRound, TimeDelta};

use super::{drop_copy, move_copy};
use crate::db::copies::{self, PlannedPosition, TrackedCopy};
use crate::db::downloads;
use crate::domain::copy::{CopyClaim, CopyReason, CopyState, KnownCopy, MAX_COPIES, ServerFile, judged};
use crate::domain::device::DroppedCopy;
use crate::domain::{DeviceId, DownloadId, UserId};
use crate::engine::catalog::UNDO_GRACE;
use crate::engine::{Result, Work};

/// Time for which a device is told of a dropped copy.
const DROPPED: TimeDelta = TimeDelta::days(2);

/// Consequences of an inventory.
#[derive(Debug, Default)]
pub(super) struct InventoryOutcome {
    /// Copies that the device is to remove.
    pub drop: Vec<DroppedCopy>,
    /// Bytes that have arrived on the device since its previous inventory.
    pub arrived: i64,
}

/// Applies an inventory that is newer than the known one. The caller holds the locks on the user's and on the
/// device's row.
pub(super) async fn take(
    work: &mut Work<'_>,
    owner: UserId,
    device: DeviceId,
    claims: &[CopyClaim],
) -> Result<InventoryOutcome> {
    let mut found = InventoryOutcome::default();
    let claims = by_download(claims);
    let unknown = adopt(work, owner, device, &claims).await?;
    found.drop.extend(unknown);
    for copy in copies::tracked(&**work, owner, device, work.now() - UNDO_GRACE).await? {
        let id = copy.download_id;
        let known = known(&copy);
        let is_deleted = copy.status.is_none() && !copy.is_restorable && known.state != CopyState::Dropped;
        if is_deleted {
            drop_copy(work, owner, device, id, CopyReason::Deleted).await?;
        }
        let known = if is_deleted {
            KnownCopy { state: CopyState::Dropped, reason: Some(CopyReason::Deleted), ..known }
        } else {
            known
        };
        let file = file(&copy);
        let claim = best(claims.get(&id), file);
        found.arrived += claim.as_ref().map_or(0, |claim| (claim.bytes - copy.bytes).max(0));
        let verdict = judged(&known, claim.as_ref(), file);
        found.drop.extend(verdict.drop.map(|reason| DroppedCopy { download_id: id, reason }));
        if verdict.copy != known {
            move_copy(work, owner, (device, id), known.state, &verdict.copy).await?;
        }
    }
    copies::forget_dropped(&**work, owner, device, work.now() - DROPPED).await?;
    Ok(found)
}

/// Entries by download, with times in the precision of the database. A device lists a download twice while it
/// fetches a new file beside the old one.
fn by_download(claims: &[CopyClaim]) -> BTreeMap<DownloadId, Vec<CopyClaim>> {
    let mut all: BTreeMap<DownloadId, Vec<CopyClaim>> = BTreeMap::new();
    for claim in claims {
        let checked_at = claim.checked_at.map(|at| at.trunc_subsecs(6));
        all.entry(claim.download_id).or_default().push(CopyClaim { checked_at, ..claim.clone() });
    }
    all
}

/// The entry for the server's file, else the first one.
fn best(claims: Option<&Vec<CopyClaim>>, file: Option<ServerFile<'_>>) -> Option<CopyClaim> {
    let claims = claims?;
    let current = claims.iter().find(|claim| file.is_some_and(|file| file.sha256 == claim.sha256));
    current.or(claims.first()).cloned()
}

/// Adds a row for each claimed download that the server does not know to be on the device: a device may have
/// kept it by itself. Returns those that it must remove, because the user has no such download.
async fn adopt(
    work: &mut Work<'_>,
    owner: UserId,
    device: DeviceId,
    claims: &BTreeMap<DownloadId, Vec<CopyClaim>>,
) -> Result<Vec<DroppedCopy>> {
    let known = copies::ids(&**work, owner, device).await?;
    let known: BTreeSet<DownloadId> = known.into_iter().collect();
    let new: Vec<DownloadId> = claims.keys().copied().filter(|id| !known.contains(id)).collect();
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let own: BTreeSet<DownloadId> = downloads::own_among(&**work, owner, &new).await?.into_iter().collect();
    let mut room = MAX_COPIES.saturating_sub(known.len());
    let mut refused = Vec::new();
    for id in new {
        let reason = match (own.contains(&id), room) {
            (false, _) => CopyReason::Unknown,
            (true, 0) => CopyReason::TooMany,
            (true, _) => {
                let (copy, now) = ((device, id), work.now());
                if claims[&id].iter().all(|claim| claim.is_planned) {
                    let position = PlannedPosition { place: 0, departs_at: None };
                    copies::want_planned(&**work, owner, copy, position, now).await?;
                } else {
                    copies::want(&**work, owner, device, id, now).await?;
                }
                room -= 1;
                continue;
            }
        };
        refused.push(DroppedCopy { download_id: id, reason });
    }
    Ok(refused)
}

fn known(copy: &TrackedCopy) -> KnownCopy {
    KnownCopy {
        state: copy.state,
        sha256: copy.sha256.clone(),
        bytes: copy.bytes,
        checked_at: copy.checked_at,
        reason: copy.reason,
    }
}

/// Verified file of the copy's download, if it is ready.
pub(super) fn file(copy: &TrackedCopy) -> Option<ServerFile<'_>> {
    Some(ServerFile { sha256: copy.file_sha256.as_deref()?, bytes: copy.file_bytes? })
}
