//! Reminders, departures and listening of a simulated user.

use smartcache_domain::plan::contacts::DeviceContact;
use smartcache_domain::plan::nag::NagRules;
use smartcache_domain::plan::outcome::ReadinessClaim;
use smartcache_domain::plan::state::PlanState;
use smartcache_domain::{DownloadId, TimeDelta};

use super::{Copies, Event, Life};
use crate::users::Platform;
use crate::world::{Chance, HOUR, Random, WorldItem};

impl Life<'_> {
    pub(super) fn remind(&mut self, now: i64, departure: usize) {
        if !self.policy.reminds || self.inventory_at.is_none() || self.told[departure] {
            return;
        }
        let plan = self.plan(now, &self.departures(now));
        self.figures.plans += 1;
        let at = &self.departures[departure];
        let window =
            plan.windows.iter().find(|it| it.departs_at == at.departs_at && it.window_id == at.window_id);
        let Some(window) = window else { return };
        let rules = NagRules::default();
        let time = self.second(rules.time(window, &self.profile.zone).to_utc());
        if time > now {
            self.push(time, Event::Remind { departure });
        } else if rules.is_due(window, &self.profile.zone, None, self.world.at(now)) {
            self.told[departure] = true;
            self.figures.reminders += 1;
            let mut random = Random::of(self.user << 16 | departure as u64, Chance::Reminders);
            let (follows, after) = (random.unit() < self.profile.follows, random.between(120.0, 1_500.0));
            let seconds = random.log_normal(120.0, 0.6).clamp(20.0, 1_200.0);
            // A push message may fetch behind a closed page, for five minutes at most.
            if self.profile.platform == Platform::Android && random.is(0.5) && self.profile.has_channel {
                self.push(
                    now + 5,
                    Event::Open { seconds: (30e6 / self.profile.bps).clamp(10.0, 300.0) as i64 },
                );
            }
            if follows && self.profile.has_channel {
                self.push(now + after as i64, Event::Open { seconds: seconds as i64 });
            }
        }
    }

    pub(super) fn check(&mut self, now: i64, departure: usize) {
        if self.inventory_at.is_none() {
            return;
        }
        let plan = self.plan(now, &self.departures(now));
        self.figures.plans += 1;
        let at = &self.departures[departure];
        let window =
            plan.windows.iter().find(|it| it.departs_at == at.departs_at && it.window_id == at.window_id);
        let Some(window) = window else { return };
        let horizon = self.world.at(now + 600 - 72 * HOUR);
        let is_long = |it: &DeviceContact| it.ended_at - it.began_at >= TimeDelta::seconds(60);
        let had_contact = self.contacts.iter().rev().any(|it| is_long(it) && it.ended_at >= horizon);
        let is_true = self.stock() >= window.need_s * 10 / 11;
        let is_ready = window.state == PlanState::Ready;
        self.figures.count(had_contact, is_ready && is_true, window.reason);
        self.figures.untrue += i64::from(is_ready && !is_true);
        if is_ready {
            let known = self.copies.iter().enumerate().filter(|(_, copies)| copies.is_known);
            let copies = known.map(|(index, copies)| {
                let position = copies.playback.as_ref().map_or(0.0, |playback| playback.seconds);
                let rest = self.world.items[index].seconds - position;
                (DownloadId(index as i64), (rest / self.profile.speed) as i64)
            });
            self.figures.claimed += 1;
            let copies: Vec<_> = copies.collect();
            self.claims.push(ReadinessClaim {
                departs_at: window.departs_at.to_utc(),
                need_s: window.need_s * 10 / 11,
                at_minus_10_s: window.on_device_s,
                at_departure_s: window.on_device_s,
                copies_minus_10: copies.clone(),
                copies,
            });
        }
    }

    /// Listening time on the device as it is, in seconds.
    fn stock(&self) -> i64 {
        let held =
            self.copies.iter().zip(&self.world.items).filter(|(copies, _)| copies.is_held && !copies.is_done);
        held.map(|(copies, item)| ((item.seconds - copies.position) / self.profile.speed) as i64).sum()
    }

    pub(super) fn rest_of(&self, copies: &Copies, item: &WorldItem) -> f64 {
        (1.0 - copies.position / item.seconds).max(0.0)
    }

    pub(super) fn depart(&mut self, now: i64, departure: usize) {
        let mut random = Random::of(self.user << 16 | departure as u64, Chance::Journeys);
        let length = self.departures[departure].need_s as f64 / 1.1 * random.between(0.9, 1.1);
        let extra = if random.is(0.02) { 1_200.0 } else { 0.0 };
        self.listen(now, (length + extra) * self.profile.speed);
    }

    /// Plays begun items first, then those in the queue, then the others, for so many seconds of them.
    fn listen(&mut self, now: i64, mut seconds: f64) {
        let begun = (0..self.copies.len()).filter(|index| self.copies[*index].position > 0.0);
        let order: Vec<_> = begun.chain(self.queue.iter().copied()).chain(0..self.copies.len()).collect();
        let mut at = now;
        for index in order {
            let (copies, item) = (&mut self.copies[index], &self.world.items[index]);
            if !copies.is_held || copies.is_done {
                continue;
            }
            let is_skipped = Random::of(self.user << 20 | index as u64, Chance::Journeys).is(0.02);
            let from = copies.position;
            let part = if is_skipped { 30.0_f64.min(seconds) } else { seconds.min(item.seconds - from) };
            seconds -= part;
            at += (part / self.profile.speed) as i64;
            copies.position += part;
            self.figures.played_bytes += item.bytes as f64 * part / item.seconds;
            if is_skipped || copies.position >= item.seconds * 0.95 {
                copies.is_done = true;
                copies.is_held = false;
            }
            let to = if is_skipped { item.seconds } else { copies.position };
            self.plays.push((index, from, to, at + self.clock_skew));
            if seconds <= 0.0 {
                return;
            }
        }
    }
}
