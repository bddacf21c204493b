//! `Retry-After` (RFC 9110, 10.2.3).

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};

/// Time to wait as the other server asks for it, in seconds or by a date; zero for a date that has passed,
/// none if there is no such header or it cannot be read. The caller bounds it.
pub fn retry_after(headers: &HeaderMap, now: impl Into<SystemTime>) -> Option<Duration> {
    let told = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match told.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => {
            let at = httpdate::parse_http_date(told).ok()?;
            Some(at.duration_since(now.into()).unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_says_in_seconds_or_by_a_date_when_to_come_back() {
        let now = httpdate::parse_http_date("Sat, 21 Nov 2026 06:00:00 GMT").expect("a date");
        let seconds = |told: &'static str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, told.parse().expect("a value"))]);
            retry_after(&headers, now).map(|time| time.as_secs())
        };
        assert_eq!([seconds("120"), seconds(" 120 ")], [Some(120); 2]);
        assert_eq!(seconds("Sat, 21 Nov 2026 06:01:30 GMT"), Some(90));
        assert_eq!(seconds("Sat, 21 Nov 2020 06:01:30 GMT"), Some(0));
        assert_eq!([seconds("soon"), seconds("-5"), seconds("99999999999999999999999")], [None; 3]);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
