//! Time of day, which tests set by hand.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::domain::{DateTime, Utc};

#[derive(Debug, Clone, Default)]
pub enum Clock {
    #[default]
    System,
    Fixed(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self::Fixed(Arc::new(Mutex::new(at)))
    }

    /// Returns the time in whole microseconds, the precision of PostgreSQL, so that a
    /// stored time reads back equal.
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::System => {
                let now = Utc::now();
                DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
            }
            Self::Fixed(at) => *at.lock(),
        }
    }

    /// Advances a fixed clock. Has no effect on the system clock.
    pub fn advance(&self, by: chrono::TimeDelta) {
        if let Self::Fixed(at) = self {
            *at.lock() += by;
        }
    }
}
