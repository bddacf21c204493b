//! Counters in memory.

use super::*;

const LIMITS: RequestLimits = RequestLimits { minute: 100, hour: 200, day: 1_000, hard_percent: 120 };
const START: i64 = 20_000 * 86_400 * SECOND;

fn network(n: usize) -> LimitIdentity {
    LimitIdentity::Network(format!("network {n}"))
}

#[test]
fn exactly_the_hard_limit_passes_of_a_thousand_at_once() {
    let limiter = RequestLimiter::new(None);
    let served = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let decision = limiter.take_here(&network(1), &LIMITS, START);
                    if decision.refused.is_none() {
                        served.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(served.into_inner(), 120);
}

#[test]
fn each_soft_limit_is_announced_once_per_window() {
    let (limiter, identity) = (RequestLimiter::new(None), LimitIdentity::Account(UserId(1)));
    let mut announced = Vec::new();
    for n in 0..1_200 {
        // Ten requests a second for two minutes.
        let decision = limiter.take_here(&identity, &LIMITS, START + n * 100_000);
        announced.extend(decision.exceeded.iter().map(|window| (n, *window)));
    }
    let windows: Vec<_> = announced.iter().map(|(_, window)| *window).collect();
    assert_eq!(windows, [LimitWindow::Minute, LimitWindow::Hour], "{announced:?}");
    assert_eq!(limiter.unwritten(UserId(1), None, 20_000), 240, "the hard limit of the hour");
}

#[test]
fn idle_identities_leave_the_memory() {
    let limiter = RequestLimiter::new(None);
    let user = LimitIdentity::Account(UserId(1));
    limiter.put(&user, LimitSettings::default(), 7, START);
    for identity in [&user, &network(1)] {
        limiter.take_here(identity, &LIMITS, START);
    }
    let hour = LimitWindow::Hour.seconds() * SECOND;
    for (at, left) in [(START + hour - 1, 2), (START + hour, 1), (START + 24 * hour, 0)] {
        limiter.remove_idle(at);
        assert_eq!(limiter.known.lock().len(), left, "{at}");
    }
    for n in 0..MAX_IDENTITIES * 2 {
        limiter.put(&network(n), LimitSettings::default(), 0, START + n as i64);
        limiter.take_here(&network(n), &LIMITS, START + n as i64);
    }
    assert!(limiter.known.lock().len() <= MAX_IDENTITIES);
    assert!(limiter.is_known(&network(MAX_IDENTITIES * 2 - 1)), "the newest stay");
}
