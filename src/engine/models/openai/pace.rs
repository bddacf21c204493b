//! Pace of a model: the number of tokens it writes in a given time.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Bounds of the tokens requested for one reply, whatever the time limit.
const MIN_TOKENS: i64 = 256;
const MAX_TOKENS: i64 = 4_096;
/// Tokens per second before the first measurement: a small model on a machine without a graphics card.
const TOKENS_A_SECOND: f64 = 20.0;
/// Tokens and time span below which a reply is not measured.
const MIN_MEASURED: i64 = 16;
const MIN_SPAN: Duration = Duration::from_millis(200);
/// Fraction of the time that is planned with.
const MARGIN: f64 = 0.9;

/// Arrival times of the chunks of one reply.
#[derive(Debug, Default)]
pub struct RequestTimes {
    /// Whether the server has accepted the request.
    pub accepted: bool,
    first: Option<Instant>,
    last: Option<Instant>,
}

impl RequestTimes {
    pub fn chunk(&mut self) {
        let now = Instant::now();
        self.first.get_or_insert(now);
        self.last = Some(now);
    }
}

/// Moving average of the pace, in which the latest reply counts half.
#[derive(Debug)]
pub struct RequestPace(Mutex<Measured>);

#[derive(Debug, Clone, Copy)]
struct Measured {
    tokens_a_second: f64,
    /// Time to the first chunk.
    silence: Duration,
}

impl Default for RequestPace {
    fn default() -> Self {
        Self(Mutex::new(Measured { tokens_a_second: TOKENS_A_SECOND, silence: Duration::ZERO }))
    }
}

impl RequestPace {
    /// Number of tokens that the model writes within `time`.
    pub fn tokens_within(&self, time: Duration) -> i64 {
        let Measured { tokens_a_second, silence } = *self.0.lock();
        let writing = time.saturating_sub(silence).as_secs_f64() * MARGIN;
        ((writing * tokens_a_second) as i64).clamp(MIN_TOKENS, MAX_TOKENS)
    }

    /// Updates the average with a reply, including one that broke off.
    pub fn learn(&self, tokens: i64, began: Instant, times: &RequestTimes) {
        let (Some(first), Some(last)) = (times.first, times.last) else { return };
        let span = last - first;
        if tokens < MIN_MEASURED || span < MIN_SPAN {
            return;
        }
        let mut known = self.0.lock();
        known.tokens_a_second = (known.tokens_a_second + tokens as f64 / span.as_secs_f64()) / 2.0;
        known.silence = (known.silence + (first - began)) / 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_has_as_many_tokens_as_fit_into_its_time() {
        let pace = RequestPace::default();
        let within = |seconds| pace.tokens_within(Duration::from_secs(seconds));
        assert_eq!([within(1), within(60), within(3_600)], [256, 1_080, 4_096]);
        let began = Instant::now();
        let first = began + Duration::from_secs(10);
        let times =
            RequestTimes { accepted: true, first: Some(first), last: Some(first + Duration::from_secs(10)) };
        pace.learn(100, began, &times);
        let within = |seconds| pace.tokens_within(Duration::from_secs(seconds));
        assert_eq!(within(65), 810, "15 tokens a second, after 5 s of silence");
    }

    #[test]
    fn a_short_reply_says_nothing_about_the_pace() {
        let pace = RequestPace::default();
        let now = Instant::now();
        let times =
            RequestTimes { accepted: true, first: Some(now), last: Some(now + Duration::from_secs(9)) };
        pace.learn(5, now, &times);
        assert_eq!(pace.tokens_within(Duration::from_secs(60)), 1_080);
    }
}
