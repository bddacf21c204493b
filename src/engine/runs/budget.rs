//! What a run may use up: turns, calls, time, bytes and the tokens of models; the last three also over a person's day.

use chrono::TimeDelta;

use crate::db::{ConnectionTrait, DbErr, messages, runs};
use crate::domain::run::Run;
use crate::domain::size::size;
use crate::domain::{DateTime, UserId, Utc};

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
    /// Tool calls of all runs of a person within 24 hours.
    pub daily_calls: u64,
    /// Bytes that downloads may fetch: of one run, and of all runs of a person within 24 hours.
    pub bytes: i64,
    pub daily_bytes: i64,
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
            daily_calls: 1_000,
            bytes: 10_000_000_000,
            daily_bytes: 20_000_000_000,
            idle_rounds: 1,
        }
    }
}

/// What a person's other runs have used within a day. They have one run at a time: nobody adds to it meanwhile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UsedBefore {
    pub tokens: i64,
    pub calls: i64,
}

impl UsedBefore {
    pub async fn by(
        db: &impl ConnectionTrait,
        owner: UserId,
        run: &Run,
        now: DateTime<Utc>,
    ) -> Result<Self, DbErr> {
        let since = now - TimeDelta::days(1);
        let tokens = runs::tokens_since(db, owner, run.id, since).await?;
        Ok(Self { tokens, calls: messages::calls_since(db, owner, run.id, since).await? })
    }
}

impl Budgets {
    /// Why no model may be asked any more; the built-in planner costs nothing.
    pub fn tokens_spent(&self, run: &Run, before: UsedBefore) -> Option<String> {
        let own = run.input_tokens + run.output_tokens;
        if own >= self.tokens {
            return Some(format!("This run has used its {} tokens.", self.tokens));
        }
        (before.tokens + own >= self.daily_tokens).then(|| {
            format!("Your runs have used {} tokens within a day, which is all they may.", self.daily_tokens)
        })
    }

    /// Why a person's runs may make no more calls today. `own` are this run's.
    pub fn calls_spent(&self, own: usize, before: UsedBefore) -> Option<String> {
        let today = before.calls as u64 + own as u64;
        (today >= self.daily_calls).then(|| {
            let most = self.daily_calls;
            format!(
                "Your runs have made {most} tool calls within a day, which is all they may (daily calls)."
            )
        })
    }

    /// Why a run may not fetch so many bytes more. `own` and `today` are what its downloads, and those of all runs of
    /// the day, come to as far as sizes are known.
    pub fn bytes_spent(&self, more: i64, own: i64, today: i64) -> Option<String> {
        if own + more > self.bytes {
            let (all, most) = (size(own + more), size(self.bytes));
            return Some(format!("With it this run would fetch {all}, and a run may fetch {most}."));
        }
        (today + more > self.daily_bytes).then(|| {
            let (all, most) = (size(today + more), size(self.daily_bytes));
            format!("With it your runs would fetch {all} within a day, and they may fetch {most}.")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RunId;
    use crate::domain::run::RunStatus;

    const SMALL: UsedBefore = UsedBefore { tokens: 10, calls: 10 };

    fn budgets() -> Budgets {
        Budgets {
            tokens: 100,
            daily_tokens: 150,
            daily_calls: 20,
            bytes: 1_000,
            daily_bytes: 1_500,
            ..Budgets::default()
        }
    }

    #[test]
    fn tokens_are_counted_for_the_run_and_for_the_day() {
        let run = |input_tokens| Run {
            input_tokens,
            ..Run::new(RunId(1), RunStatus::Running, DateTime::UNIX_EPOCH)
        };
        assert_eq!(budgets().tokens_spent(&run(99), SMALL), None);
        assert!(budgets().tokens_spent(&run(100), SMALL).is_some_and(|why| why.starts_with("This run")));
        let busy = UsedBefore { tokens: 51, calls: 0 };
        assert!(budgets().tokens_spent(&run(99), busy).is_some_and(|why| why.starts_with("Your runs")));
    }

    #[test]
    fn calls_are_counted_for_the_day() {
        assert_eq!(budgets().calls_spent(9, SMALL), None);
        assert!(budgets().calls_spent(10, SMALL).is_some_and(|why| why.contains("20 tool calls")));
    }

    #[test]
    fn bytes_are_counted_for_the_run_and_for_the_day() {
        assert_eq!(budgets().bytes_spent(500, 500, 1_000), None);
        assert!(budgets().bytes_spent(501, 500, 500).is_some_and(|why| why.contains("a run may fetch")));
        assert!(budgets().bytes_spent(501, 0, 1_000).is_some_and(|why| why.contains("within a day")));
    }
}
