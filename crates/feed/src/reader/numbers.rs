//! Numbers, durations and flags as publishers write them.

/// Maximum duration in seconds; longer ones are errors.
const MAX_DURATION: f64 = 30.0 * 24.0 * 3_600.0;

/// Seconds per unit, with its names in English, German, French, Spanish, Portuguese, Italian and Dutch.
const UNITS: [(f64, &str); 7] = [
    (1.0, "s sec secs second seconds sek sekunde sekunden seconde secondes seconden"),
    (1.0, "seg segundo segundos secondo secondi"),
    (60.0, "m min mins minute minutes minuten minuto minutos minuti minuut"),
    (3_600.0, "h hr hrs hour hours std stunde stunden heure heures hora horas ora ore uur"),
    (86_400.0, "d day days tag tage"),
    (7.0 * 86_400.0, "w week weeks"),
    (365.0 * 86_400.0, "y year years"),
];

/// The word "and" between units.
const JOINTS: [&str; 6] = [" and ", " und ", " et ", " y ", " e ", " en "];

/// Parses a whole number above zero, with or without thousands separators.
pub fn count(told: &str) -> Option<i64> {
    whole(told).filter(|number| *number > 0)
}

/// Parses a non-negative whole number: `3`, `3.0`, `1,234,567`, without words.
pub fn whole(told: &str) -> Option<i64> {
    let told = told.trim();
    let told =
        told.split_once('.').filter(|(_, zeros)| zeros.bytes().all(|b| b == b'0')).map_or(told, |(n, _)| n);
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let mut groups = told.split(',');
    let first = groups.next().filter(|first| !first.is_empty() && digits(first))?;
    let grouped = groups.clone().next().is_some();
    if grouped && (first.len() > 3 || !groups.all(|group| group.len() == 3 && digits(group))) {
        return None;
    }
    told.replace(',', "").parse().ok()
}

/// Parses a season or episode number. Zero is valid; a leading word is ignored: `S02`, `#7`, `Episode 12`.
pub fn ordinal(told: &str) -> Option<i64> {
    let told = told.trim();
    whole(told).or_else(|| {
        let digits = told.trim_start_matches(|c: char| !c.is_ascii_digit());
        let word = told.len() - digits.len();
        (word <= 10 && !told.starts_with('-')).then(|| whole(digits))?
    })
}

/// Parses a non-negative decimal number.
pub fn fraction(told: &str) -> Option<f64> {
    let told = told.trim();
    let plain = !told.is_empty() && told.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    told.parse().ok().filter(|number: &f64| plain && number.is_finite())
}

/// Parses a duration to seconds: `h:mm:ss`, `m:ss`, `90`, `PT1H2M3S`, `1h 2m`, `62 min`, `30'15"`; up to 30
/// days.
pub fn duration(told: &str) -> Option<i64> {
    let told = told.trim().to_ascii_lowercase().replace(['\'', '′', '’'], "m").replace(['"', '″', '”'], "s");
    let seconds = if told.starts_with('p') || told.contains(|c: char| c.is_ascii_alphabetic()) {
        in_units(told.strip_prefix('p').unwrap_or(&told))?
    } else {
        by_colons(&told)?
    };
    // Zero means that the duration is unknown.
    (1.0..=MAX_DURATION).contains(&seconds).then_some(seconds as i64)
}

fn by_colons(told: &str) -> Option<f64> {
    let parts: Vec<&str> = told.split(':').map(str::trim).collect();
    let (last, before) = parts.split_last()?;
    if before.len() > 3 {
        return None;
    }
    let last = match *last {
        "" if before.iter().any(|part| !part.is_empty()) => 0.0,
        last => fraction(&last.replace(',', "."))?,
    };
    let before = before.iter().try_fold(0.0, |sum, part| match *part {
        "" => Some(sum * 60.0),
        part => Some(sum * 60.0 + whole(part)? as f64),
    })?;
    Some(if parts.len() == 1 { last } else { before * 60.0 + last })
}

