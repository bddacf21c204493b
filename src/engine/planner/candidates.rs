//! Candidates for a device: its copies, the user's downloads, and items of followed sources.

use std::collections::HashMap;

use super::survey::Survey;
use crate::db::items::Candidate;
use crate::db::plans::{self, SupplyRow};
use crate::domain::copy::CopyState;
use crate::domain::download::DownloadStatus;
use crate::domain::item::Availability;
use crate::domain::plan::PROOF_LASTS;
use crate::domain::plan::candidates::{
    ARTICLE_MINUTES, CopyLocation, PlanCandidate, ScoreFacts, SupplyTier, TransferRecord, listening_seconds,
};
use crate::domain::playback::BEGUN;
use crate::domain::source::{Kind, PRIORITY_DEFAULT};
use crate::domain::urgency::MAX_PRIORITY;
use crate::domain::{DateTime, DeviceId, ItemId, SourceId, TimeDelta, UserId, Utc};
use crate::engine::catalog::usual_gap;
use crate::engine::{Result, Work};

/// Maximum number of downloads that are considered, the device's copies first.
const MAX_SUPPLY: i64 = 400;
/// Age from which an item of a followed source belongs to its back catalogue, at least.
const RECENT: TimeDelta = TimeDelta::days(30);
/// Factor of a copy that the device has begun to fetch: another plan does not waste the bytes for little.
const BEGUN_STAYS: f64 = 1.2;
/// Bytes per second of audio whose length is unknown: few files have more, so that it lasts at least as long.
const ASSUMED_RATE: i64 = 24_000;
/// Bytes per second assumed for a file whose size is unknown.
const USUAL_RATE: i64 = 16_000;
/// Size assumed for an article.
const ARTICLE_BYTES: i64 = 50_000;
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
        let judge = Judge { survey, now: work.now(), by, is_persisted, gaps: gaps(&supply, &survey.items) };
        let mut all: Vec<_> = supply.iter().filter_map(|row| judge.download(row)).collect();
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
        all.extend(survey.items.iter().filter_map(|candidate| judge.item(candidate)));
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

/// Turns rows into candidates.
struct Judge<'a> {
    survey: &'a Survey,
    now: DateTime<Utc>,
    by: DateTime<Utc>,
    is_persisted: bool,
    gaps: HashMap<SourceId, i64>,
}

