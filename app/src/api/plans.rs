//! Plans of the user's devices for the next departures, and the outcomes of past ones.

use domain::DeviceId;
use domain::plan::view::WindowOutcome;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use crate::server_side::commute::when;
    pub(super) use crate::server_side::signed_in;
    pub(super) use domain::plan::view::PlannedWindow;
    pub(super) use domain::{TimeDelta, UserId};
    pub(super) use smartcache::engine::rights::Right;
    pub(super) use smartcache::engine::{Engine, devices, planner};
}

/// Windows that a device prepares for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DevicePlans {
    pub device_id: DeviceId,
    pub device: String,
    pub windows: Vec<PreparedWindow>,
}

/// A planned window as display text, with its minutes by where they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreparedWindow {
    pub label: String,
    /// "today at 07:30", in the user's time zone.
    pub when: String,
    pub need: i64,
    pub on_device: i64,
    pub on_server: i64,
    pub on_the_way: i64,
    /// In English.
    pub sentence: String,
}

/// Maximum number of devices whose plans are shown, and of windows of each.
#[cfg(feature = "ssr")]
const DEVICES: usize = 5;
#[cfg(feature = "ssr")]
const WINDOWS: usize = 3;
/// Time without a contact after which a device's plans are not shown any more.
#[cfg(feature = "ssr")]
const SEEN: TimeDelta = TimeDelta::days(30);
/// Days whose outcomes are shown.
#[cfg(feature = "ssr")]
const OUTCOME_DAYS: i64 = 14;

/// Plans of a user's devices, of the one that holds most for the next window first.
#[cfg(feature = "ssr")]
pub(super) async fn device_plans(engine: &Engine, owner: UserId) -> Result<Vec<DevicePlans>, ApiError> {
    let now = engine.now();
    let mut known = devices::list(engine, owner).await?;
    known.retain(|device| device.last_seen_at > now - SEEN);
    known.sort_by_key(|device| std::cmp::Reverse(device.last_seen_at));
    known.truncate(DEVICES);
    let mut plans = Vec::new();
    for device in known {
        let windows = planner::windows(engine, owner, device.id).await?;
        let shown = |window: PlannedWindow| PreparedWindow {
            when: when(window.departs_at, now),
            label: window.label,
            need: window.need_minutes,
            on_device: window.on_device,
            on_server: window.on_server,
            on_the_way: window.on_the_way,
            sentence: window.sentence,
        };
        let windows: Vec<_> = windows.into_iter().take(WINDOWS).map(shown).collect();
        if !windows.is_empty() {
            plans.push(DevicePlans { device_id: device.id, device: device.name, windows });
        }
    }
    plans.sort_by_key(|plan| std::cmp::Reverse(plan.windows.first().map(|window| window.on_device)));
    Ok(plans)
}

/// Returns the outcomes of the last departures, the latest first.
#[server(prefix = "/api/ui", endpoint = "list_outcomes")]
pub async fn list_outcomes() -> Result<Vec<WindowOutcome>, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    Ok(planner::outcomes(&engine, owner.id, OUTCOME_DAYS).await?)
}
