//! Tests of window validation and of the next commute, including clock changes.

use super::*;

fn window(start: &str, end: &str, days: &[Day]) -> CommuteWindow {
    let time = |text: &str| text.parse().expect("a time");
    let plan = Plan {
        label: start.into(),
        start: time(start),
        end: time(end),
        days: days.to_vec(),
        is_active: true,
    };
    CommuteWindow { id: CommuteWindowId(1), plan }
}

fn typed(label: &str, start: &str, end: &str, days: &[&str]) -> TypedPlan {
    TypedPlan {
        label: Some(label.into()),
        start: Some(start.into()),
        end: Some(end.into()),
        days: Some(days.iter().map(|day| (*day).to_owned()).collect()),
        is_active: None,
    }
}

fn wrong(typed: TypedPlan) -> Vec<String> {
    let refusal = typed.check(None).expect_err("a refusal");
    refusal.fields().iter().map(|error| error.field.clone()).collect()
}

fn next(windows: &[CommuteWindow], zone: &impl TimeZone, now: &str) -> String {
    let departure = next_departure(windows, zone, now.parse().expect("a time"));
    departure.map_or("never".into(), |at| at.format("%Y-%m-%dT%H:%M").to_string())
}

#[test]
fn a_window_is_tidied_and_answers_in_the_form_it_came() {
    let plan = typed("  Early\t train ", "07:30", "08:15", &["fri", "mon", "mon"]).check(None).expect("fine");
    let told = serde_json::to_value(CommuteWindow { id: CommuteWindowId(3), plan }).expect("JSON");
    let expected = serde_json::json!({
        "id": 3, "label": "Early train", "start": "07:30", "end": "08:15", "days": ["mon", "fri"], "is_active": true
    });
    assert_eq!(told, expected);
}

#[test]
fn everything_that_is_wrong_is_named_at_once() {
    assert_eq!(wrong(TypedPlan::default()), ["label", "start", "end", "days"]);
    assert_eq!(wrong(typed(" ", "7:30", "24:00", &["monday"])), ["label", "start", "end", "days"]);
    assert_eq!(wrong(typed(&"x".repeat(61), "07:60", "0a:00", &[])), ["label", "start", "end", "days"]);
    assert_eq!(wrong(typed("a\0b", "07:30", "08:00", &["mon"])), ["label"]);
    assert_eq!(wrong(typed("Never", "07:30", "07:30", &["mon"])), ["end"]);
}

#[test]
fn what_is_left_out_of_a_change_stays() {
    let before = window("07:30", "08:00", &[Day::Mon]).plan;
    let change = TypedPlan { is_active: Some(false), ..Default::default() };
    assert_eq!(change.check(Some(before.clone())), Ok(Plan { is_active: false, ..before.clone() }));
    let later = TypedPlan { start: Some("08:00".into()), ..Default::default() };
    assert_eq!(later.check(Some(before)).expect_err("no time is left").fields()[0].field, "end");
}

// 2026-11-21 is a Saturday.
#[test]
fn the_next_commute_is_the_next_start_or_now() {
    let windows = [window("07:30", "08:15", &[Day::Mon, Day::Sat]), window("17:00", "18:00", &[Day::Sat])];
    assert_eq!(next(&windows, &Utc, "2026-11-21T06:00:00Z"), "2026-11-21T07:30");
    assert_eq!(next(&windows, &Utc, "2026-11-21T07:40:00Z"), "2026-11-21T07:40");
    assert_eq!(next(&windows, &Utc, "2026-11-21T08:15:00Z"), "2026-11-21T17:00");
    assert_eq!(next(&windows, &Utc, "2026-11-21T18:00:00Z"), "2026-11-23T07:30");
    assert_eq!(next(&[], &Utc, "2026-11-21T18:00:00Z"), "never");
}

#[test]
fn a_window_that_is_switched_off_is_no_commute() {
    let mut off = window("07:30", "08:15", &[Day::Sat]);
    off.plan.is_active = false;
    assert_eq!(next(&[off], &Utc, "2026-11-21T06:00:00Z"), "never");
}

