//! Detection of live streams: by radio headers, or by a body without a length that arrives at playback speed.

use std::time::{Duration, Instant};

use jobs::JobError;
use reqwest::header::HeaderMap;

use super::content_type;

const LIVE: &str = "This is a live stream, not a file: it has no end, so nothing of it can be kept.";
/// Maximum playback rate assumed for audio of unknown bit rate, in bytes per second.
const MAX_PLAYED: u64 = 64_000;
/// Bytes examined for the content type and the bit rate.
const HEAD: usize = 16 * 1024;
/// A body that will reach the feed's size within this total time is not a stream.
const END_WITHIN: Duration = Duration::from_secs(120);

/// Failure of a transfer that turned out to be a live stream.
pub fn failure() -> JobError {
    JobError::fail(LIVE)
}

/// Whether the headers are those of a radio server (SHOUTcast, Icecast).
pub fn is_announced(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| name.as_str().starts_with("icy-"))
}

/// Watches a body whose length the origin does not state.
pub struct LiveStreamWatch {
    /// Time after which the rate counts.
    timeout: Duration,
    /// Size stated by the feed; a hint.
    hint: Option<u64>,
    began: Instant,
    head: Vec<u8>,
    /// Latest bytes, whose frames give the bit rate. The first bytes may be a large picture.
    latest: Vec<u8>,
    /// Start of the rate measurement (time and bytes), to exclude an initial burst.
    from: Option<(Instant, u64)>,
}

impl LiveStreamWatch {
    pub fn new(timeout: Duration, hint: Option<u64>, now: Instant) -> Self {
        Self { timeout, hint, began: now, head: Vec::new(), latest: Vec::new(), from: None }
    }

    pub fn add(&mut self, chunk: &[u8]) {
        let room = HEAD - self.head.len();
        self.head.extend_from_slice(&chunk[..chunk.len().min(room)]);
        self.latest.extend_from_slice(chunk);
        let old = self.latest.len().saturating_sub(HEAD);
        self.latest.drain(..old);
    }

    /// # Errors
    /// Fails if `here` bytes have arrived at playback speed for long enough.
    pub fn check(&mut self, here: u64, now: Instant) -> Result<(), JobError> {
        let took = now.duration_since(self.began);
        if self.from.is_none() && took >= self.timeout / 4 {
            self.from = Some((now, here));
        }
        if took < self.timeout || !self.can_be_stream() {
            return Ok(());
        }
        let pace = self.pace(here, now);
        let is_stream = match (self.hint.filter(|hint| *hint > here), self.played()) {
            // The feed states a size that is not reached yet: only a rate equal to the playback rate marks a
            // stream.
            (Some(_), Some(played)) => (played * 3 / 4..=played * 5 / 4).contains(&pace),
            (Some(hint), None) => {
                let left = (hint - here) as f64 / (pace as f64).max(1.0);
                pace <= MAX_PLAYED && took.as_secs_f64() + left > END_WITHIN.as_secs_f64()
            }
            (None, played) => pace <= MAX_PLAYED.max(played.unwrap_or_default() * 5 / 4),
        };
        if is_stream { Err(failure()) } else { Ok(()) }
    }

    /// Checks a body that has ended: a stream whose server hung up, or a file.
    ///
    /// # Errors
    /// Fails if the body came at playback speed and differs from the size that the feed states.
    pub fn end(&mut self, here: u64, now: Instant) -> Result<(), JobError> {
        let is_as_told = self.hint.is_some_and(|hint| hint.abs_diff(here) <= hint / 10);
        let was_long = now.duration_since(self.began) >= self.timeout * 3 / 4;
        let pace = self.pace(here, now);
        let is_played = match self.played() {
            Some(played) => (played * 3 / 4..=played * 5 / 4).contains(&pace),
            None => pace <= MAX_PLAYED,
        };
        if was_long && is_played && !is_as_told && self.can_be_stream() { Err(failure()) } else { Ok(()) }
    }

