//! Facts about a user's items and limits, read before the transaction that plans for a device.

use std::collections::HashMap;

use chrono_tz::Tz;

use crate::db::items::Candidate;
use crate::db::plans::{self, PlayedPosition};
use crate::db::{ConnectionTrait, accounts, commute};
use crate::domain::commute::CommuteWindow;
use crate::domain::plan::candidates::{TRANSFERS, TransferRecord};
use crate::domain::preference::Preferences;
use crate::domain::{ItemId, SourceId, UserId};
use crate::engine::catalog::{KnownSupply, known_supply};
use crate::engine::downloads::{is_disk_full, limits};
use crate::engine::local_time::zone;
use crate::engine::{Engine, Result};

/// Maximum number of items per source, and of all, that have no download and may be planned.
const PER_SOURCE: i64 = 10;
const MAX_ITEMS: i64 = 200;
/// Number of transfers by which sources are judged.
const JUDGED: i64 = 400;

/// Facts that do not depend on the device.
#[derive(Default)]
pub struct Survey {
    /// Active windows. Without one, nothing is planned, and the other fields are empty.
    pub windows: Vec<CommuteWindow>,
    pub zone: Tz,
    pub preferences: Preferences,
    /// Items of followed sources without a download.
    pub items: Vec<Candidate>,
    /// Position of each part among the next ones of its serial.
    pub parts: HashMap<ItemId, i64>,
    pub positions: HashMap<ItemId, PlayedPosition>,
    pub speeds: HashMap<SourceId, f64>,
    pub transfers: HashMap<SourceId, TransferRecord>,
    pub is_server_disk_full: bool,
    pub is_limit_reached: bool,
}

impl Survey {
    /// Whether the user's windows and time zone are still those of the survey. The caller holds the lock on
    /// the user's row. Where they have changed, the plan is due and the job makes it.
    pub(super) async fn is_current(&self, db: &impl ConnectionTrait, owner: UserId) -> Result<bool> {
        if active(db, owner).await? != self.windows {
            return Ok(false);
        }
        Ok(self.windows.is_empty() || zone(&accounts::preferences(db, owner).await?) == self.zone)
    }

    /// Whether there is anything to plan for.
    pub fn has_windows(&self) -> bool {
        !self.windows.is_empty()
    }
}

async fn active(db: &impl ConnectionTrait, owner: UserId) -> Result<Vec<CommuteWindow>> {
    let mut windows = commute::list(db, owner).await?;
    windows.retain(|window| window.plan.is_active);
    Ok(windows)
}

pub async fn survey(engine: &Engine, owner: UserId) -> Result<Survey> {
    let db = &engine.db;
    let windows = active(db, owner).await?;
    if windows.is_empty() {
        return Ok(Survey::default());
    }
    let preferences = accounts::preferences(db, owner).await?;
    let KnownSupply { candidates, parts } = known_supply(engine, owner, PER_SOURCE, MAX_ITEMS).await?;
    let ids: Vec<_> = candidates.iter().map(|candidate| candidate.item.id).collect();
    let positions = plans::positions(db, owner, &ids).await?;
    let speeds = plans::speeds(db, owner).await?;
    Ok(Survey {
        windows,
        zone: zone(&preferences),
        items: candidates,
        parts: parts.into_iter().flat_map(|ids| ids.into_iter().zip(0..)).collect(),
        positions: positions.into_iter().map(|it| (it.item_id, it)).collect(),
        speeds: speeds.into_iter().map(|it| (it.source_id, it.speed)).collect(),
        transfers: records(&plans::transfers(db, owner, JUDGED).await?),
        is_server_disk_full: is_disk_full(&engine.config),
        is_limit_reached: !limits::has_room_for_plans(db, owner, &preferences, engine.now()).await?,
        preferences,
    })
}

/// Records of the sources over their last transfers.
fn records(transfers: &[plans::SourceTransfer]) -> HashMap<SourceId, TransferRecord> {
    let mut by_source: HashMap<SourceId, (TransferRecord, Vec<i64>)> = HashMap::new();
    for transfer in transfers {
        let (record, speeds) = by_source.entry(transfer.source_id).or_default();
        if record.ended < TRANSFERS {
            record.ended += 1;
            record.succeeded += i64::from(transfer.is_ready);
            speeds.extend(transfer.speed_bps);
        }
    }
    let with_median = |(source, (record, mut speeds)): (SourceId, (TransferRecord, Vec<i64>))| {
        speeds.sort_unstable();
        (source, TransferRecord { bps: speeds.get(speeds.len() / 2).copied(), ..record })
    };
    by_source.into_iter().map(with_median).collect()
}
