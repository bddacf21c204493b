//! Simulation of one user: an event heap in which the server plans, the device fetches, and the user listens.

mod journey;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use chrono::Timelike;
use smartcache_domain::failure::RetrySchedule;
use smartcache_domain::plan::contacts::{ContactHabit, DeviceContact};
use smartcache_domain::plan::need::{Departure, departures};
use smartcache_domain::plan::outcome::{CopyEvidence, ReadinessClaim, verdict};
use smartcache_domain::plan::state::Obstacles;
use smartcache_domain::plan::{DevicePlan, PlanRequest, plan};
use smartcache_domain::playback::{ClockCorrection, Play, Playback, merged};
use smartcache_domain::{DownloadId, TimeDelta};

use crate::baselines::Policy;
use crate::figures::Figures;
use crate::users::{Platform, Profile};
use crate::world::{Chance, DAY, HOUR, Random, World};

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// The server reads feeds and fetches files.
    Fetch,
    Open {
        seconds: i64,
    },
    Close {
        began: i64,
        fetched: Vec<(usize, i64)>,
    },
    Remind {
        departure: usize,
    },
    /// Ten minutes before a departure.
    Check {
        departure: usize,
    },
    Depart {
        departure: usize,
    },
    /// The browser is short of storage, or the user deletes what sites have stored.
    Evict {
        is_by_user: bool,
    },
    ClockJump {
        seconds: i64,
    },
}

#[derive(Clone, Copy, PartialEq)]
pub enum AtServer {
    Origin,
    ReadyAt(i64),
    RetryAt(i64),
}

/// An item's copies and its playback, with the server's knowledge of both.
#[derive(Clone)]
pub struct Copies {
    pub server: AtServer,
    pub tries: i64,
    pub is_held: bool,
    /// Held by the last inventory.
    pub is_known: bool,
    pub partial: i64,
    pub position: f64,
    pub is_done: bool,
    pub playback: Option<Playback>,
}

pub struct Life<'a> {
    pub user: u64,
    pub world: &'a World,
    pub profile: &'a Profile,
    policy: &'a Policy,
    heap: BinaryHeap<Reverse<(i64, u64, Event)>>,
    sequence: u64,
    pub copies: Vec<Copies>,
    /// Last transfers per source: ended, succeeded.
    pub transfers: Vec<(i64, i64)>,
    departures: Vec<Departure>,
    told: Vec<bool>,
    contacts: Vec<DeviceContact>,
    habit: ContactHabit,
    pub inventory_at: Option<i64>,
    opened_at: i64,
    /// Order of listening on the device.
    pub queue: Vec<usize>,
    plays: Vec<(usize, f64, f64, i64)>,
    claims: Vec<ReadinessClaim>,
    clock_skew: i64,
    has_lost_copies: bool,
    figures: Figures,
}

impl<'a> Life<'a> {
    pub fn run(user: u64, world: &'a World, profile: &'a Profile, policy: &'a Policy) -> Figures {
        let mut life = Self::begin(user, world, profile, policy);
        while let Some(Reverse((now, _, event))) = life.heap.pop() {
            if now >= world.days * DAY {
                break;
            }
            life.handle(now, event);
        }
        let held =
            life.copies.iter().zip(&world.items).filter(|(copies, _)| copies.is_held && !copies.is_done);
        life.figures.left_bytes =
            held.map(|(copies, item)| item.bytes as f64 * life.rest_of(copies, item)).sum();
        life.figures
    }

    fn begin(user: u64, world: &'a World, profile: &'a Profile, policy: &'a Policy) -> Self {
        let until = world.at(world.days * DAY);
        let departures = departures(&profile.windows, &profile.zone, world.start, until);
        let fresh = Copies {
            server: AtServer::Origin,
            tries: 0,
            is_held: false,
            is_known: false,
            partial: 0,
            position: 0.0,
            is_done: false,
            playback: None,
        };
        let mut life = Self {
            user,
            world,
            profile,
            policy,
            heap: BinaryHeap::new(),
            sequence: 0,
            copies: vec![fresh; world.items.len()],
            transfers: vec![(0, 0); world.sources.len()],
            told: vec![false; departures.len()],
            departures,
            contacts: Vec::new(),
            habit: ContactHabit::of(&[], world.start, &profile.zone, world.start),
            inventory_at: None,
            opened_at: 0,
            queue: Vec::new(),
            plays: Vec::new(),
            claims: Vec::new(),
            clock_skew: 0,
            has_lost_copies: false,
            figures: Figures::default(),
        };
        life.schedule();
        life
    }

