//! Conditional requests (ETag, If-None-Match, 304) and range requests of files (RFC 9110, 13 and 14).

use std::ops::Range;

use axum::http::header::{IF_NONE_MATCH, IF_RANGE, RANGE};
use axum::http::{HeaderMap, HeaderName};

/// Result of evaluating a request's conditions and range: the part of the file to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evaluation {
    /// The client's copy is current.
    NotModified,
    Whole,
    Range(Range<u64>),
    /// The range is beyond the end.
    Unsatisfiable,
}

/// Evaluates the headers. Several ranges or a malformed range get the whole file, as the RFC allows.
pub fn evaluate_conditions(headers: &HeaderMap, etag: &str, length: u64) -> Evaluation {
    let header = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if header(IF_NONE_MATCH).is_some_and(|tags| etag_matches(tags, etag)) {
        return Evaluation::NotModified;
    }
    if header(IF_RANGE).is_some_and(|tag| tag.trim() != etag) {
        return Evaluation::Whole;
    }
    header(RANGE).and_then(|range| byte_range(range, length)).unwrap_or(Evaluation::Whole)
}

/// Whether an `If-None-Match` list contains the entity tag (ETag). The comparison is weak: `W/` is ignored.
pub fn etag_matches(tags: &str, etag: &str) -> bool {
    tags.trim() == "*" || tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag)
}

fn byte_range(range: &str, length: u64) -> Option<Evaluation> {
    let (unit, spec) = range.split_once('=')?;
    let (first, last) = spec.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") || spec.contains(',') {
        return None;
    }
    let digits = |text: &str| {
        text.chars().all(|c| c.is_ascii_digit()).then(|| text.parse::<u64>().unwrap_or(u64::MAX))
    };
    let bounds = match (first.trim(), last.trim()) {
        ("", "") => return None,
        ("", suffix) => length.saturating_sub(digits(suffix)?)..length,
        (first, "") => digits(first)?..length,
        (first, last) if digits(first)? <= digits(last)? => {
            digits(first)?..digits(last)?.saturating_add(1).min(length)
        }
        _ => return None,
    };
    Some(if bounds.is_empty() { Evaluation::Unsatisfiable } else { Evaluation::Range(bounds) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn part(headers: &[(HeaderName, &'static str)]) -> Evaluation {
        let headers =
            headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        evaluate_conditions(&headers, "\"tag\"", 100)
    }

    #[test]
    fn single_ranges_are_cut_out() {
        assert_eq!(part(&[(RANGE, "bytes=0-9")]), Evaluation::Range(0..10));
        assert_eq!(part(&[(RANGE, "bytes=90-")]), Evaluation::Range(90..100));
        assert_eq!(part(&[(RANGE, "bytes=-5")]), Evaluation::Range(95..100));
        assert_eq!(part(&[(RANGE, "bytes=-500")]), Evaluation::Range(0..100));
        assert_eq!(part(&[(RANGE, "bytes=90-99999999999999999999999")]), Evaluation::Range(90..100));
    }

    #[test]
    fn ranges_beyond_the_end_are_unsatisfiable() {
        assert_eq!(part(&[(RANGE, "bytes=100-")]), Evaluation::Unsatisfiable);
        assert_eq!(part(&[(RANGE, "bytes=-0")]), Evaluation::Unsatisfiable);
        assert_eq!(part(&[(RANGE, "bytes=200-300")]), Evaluation::Unsatisfiable);
    }

    #[test]
    fn what_is_no_single_range_gives_the_whole() {
        for odd in ["bytes=0-1,3-4", "bytes=9-1", "bytes=x-", "bytes=-", "items=0-1", "bytes", "bytes=+1-2"] {
            assert_eq!(part(&[(RANGE, odd)]), Evaluation::Whole, "{odd}");
        }
    }

    #[test]
    fn tags_decide_before_ranges() {
        assert_eq!(
            part(&[(IF_NONE_MATCH, "W/\"tag\", \"x\""), (RANGE, "bytes=0-1")]),
            Evaluation::NotModified
        );
        assert_eq!(part(&[(IF_RANGE, "\"old\""), (RANGE, "bytes=0-1")]), Evaluation::Whole);
        assert_eq!(part(&[(IF_RANGE, "\"tag\""), (RANGE, "bytes=0-1")]), Evaluation::Range(0..2));
    }
}
