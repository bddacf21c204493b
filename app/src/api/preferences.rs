//! A user's preferences, saved from their page.
#![allow(clippy::too_many_arguments, reason = "each is a field of the form")]

use leptos::prelude::*;

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::number;
    pub(super) use crate::server_side::signed_in;
    pub(super) use domain::preference::{ApprovalLimits, Preferences, topics_from_line};
    pub(super) use domain::source::Kind;
    pub(super) use smartcache::engine::accounts;
}

/// Saves the fields of the page.
#[server(prefix = "/api/ui", endpoint = "save_preferences")]
pub async fn save_preferences(
    #[server(default)] topics: String,
    #[server(default)] kind_podcast: Option<String>,
    #[server(default)] kind_article: Option<String>,
    #[server(default)] kind_news: Option<String>,
    #[server(default)] kind_video: Option<String>,
    #[server(default)] kind_picture: Option<String>,
    #[server(default)] max_daily_items: String,
    #[server(default)] max_storage_mb: String,
    #[server(default)]
    #[server(rename = "approval.file_mb")]
    approval_file_mb: String,
    #[server(default)]
    #[server(rename = "approval.run_mb")]
    approval_run_mb: String,
    #[server(default)] timezone: String,
    #[server(default)] auto_download: Option<String>,
) -> Result<(), ApiError> {
    let (engine, owner) = signed_in().await?;
    let kinds = [
        (Kind::Podcast, "kind_podcast", &kind_podcast),
        (Kind::Article, "kind_article", &kind_article),
        (Kind::News, "kind_news", &kind_news),
        (Kind::Video, "kind_video", &kind_video),
        (Kind::Picture, "kind_picture", &kind_picture),
    ];
    let tick = |ticked: &Option<String>| if ticked.is_some() { "on" } else { "" };
    let kept = [
        ("topics", topics.as_str()),
        ("max_daily_items", &max_daily_items),
        ("max_storage_mb", &max_storage_mb),
        ("approval.file_mb", &approval_file_mb),
        ("approval.run_mb", &approval_run_mb),
        ("timezone", &timezone),
        ("auto_download", tick(&auto_download)),
        (kinds[0].1, tick(kinds[0].2)),
        (kinds[1].1, tick(kinds[1].2)),
        (kinds[2].1, tick(kinds[2].2)),
        (kinds[3].1, tick(kinds[3].2)),
        (kinds[4].1, tick(kinds[4].2)),
    ];
    let wanted = Preferences {
        topics: topics_from_line(&topics),
        kinds: kinds.iter().filter(|(.., ticked)| ticked.is_some()).map(|(kind, ..)| *kind).collect(),
        max_daily_items: number(&max_daily_items),
        max_storage_mb: number(&max_storage_mb),
        approval: ApprovalLimits { file_mb: number(&approval_file_mb), run_mb: number(&approval_run_mb) },
        timezone: timezone.trim().to_owned(),
        auto_download: auto_download.is_some(),
    };
    accounts::set_preferences(&engine, owner.id, wanted)
        .await
        .map_err(|error| ApiError::from(error).keeping(kept))?;
    Ok(())
}
