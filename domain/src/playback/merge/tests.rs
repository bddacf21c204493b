//! Examples of the merge, and its properties over arbitrary plays, orders and clocks.

mod outboxes;

use proptest::prelude::*;

use super::*;

const DURATION: Option<i64> = Some(3_000);

fn time(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(seconds)
}

/// A short play of this device that ends at `seconds`.
fn play(device: &str, at: i64, seconds: f64) -> Play {
    Play { seconds, from: seconds, at: time(at), device: Some(device.into()), ..Play::default() }
}

/// Merges plays that each arrive when they end.
fn all(plays: &[Play]) -> Playback {
    let merge = |known: Option<Playback>, play: &Play| {
        Some(merged(known.as_ref(), play, DURATION, play.at.max(time(0))))
    };
    plays.iter().fold(None, merge).expect("at least one play")
}

fn offer(playback: &Playback) -> Option<(f64, Option<&str>)> {
    playback.other.as_ref().map(|other| (other.seconds, other.device.as_deref()))
}

#[test]
fn the_newest_play_wins_and_of_two_at_once_the_further() {
    let known = all(&[play("phone", 10, 500.0), play("laptop", 20, 100.0)]);
    assert_eq!((known.seconds, known.rev, known.device.as_deref()), (100.0, 2, Some("laptop")));
    assert_eq!(all(&[play("phone", 20, 100.0), play("laptop", 10, 500.0)]).seconds, 100.0);
    assert_eq!(all(&[play("phone", 10, 100.0), play("laptop", 10, 500.0)]).seconds, 500.0);
    assert_eq!(all(&[play("phone", 10, 500.0), play("laptop", 10, 100.0)]).seconds, 500.0);
}

#[test]
fn a_repeated_play_changes_nothing() {
    let plays = [play("phone", 10, 500.0), play("phone", 20, 510.0)];
    let known = all(&plays);
    for again in &plays {
        assert_eq!(merged(Some(&known), again, DURATION, time(99)), known);
    }
}

#[test]
fn a_position_that_loses_unknowingly_is_offered_for_a_day() {
    let phone = all(&[play("phone", 10, 2_470.0)]);
    let unaware = Play { rev: Some(0), ..play("laptop", 60, 1_000.0) };
    let known = merged(Some(&phone), &unaware, DURATION, time(60));
    assert_eq!((known.seconds, offer(&known)), (1_000.0, Some((2_470.0, Some("phone")))));
    let later = merged(Some(&known), &play("laptop", 70, 1_010.0), DURATION, time(70));
    assert_eq!(offer(&later), offer(&known), "the offer stays while the user goes on");
    let next_day = time(60) + TimeDelta::hours(24);
    assert_eq!(offer(&merged(Some(&known), &play("laptop", 80, 1_020.0), DURATION, next_day)), None);
    let taken = merged(Some(&known), &play("laptop", 80, 2_475.0), DURATION, time(80));
    assert_eq!(offer(&taken), None, "the user went there");
}

#[test]
fn a_late_report_of_an_older_play_is_offered() {
    let known = all(&[play("laptop", 60, 1_000.0), play("phone", 10, 2_470.0)]);
    assert_eq!((known.seconds, offer(&known)), (1_000.0, Some((2_470.0, Some("phone")))));
    let near = all(&[play("laptop", 60, 1_000.0), play("phone", 10, 1_060.0)]);
    assert_eq!(offer(&near), None);
}

#[test]
fn a_jump_or_a_late_request_of_the_same_device_loses_nothing() {
    let jumped = Play { rev: Some(0), ..play("phone", 20, 100.0) };
    assert_eq!(offer(&all(&[play("phone", 10, 2_000.0), jumped.clone()])), None);
    assert_eq!(offer(&all(&[jumped, play("phone", 10, 2_000.0)])), None);
    let known = all(&[play("phone", 10, 2_000.0)]);
    let aware = Play { rev: Some(known.rev), ..play("laptop", 20, 100.0) };
    assert_eq!(offer(&merged(Some(&known), &aware, DURATION, time(20))), None);
}

#[test]
fn an_item_is_finished_at_95_percent_or_when_told() {
    assert!(!all(&[play("phone", 10, 2_849.9)]).is_finished());
    assert!(all(&[play("phone", 10, 2_850.0)]).is_finished());
    assert!(all(&[Play { finish: true, ..play("phone", 10, 5.0) }]).is_finished());
    let unknown = merged(None, &play("phone", 10, 9_000.0), None, time(10));
    assert!(
        !unknown.is_finished() && !merged(None, &play("phone", 10, 1.0), Some(0), time(10)).is_finished()
    );
}

#[test]
fn a_finish_stays_until_it_is_taken_back() {
    let finish = play("phone", 10, 2_900.0);
    let then = |next: Play| all(&[finish.clone(), next]).is_finished();
    assert!(then(play("phone", 20, 100.0)), "a look at the middle is no second play");
    assert!(then(Play { from: 0.0, ..play("phone", 20, 30.0) }));
    assert!(then(Play { from: 30.0, ..play("phone", 20, 200.0) }));
    assert!(!then(Play { from: 29.0, ..play("phone", 20, 60.0) }));
    assert!(!then(Play { reopen: true, ..play("phone", 20, 100.0) }));
    assert!(then(Play { reopen: true, ..play("phone", 5, 100.0) }), "it was reopened before it was finished");
}

