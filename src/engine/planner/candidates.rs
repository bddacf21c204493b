//! Candidates for a device: its copies, the user's downloads, and items of followed sources.

mod facts;

use std::collections::HashMap;

use super::survey::Survey;
use crate::db::items::Candidate;
use crate::db::plans::{self, SupplyRow};
use crate::domain::copy::CopyState;
use crate::domain::plan::candidates::{CopyLocation, PlanCandidate};
use crate::domain::{DateTime, DeviceId, ItemId, SourceId, UserId, Utc};
use crate::engine::catalog::usual_gap;
use crate::engine::{Result, Work};
use facts::CandidateFacts;

/// Maximum number of downloads that are considered, the device's copies first.
const MAX_SUPPLY: i64 = 400;
const MB: i64 = 1_000_000;

/// Candidates of one device.
pub(super) struct CandidateSet {
    pub all: Vec<PlanCandidate>,
    /// The user's downloads by their items.
    pub downloads: HashMap<ItemId, SupplyRow>,
    /// Oldest proof of the copies that count as proved.
    pub proved_at: Option<DateTime<Utc>>,
    /// Bytes of copies on the device that are no candidates.
    other_bytes: i64,
}

impl CandidateSet {
    /// `by` is the time until which a file must be on the server for the next departure.
    pub async fn gather(
        work: &Work<'_>,
        owner: UserId,
        device: DeviceId,
        survey: &Survey,
        is_persisted: bool,
        by: DateTime<Utc>,
    ) -> Result<Self> {
        let supply = plans::supply(&**work, owner, device, MAX_SUPPLY).await?;
        let before = plans::items(&**work, owner, device, work.now()).await?;
        let order: HashMap<_, _> = before.iter().map(|item| item.item_id).zip(0_usize..).collect();
        let facts =
            CandidateFacts { survey, now: work.now(), by, is_persisted, gaps: gaps(&supply, &survey.items) };
        let mut all: Vec<_> = supply.iter().filter_map(|row| facts.download(row)).collect();
        let held = all.iter().filter(|it| it.location.is_on_device() || it.fetched_bytes > 0);
        let counted: Vec<_> = held.map(|it| it.item_id).collect();
        let others = supply.iter().filter(|row| is_there(row) && !counted.contains(&row.item_id));
        let other_bytes = others.filter_map(|row| row.copy_bytes).sum();
        let proved = all.iter().filter(|it| it.location == CopyLocation::Proved).map(|it| it.item_id);
        let proved: Vec<_> = proved.collect();
        let proofs =
            supply.iter().filter(|row| proved.contains(&row.item_id)).filter_map(|row| row.proved_at);
        let proved_at = proofs.min();
        all.sort_by_key(|it| {
            (!it.location.is_on_device(), order.get(&it.item_id).copied().unwrap_or(usize::MAX), it.item_id)
        });
        all.extend(survey.items.iter().filter_map(|candidate| facts.item(candidate)));
        let downloads = supply.into_iter().map(|row| (row.item_id, row)).collect();
        Ok(Self { all, downloads, proved_at, other_bytes })
    }

    /// Bytes that the candidates may have on the device together.
    pub fn budget(&self, budget_mb: i64) -> i64 {
        (budget_mb.saturating_mul(MB) - self.other_bytes).max(0)
    }

    pub fn get(&self, item: ItemId) -> Option<&PlanCandidate> {
        self.all.iter().find(|candidate| candidate.item_id == item)
    }
}

/// Whether the device has bytes of a copy.
pub(super) fn is_there(row: &SupplyRow) -> bool {
    row.copy_state.is_some_and(|state| state != CopyState::Dropped) && row.copy_bytes.unwrap_or_default() > 0
}

/// Usual gaps of sources, as far as their items here show them.
fn gaps(supply: &[SupplyRow], items: &[Candidate]) -> HashMap<SourceId, i64> {
    let mut times: HashMap<SourceId, Vec<DateTime<Utc>>> = HashMap::new();
    let supply = supply.iter().map(|row| (row.source_id, row.published_at));
    let items =
        items.iter().map(|it| (it.item.source_id, it.item.published_at.unwrap_or(it.item.first_seen_at)));
    for (source, at) in supply.chain(items) {
        times.entry(source).or_default().push(at);
    }
    let gap =
        |(source, times): (SourceId, Vec<DateTime<Utc>>)| Some((source, usual_gap(&times)?.num_seconds()));
    times.into_iter().filter_map(gap).collect()
}
