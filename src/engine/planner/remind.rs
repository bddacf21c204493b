//! Reminders to open the app before a departure: one per window, where that helps.

use chrono::TimeZone;
use chrono_tz::Tz;
use serde_json::json;

use crate::db::accounts;
use crate::db::plans::{self, NewPlan, UntoldPlan};
use crate::domain::event::EventKind;
use crate::domain::notification::NotificationKind;
use crate::domain::plan::nag::NagRules;
use crate::domain::plan::state::WindowPlan;
use crate::domain::{CommuteWindowId, DateTime, TimeDelta, Utc};
use crate::engine::local_time::zone;
use crate::engine::{Engine, Result};

/// Time before a departure at which reminders may be due: one that is not sent at night comes in the evening.
const AHEAD: TimeDelta = TimeDelta::hours(36);
/// Time without a contact after which a device is not reminded of any more.
const SEEN: TimeDelta = TimeDelta::days(8);

/// Sends the reminders that are due.
pub(super) async fn remind(engine: &Engine) -> Result<()> {
    let now = engine.now();
    for untold in plans::untold(&engine.db, (now, now + AHEAD), now - SEEN).await? {
        let zone = zone(&untold.preferences);
        let window = window(&untold, zone);
        if !NagRules::default().is_due(&window, &zone, None, now) {
            continue;
        }
        let mut work = engine.begin().await?;
        accounts::lock(&*work, untold.user_id).await?;
        let day = window.departs_at.date_naive().to_string();
        if !plans::tell(&*work, untold.user_id, untold.row.id, &day, now).await? {
            work.commit().await?;
            continue;
        }
        let data = json!({
            "notice": NotificationKind::CommuteReminder,
            "group": group(window.window_id, window.departs_at.to_utc()),
            "title": window.label,
            "device_id": untold.device_id,
            "device": untold.device,
            "message": window.sentence,
        });
        work.record(untold.user_id, None, EventKind::System, data).await?;
        work.commit().await?;
    }
    Ok(())
}

/// Group of a window's reminder among the notifications.
pub(super) fn group(window: CommuteWindowId, departs_at: DateTime<Utc>) -> String {
    format!("plan:{window}:{}", departs_at.timestamp())
}

/// The stored plan with the facts by which reminders are judged.
fn window(untold: &UntoldPlan, zone: Tz) -> WindowPlan {
    let local = |at: DateTime<Utc>| zone.from_utc_datetime(&at.naive_utc()).fixed_offset();
    let NewPlan { label, sentence, .. } = untold.row.plan.clone();
    let plan = &untold.row.plan;
    WindowPlan {
        window_id: plan.window_id,
        label,
        departs_at: local(plan.departs_at),
        contact_by: local(plan.contact_by),
        need_s: plan.need_s,
        on_device_s: plan.on_device_s,
        proved_at: plan.proved_at,
        on_server_s: plan.on_server_s,
        on_the_way_s: plan.on_the_way_s,
        at_origin_s: plan.at_origin_s,
        missing_bytes: plan.missing_bytes,
        items: Vec::new(),
        older_s: 0,
        articles_s: 0,
        directory_s: 0,
        state: plan.state,
        reason: plan.reason,
        sentence,
    }
}