#[test]
fn going_on_after_an_early_finish_is_no_replay() {
    let played = Play { from: 0.0, ..play("phone", 10, 1_000.0) };
    let finish = Play { from: 0.0, finish: true, ..play("phone", 20, 1_010.0) };
    let known = all(&[played, finish]);
    let from = known.start_of_play(1_020.0, time(30));
    assert_eq!(from, 1_010.0);
    let on = Play { from, ..play("phone", 30, 1_020.0) };
    assert!(merged(Some(&known), &on, DURATION, time(30)).is_finished());
}

#[test]
fn a_play_is_uninterrupted_until_it_jumps() {
    let known = all(&[Play { from: 40.0, ..play("phone", 10, 100.0) }]);
    for (seconds, from) in [(110.0, 40.0), (135.0, 40.0), (136.0, 136.0), (99.0, 99.0)] {
        assert_eq!(known.start_of_play(seconds, time(20)), from);
    }
    assert_eq!(known.start_of_play(2_000.0, time(100_000)), 2_000.0);
}

#[test]
fn a_clock_is_corrected_within_what_is_possible() {
    let correct = |skew, previous: Option<i64>, at| {
        let correction =
            ClockCorrection { skew: TimeDelta::seconds(skew), previous_contact: previous.map(time) };
        correction.apply(at, time(1_000))
    };
    assert_eq!(correct(-10_800, Some(0), time(11_300)), time(500));
    assert_eq!(correct(0, Some(0), time(9_999)), time(1_000));
    assert_eq!(correct(0, Some(700), time(500)), time(700));
    assert_eq!(correct(0, Some(2_000), time(500)), time(1_000));
    assert_eq!(correct(0, None, DateTime::<Utc>::MIN_UTC), time(1_000) - MAX_AGE);
    for extreme in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        for skew in [-10_800, 10_800] {
            assert!((time(0)..=time(1_000)).contains(&correct(skew, Some(0), extreme)));
        }
    }
}

prop_compose! {
    fn any_play()(
        device in prop::sample::select(vec!["phone", "laptop", "tablet"]),
        at in 0..50_i64,
        seconds in 0..3_000_u32,
        back in 0..200_u32,
        finish in prop::bool::weighted(0.1),
        reopen in prop::bool::weighted(0.1),
        rev in prop::option::of(0..20_i64),
    ) -> Play {
        let seconds = f64::from(seconds);
        Play { from: (seconds - f64::from(back)).max(0.0), finish, reopen, rev, ..play(device, at, seconds) }
    }
}

fn outcome(plays: &[Play]) -> (f64, DateTime<Utc>, bool) {
    let it = all(plays);
    (it.seconds, it.at, it.is_finished())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_order_and_every_repetition_ends_alike(
        plays in prop::collection::vec(any_play(), 1..12),
        again in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        places in prop::collection::vec(any::<u64>(), 24),
    ) {
        let mut mixed = plays.clone();
        mixed.extend(again.iter().map(|index| index.get(&plays).clone()));
        let mut order: Vec<_> = places.into_iter().zip(mixed).collect();
        order.sort_by_key(|(place, _)| *place);
        let mixed: Vec<_> = order.into_iter().map(|(_, play)| play).collect();
        prop_assert_eq!(outcome(&mixed), outcome(&plays));
    }

    #[test]
    fn an_outbox_that_is_sent_three_times_counts_once(
        plays in prop::collection::vec(any_play(), 1..12),
    ) {
        let mut plays: Vec<_> =
            plays.into_iter().map(|it| Play { device: Some("phone".into()), ..it }).collect();
        plays.sort_by_key(|play| play.at);
        let once = all(&plays);
        let again = plays.iter().chain(&plays).fold(once.clone(), |known, play| {
            merged(Some(&known), play, DURATION, time(100))
        });
        prop_assert_eq!(again, once);
    }

    #[test]
    fn the_newest_real_time_wins_whatever_the_clocks_say(
        plays in prop::collection::vec((0..1_000_i64, 0..2_000_u32), 2..10),
        skews in prop::collection::vec(-10_800..10_800_i64, 10),
    ) {
        let told = plays.iter().zip(&skews).map(|((real, seconds), skew)| {
            let correction = ClockCorrection {
                skew: TimeDelta::seconds(*skew),
                previous_contact: Some(time(0)),
            };
            let at = correction.apply(time(real - skew), time(1_000));
            Play { at, ..play("phone", 0, f64::from(*seconds)) }
        });
        let known = all(&told.collect::<Vec<_>>());
        let newest = plays.iter().max().expect("there are two");
        prop_assert_eq!((known.at, known.seconds), (time(newest.0), f64::from(newest.1)));
    }

    #[test]
    fn what_is_offered_is_far_and_never_the_current_position(plays in prop::collection::vec(any_play(), 1..12)) {
        let known = all(&plays);
        if let Some(other) = &known.other {
            prop_assert!((other.seconds - known.seconds).abs() > APART && !known.is_finished());
        }
    }
}
