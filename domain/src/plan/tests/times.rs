//! Reminders and habits, with clock changes, midnight and zones.

use chrono_tz::America::New_York;

use super::*;
use crate::plan::contacts::DeviceContact;
use crate::plan::nag::NagRules;

#[test]
fn a_reminder_comes_once_by_day_and_only_where_it_helps() {
    let away = phone(&[candidate(1, 27, Proved), candidate(2, 20, OnServer)]).at("2026-11-23T05:31:00Z");
    let rules = NagRules::default();
    let due = |now: &str, told_at| rules.is_due(&away.first(), &Berlin, told_at, time(now));
    assert!(!due("2026-11-23T05:29:00Z", None), "it is more than an hour before");
    assert!(due("2026-11-23T05:30:00Z", None));
    assert!(!due("2026-11-23T05:31:00Z", Some(time("2026-11-23T05:30:00Z"))));
    assert!(!due("2026-11-23T06:25:00Z", None), "too late");
    assert!(!rules.is_due(
        &phone(&[candidate(1, 44, Proved)]).first(),
        &Berlin,
        None,
        time("2026-11-23T05:30:00Z")
    ));
    assert!(
        !rules.is_due(&phone(&[]).first(), &Berlin, None, time("2026-11-23T05:30:00Z")),
        "opening helps nothing"
    );
}

#[test]
fn no_reminder_comes_at_night_unless_it_is_allowed() {
    let at = |start: &str, end: &str, rules: NagRules| {
        let mut early = phone(&[]);
        early.windows = vec![window(start, end, &[Day::Mon])];
        rules.time(&early.first(), &Berlin).format("%a %H:%M").to_string()
    };
    let by_day = NagRules::default();
    assert_eq!(at("06:45", "07:30", by_day), "Mon 06:00");
    assert_eq!(at("06:05", "07:00", by_day), "Sun 21:45");
    assert_eq!(at("05:00", "06:00", by_day), "Sun 21:45");
    assert_eq!(at("23:30", "23:50", by_day), "Mon 21:45");
    assert_eq!(at("05:00", "06:00", NagRules { is_night_allowed: true }), "Mon 04:00");
}

#[test]
fn nights_are_those_of_the_clock_before_its_change() {
    // The clock goes back an hour on this Sunday at 03:00.
    let mut early = phone(&[candidate(1, 60, OnServer)]).at("2026-10-24T12:00:00Z");
    early.windows = vec![window("06:05", "07:00", &[Day::Sun])];
    let first = early.first();
    assert_eq!(first.departs_at.to_rfc3339(), "2026-10-25T06:05:00+01:00");
    let rules = NagRules::default();
    assert_eq!(rules.time(&first, &Berlin).to_rfc3339(), "2026-10-24T21:45:00+02:00");
    let due = |at| rules.is_due(&first, &Berlin, None, time(at));
    assert!(due("2026-10-24T19:45:00Z") && !due("2026-10-24T20:45:00Z"), "that is 22:45");
}

/// Contacts on so many days from a time on, for ten minutes each.
fn contacts(first: &str, days: i64) -> Vec<DeviceContact> {
    let contact = |day| {
        let began_at = time(first) + TimeDelta::days(day);
        DeviceContact { began_at, ended_at: began_at + TimeDelta::minutes(10) }
    };
    (0..days).map(contact).collect()
}

