//! Commute windows of the preferences, and the next commute for the dashboard.
#![allow(clippy::too_many_arguments, reason = "each is a field of the form")]

use domain::commute::CommuteWindow;
use domain::{CommuteWindowId, Page};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use crate::server_side::commute::{TypedWindow, when};
    pub(super) use crate::server_side::signed_in;
    pub(super) use domain::commute::TypedPlan;
    pub(super) use smartcache::engine::{commute, downloads};
}

/// The next commute as display text, and its downloads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NextCommute {
    pub label: String,
    /// "today at 07:30", in the user's time zone.
    pub when: String,
    pub is_under_way: bool,
    pub ready: i64,
    pub on_the_way: i64,
}

#[server(prefix = "/api/ui", endpoint = "list_windows")]
pub async fn list_windows() -> Result<Page<CommuteWindow>, ApiError> {
    let (engine, owner) = signed_in().await?;
    Ok(Page { data: commute::list(&engine, owner.id).await?, next_cursor: None })
}

/// Returns the next commute; `None` without an active window.
#[server(prefix = "/api/ui", endpoint = "show_commute")]
pub async fn show_commute() -> Result<Option<NextCommute>, ApiError> {
    let (engine, owner) = signed_in().await?;
    let now = engine.now();
    let next = commute::next(&engine, owner.id).await?;
    let tally = downloads::tally(&engine, owner.id).await?;
    Ok(next.map(|next| NextCommute {
        when: when(next.begins, now),
        label: next.label,
        is_under_way: next.is_under_way,
        ready: tally.ready,
        on_the_way: tally.open,
    }))
}

/// Adds a window from the form's fields.
#[server(prefix = "/api/ui", endpoint = "add_window")]
pub async fn add_window(
    #[server(default)] label: String,
    #[server(default)] start: String,
    #[server(default)] end: String,
    #[server(default)] mon: Option<String>,
    #[server(default)] tue: Option<String>,
    #[server(default)] wed: Option<String>,
    #[server(default)] thu: Option<String>,
    #[server(default)] fri: Option<String>,
    #[server(default)] sat: Option<String>,
    #[server(default)] sun: Option<String>,
) -> Result<CommuteWindowId, ApiError> {
    let (engine, owner) = signed_in().await?;
    let typed = TypedWindow { label, start, end, ticked: [mon, tue, wed, thu, fri, sat, sun] };
    let added = commute::add(&engine, owner.id, typed.plan()).await;
    Ok(added.map_err(|error| typed.keep(error, String::new()))?.id)
}

/// Changes all fields of a window.
#[server(prefix = "/api/ui", endpoint = "change_window")]
pub async fn change_window(
    window_id: CommuteWindowId,
    #[server(default)] label: String,
    #[server(default)] start: String,
    #[server(default)] end: String,
    #[server(default)] mon: Option<String>,
    #[server(default)] tue: Option<String>,
    #[server(default)] wed: Option<String>,
    #[server(default)] thu: Option<String>,
    #[server(default)] fri: Option<String>,
    #[server(default)] sat: Option<String>,
    #[server(default)] sun: Option<String>,
) -> Result<CommuteWindowId, ApiError> {
    let (engine, owner) = signed_in().await?;
    let typed = TypedWindow { label, start, end, ticked: [mon, tue, wed, thu, fri, sat, sun] };
    let changed = commute::change(&engine, owner.id, window_id, typed.plan()).await;
    Ok(changed.map_err(|error| typed.keep(error, window_id.to_string()))?.id)
}

/// Switches a window on or off.
#[server(prefix = "/api/ui", endpoint = "switch_window")]
pub async fn switch_window(window_id: CommuteWindowId, wanted: bool) -> Result<(), ApiError> {
    let (engine, owner) = signed_in().await?;
    let typed = TypedPlan { is_active: Some(wanted), ..TypedPlan::default() };
    commute::change(&engine, owner.id, window_id, typed).await?;
    Ok(())
}

#[server(prefix = "/api/ui", endpoint = "delete_window")]
pub async fn delete_window(window_id: CommuteWindowId) -> Result<(), ApiError> {
    let (engine, owner) = signed_in().await?;
    Ok(commute::remove(&engine, owner.id, window_id).await?)
}
