//! Clock of the user, by which pages show all times.

use std::time::Duration;

use chrono::FixedOffset;
use domain::local_time::LocalClock;
use domain::{DateTime, Utc};
use leptos::prelude::*;

/// Update interval of relative times such as "8 min ago".
const TICK: Duration = Duration::from_secs(30);

/// Clock of the user's time zone, and the current time, which is `None` on the server and before hydration.
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
    /// Sets the clock by which times are shown.
    pub fn go_by(self, clock: LocalClock) {
        if self.clock.with_untracked(|known| *known != clock) {
            self.clock.set(clock);
        }
    }

    /// Converts a time to the user's time zone.
    pub fn local(self, at: DateTime<Utc>) -> DateTime<FixedOffset> {
        self.clock.with(|clock| clock.at(at))
    }

    pub fn now(self) -> Option<DateTime<FixedOffset>> {
        self.now.get().map(|now| self.local(now))
    }
}

/// Current time of the browser; `None` on the server.
pub fn now() -> Option<DateTime<Utc>> {
    #[cfg(feature = "hydrate")]
    return DateTime::from_timestamp_millis(js_sys::Date::now() as i64);
    #[cfg(not(feature = "hydrate"))]
    None
}

/// Time zone of the device.
#[cfg(feature = "hydrate")]
pub fn device_zone() -> Option<String> {
    let format = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new());
    js_sys::Reflect::get(&format.resolved_options(), &"timeZone".into()).ok()?.as_string()
}
