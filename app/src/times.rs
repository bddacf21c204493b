//! The user's clock, as all times on pages go by it.

use std::time::Duration;

use chrono::FixedOffset;
use leptos::prelude::*;
use smartcache::domain::local_time::LocalClock;
use smartcache::domain::{DateTime, Utc};

/// How often words such as "8 min ago" are looked at again.
const TICK: Duration = Duration::from_secs(30);

/// The clock of the user's zone, and the time now, where there is a clock: not in what the server renders, nor in the
/// browser before it has taken that over.
#[derive(Clone, Copy)]
pub struct Times {
    clock: RwSignal<LocalClock>,
    now: RwSignal<Option<DateTime<Utc>>>,
}

pub fn provide_times() {
    let times = Times { clock: RwSignal::new(LocalClock::default()), now: RwSignal::new(None) };
    provide_context(times);
    Effect::new(move |_| {
        let look = move || times.now.set(now());
        look();
        if let Ok(ticking) = set_interval_with_handle(look, TICK) {
            on_cleanup(move || ticking.clear());
        }
    });
}

pub fn use_times() -> Times {
    expect_context()
}

impl Times {
    /// From now on times are shown by this clock.
    pub fn go_by(self, clock: LocalClock) {
        if self.clock.with_untracked(|known| *known != clock) {
            self.clock.set(clock);
        }
    }

    /// The same time by the user's clock.
    pub fn local(self, at: DateTime<Utc>) -> DateTime<FixedOffset> {
        self.clock.with(|clock| clock.at(at))
    }

    pub fn now(self) -> Option<DateTime<FixedOffset>> {
        self.now.get().map(|now| self.local(now))
    }
}

/// The browser's clock.
pub fn now() -> Option<DateTime<Utc>> {
    #[cfg(feature = "hydrate")]
    return DateTime::from_timestamp_millis(js_sys::Date::now() as i64);
    #[cfg(not(feature = "hydrate"))]
    None
}