fn in_units(told: &str) -> Option<f64> {
    let told = JOINTS.iter().fold(told.to_owned(), |told, joint| told.replace(joint, " "));
    let (mut total, mut seconds, mut rest) = (0.0, 0.0, told.trim_start_matches('t').trim());
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (number, after) =
            rest.split_at(rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len()));
        let after = after.trim_start();
        let (unit, after) =
            after.split_at(after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len()));
        seconds = match unit {
            // In 1h30 and 5m30 the second unit is implied.
            "" if matches!(seconds, 60.0 | 3_600.0) => seconds / 60.0,
            unit => unit_seconds(unit).or_else(|| unit_seconds(unit.strip_suffix('t')?))?,
        };
        total += fraction(number)? * seconds;
        rest = after.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '.' | 't'));
    }
    Some(total)
}

fn unit_seconds(unit: &str) -> Option<f64> {
    UNITS.iter().find(|(_, names)| names.split(' ').any(|name| name == unit)).map(|(seconds, _)| *seconds)
}

/// Parses a playback position to seconds: normal play time (RFC 2326 §3.6), hours and minutes optional.
pub fn normal_play_time(told: &str) -> Option<f64> {
    by_colons(told.trim()).filter(|seconds| (0.0..=MAX_DURATION).contains(seconds))
}

/// Parses yes or no as iTunes and others write it.
pub fn flag(told: &str) -> Option<bool> {
    match told.trim().to_ascii_lowercase().as_str() {
        "yes" | "true" | "explicit" | "1" => Some(true),
        "no" | "false" | "clean" | "0" | "notexplicit" => Some(false),
        _ => None,
    }
}

/// Parses yes or no as Media RSS writes it.
pub fn adult(told: &str) -> Option<bool> {
    match told.trim().to_ascii_lowercase().as_str() {
        "adult" => Some(true),
        "nonadult" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_in_every_common_form() {
        for (told, seconds) in [
            ("9", 9),
            ("1:05", 65),
            ("01:02:03", 3_723),
            (" 61.5 ", 61),
            ("01:02:03.5", 3_723),
            ("1:02:03,5", 3_723),
            ("PT1H2M3S", 3_723),
            ("P1DT1H", 90_000),
            ("1h 2m", 3_720),
            ("62 min", 3_720),
            ("1 hour, 5 minutes", 3_900),
            ("90s", 90),
            ("1:00:00:00", 216_000),
            (":45", 45),
            ("75:30", 4_530),
            ("30:", 1_800),
            ("1h30", 5_400),
            ("5m30", 330),
            ("30'15\"", 1_815),
            ("1 hour and 5 minutes", 3_900),
            ("P1W", 604_800),
            ("P0Y0M0DT0H30M0S", 1_800),
            ("5 Minuten", 300),
            ("1 Stunde 5 Minuten", 3_900),
            ("1 heure", 3_600),
        ] {
            assert_eq!(duration(told), Some(seconds), "{told}");
        }
    }

    #[test]
    fn what_is_no_length_is_none() {
        for told in [
            "",
            "soon",
            "0",
            "-5",
            "1:xx",
            "9999999999999999999",
            "00:00:00",
            "PT",
            "1h30m15s10",
            ":",
            "5 parsecs",
            "NaN",
            "1:2:3:4:5",
        ] {
            assert_eq!(duration(told), None, "{told}");
        }
    }

    #[test]
    fn numbers_have_no_words_in_them() {
        assert_eq!(["12", " 1,234,567 ", "12.0"].map(count), [Some(12), Some(1_234_567), Some(12)]);
        assert_eq!(["", "0", "-1", "12 MB", "1,2", "0x10", "99999999999999999999"].map(count), [None; 7]);
    }

    #[test]
    fn seasons_and_episodes_may_have_a_word_before_them() {
        assert_eq!(
            ["0", "S02", "#7", "Episode 12", "3.5"].map(ordinal),
            [Some(0), Some(2), Some(7), Some(12), None]
        );
    }

    #[test]
    fn explicit_has_many_words() {
        assert_eq!(["Yes", "explicit", "TRUE"].map(flag), [Some(true); 3]);
        assert_eq!(["no", "clean", "false"].map(flag), [Some(false); 3]);
        assert_eq!(flag("maybe"), None);
    }
}
