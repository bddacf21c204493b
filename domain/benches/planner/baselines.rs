//! Policies: the planner, and two simpler ones beside it in the same worlds.

use smartcache_domain::item::Availability;
use smartcache_domain::plan::DevicePlan;
use smartcache_domain::plan::candidates::{
    CopyLocation, Eligibility, PlanCandidate, ScoreFacts, SupplyTier, TransferRecord, listening_seconds,
};
use smartcache_domain::plan::contacts::ContactHabit;
use smartcache_domain::plan::need::HORIZON;
use smartcache_domain::{ItemId, TimeDelta};

use crate::life::{AtServer, Life};
use crate::world::{DAY, HOUR, World};

#[derive(Clone, Copy, PartialEq)]
pub enum Choosing {
    Planner,
    /// The five newest unplayed items of each source, the newest first.
    NewestFive,
    /// The next window, and nothing beyond it.
    NextWindow,
}

pub struct Policy {
    pub name: &'static str,
    pub choosing: Choosing,
    pub reminds: bool,
    /// Whether a reserve is kept beyond 72 hours.
    pub has_reserve: bool,
    /// Mean time between two times at which a user deletes what sites have stored, in days.
    pub clears_days: f64,
}

impl Policy {
    pub fn reach(&self, habit: &ContactHabit) -> TimeDelta {
        if self.has_reserve { habit.reach() } else { HORIZON }
    }

    pub fn plan(&self, life: &Life<'_>, now: i64) -> DevicePlan {
        let mut departures = life.departures(now);
        if self.choosing == Choosing::NextWindow {
            let begun = departures.iter().filter(|it| it.departs_at.to_utc() <= life.world.at(now)).count();
            departures.truncate(begun + 1);
        }
        life.plan(now, &departures)
    }

    pub fn wants(&self, life: &Life<'_>, now: i64, plan: &DevicePlan) -> Vec<usize> {
        if self.choosing != Choosing::NewestFive {
            return plan.wants.iter().map(|item| item.0 as usize).collect();
        }
        let mut counts = vec![0; life.world.sources.len()];
        let is_held = |index: &usize| life.copies[*index].is_held;
        let mut free = life.profile.budget_bytes;
        free -=
            (0..life.copies.len()).filter(is_held).map(|index| life.world.items[index].bytes).sum::<i64>();
        let newest = life.visible(now).filter(|index| !life.is_known_finished(*index)).filter(|index| {
            let count = &mut counts[life.world.items[*index].source];
            *count += 1;
            *count <= 5
        });
        let missing = newest.filter(|index| !life.copies[*index].is_held);
        missing
            .take_while(|index| {
                free -= life.world.items[*index].bytes;
                free >= 0
            })
            .collect()
    }
}

/// Items of a source among which the planner chooses.
const NEWEST: usize = 8;
/// Age from which an item is back catalogue.
const OLD: i64 = 21 * DAY;
/// Time from a publication to the reading of the feed.
const READ_AFTER: i64 = HOUR / 2;

impl Life<'_> {
    /// Items that the server knows, the newest first.
    pub fn visible(&self, now: i64) -> impl Iterator<Item = usize> {
        let count = self.world.items.partition_point(|item| item.published + READ_AFTER <= now);
        (0..count).rev()
    }

    pub fn is_known_finished(&self, index: usize) -> bool {
        self.copies[index].playback.as_ref().is_some_and(|playback| playback.is_finished())
    }

    /// Candidates, those on the device first in the order of listening.
    pub fn candidates(&self, now: i64) -> Vec<PlanCandidate> {
        let mut counts = vec![0; self.world.sources.len()];
        let chosen = self.visible(now).filter(|index| {
            let eligibility = Eligibility {
                availability: Availability::Cacheable,
                is_finished: self.is_known_finished(*index),
                is_allowed: true,
                is_dismissed: false,
                rating: None,
            };
            let count = &mut counts[self.world.items[*index].source];
            *count += usize::from(eligibility.is_candidate());
            eligibility.is_candidate() && (*count <= NEWEST || self.copies[*index].is_known)
        });
        let mut all: Vec<_> = chosen.map(|index| self.candidate(index, now)).collect();
        let place = |it: &PlanCandidate| {
            let index = it.item_id.0 as usize;
            let begun = self.copies[index].playback.as_ref().is_none_or(|playback| playback.seconds == 0.0);
            let queued = self.queue.iter().position(|other| *other == index).unwrap_or(usize::MAX);
            (!it.location.is_on_device(), begun, queued)
        };
        all.sort_by_cached_key(place);
        all
    }

    fn candidate(&self, index: usize, now: i64) -> PlanCandidate {
        let World { items, sources, .. } = self.world;
        let (item, copies) = (&items[index], &self.copies[index]);
        let source = &sources[item.source];
        let location = match copies.server {
            _ if copies.is_known => CopyLocation::Proved,
            AtServer::ReadyAt(at) if at <= now => CopyLocation::OnServer,
            AtServer::ReadyAt(_) => CopyLocation::OnTheWay,
            AtServer::Origin | AtServer::RetryAt(_) => CopyLocation::Origin,
        };
        let (ended, succeeded) = self.transfers[item.source];
        let record = TransferRecord { ended, succeeded, bps: Some(source.bps as i64) };
        let is_here = matches!(location, CopyLocation::Proved | CopyLocation::OnServer);
        let chance = if is_here { 1.0 } else { record.chance(item.bytes, TimeDelta::hours(6)) };
        let position = copies.playback.as_ref().map_or(0.0, |playback| playback.seconds);
        let facts = ScoreFacts {
            priority: source.priority,
            age: TimeDelta::seconds(now - item.published),
            usual_gap_seconds: Some(source.gap_s),
            quality: Some(item.quality),
            is_asked: item.is_asked || position > 0.0,
            chance,
        };
        PlanCandidate {
            item_id: ItemId(index as i64),
            source_id: source.id,
            tier: if now - item.published > OLD { SupplyTier::BackCatalogue } else { SupplyTier::Followed },
            location,
            listening_s: listening_seconds(item.seconds as i64, position, self.profile.speed),
            bytes: item.bytes,
            fetched_bytes: copies.partial,
            part: source.is_serial.then_some(item.part),
            is_asked: item.is_asked || position > 0.0,
            score: facts.score(),
        }
    }
}
