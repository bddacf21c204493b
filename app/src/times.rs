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

/// Clock of the device's own time zone, for pages that open without the server, which knows the user's. Exact
/// by the hour for the next four days, and by the day for the past.
pub fn device_clock() -> LocalClock {
    #[cfg(feature = "hydrate")]
    {
        const HOUR: i64 = 60;
        let this_hour = (js_sys::Date::now() / 60_000.0) as i64 / HOUR * HOUR;
        let past = (0..400).map(|days| this_hour - (400 - days) * 24 * HOUR);
        let changes = past.chain((0..96).map(|hours| this_hour + hours * HOUR)).map(|minute| {
            let date = js_sys::Date::new(&(minute as f64 * 60_000.0).into());
            (minute, -date.get_timezone_offset() as i32)
        });
        let mut changes: Vec<_> = changes.collect();
        changes.dedup_by_key(|(_, ahead)| *ahead);
        LocalClock { changes }
    }
    #[cfg(not(feature = "hydrate"))]
    LocalClock::default()
}

/// Time zone of the device.
#[cfg(feature = "hydrate")]
pub fn device_zone() -> Option<String> {
    let format = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new());
    js_sys::Reflect::get(&format.resolved_options(), &"timeZone".into()).ok()?.as_string()
}