    fn schedule(&mut self) {
        self.push(11 * HOUR, Event::Fetch);
        for open in self.profile.opens(self.user, self.world.days) {
            self.push(open.at, Event::Open { seconds: open.seconds });
        }
        for departure in 0..self.departures.len() {
            let at = self.second(self.departures[departure].departs_at.to_utc());
            self.push(at - 600, Event::Check { departure });
            self.push(at, Event::Depart { departure });
            // A reminder at night comes in the evening before.
            let hour = (self.departures[departure].departs_at - TimeDelta::minutes(60)).hour();
            let before = if (6..22).contains(&hour) { 75 * 60 } else { 10 * HOUR };
            self.push(at - before, Event::Remind { departure });
        }
        let mut random = Random::of(self.user, Chance::Storage);
        for (mean, is_by_user) in [(60.0, false), (self.policy.clears_days, true)] {
            let at = (random.exponential(mean) * DAY as f64).min(1e12) as i64;
            self.push(at, Event::Evict { is_by_user });
        }
        let mut random = Random::of(self.user, Chance::Clock);
        self.push(
            random.between(0.0, 60.0) as i64 * DAY,
            Event::ClockJump { seconds: random.between(-10_800.0, 10_800.0) as i64 },
        );
    }

    fn push(&mut self, at: i64, event: Event) {
        self.sequence += 1;
        self.heap.push(Reverse((at, self.sequence, event)));
    }

    fn second(&self, at: chrono::DateTime<chrono::Utc>) -> i64 {
        (at - self.world.start).num_seconds()
    }

    fn handle(&mut self, now: i64, event: Event) {
        match event {
            Event::Fetch => {
                self.fetch(now);
                self.push(now + 4 * HOUR, Event::Fetch);
            }
            Event::Open { seconds } => self.open(now, seconds),
            Event::Close { began, fetched } => self.close(now, began, &fetched),
            Event::Remind { departure } => self.remind(now, departure),
            Event::Check { departure } => self.check(now, departure),
            Event::Depart { departure } => self.depart(now, departure),
            Event::Evict { is_by_user } => {
                let is_unused = now - self.opened_at > 4 * DAY;
                if is_by_user || (is_unused && !self.profile.is_persisted) {
                    self.evict();
                }
            }
            Event::ClockJump { seconds } => self.clock_skew = seconds,
        }
    }

    fn evict(&mut self) {
        self.copies.iter_mut().for_each(|copies| (copies.is_held, copies.partial) = (false, 0));
    }

    /// Plan by all facts that the server has.
    pub fn plan(&self, now: i64, departures: &[Departure]) -> DevicePlan {
        let candidates = self.candidates(now);
        let has_failing = self.copies.iter().any(|copies| matches!(copies.server, AtServer::RetryAt(_)));
        let request = PlanRequest {
            now: self.world.at(now),
            departures,
            candidates: &candidates,
            habit: &self.habit,
            proved_at: self.inventory_at.map(|at| self.world.at(at)),
            is_persisted: self.profile.is_persisted,
            budget_bytes: self.profile.budget_bytes,
            down_bps: Some(self.profile.bps as i64),
            obstacles: Obstacles {
                has_lost_copies: self.has_lost_copies,
                has_failing_sources: has_failing,
                ..Obstacles::default()
            },
            device: "this phone",
        };
        plan(&request, &self.profile.zone)
    }

    pub fn departures(&self, now: i64) -> Vec<Departure> {
        let until = self.world.at(now) + self.policy.reach(&self.habit);
        let inventory_at = self.world.at(self.inventory_at.unwrap_or(now));
        departures(&self.profile.windows, &self.profile.zone, inventory_at, until)
    }

    fn wants(&mut self, now: i64) -> (DevicePlan, Vec<usize>) {
        self.figures.plans += 1;
        let plan = self.policy.plan(self, now);
        let wants = self.policy.wants(self, now, &plan);
        (plan, wants)
    }

    fn fetch(&mut self, now: i64) {
        // Safari removes files that were not used for seven days.
        if self.profile.platform == Platform::Apple
            && !self.profile.is_persisted
            && now - self.opened_at > 7 * DAY
        {
            self.evict();
        }
        if self.world.is_out(now) {
            return;
        }
        let (_, wants) = self.wants(now);
        for index in wants {
            let copies = &self.copies[index];
            let is_due = match copies.server {
                AtServer::Origin => true,
                AtServer::RetryAt(at) => at <= now,
                AtServer::ReadyAt(_) => false,
            };
            if is_due {
                self.transfer(now, index);
            }
        }
    }

