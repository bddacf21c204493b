//! Budgets of a run: turns, calls, time, bytes and tokens. Calls, bytes and tokens are
//! also limited per user and day.

use chrono::TimeDelta;

use crate::db::{ConnectionTrait, DbErr, messages, runs};
use crate::domain::run::Run;
use crate::domain::size::size;
use crate::domain::{DateTime, UserId, Utc};
use crate::engine::config::Budgets;

/// Usage of a user's other runs within a day. It does not grow during a run, because a user
/// has one open run at a time.
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
    /// Reason why no model may be asked any more. The built-in planner costs no tokens.
    pub fn tokens_spent(&self, run: &Run, before: UsedBefore) -> Option<String> {
        let own = run.input_tokens + run.output_tokens;
        if own >= self.tokens {
            return Some(format!("This run has used its {} tokens.", self.tokens));
        }
        (before.tokens + own >= self.daily_tokens).then(|| {
            format!("Your runs have used {} tokens within a day, which is all they may.", self.daily_tokens)
        })
    }

    /// Reason why a user's runs may make no more calls today. `own` is the number of this run's calls.
    pub fn calls_spent(&self, own: usize, before: UsedBefore) -> Option<String> {
        let today = before.calls as u64 + own as u64;
        (today >= self.daily_calls).then(|| {
            let most = self.daily_calls;
            format!(
                "Your runs have made {most} tool calls within a day, which is all they may (daily calls)."
            )
        })
    }

    /// Reason why a run may not fetch `more` bytes. `own` and `today` are the bytes of its downloads, and of
    /// the downloads of all runs of the day, as far as sizes are known.
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
