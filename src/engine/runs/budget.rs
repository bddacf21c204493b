//! What a run may use up: turns, calls, time, and the tokens of models, those also over a person's day.

use chrono::TimeDelta;

use crate::db::{ConnectionTrait, DbErr, runs};
use crate::domain::UserId;
use crate::domain::run::Run;
use crate::domain::{DateTime, Utc};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budgets {
    pub turns: u64,
    pub calls: u64,
    pub time: TimeDelta,
    /// For one agent's turn.
    pub turn_time: TimeDelta,
    /// Tokens that models may read and write: for one run, and for all runs of a person within 24 hours.
    pub tokens: i64,
    pub daily_tokens: i64,
    /// Rounds in which nobody does anything.
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
            idle_rounds: 1,
        }
    }
}

impl Budgets {
    /// Tokens of the person's other runs within a day. They have one run at a time: nobody adds to it meanwhile.
    pub async fn used_before(
        db: &impl ConnectionTrait,
        owner: UserId,
        run: &Run,
        now: DateTime<Utc>,
    ) -> Result<i64, DbErr> {
        let since = now - TimeDelta::days(1);
        let own = if run.created_at >= since { run.input_tokens + run.output_tokens } else { 0 };
        Ok(runs::tokens_since(db, owner, since).await? - own)
    }

    /// Why no model may be asked any more; the built-in planner costs nothing. `before` is what the person's other
    /// runs of the day have used.
    pub fn spent(&self, run: &Run, before: i64) -> Option<String> {
        let own = run.input_tokens + run.output_tokens;
        if own >= self.tokens {
            return Some(format!("This run has used its {} tokens.", self.tokens));
        }
        let today = before + own;
        (today >= self.daily_tokens).then(|| {
            format!("Your runs have used {} tokens within a day, which is all they may.", self.daily_tokens)
        })
    }
}
