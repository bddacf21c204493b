//! Checks of what clients send.

use super::*;

fn wrong(new: NewPosition) -> Vec<String> {
    let refusal = new.check().expect_err("is wrong");
    refusal.fields().iter().map(|error| error.field.clone()).collect()
}

fn at(seconds: f64) -> NewPosition {
    NewPosition { seconds, ..NewPosition::default() }
}

#[test]
fn a_wrong_position_names_each_field() {
    for seconds in [-0.1, 604_801.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(wrong(at(seconds)), ["seconds"]);
    }
    let device = Some("x".repeat(61));
    let all =
        NewPosition { speed: Some(3.1), rev: Some(-1), finished: true, reopen: true, device, ..at(-1.0) };
    assert_eq!(wrong(all), ["seconds", "speed", "rev", "reopen", "device"]);
    assert_eq!(wrong(NewPosition { speed: Some(f64::NAN), ..at(1.0) }), ["speed"]);
}

#[test]
fn a_position_is_in_milliseconds_and_a_device_has_a_name_or_none() {
    let named = |name: &str| NewPosition { device: Some(name.into()), ..at(12.34567) };
    let checked = named(" Fire\u{0}fox ").check().expect("is fine");
    assert_eq!((checked.seconds, checked.device.as_deref()), (12.346, Some("Firefox")));
    assert_eq!(named(" ").check().expect("is fine").device, None);
}

#[test]
fn speeds_come_in_steps() {
    let checked = |speed| PlaybackSpeed { speed }.check().map(|it| it.speed);
    for speed in [0.5, 0.55, 1.0, 1.15, 2.95, 3.0] {
        assert_eq!(checked(speed), Ok(speed));
    }
    assert_eq!(checked(1.1500000001), Ok(1.15));
    for speed in [0.45, 3.05, 1.02, 0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(checked(speed).expect_err("is wrong").fields()[0].field, "speed");
    }
}

#[test]
fn unknown_fields_are_refused() {
    let read = |text| serde_json::from_str::<NewPosition>(text).map_err(|error| error.to_string());
    assert_eq!(read(r#"{"seconds":1,"finished":false}"#), Ok(at(1.0)));
    assert!(read(r#"{"seconds":1,"position":2}"#).is_err_and(|why| why.contains("position")));
    assert!(read(r#"{"finished":true}"#).is_err_and(|why| why.contains("seconds")));
}
