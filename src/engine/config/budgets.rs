//! Budgets of a run: turns, calls, time, bytes and tokens.

use chrono::TimeDelta;

/// Maxima of a run. Calls, bytes and tokens are also limited per user and day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budgets {
    pub turns: u64,
    pub calls: u64,
    pub time: TimeDelta,
    /// Time limit of one turn.
    pub turn_time: TimeDelta,
    /// Maximum number of tokens, input and output, of one run, and of all runs of a user within 24 hours.
    pub tokens: i64,
    pub daily_tokens: i64,
    /// Maximum number of tool calls of all runs of a user within 24 hours.
    pub daily_calls: u64,
    /// Maximum number of bytes of the downloads of one run, and of all runs of a user within 24 hours.
    pub bytes: i64,
    pub daily_bytes: i64,
    /// Number of rounds without any activity.
    pub idle_rounds: u64,
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            turns: 12,
            calls: 60,
            time: TimeDelta::minutes(10),
            turn_time: TimeDelta::minutes(5),
            tokens: 200_000,
            daily_tokens: 1_000_000,
            daily_calls: 1_000,
            bytes: 10_000_000_000,
            daily_bytes: 20_000_000_000,
            idle_rounds: 1,
        }
    }
}
