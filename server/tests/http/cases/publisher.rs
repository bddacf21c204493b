//! The publishers of the cases: feeds made from templates, and files with all behaviours.

use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeDelta, Utc};

use crate::origin::sound;
use crate::rogue::{Asked, Rogue, Step, head, proper};

/// Fills a template: `{{O}}` is the origin's address, `{{D -2h}}` a date of RFC 2822 and `{{I -2h}}` one of
/// RFC 3339 with that offset from now, and every other name one of `values`.
pub fn fill(template: &str, origin: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").unwrap();
        filled.push_str(before);
        match name.split_once(' ') {
            Some(("D", offset)) => filled.push_str(&(Utc::now() + delta(offset)).to_rfc2822()),
            Some(("I", offset)) => filled.push_str(&(Utc::now() + delta(offset)).to_rfc3339()),
            _ if name == "O" => filled.push_str(origin),
            _ => filled.push_str(values.iter().find(|(key, _)| *key == name).unwrap().1),
        }
        rest = after;
    }
    filled + rest
}

/// Parses a signed number with a unit: `-2h`.
fn delta(offset: &str) -> TimeDelta {
    let (number, unit) = offset.split_at(offset.len() - 1);
    let number = number.parse().unwrap();
    match unit {
        "d" => TimeDelta::days(number),
        "h" => TimeDelta::hours(number),
        _ => TimeDelta::minutes(number),
    }
}

/// Publishes a feed at `path` with these values. Returns its address.
pub fn publish(rogue: &Rogue, path: &str, template: &'static str, values: &[(&str, &str)]) -> String {
    let feed = fill(template, &rogue.url(""), values);
    rogue.on(path, move |_| answer("200 OK", "application/xml", feed.as_bytes()));
    rogue.url(path)
}

/// A complete response.
pub fn answer(status: &str, mime_type: &str, bytes: &[u8]) -> Vec<Step> {
    let length = bytes.len().to_string();
    let fields = [("Content-Type", mime_type), ("Content-Length", length.as_str())];
    vec![head(status, &fields), Step::Send(bytes.to_vec())]
}

/// Puts a unique recording of 80,000 bytes at `path`. Returns its bytes.
pub fn recording(rogue: &Rogue, path: &str) -> Vec<u8> {
    let bytes = sound(path, 80_000);
    let served = bytes.clone();
    rogue.on(path, move |_| proper(&served));
    bytes
}

/// Serves `guarded` to requests with these credentials, and 401 to all others.
pub fn behind_password(
    rogue: &Rogue,
    path: &str,
    authorization: &'static str,
    guarded: impl Fn(&Asked) -> Vec<Step> + Send + Sync + 'static,
) {
    let guarded = Arc::new(guarded);
    rogue.on(path, move |asked| match asked.authorization.as_deref() == Some(authorization) {
        true => guarded(asked),
        false => {
            let fields = [("WWW-Authenticate", "Basic realm=\"members\""), ("Content-Length", "12")];
            vec![head("401 Unauthorized", &fields), Step::Send(b"Unauthorized".to_vec())]
        }
    });
}

/// Serves sound at playback speed, without a length, for `tenths` tenths of a second.
pub fn live_stream(rogue: &Rogue, path: &str, status_line: &'static str, tenths: usize) {
    let piece = sound(path, 1_600);
    rogue.on(path, move |_| {
        let fields =
            "Content-Type: audio/mpeg\r\nicy-name: Harbour FM\r\nicy-br: 128\r\nConnection: close\r\n\r\n";
        let mut steps = vec![Step::Send(format!("{status_line}\r\n{fields}").into_bytes())];
        for _ in 0..tenths {
            steps.extend([Step::Send(piece.clone()), Step::Wait(Duration::from_millis(100))]);
        }
        steps
    });
}
