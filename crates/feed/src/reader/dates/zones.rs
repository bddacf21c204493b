//! Time zones as minutes ahead of UTC.

use chrono::{NaiveDateTime, Offset, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};

/// Maximum distance from UTC in minutes.
const FARTHEST: i64 = 14 * 60;

/// First words of zone names that are also written out; their initials are the abbreviation.
const WRITTEN_OUT: &str =
    "atlantic australian british central eastern greenwich india japan mountain pacific western";

/// The offset of a zone in minutes; none if it is unknown. Single letters are military zones as in RFC 822.
pub fn offset(name: &str) -> Option<i64> {
    let name = name.to_ascii_lowercase();
    let hours = match name.as_str() {
        "z" | "ut" | "utc" | "gmt" | "wet" | "zulu" | "uct" => 0,
        "bst" | "cet" | "mez" | "west" | "met" | "wat" | "ist/ie" => 1,
        "cest" | "mesz" | "eet" | "sast" | "cat" | "mest" => 2,
        "eest" | "msk" | "eat" | "trt" | "idt" => 3,
        "msd" | "gst" => 4,
        "pkt" | "uzt" | "yekt" => 5,
        "wib" | "ict" => 7,
        "hkt" | "awst" | "sgt" | "pht" | "myt" => 8,
        "jst" | "kst" => 9,
        "aest" => 10,
        "aedt" => 11,
        "nzst" => 12,
        "nzdt" => 13,
        "brst" => -2,
        "ast" | "at" | "edt" | "clt" | "vet" => -4,
        "adt" | "brt" | "art" | "uyt" => -3,
        "est" | "et" | "cdt" | "cot" | "pet" => -5,
        "cst" | "ct" | "mdt" => -6,
        "mst" | "mt" | "pdt" => -7,
        "pst" | "pt" | "akdt" => -8,
        "akst" | "hdt" => -9,
        "hst" | "hast" => -10,
        "ist" => return Some(5 * 60 + 30),
        "npt" => return Some(5 * 60 + 45),
        "acst" => return Some(9 * 60 + 30),
        "acdt" => return Some(10 * 60 + 30),
        "nst" => return Some(-3 * 60 - 30),
        "ndt" => return Some(-2 * 60 - 30),
        _ => return military(name.as_bytes()).map(|hours| hours * 60),
    };
    Some(hours * 60)
}

fn military(name: &[u8]) -> Option<i64> {
    match *name {
        [letter @ b'a'..=b'i'] => Some(-i64::from(letter - b'a' + 1)),
        [letter @ b'k'..=b'm'] => Some(-i64::from(letter - b'k' + 10)),
        [letter @ b'n'..=b'y'] => Some(i64::from(letter - b'n' + 1)),
        _ => None,
    }
}

/// Parses `eastern standard time` at the start of a lower-case text. Returns the offset and the bytes read.
pub fn written_out(text: &str) -> Option<(i64, usize)> {
    let length = text.find(" time")? + " time".len();
    let words = || text[..length].split(' ');
    let initials: String = words().filter_map(|word| word.chars().next()).collect();
    let is_known = words().next().is_some_and(|first| WRITTEN_OUT.split(' ').any(|word| word == first));
    Some((offset(&initials).filter(|_| is_known)?, length))
}

/// Parses `europe/berlin` at the start of a text, in any case. Returns the zone and the bytes read.
pub fn place(text: &str) -> Option<(Tz, usize)> {
    let ends = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '/' | '_' | '+' | '-');
    let name = &text[..text.find(ends).unwrap_or(text.len())];
    let known = || TZ_VARIANTS.iter().find(|place| place.name().eq_ignore_ascii_case(name));
    Some((*name.contains('/').then(known)??, name.len()))
}

/// The offset of a zone in minutes at a local time.
pub fn offset_of_place(place: Tz, shown: NaiveDateTime) -> i64 {
    let offset = place.offset_from_local_datetime(&shown).earliest();
    let offset = offset.unwrap_or_else(|| place.offset_from_utc_datetime(&shown));
    i64::from(offset.fix().local_minus_utc()) / 60
}

/// Parses `+01:00`, `-0500`, `+5` at the start of a text. Returns the offset and the bytes read.
pub fn numeric(text: &str) -> Option<(i64, usize)> {
    let sign = match text.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let count = |from: usize| text.bytes().skip(from).take_while(u8::is_ascii_digit).count();
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (hours, minutes, length) = match count(1) {
        digits @ (1 | 2) if text[1 + digits..].starts_with(':') && count(2 + digits) == 2 => {
            (number(1, 1 + digits)?, number(2 + digits, 4 + digits)?, 4 + digits)
        }
        digits @ (1 | 2) => (number(1, 1 + digits)?, 0, 1 + digits),
        digits @ (3 | 4) => (number(1, digits - 1)?, number(digits - 1, digits + 1)?, 1 + digits),
        _ => return None,
    };
    let minutes = hours * 60 + minutes;
    (minutes <= FARTHEST).then_some((sign * minutes, length))
}
