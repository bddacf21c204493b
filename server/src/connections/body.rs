//! Minimum transfer rate of request bodies: a stalled or dripping upload times out (slow-loris guard).

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::problem::Problem;

/// Minimum transfer rate of a body.
#[derive(Debug, Clone, Copy)]
pub struct BodyPace {
    /// Longest time without a byte.
    pub stall: Duration,
    /// Bytes per second, averaged over the time after the first `stall`.
    pub least: u32,
}

impl Default for BodyPace {
    fn default() -> Self {
        Self { stall: Duration::from_secs(10), least: 500 }
    }
}

/// Whether a body timed out.
#[derive(Clone)]
pub struct BodyVerdict(Arc<AtomicBool>);

impl BodyVerdict {
    pub fn is_too_slow(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The response to a timed-out body. Closes the connection: the rest would be parsed as the next request.
pub fn too_slow() -> Response {
    let words = "What you sent did not arrive in time. Try again with a better connection.";
    let mut response = Problem::of(StatusCode::REQUEST_TIMEOUT, words).into_response();
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

pub struct PacedBody {
    body: Incoming,
    pace: BodyPace,
    verdict: BodyVerdict,
    /// Start, last byte and timer, set when the body is first waited for.
    waited: Option<Waited>,
    received: u64,
}

struct Waited {
    start: Instant,
    last: Instant,
    timer: Pin<Box<Sleep>>,
}

impl PacedBody {
    pub fn new(body: Incoming, pace: BodyPace) -> (Self, BodyVerdict) {
        let verdict = BodyVerdict(Arc::default());
        (Self { body, pace, verdict: verdict.clone(), waited: None, received: 0 }, verdict)
    }
}

impl BodyPace {
    fn deadline(self, start: Instant, last: Instant, received: u64) -> Instant {
        let earned = Duration::from_secs_f64(received as f64 / f64::from(self.least));
        (last + self.stall).min(start + self.stall + earned)
    }
}

impl HttpBody for PacedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            let bytes =
                frame.as_ref().and_then(|f| f.as_ref().ok()).and_then(Frame::data_ref).map_or(0, Bytes::len);
            this.received += bytes as u64;
            if let Some(waited) = &mut this.waited {
                waited.last = Instant::now();
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(axum::Error::new)));
        }
        let now = Instant::now();
        let waited = this.waited.get_or_insert_with(|| Waited {
            start: now,
            last: now,
            timer: Box::pin(sleep_until(now)),
        });
        let deadline = this.pace.deadline(waited.start, waited.last, this.received);
        if waited.timer.deadline() != deadline {
            waited.timer.as_mut().reset(deadline);
        }
        ready!(waited.timer.as_mut().poll(cx));
        this.verdict.0.store(true, Ordering::Relaxed);
        Poll::Ready(Some(Err(axum::Error::new(std::io::Error::from(std::io::ErrorKind::TimedOut)))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_may_stall_for_a_while_and_must_not_drip() {
        let pace = BodyPace { stall: Duration::from_secs(10), least: 500 };
        let start = Instant::now();
        let after = |seconds: u64| start + Duration::from_secs(seconds);
        assert_eq!(pace.deadline(start, start, 0), after(10));
        assert_eq!(pace.deadline(start, after(9), 1_000), after(12), "a drip earns little time");
        assert_eq!(pace.deadline(start, after(60), 1_000_000), after(70), "and much no more than a stall's");
    }
}
