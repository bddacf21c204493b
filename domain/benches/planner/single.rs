//! Time of one plan: 200 candidates and six windows, with enough storage and with too little.

use std::time::Instant;

use chrono_tz::Europe::Berlin;
use smartcache_domain::commute::{CommuteWindow, Day, Plan};
use smartcache_domain::plan::candidates::{CopyLocation, PlanCandidate, SupplyTier};
use smartcache_domain::plan::contacts::{ContactHabit, DeviceContact};
use smartcache_domain::plan::need::departures;
use smartcache_domain::plan::state::Obstacles;
use smartcache_domain::plan::{PlanRequest, plan};
use smartcache_domain::{CommuteWindowId, ItemId, SourceId, TimeDelta};

use crate::world::{Chance, Random};

const PLANS: usize = 1_000;

pub fn run() {
    println!("| one plan, 200 candidates, 6 windows | median | 99th percentile |\n|---|---|---|");
    for (name, megabytes) in [("500 MB of storage", 500), ("100 MB, not enough", 100)] {
        let mut times: Vec<_> = (0..PLANS).map(|seed| one(seed as u64, megabytes)).collect();
        times.sort_by(f64::total_cmp);
        println!("| {name} | {:.3} ms | {:.3} ms |", times[PLANS / 2], times[PLANS * 99 / 100]);
    }
}

/// Milliseconds of a plan over random candidates.
fn one(seed: u64, megabytes: i64) -> f64 {
    let mut random = Random::of(seed, Chance::Catalogue);
    let candidates: Vec<_> = (0..200).map(|id| candidate(id, &mut random)).collect();
    let window = |id, start: &str, end: &str| {
        let (start, end) = (start.parse().unwrap(), end.parse().unwrap());
        let plan = Plan { label: "Train".into(), start, end, days: Day::ALL.to_vec(), is_active: true };
        CommuteWindow { id: CommuteWindowId(id), plan }
    };
    let windows = [window(1, "07:30", "08:00"), window(2, "17:00", "17:30")];
    let now = "2026-11-22T21:00:00Z".parse().unwrap();
    let contacts: Vec<_> = (0..56)
        .map(|half_days| {
            let began_at = now - TimeDelta::hours(12 * (56 - half_days));
            DeviceContact { began_at, ended_at: began_at + TimeDelta::minutes(2) }
        })
        .collect();
    let begun = Instant::now();
    let habit = ContactHabit::of(&contacts, contacts[0].began_at, &Berlin, now);
    let departures = departures(&windows, &Berlin, now, now + habit.reach());
    let request = PlanRequest {
        now,
        departures: &departures,
        candidates: &candidates,
        habit: &habit,
        proved_at: Some(now),
        is_persisted: true,
        budget_bytes: megabytes * 1_000_000,
        down_bps: Some(2_000_000),
        obstacles: Obstacles::default(),
        device: "this phone",
    };
    let made = plan(&request, &Berlin);
    let milliseconds = begun.elapsed().as_secs_f64() * 1e3;
    assert!(
        made.windows.len() == 6
            && (!made.wants.is_empty() || candidates[0].listening_s > 198 * 60 || megabytes < 200)
    );
    milliseconds
}

fn candidate(id: i64, random: &mut Random) -> PlanCandidate {
    let minutes = random.log_normal(30.0, 0.6).clamp(3.0, 180.0);
    PlanCandidate {
        item_id: ItemId(id),
        source_id: SourceId(id % 20),
        tier: if random.is(0.3) { SupplyTier::BackCatalogue } else { SupplyTier::Followed },
        location: if id == 0 { CopyLocation::Proved } else { CopyLocation::OnServer },
        listening_s: (minutes * 60.0) as i64,
        bytes: (minutes * random.between(0.5, 1.5) * 1e6) as i64,
        fetched_bytes: 0,
        part: None,
        is_asked: false,
        score: random.between(0.2, 0.9),
    }
}
