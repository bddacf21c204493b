//! The arithmetic of request limits.

use super::*;

const LIMITS: RequestLimits = RequestLimits { minute: 10, hour: 50, day: 200, hard_percent: 120 };
/// Midnight, and so the start of an hour.
const START: i64 = 20_000 * 86_400 * 1_000_000;
const SECOND: i64 = 1_000_000;

/// Numbers that look random and are the same each time.
fn numbers(seed: u64) -> impl Iterator<Item = i64> {
    std::iter::successors(Some(seed), |n| {
        Some(n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407))
    })
    .map(|n| (n >> 33) as i64)
}

#[test]
fn a_burst_of_the_hard_limit_passes_and_nothing_beyond() {
    let mut counts = RequestCounts::default();
    let taken = (0..1_000).filter(|_| counts.take(&LIMITS, START).is_ok()).count();
    assert_eq!((taken, counts.used(&LIMITS, LimitWindow::Minute), counts.hour), (12, 12, 12));
    assert_eq!(counts.take(&LIMITS, START), Err(LimitWindow::Minute));
    assert_eq!(counts.wait(&LIMITS, LimitWindow::Minute), 5 * SECOND);
    assert_eq!(counts.take(&LIMITS, START + 5 * SECOND - 1), Err(LimitWindow::Minute));
    assert_eq!(counts.take(&LIMITS, START + 5 * SECOND), Ok(()));
    assert_eq!(counts.at(START + 65 * SECOND).used(&LIMITS, LimitWindow::Minute), 0);
}

#[test]
fn hours_and_days_end_where_the_clock_says_so() {
    let mut counts = RequestCounts::default();
    let spread = |counts: &mut RequestCounts, from: i64, n: i64| {
        (0..n).map(|n| counts.take(&LIMITS, from + n * 10 * SECOND)).filter(Result::is_ok).count()
    };
    assert_eq!(spread(&mut counts, START, 100), 60);
    assert_eq!(counts.take(&LIMITS, START + 3_599 * SECOND), Err(LimitWindow::Hour));
    assert_eq!(counts.wait(&LIMITS, LimitWindow::Hour), SECOND);
    for hour in 1..4 {
        assert_eq!(spread(&mut counts, START + hour * 3_600 * SECOND, 100), 60);
    }
    assert_eq!(counts.take(&LIMITS, START + 4 * 3_600 * SECOND), Err(LimitWindow::Day));
    assert_eq!(time(counts.resets_at(LimitWindow::Day)).timestamp(), 20_001 * 86_400);
    assert_eq!(counts.take(&LIMITS, START + 86_400 * SECOND), Ok(()));
    assert_eq!((counts.hour, counts.day), (1, 1));
}

#[test]
fn no_sequence_of_requests_exceeds_a_limit() {
    for seed in 0..200 {
        let mut random = numbers(seed);
        let mut next = |most: i64| random.next().unwrap_or_default() % most + 1;
        let limits =
            RequestLimits { minute: next(40), hour: next(200), day: next(500), hard_percent: 99 + next(101) };
        let (mut counts, mut now, mut served) = (RequestCounts::default(), START, Vec::new());
        for _ in 0..2_000 {
            let most = next(120) * SECOND;
            now += next(most);
            let before = counts.at(now);
            match counts.take(&limits, now) {
                Ok(()) => served.push(now),
                Err(window) => {
                    assert_eq!(counts, before, "a refused request counts nowhere");
                    let later = now + counts.wait(&limits, window);
                    let again = counts.at(later).take(&limits, later);
                    assert!(again != Err(window), "{window} serves again after the wait");
                }
            }
        }
        for window in [LimitWindow::Hour, LimitWindow::Day] {
            let of = |at: &i64| at / window.micros();
            let most = served.chunk_by(|a, b| of(a) == of(b)).map(<[i64]>::len).max().unwrap_or_default();
            assert!(most as i64 <= limits.hard(window), "{window}: {most}");
        }
        // GCRA: in any span of time, the burst and what the rate has let in since.
        let (hard, interval) = (limits.hard(LimitWindow::Minute), limits.interval());
        for (n, start) in served.iter().enumerate() {
            let end = served.get(n + hard as usize);
            assert!(end.is_none_or(|end| end - start >= interval), "seed {seed}");
        }
    }
}

#[test]
fn a_clock_that_goes_back_gives_nothing_back() {
    let mut counts = RequestCounts::default();
    while counts.take(&LIMITS, START).is_ok() {}
    assert_eq!(counts.take(&LIMITS, START - 86_400 * SECOND), Err(LimitWindow::Minute));
}

#[test]
fn wrong_limits_are_named() {
    let wrong = RequestLimits { minute: 0, hour: MAX_REQUESTS + 1, day: i64::MIN, hard_percent: 99 };
    let refusal = wrong.check().expect_err("they are wrong");
    let fields: Vec<_> = refusal.fields().iter().map(|field| field.field.as_str()).collect();
    assert_eq!(fields, ["minute", "hour", "day", "hard_percent"]);
    let most = RequestLimits { minute: MAX_REQUESTS, hour: 1, day: 1, hard_percent: MAX_HARD_PERCENT };
    assert_eq!(most.check().map(|limits| limits.interval()), Ok(6));
    let read = serde_json::from_str::<RequestLimits>(r#"{"minute":1,"hour":2,"day":3}"#);
    assert_eq!(read.map(|limits| limits.hard_percent).ok(), Some(HARD_PERCENT));
}