#[test]
fn the_last_usual_contact_is_an_hour_of_the_week_in_local_time() {
    // 20:30 in Berlin on each day of four weeks.
    let daily = contacts("2026-10-26T19:30:00Z", 28);
    let now = time("2026-11-22T21:10:00Z");
    let habit = ContactHabit::of(&daily, time("2026-10-01T00:00:00Z"), &Berlin, now);
    let by = |zone: Tz, at: &str| habit.contact_by(time(at), &zone).to_rfc3339();
    assert_eq!(by(Berlin, "2026-11-23T06:30:00Z"), "2026-11-22T20:00:00+00:00");
    assert_eq!(by(Berlin, "2026-11-23T19:50:00Z"), "2026-11-22T20:00:00+00:00", "the hour is not over");
    let rare = ContactHabit::of(&daily[27..], time("2026-10-01T00:00:00Z"), &Berlin, now);
    let by = rare.contact_by(time("2026-11-23T06:30:00Z"), &Berlin).to_rfc3339();
    assert_eq!(by, "2026-11-23T05:30:00+00:00", "one contact in four weeks is no habit");
    assert_eq!((habit.reach(), rare.reach()), (HORIZON, HORIZON));
}

#[test]
fn a_device_is_supplied_for_its_longest_time_without_a_contact_and_a_day() {
    let mut rare = contacts("2026-11-01T19:30:00Z", 1);
    rare.extend(contacts("2026-11-06T19:40:00Z", 16));
    let now = time("2026-11-22T21:10:00Z");
    let known = time("2026-10-01T00:00:00Z");
    let reach = |contacts: &[DeviceContact]| ContactHabit::of(contacts, known, &Berlin, now).reach();
    assert_eq!(reach(&rare), TimeDelta::days(7));
    rare.remove(1);
    assert_eq!(reach(&rare[..2]), TimeDelta::days(8), "at most");
}

// In Berlin 02:00 to 03:00 is skipped on 2026-03-29, and occurs twice on 2026-10-25.
#[test]
fn clock_changes_move_departures_and_habits_with_the_local_time() {
    let need = |zone: Tz, start: &str, end: &str, from: &str| {
        let windows = [window(start, end, &[Day::Sun])];
        let all = departures(&windows, &zone, time(from), time(from) + TimeDelta::hours(72));
        all.iter().map(|it| (it.departs_at.to_rfc3339(), it.need_s / 66)).collect::<Vec<_>>()
    };
    let told = |departs_at: &str, minutes| vec![(departs_at.to_owned(), minutes)];
    assert_eq!(need(Berlin, "01:30", "03:30", "2026-03-28T12:00:00Z"), told("2026-03-29T01:30:00+01:00", 60));
    assert_eq!(need(Berlin, "02:30", "03:30", "2026-03-28T12:00:00Z"), told("2026-03-29T03:00:00+02:00", 30));
    assert_eq!(
        need(Berlin, "01:30", "03:30", "2026-10-24T12:00:00Z"),
        told("2026-10-25T01:30:00+02:00", 180)
    );
    assert_eq!(need(Berlin, "23:30", "00:30", "2026-10-25T22:45:00Z"), told("2026-10-25T23:30:00+01:00", 45));
    assert_eq!(
        need(New_York, "07:30", "08:00", "2026-10-24T12:00:00Z"),
        told("2026-10-25T07:30:00-04:00", 30)
    );
    // At 20:30 local time, before and after the change back: 18:30 and 19:30 UTC.
    for (first, departs_at, by) in [
        ("2026-09-28T18:30:00Z", "2026-10-26T06:30:00Z", "2026-10-25T20:00:00+00:00"),
        ("2026-03-02T19:30:00Z", "2026-03-30T05:30:00Z", "2026-03-29T19:00:00+00:00"),
    ] {
        let now = time(first) + TimeDelta::days(27) - TimeDelta::hours(2);
        let habit = ContactHabit::of(&contacts(first, 27), time("2026-01-01T00:00:00Z"), &Berlin, now);
        assert_eq!(habit.contact_by(time(departs_at), &Berlin).to_rfc3339(), by);
    }
}

#[test]
fn two_zones_plan_the_same_window_hours_apart() {
    let mut york = phone(&[candidate(1, 44, Proved)]);
    york.zone = New_York;
    let window = york.first();
    assert_eq!(window.departs_at.to_rfc3339(), "2026-11-23T07:30:00-05:00");
    assert_eq!(window.sentence, "44 of 44 minutes are on this phone, proved Sun 16:10.");
}