#[test]
fn a_window_goes_over_midnight() {
    let night = [window("23:30", "00:30", &[Day::Fri])];
    assert_eq!(next(&night, &Utc, "2026-11-21T00:10:00Z"), "2026-11-21T00:10");
    assert_eq!(next(&night, &Utc, "2026-11-21T00:30:00Z"), "2026-11-27T23:30");
    let on_it =
        next_commute(&night, &Utc, "2026-11-21T00:10:00Z".parse().expect("a time")).expect("under way");
    assert!(on_it.is_under_way);
    assert_eq!((time_of_day(on_it.begins).to_string(), on_it.label), ("23:30".into(), "23:30".into()));
}

#[cfg(feature = "db")]
mod when_clocks_change {
    use chrono_tz::Tz;

    use super::*;

    const BERLIN: Tz = chrono_tz::Europe::Berlin;

    #[test]
    fn times_are_local_to_the_persons_zone() {
        let morning = [window("07:30", "08:15", &[Day::Mon])];
        assert_eq!(next(&morning, &BERLIN, "2026-11-21T06:00:00Z"), "2026-11-23T06:30");
        assert_eq!(next(&morning, &chrono_tz::Asia::Tokyo, "2026-11-21T06:00:00Z"), "2026-11-22T22:30");
    }

    // In Berlin 02:00 to 03:00 is skipped on 2026-03-29.
    #[test]
    fn a_time_that_summer_time_skips_is_as_late_as_the_clock_then_says() {
        let night = [window("02:30", "04:00", &[Day::Sun])];
        assert_eq!(next(&night, &BERLIN, "2026-03-28T20:00:00Z"), "2026-03-29T01:00");
        assert_eq!(next(&night, &BERLIN, "2026-03-29T01:30:00Z"), "2026-03-29T01:30");
        assert_eq!(next(&night, &BERLIN, "2026-03-29T02:00:00Z"), "2026-04-05T00:30");
    }

    // In Berlin 02:00 to 03:00 occurs twice on 2026-10-25.
    #[test]
    fn a_time_that_is_there_twice_begins_the_first_time_and_ends_the_second() {
        let night = [window("02:30", "02:45", &[Day::Sun])];
        assert_eq!(next(&night, &BERLIN, "2026-10-24T20:00:00Z"), "2026-10-25T00:30");
        assert_eq!(next(&night, &BERLIN, "2026-10-25T01:40:00Z"), "2026-10-25T01:40");
        assert_eq!(next(&night, &BERLIN, "2026-10-25T01:45:00Z"), "2026-11-01T01:30");
    }

    // Samoa skipped 30 December 2011.
    #[test]
    fn a_day_that_a_zone_leaves_out_is_no_commute() {
        let friday = [window("07:30", "08:15", &[Day::Fri])];
        assert_eq!(next(&friday, &chrono_tz::Pacific::Apia, "2011-12-29T20:00:00Z"), "2012-01-05T17:30");
    }
}

#[test]
fn feeds_are_read_ninety_and_fifteen_minutes_before_a_departure() {
    let windows = [window("07:30", "08:00", &[Day::Mon])];
    let reading = |now: &str| {
        let moment = reading_before(&windows, &Utc, now.parse().expect("a time"));
        moment.map_or("none".into(), |at| at.format("%H:%M").to_string())
    };
    assert_eq!(reading("2026-11-23T05:59:00Z"), "none");
    assert_eq!(reading("2026-11-23T06:00:00Z"), "06:00");
    assert_eq!(reading("2026-11-23T07:14:00Z"), "06:00");
    assert_eq!(reading("2026-11-23T07:15:00Z"), "07:15");
    assert_eq!(reading("2026-11-23T07:29:00Z"), "07:15");
    assert_eq!(reading("2026-11-23T07:30:00Z"), "none", "the train has left");
}
