//! Rows as candidates: their location, their listening time and their score.

use std::collections::HashMap;

use super::super::survey::Survey;
use crate::db::items::Candidate;
use crate::db::plans::SupplyRow;
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
use crate::domain::{DateTime, SourceId, TimeDelta, Utc};

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

/// Turns rows into candidates.
pub(super) struct CandidateFacts<'a> {
    pub survey: &'a Survey,
    pub now: DateTime<Utc>,
    /// Time until which a file must be on the server for the next departure.
    pub by: DateTime<Utc>,
    pub is_persisted: bool,
    /// Usual gaps of sources in seconds.
    pub gaps: HashMap<SourceId, i64>,
}

impl CandidateFacts<'_> {
    /// None for what the user has finished, refused or removed from the device, and for what cannot come.
    pub fn download(&self, row: &SupplyRow) -> Option<PlanCandidate> {
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

    pub fn item(&self, candidate: &Candidate) -> Option<PlanCandidate> {
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
