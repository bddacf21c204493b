//! The planner in simulated worlds, beside simpler policies, and the time that one plan takes.
//!
//! `make bench-planner`. A bench of the domain crate, because it needs no server: it compiles in seconds.
#![allow(clippy::unwrap_used, reason = "a simulation that cannot go on has failed")]

mod baselines;
mod figures;
mod life;
mod single;
mod users;
mod world;

use std::time::Instant;

use baselines::{Choosing, Policy};
use figures::Figures;
use life::Life;
use users::Profile;
use world::World;

const NEVER: f64 = f64::INFINITY;
/// Once in two years.
const RARELY: f64 = 730.0;

fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let users = numbers.first().copied().unwrap_or(1_000);
    let days = numbers.get(1).copied().unwrap_or(30) as i64;
    let planner = Policy {
        name: "planner, 72 h + reserve + reminders",
        choosing: Choosing::Planner,
        reminds: true,
        has_reserve: true,
        clears_days: NEVER,
    };
    let policies = [
        Policy { name: "planner, 72 h + reserve", reminds: false, ..planner },
        Policy { name: "planner, 72 h + reminders", has_reserve: false, ..planner },
        Policy { name: "planner, 72 h", has_reserve: false, reminds: false, ..planner },
        Policy { name: "planner, users delete site data once in two years", clears_days: RARELY, ..planner },
        Policy { name: "newest five", choosing: Choosing::NewestFive, reminds: false, ..planner },
        Policy {
            name: "next window",
            choosing: Choosing::NextWindow,
            reminds: false,
            has_reserve: false,
            ..planner
        },
    ];
    println!("{users} users, {days} days\n");
    println!(
        "| policy | ready at T-10: with a contact in 72 h · all | contradicted of claimed · untrue | MB fetched per \
         played | reminders per user and week | time, plans |\n|---|---|---|---|---|---|"
    );
    let mut reasons = String::new();
    let others = if numbers.len() > 2 { &[][..] } else { &policies[..] };
    for policy in std::iter::once(&planner).chain(others) {
        let begun = Instant::now();
        let figures = simulate(policy, users, days);
        row(policy, &figures, users as f64 * days as f64 / 7.0, begun.elapsed().as_secs_f64());
        if std::ptr::eq(policy, &planner) {
            reasons = figures.reasons();
        }
    }
    println!("\nNot ready with the planner: {reasons}.\n");
    single::run();
}

fn simulate(policy: &Policy, users: u64, days: i64) -> Figures {
    let mut all = Figures::default();
    for user in 1..=users {
        let (world, profile) = (World::of(user, days), Profile::of(user));
        all.add(Life::run(user, &world, &profile, policy));
    }
    all
}

fn row(policy: &Policy, figures: &Figures, weeks: f64, seconds: f64) {
    let part = |some: i64, all: i64| 100.0 * some as f64 / all.max(1) as f64;
    println!(
        "| {} | {:.2} % of {} · {:.2} % of {} | {} of {} · {} | {:.3} ({:.3} with the rest at the end) | {:.2} | {seconds:.1} s, {} |",
        policy.name,
        part(figures.ready_with_contact, figures.windows_with_contact),
        figures.windows_with_contact,
        part(figures.ready, figures.windows),
        figures.windows,
        figures.contradicted,
        figures.claimed,
        figures.untrue,
        figures.traffic(),
        figures.fetched_bytes / figures.played_bytes,
        figures.reminders as f64 / weeks,
        figures.plans,
    );
}