impl Judge<'_> {
    /// None for what the user has finished, refused or removed from the device, and for what cannot come.
    fn download(&self, row: &SupplyRow) -> Option<PlanCandidate> {
        if row.finished || row.is_refused || row.is_removed {
            return None;
        }
        let location = self.location(row)?;
        let bytes = row.bytes.unwrap_or_else(|| assumed_bytes(row.kind, row.duration_seconds));
        let listening_s =
            self.listening(row.source_id, row.kind, (row.duration_seconds, Some(bytes)), row.seconds)?;
        let is_wanted = row.copy_state.is_some_and(|state| state != CopyState::Dropped);
        let is_kept = is_wanted && row.is_planned == Some(false);
        let is_asked = row.pinned || row.seconds >= BEGUN || is_kept;
        let has_part = matches!(row.copy_state, Some(CopyState::OnItsWay | CopyState::Checking));
        let fetched_bytes = if has_part { row.copy_bytes.unwrap_or_default().min(bytes) } else { 0 };
        let chance = match location {
            CopyLocation::OnTheWay => self.chance(row.source_id, bytes),
            _ => 1.0,
        };
        let facts = self.facts(row.source_id, row.priority, row.published_at, row.quality);
        let stays = if fetched_bytes > 0 { BEGUN_STAYS } else { 1.0 };
        let tier = if is_text(row.kind) { SupplyTier::Article } else { SupplyTier::Followed };
        Some(PlanCandidate {
            item_id: row.item_id,
            source_id: row.source_id,
            tier,
            location,
            listening_s,
            bytes,
            fetched_bytes,
            part: self.survey.parts.get(&row.item_id).copied(),
            is_asked,
            score: ScoreFacts { is_asked, chance, ..facts }.score() * stays,
        })
    }

    fn location(&self, row: &SupplyRow) -> Option<CopyLocation> {
        if row.copy_state == Some(CopyState::Held) {
            let lasts = |at: DateTime<Utc>| self.is_persisted || at >= self.now - PROOF_LASTS;
            let is_proved = row.is_doubted == Some(false) && row.proved_at.is_some_and(lasts);
            return Some(if is_proved { CopyLocation::Proved } else { CopyLocation::Unproved });
        }
        match row.status {
            DownloadStatus::Ready => Some(CopyLocation::OnServer),
            status if status.awaits_bytes() => Some(CopyLocation::OnTheWay),
            _ => None,
        }
    }

    fn item(&self, candidate: &Candidate) -> Option<PlanCandidate> {
        let Candidate { item, priority, .. } = candidate;
        let media = item.media()?;
        let is_large = self.survey.preferences.approval.ask_about(media.bytes);
        if item.is_refused() || is_large || !self.survey.preferences.wants(item.kind) {
            return None;
        }
        let position = self.survey.positions.get(&item.id);
        if position.is_some_and(|position| position.finished) {
            return None;
        }
        let seconds = position.map_or(0.0, |position| position.seconds);
        let bytes = media.bytes.unwrap_or_else(|| assumed_bytes(item.kind, item.duration_seconds));
        let length = (item.duration_seconds, media.bytes);
        let listening_s = self.listening(item.source_id, item.kind, length, seconds)?;
        let (location, chance) = match item.availability {
            Availability::Cached => (CopyLocation::OnServer, 1.0),
            Availability::Caching => (CopyLocation::OnTheWay, self.chance(item.source_id, bytes)),
            _ => (CopyLocation::Origin, self.chance(item.source_id, bytes)),
        };
        let published_at = item.published_at.unwrap_or(item.first_seen_at);
        let facts = self.facts(item.source_id, Some(*priority), published_at, item.quality_score);
        let part = self.survey.parts.get(&item.id).copied();
        let gap = TimeDelta::seconds(facts.usual_gap_seconds.unwrap_or_default() * 3);
        let is_old = part.is_none() && facts.age > RECENT.max(gap);
        let tier = match is_old {
            _ if is_text(item.kind) => SupplyTier::Article,
            true => SupplyTier::BackCatalogue,
            false => SupplyTier::Followed,
        };
        let is_asked = seconds >= BEGUN;
        Some(PlanCandidate {
            item_id: item.id,
            source_id: item.source_id,
            tier,
            location,
            listening_s,
            bytes,
            fetched_bytes: 0,
            part,
            is_asked,
            score: ScoreFacts { is_asked, chance, ..facts }.score(),
        })
    }

    /// Time to listen to the rest of an item. None for pictures, and if nothing tells its length.
    fn listening(
        &self,
        source: SourceId,
        kind: Kind,
        (duration_s, bytes): (Option<i64>, Option<i64>),
        position_s: f64,
    ) -> Option<i64> {
        if kind == Kind::Picture {
            return None;
        }
        if is_text(kind) {
            return Some(ARTICLE_MINUTES * 60);
        }
        let duration_s =
            duration_s.or(bytes.map(|bytes| bytes / ASSUMED_RATE)).filter(|seconds| *seconds > 0)?;
        let speed = self.survey.speeds.get(&source).copied().unwrap_or(1.0);
        Some(listening_seconds(duration_s, position_s, speed))
    }

    fn chance(&self, source: SourceId, bytes: i64) -> f64 {
        let record: TransferRecord = self.survey.transfers.get(&source).copied().unwrap_or_default();
        record.chance(bytes, self.by - self.now)
    }

    fn facts(
        &self,
        source: SourceId,
        priority: Option<i64>,
        published_at: DateTime<Utc>,
        quality: Option<f64>,
    ) -> ScoreFacts {
        // Subscriptions have priorities from 1 to 5.
        let priority = (priority.unwrap_or(PRIORITY_DEFAULT) - PRIORITY_DEFAULT) * MAX_PRIORITY / 2;
        ScoreFacts {
            priority,
            age: self.now - published_at,
            usual_gap_seconds: self.gaps.get(&source).copied(),
            quality,
            is_asked: false,
            chance: 1.0,
        }
    }
}

fn is_text(kind: Kind) -> bool {
    matches!(kind, Kind::Article | Kind::News)
}

fn assumed_bytes(kind: Kind, duration_s: Option<i64>) -> i64 {
    if is_text(kind) { ARTICLE_BYTES } else { duration_s.unwrap_or(1_800) * USUAL_RATE }
}
