//! Rules of an interrupted transfer: where it continues, and what its response must say.

/// Bytes between two flushes. A power cut costs no more than that.
pub const FLUSH_EVERY: u64 = 8 * 1024 * 1024;

/// Offset at which a transfer continues: nothing beyond the flushed mark, nor beyond the end of the file.
pub fn offset(size: u64, flushed: u64) -> u64 {
    size.min(flushed)
}

/// Response to a request for the rest of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The bytes from the offset on. `total` is the length of the file.
    Rest { total: Option<u64> },
    /// The whole file: the offset is 0.
    Whole { total: Option<u64> },
    /// The offset does not fit the file: start anew.
    Mismatch,
    /// The session has ended.
    SignedOut,
    /// The server has no such file any more.
    Gone,
    /// Temporary failure.
    Later,
}

/// Reads status and headers of the response to a request for the bytes from `at` on.
pub fn answer(status: u16, at: u64, range: Option<&str>, length: Option<u64>) -> Answer {
    match status {
        200 => Answer::Whole { total: length },
        206 => match range.and_then(content_range) {
            Some((first, total)) if first == at => Answer::Rest { total },
            _ => Answer::Mismatch,
        },
        416 => Answer::Mismatch,
        401 => Answer::SignedOut,
        403 | 404 | 410 => Answer::Gone,
        _ => Answer::Later,
    }
}

/// First byte and total length of a `Content-Range` (RFC 9110, 14.4).
fn content_range(value: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = value.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = range.split_once('-')?;
    Some((first.trim().parse().ok()?, total.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_continues_at_the_flushed_mark_or_the_end_of_the_file() {
        assert_eq!(offset(100, 64), 64);
        assert_eq!(offset(10, 64), 10);
        assert_eq!(offset(0, 0), 0);
    }

    #[test]
    fn a_part_must_begin_where_the_file_ends() {
        let rest = |range| answer(206, 5, range, Some(95));
        assert_eq!(rest(Some("bytes 5-99/100")), Answer::Rest { total: Some(100) });
        assert_eq!(rest(Some("bytes 5-99/*")), Answer::Rest { total: None });
        for odd in [None, Some("bytes 4-99/100"), Some("bytes */100"), Some("5-99/100"), Some("")] {
            assert_eq!(rest(odd), Answer::Mismatch, "{odd:?}");
        }
    }

    #[test]
    fn other_statuses_say_how_to_go_on() {
        let of = |status| answer(status, 5, None, Some(9));
        assert_eq!(of(200), Answer::Whole { total: Some(9) });
        assert_eq!(of(416), Answer::Mismatch);
        assert_eq!(of(401), Answer::SignedOut);
        assert_eq!((of(404), of(410)), (Answer::Gone, Answer::Gone));
        assert_eq!([409, 429, 500, 503].map(of), [Answer::Later; 4]);
    }
}
