use super::*;

#[test]
fn durations_have_two_parts_at_the_most() {
    let said: Vec<_> = [0, 59, 60, 200, 3_900, 7_200].map(duration).into();
    assert_eq!(said, ["0 s", "59 s", "1 min", "3 min 20 s", "1 h 5 min", "2 h"]);
}

#[test]
fn places_read_like_a_player_says_them() {
    assert_eq!([0.0, 65.9, 3_723.0, -1.0].map(place).join(" "), "0:00 1:05 1:02:03 0:00");
}

#[test]
fn percents_stay_within_bounds() {
    assert_eq!(percent(50, Some(200)), Some(25));
    assert_eq!(percent(300, Some(200)), Some(100));
    assert_eq!((percent(5, None), percent(5, Some(0))), (None, None));
}

#[test]
fn what_is_to_come_is_told_in_hours_or_minutes() {
    let said: Vec<_> = [86_399, 7_200, 7_199, 61, 5, -3].map(ahead).into();
    assert_eq!(
        said,
        ["in 23 hours", "in 2 hours", "in 119 minutes", "in 1 minute", "in a moment", "in a moment"]
    );
}

#[test]
fn large_numbers_have_commas() {
    assert_eq!([0, 999, 1_000, 1_234_567, -12_345].map(number).join(" "), "0 999 1,000 1,234,567 -12,345");
}

#[test]
fn decimals_have_no_more_places_than_they_need() {
    assert_eq!([0.0, 0.7, 0.25, 2.0, 1.005, -0.5].map(decimal).join(" "), "0 0.7 0.25 2 1.005 -0.5");
}

fn local(text: &str) -> DateTime<FixedOffset> {
    text.parse().expect("a time")
}

#[test]
fn times_go_by_the_clock_they_come_with() {
    let at = local("2026-07-08T09:05:03+02:00");
    assert_eq!((time(at), clock(at)), ("2026-07-08 09:05".into(), "09:05:03".into()));
    assert_eq!(exact(at), "2026-07-08 09:05:03 UTC+02:00");
    assert_eq!(exact(local("2026-07-08T09:05:03-03:30")), "2026-07-08 09:05:03 UTC-03:30");
    assert_eq!(datetime(at.into()), "2026-07-08T07:05:03Z");
}

#[test]
fn near_now_there_are_words() {
    let now = Some(local("2026-07-08T09:30:00+09:00"));
    let said = |at: &str| (when(local(at), now), ago(local(at), now), day_of(local(at), now));
    let all = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
    assert_eq!(said("2026-07-08T09:29:30+09:00"), all("today 09:29", "just now", "just now"));
    assert_eq!(said("2026-07-08T09:22:00+09:00"), all("today 09:22", "8 min ago", "8 min ago"));
    assert_eq!(said("2026-07-08T03:02:00+09:00"), all("today 03:02", "today 03:02", "today 03:02"));
    assert_eq!(said("2026-07-07T23:00:00+09:00"), all("yesterday 23:00", "yesterday 23:00", "yesterday"));
    assert_eq!(said("2026-07-09T00:00:00+09:00"), all("tomorrow 00:00", "tomorrow 00:00", "tomorrow"));
    assert_eq!(said("2026-07-06T09:30:00+09:00"), all("2026-07-06 09:30", "2026-07-06 09:30", "Mon"));
    assert_eq!(said("2026-07-01T09:30:00+09:00").2, "2026-07-01");
    let at = local("2026-07-08T09:29:30+09:00");
    assert_eq!((when(at, None), ago(at, None)), ("2026-07-08 09:29".into(), "2026-07-08 09:29".into()));
    assert_eq!(day_of(at, None), "2026-07-08");
}