    /// Whether the format can be streamed without an end. Formats with an index of their parts cannot.
    fn can_be_stream(&self) -> bool {
        let of_files = ["audio/mp4", "video/mp4", "video/quicktime", "audio/x-wav", "application/pdf"];
        content_type::of(&self.head).is_none_or(|found| !of_files.contains(&found))
    }

    /// Arrival rate in bytes per second.
    fn pace(&self, here: u64, now: Instant) -> u64 {
        let (since, from) = self.from.unwrap_or((self.began, 0));
        let seconds = now.duration_since(since).as_secs_f64();
        (here.saturating_sub(from) as f64 / seconds.max(0.001)) as u64
    }

    /// Playback rate in bytes per second, if MPEG frames state it.
    fn played(&self) -> Option<u64> {
        content_type::bits_per_second(&self.latest).map(|bits| bits / 8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(20);

    /// Second at which a body of this rate is recognized as a stream.
    fn told_at(bytes_a_second: u64, at_once: u64, hint: Option<u64>) -> Option<u64> {
        told_of(b"\0noise", bytes_a_second, at_once, hint)
    }

    fn told_of(head: &[u8], bytes_a_second: u64, at_once: u64, hint: Option<u64>) -> Option<u64> {
        let began = Instant::now();
        let mut watch = LiveStreamWatch::new(TIMEOUT, hint, began);
        watch.add(head);
        (0..200).find(|second| {
            let now = began + Duration::from_secs(*second);
            watch.check(at_once + second * bytes_a_second, now).is_err()
        })
    }

    #[test]
    fn a_body_that_comes_as_fast_as_it_is_played_is_a_stream() {
        assert_eq!(told_at(16_000, 0, None), Some(20));
        assert_eq!(told_at(16_000, 500_000, None), Some(20), "a first burst is no pace");
        assert_eq!(told_at(16_000, 0, Some(33)), Some(20));
        assert_eq!(told_at(16_000, 0, Some(400_000_000)), Some(20), "a hint keeps no stream alive");
        assert_eq!(told_at(500_000, 0, None), None);
        let told = told_at(16_000, 0, Some(800_000)).expect("a stream");
        assert!((50..60).contains(&told), "a file that could end is waited for: {told}");
    }

    #[test]
    fn a_slow_way_does_not_make_a_file_a_stream() {
        let frame: Vec<u8> = [0xff, 0xfb, 0x90, 0x00].into_iter().chain((0..413).map(|n| n as u8)).collect();
        let frames = frame.repeat(4);
        let file = Some(30_000_000);
        assert_eq!(told_of(&frames, 50_000, 0, file), None, "faster than 128 kbit/s are played");
        assert_eq!(told_of(&frames, 6_000, 0, file), None, "slower");
        assert_eq!(told_of(&frames, 16_000, 0, file), Some(20), "just as fast");
        assert_eq!(told_of(&frames, 50_000, 0, None), Some(20), "of no size at all");
        assert_eq!(told_of(b"\0\0\0\x20ftypM4A \0\0\0\0", 16_000, 0, None), None, "a form that has an end");
    }

    #[test]
    fn a_stream_that_hangs_up_is_no_file_and_a_slow_file_is_one() {
        let end = |seconds: u64, bytes: u64, hint| {
            let began = Instant::now();
            let mut watch = LiveStreamWatch::new(TIMEOUT, hint, began);
            watch.add(b"\0noise");
            watch.end(bytes, began + Duration::from_secs(seconds)).is_ok()
        };
        assert!(!end(18, 288_000, None) && !end(18, 288_000, Some(33)));
        assert!(end(18, 288_000, Some(290_000)), "as large as its feed says");
        assert!(end(5, 80_000, None) && end(18, 9_000_000, None));
    }

    #[test]
    fn a_radio_server_says_so() {
        let headers = |name: &'static str| {
            HeaderMap::from_iter([(
                reqwest::header::HeaderName::from_static(name),
                "x".parse().expect("a value"),
            )])
        };
        assert!(is_announced(&headers("icy-name")) && is_announced(&headers("icy-metaint")));
        assert!(!is_announced(&headers("server")));
    }
}
