//! Commute windows of the preferences, and the next commute for Home.

use domain::commute::CommuteWindow;
use domain::download::Download;
use domain::{CommuteWindowId, Page};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::plans::DevicePlans;
use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::plans::device_plans;
    pub(super) use super::super::typed;
    pub(super) use crate::server_side::commute::when;
    pub(super) use crate::server_side::signed_in;
    pub(super) use domain::commute::{Day, TypedPlan};
    pub(super) use smartcache::engine::rights::Right;
    pub(super) use smartcache::engine::{commute, downloads};
}

/// The downloads that a user could play now, and the commute that they are for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadyNow {
    pub commute: Option<NextCommute>,
    /// The newest that are ready and not played, to be listed and played.
    pub downloads: Vec<Download>,
    /// Number of all that are ready and not played, and their minutes as far as they are known.
    pub count: usize,
    pub minutes: i64,
    pub on_the_way: i64,
    /// Windows that the user's devices prepare for.
    pub plans: Vec<DevicePlans>,
}

/// Maximum number of downloads that are listed at once.
#[cfg(feature = "ssr")]
const LISTED: usize = 20;

/// The next commute as display text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NextCommute {
    pub label: String,
    /// "today at 07:30", in the user's time zone.
    pub when: String,
    pub is_under_way: bool,
    /// Duration.
    pub minutes: i64,
}

/// Form fields of a window. A day that is not ticked is not submitted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WindowFields {
    pub label: String,
    pub start: String,
    pub end: String,
    pub mon: Option<String>,
    pub tue: Option<String>,
    pub wed: Option<String>,
    pub thu: Option<String>,
    pub fri: Option<String>,
    pub sat: Option<String>,
    pub sun: Option<String>,
}

#[cfg(feature = "ssr")]
impl WindowFields {
    pub fn plan(&self) -> TypedPlan {
        let ticked = [&self.mon, &self.tue, &self.wed, &self.thu, &self.fri, &self.sat, &self.sun];
        let days = Day::ALL.iter().zip(ticked).filter(|(_, ticked)| ticked.is_some());
        TypedPlan {
            label: Some(self.label.clone()),
            start: Some(self.start.clone()),
            end: Some(self.end.clone()),
            days: Some(days.map(|(day, _)| day.to_string()).collect()),
            is_active: None,
        }
    }
}

#[server(prefix = "/api/ui", endpoint = "list_windows")]
pub async fn list_windows() -> Result<Page<CommuteWindow>, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    Ok(Page { data: commute::list(&engine, owner.id).await?, next_cursor: None })
}

/// Returns what is ready to play, and the next commute.
#[server(prefix = "/api/ui", endpoint = "show_ready_now")]
pub async fn show_ready_now() -> Result<ReadyNow, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    let now = engine.now();
    let commute = commute::next(&engine, owner.id).await?.map(|next| NextCommute {
        when: when(next.begins, now),
        label: next.label,
        is_under_way: next.is_under_way,
        minutes: next.minutes,
    });
    let mut unplayed = downloads::unplayed(&engine, owner.id).await?;
    let seconds: i64 = unplayed.iter().filter_map(|download| download.duration_seconds).sum();
    let (count, on_the_way) = (unplayed.len(), downloads::tally(&engine, owner.id).await?.open);
    unplayed.truncate(LISTED);
    let plans = device_plans(&engine, owner.id).await?;
    Ok(ReadyNow { commute, downloads: unplayed, count, minutes: seconds / 60, on_the_way, plans })
}

/// Adds a window from the form's fields.
#[server(prefix = "/api/ui", endpoint = "add_window")]
pub async fn add_window(#[server(flatten)] fields: WindowFields) -> Result<CommuteWindowId, ApiError> {
    let (engine, owner) = signed_in(Right::Settings).await?;
    let added = commute::add(&engine, owner.id, fields.plan()).await;
    Ok(added.map_err(|error| ApiError::from(error).keeping(typed(&fields)))?.id)
}

/// Changes all fields of a window.
#[server(prefix = "/api/ui", endpoint = "change_window")]
pub async fn change_window(
    window_id: CommuteWindowId,
    #[server(flatten)] fields: WindowFields,
) -> Result<CommuteWindowId, ApiError> {
    let (engine, owner) = signed_in(Right::Settings).await?;
    let changed = commute::change(&engine, owner.id, window_id, fields.plan()).await;
    // Several windows have the same form: the id tells which one shows the errors.
    let kept = || typed(&fields).into_iter().chain([("window_id".to_owned(), window_id.to_string())]);
    Ok(changed.map_err(|error| ApiError::from(error).keeping(kept()))?.id)
}

/// Switches a window on or off.
#[server(prefix = "/api/ui", endpoint = "switch_window")]
pub async fn switch_window(window_id: CommuteWindowId, wanted: bool) -> Result<(), ApiError> {
    let (engine, owner) = signed_in(Right::Settings).await?;
    let typed = TypedPlan { is_active: Some(wanted), ..TypedPlan::default() };
    commute::change(&engine, owner.id, window_id, typed).await?;
    Ok(())
}

#[server(prefix = "/api/ui", endpoint = "delete_window")]
pub async fn delete_window(window_id: CommuteWindowId) -> Result<(), ApiError> {
    let (engine, owner) = signed_in(Right::Settings).await?;
    Ok(commute::remove(&engine, owner.id, window_id).await?)
}
