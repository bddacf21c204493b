//! States of a planned window, and the reasons why one stays short.

use chrono::FixedOffset;
use serde::{Deserialize, Serialize};

use crate::words::words;
use crate::{CommuteWindowId, DateTime, ItemId, Utc};

words! {
    /// State of a planned window. `ready` counts proved copies on the device alone.
    PlanState {
        /// Chosen, and to be fetched by the server.
        Planned = "planned",
        /// Being fetched by the server.
        Preparing = "preparing",
        /// On the server, for the device's next contact.
        OnServer = "on_server",
        Ready = "ready",
        Short = "short",
        /// The window has begun.
        Departed = "departed",
    }
}

words! {
    /// Reason why a window is short.
    ShortReason {
        NoCandidates = "no_candidates",
        SourceFailed = "source_failed",
        /// A limit of the user holds downloads back.
        Limits = "limits",
        /// The server's disk is full.
        ServerDisk = "server_disk",
        DeviceFull = "device_full",
        /// The device was not in contact when it usually is.
        DeviceAway = "device_away",
        /// The device's connection is too slow for the time that is left.
        SlowLink = "slow_link",
        /// The browser has lost copies, and does not promise to keep them.
        NotKept = "not_kept",
    }
}

/// Circumstances that hold a plan back, as far as they are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Obstacles {
    /// Copies that the browser has lost since the last departure, while it does not promise to keep them.
    pub has_lost_copies: bool,
    /// The device has reported a full storage.
    pub is_device_full: bool,
    pub is_server_disk_full: bool,
    pub is_limit_reached: bool,
    /// Items that would be candidates if their sources did not fail.
    pub has_failing_sources: bool,
}

/// A window as planned for a device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WindowPlan {
    pub window_id: CommuteWindowId,
    pub label: String,
    /// In the user's local time, as `contact_by` is.
    pub departs_at: DateTime<FixedOffset>,
    /// Last moment before it at which the device usually is in contact. It may have passed.
    pub contact_by: DateTime<FixedOffset>,
    pub need_s: i64,
    /// Seconds on the device by its last proof, and the time of that.
    pub on_device_s: i64,
    pub proved_at: Option<DateTime<Utc>>,
    /// Further seconds: on the server, being fetched by it, and at the publishers.
    pub on_server_s: i64,
    pub on_the_way_s: i64,
    pub at_origin_s: i64,
    /// Bytes that the device has to fetch for it.
    pub missing_bytes: i64,
    /// Items in the order of listening.
    pub items: Vec<ItemId>,
    /// Seconds by older episodes, by articles and by items of sources that the user does not follow.
    pub older_s: i64,
    pub articles_s: i64,
    pub directory_s: i64,
    pub state: PlanState,
    pub reason: Option<ShortReason>,
    pub sentence: String,
}

/// Times and pace by which a window is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstance {
    pub now: DateTime<Utc>,
    /// Bytes per second of the device's last contacts.
    pub down_bps: Option<i64>,
    pub obstacles: Obstacles,
    /// Whether the choice was limited by the device's budget.
    pub is_budget_spent: bool,
}

/// Time for which a user keeps the page open at most, in seconds.
const PATIENCE_S: i64 = 20 * 60;

impl WindowPlan {
    /// Decides the state, and the reason of a short window.
    pub fn judge(&self, about: &Circumstance) -> (PlanState, Option<ShortReason>) {
        if about.now >= self.departs_at {
            return (PlanState::Departed, None);
        }
        if self.on_device_s >= self.need_s {
            return (PlanState::Ready, None);
        }
        let short = |reason| (PlanState::Short, Some(reason));
        if about.obstacles.has_lost_copies {
            return short(ShortReason::NotKept);
        }
        let here = self.on_device_s + self.on_server_s;
        let all = here + self.on_the_way_s + self.at_origin_s;
        if all < self.need_s {
            return short(self.reason_of_too_little(about));
        }
        if here + self.on_the_way_s < self.need_s && about.obstacles.is_server_disk_full {
            return short(ShortReason::ServerDisk);
        }
        if here + self.on_the_way_s < self.need_s && about.obstacles.is_limit_reached {
            return short(ShortReason::Limits);
        }
        if about.obstacles.is_device_full {
            return short(ShortReason::DeviceFull);
        }
        let is_late = about.now >= self.contact_by;
        if here < self.need_s {
            if is_late && about.obstacles.has_failing_sources {
                return short(ShortReason::SourceFailed);
            }
            let is_begun = here + self.on_the_way_s >= self.need_s;
            return (if is_begun { PlanState::Preparing } else { PlanState::Planned }, None);
        }
        if self.is_too_slow(about) {
            return short(ShortReason::SlowLink);
        }
        if is_late { short(ShortReason::DeviceAway) } else { (PlanState::OnServer, None) }
    }

    fn reason_of_too_little(&self, about: &Circumstance) -> ShortReason {
        let obstacles = about.obstacles;
        if about.is_budget_spent || obstacles.is_device_full {
            ShortReason::DeviceFull
        } else if obstacles.is_server_disk_full {
            ShortReason::ServerDisk
        } else if obstacles.is_limit_reached {
            ShortReason::Limits
        } else if obstacles.has_failing_sources {
            ShortReason::SourceFailed
        } else {
            ShortReason::NoCandidates
        }
    }

    fn is_too_slow(&self, about: &Circumstance) -> bool {
        let left = (self.departs_at.to_utc() - about.now).num_seconds().min(PATIENCE_S);
        about.down_bps.is_some_and(|bps| self.missing_bytes / bps.max(1) > left)
    }

    /// Seconds that the device has to fetch for the need.
    pub fn missing_s(&self) -> i64 {
        (self.need_s - self.on_device_s).max(0)
    }
}