    /// One round of a transfer to the server, with the retries that follow.
    fn transfer(&mut self, now: i64, index: usize) {
        let item = &self.world.items[index];
        let source = &self.world.sources[item.source];
        let mut random = Random::of(
            self.user << 24 | (index as u64) << 4 | self.copies[index].tries as u64,
            Chance::Transfers,
        );
        let copies = &mut self.copies[index];
        copies.tries += 1;
        let record = &mut self.transfers[item.source];
        record.0 += 1;
        if random.is(source.succeeds) {
            record.1 += 1;
            let queued = random.exponential(30.0);
            copies.server = AtServer::ReadyAt(now + (queued + item.bytes as f64 / source.bps) as i64);
        } else {
            copies.server =
                AtServer::RetryAt(now + RetrySchedule::Exponential.backoff(copies.tries).num_seconds());
        }
        if record.0 > 20 {
            *record = (record.0 / 2, record.1 / 2);
        }
    }

    fn open(&mut self, now: i64, seconds: i64) {
        self.opened_at = now;
        if self.world.is_out(now) || seconds < 5 {
            return;
        }
        self.report(now);
        let (plan, wants) = self.wants(now);
        for item in &plan.drops {
            self.copies[item.0 as usize].is_held = false;
        }
        self.queue =
            plan.windows.iter().flat_map(|window| &window.items).map(|item| item.0 as usize).collect();
        let mut random = Random::of(self.user << 32 | now as u64, Chance::Opens);
        let seconds = self.profile.fetching(seconds, &mut random);
        let mut bytes = ((seconds - 3) as f64 * self.profile.bps) as i64;
        let mut fetched = Vec::new();
        for index in wants {
            let copies = &self.copies[index];
            if !matches!(copies.server, AtServer::ReadyAt(at) if at <= now) || copies.is_held {
                continue;
            }
            // A request and the check of the file cost about half a second.
            bytes -= (self.profile.bps * 0.5) as i64;
            let part = bytes.clamp(0, self.world.items[index].bytes - copies.partial);
            if part > 0 {
                fetched.push((index, part));
            }
            bytes -= part;
            if bytes <= 0 {
                break;
            }
        }
        self.push(now + seconds, Event::Close { began: now, fetched });
    }

    /// Plays and inventory as the device tells them at a contact, and the judgement on earlier claims.
    fn report(&mut self, now: i64) {
        let correction = ClockCorrection {
            skew: TimeDelta::seconds(-self.clock_skew),
            previous_contact: self.inventory_at.map(|at| self.world.at(at)),
        };
        let mut evidence = Vec::new();
        for (index, from, to, at) in std::mem::take(&mut self.plays) {
            let at = correction.apply(self.world.at(at), self.world.at(now));
            let item = &self.world.items[index];
            let play = Play { seconds: to, from, at, device: Some("phone".into()), ..Play::default() };
            let known = self.copies[index].playback.as_ref();
            let next = merged(known, &play, Some(item.seconds as i64), self.world.at(now));
            if next.is_finished() {
                evidence.push(CopyEvidence::Gone { download_id: DownloadId(index as i64), at });
            }
            self.copies[index].playback = Some(next);
        }
        let held = (0..self.copies.len()).filter(|index| self.copies[*index].is_held);
        evidence.extend(held.map(|index| CopyEvidence::Held { download_id: DownloadId(index as i64) }));
        for claim in std::mem::take(&mut self.claims) {
            self.figures.contradicted += i64::from(verdict(&claim, &evidence).is_confirmed == Some(false));
        }
        let is_lost = |copies: &Copies| copies.is_known && !copies.is_held && !copies.is_done;
        self.has_lost_copies = !self.profile.is_persisted && self.copies.iter().any(is_lost);
        self.copies.iter_mut().for_each(|copies| copies.is_known = copies.is_held);
        self.inventory_at = Some(now);
    }

    fn close(&mut self, now: i64, began: i64, fetched: &[(usize, i64)]) {
        for (index, part) in fetched {
            let (copies, item) = (&mut self.copies[*index], &self.world.items[*index]);
            copies.partial += part;
            self.figures.fetched_bytes += *part as f64;
            if copies.partial >= item.bytes {
                (copies.is_held, copies.is_known, copies.partial) = (true, true, 0);
            }
        }
        if !fetched.is_empty() {
            self.has_lost_copies = false;
        }
        let (began_at, ended_at) = (self.world.at(began), self.world.at(now));
        self.contacts.push(DeviceContact { began_at, ended_at });
        let since = self.contacts[0].began_at;
        self.habit = ContactHabit::of(&self.contacts, since, &self.profile.zone, ended_at);
        self.fetch(now);
    }
}
