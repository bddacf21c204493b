//! Problem of a reached limit of requests.

use axum::http::StatusCode;
use smartcache::domain::request_limit::{LimitWindow, time};
use smartcache::engine::request_limits::LimitDecision;

use super::Problem;
use super::document::ReachedLimit;

impl Problem {
    /// Refuses a request because the hard limit of a window is reached.
    pub fn limit_reached(decision: &LimitDecision, window: LimitWindow) -> Self {
        let (limit, used) = (decision.limits.hard(window), decision.used(window));
        let seconds = decision.retry_after(window).max(1);
        let unit = if seconds == 1 { "second" } else { "seconds" };
        let detail = format!("The limit of {limit} requests per {window} is reached. Wait {seconds} {unit}.");
        let mut problem = Self::of(StatusCode::TOO_MANY_REQUESTS, detail);
        problem.wait_seconds = u32::try_from(seconds).ok();
        let resets_at = time(decision.counts.resets_at(window));
        problem.reached = Some(Box::new(ReachedLimit { limit, used, resets_at }));
        problem
    }
}
