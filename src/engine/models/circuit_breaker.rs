//! Circuit breaker in front of the chat model.

use std::time::{Duration, Instant};

use super::ModelError;

/// Consecutive failed replies that open the circuit breaker.
const MAX_FAILURES: u32 = 3;

/// Circuit breaker: open for a while after some failures, then half-open for a single trial request.
#[derive(Debug, Default)]
pub struct CircuitBreaker {
    failures: u32,
    /// Time until which the breaker is open.
    until: Option<Instant>,
    why: String,
}

impl CircuitBreaker {
    /// Reason why the breaker is open, or `None` if it is not.
    pub fn open_reason(&self) -> Option<String> {
        self.until.is_some_and(|until| Instant::now() < until).then(|| self.why.clone())
    }

    /// Returns `None` to let the caller pass. After a pause a single trial request passes;
    /// meanwhile others are refused.
    pub fn enter(&mut self, rest: Duration) -> Option<String> {
        let why = self.open_reason();
        if why.is_none() && self.until.is_some() {
            self.until = Some(Instant::now() + rest);
        }
        why
    }

    /// Records a failure. `Unavailable` opens the breaker after `MAX_FAILURES` in a row or after a failed
    /// trial, any other error at once.
    pub fn fail(&mut self, error: &ModelError, rest: Duration) -> String {
        self.failures += 1;
        self.why = match error {
            ModelError::Unauthorized(why) => {
                tracing::error!(why, "the model's server does not accept SMARTCACHE_LLM_KEY");
                format!("{why}, which means that it does not accept the key")
            }
            other => other.to_string(),
        };
        let is_transient = matches!(error, ModelError::Unavailable { .. });
        if !is_transient || self.failures >= MAX_FAILURES || self.until.is_some() {
            // A timeout costs a run its time, so the breaker stays open for longer.
            let rest = if matches!(error, ModelError::TimedOut(_)) { rest * 5 } else { rest };
            self.until = Some(Instant::now() + rest);
        }
        self.why.clone()
    }
}
