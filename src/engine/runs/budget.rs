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
    /// Why no model may be asked any more; the built-in planner costs nothing.
    pub async fn spent(
        &self,
        db: &impl ConnectionTrait,
        owner: UserId,
        run: &Run,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, DbErr> {
        if run.input_tokens + run.output_tokens >= self.tokens {
            return Ok(Some(format!("This run has used its {} tokens.", self.tokens)));
        }
        let since = now - TimeDelta::days(1);
        let today = runs::tokens_since(db, owner, since).await?;
        Ok((today >= self.daily_tokens).then(|| {
            format!("Your runs have used {} tokens within a day, which is all they may.", self.daily_tokens)
        }))
    }
}
