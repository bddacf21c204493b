//! A user's preferences, saved from their page.

use domain::preference::{LanguageChoice, Theme};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::{number, typed};
    pub(super) use crate::server_side::{lead_to, set_language_cookie, signed_in, who};
    pub(super) use domain::preference::{ApprovalLimits, Preferences, topics_from_line};
    pub(super) use domain::source::Kind;
    pub(super) use smartcache::engine::accounts;
    pub(super) use smartcache::engine::rights::Right;
}

/// Form fields of preferences, on their page and at registration. A box that is not ticked is not submitted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PreferencesFields {
    pub topics: String,
    pub kind_podcast: Option<String>,
    pub kind_article: Option<String>,
    pub kind_news: Option<String>,
    pub kind_video: Option<String>,
    pub kind_picture: Option<String>,
    pub max_daily_items: String,
    pub max_storage_mb: String,
    #[serde(rename = "approval.file_mb")]
    pub approval_file_mb: String,
    #[serde(rename = "approval.run_mb")]
    pub approval_run_mb: String,
    pub timezone: String,
    pub auto_download: Option<String>,
    pub theme: String,
}

#[cfg(feature = "ssr")]
impl PreferencesFields {
    /// Parses the fields. The engine checks the values.
    pub fn parse(&self) -> Preferences {
        let kinds = [
            (Kind::Podcast, &self.kind_podcast),
            (Kind::Article, &self.kind_article),
            (Kind::News, &self.kind_news),
            (Kind::Video, &self.kind_video),
            (Kind::Picture, &self.kind_picture),
        ];
        Preferences {
            topics: topics_from_line(&self.topics),
            kinds: kinds.iter().filter(|(_, ticked)| ticked.is_some()).map(|(kind, _)| *kind).collect(),
            max_daily_items: number(&self.max_daily_items),
            max_storage_mb: number(&self.max_storage_mb),
            approval: ApprovalLimits {
                file_mb: number(&self.approval_file_mb),
                run_mb: number(&self.approval_run_mb),
            },
            timezone: self.timezone.trim().to_owned(),
            auto_download: self.auto_download.is_some(),
            theme: self.theme.parse().unwrap_or_default(),
            // Chosen on other pages.
            language: LanguageChoice::default(),
            quiet_hours: Default::default(),
        }
    }
}

/// Saves the fields of the page.
#[server(prefix = "/api/ui", endpoint = "save_preferences")]
pub async fn save_preferences(#[server(flatten)] fields: PreferencesFields) -> Result<(), ApiError> {
    let (engine, owner) = signed_in(Right::Settings).await?;
    let parsed = fields.parse();
    let change = |known: Preferences| Preferences {
        language: known.language,
        quiet_hours: known.quiet_hours,
        ..parsed
    };
    let saved = accounts::change_preferences(&engine, owner.id, change).await;
    saved.map_err(|error| ApiError::from(error).keeping(typed(&fields)))?;
    Ok(())
}

/// Sets the language of the pages in this browser and, for a signed-in user, in all others. Leads back to the
/// page. Public.
#[server(prefix = "/api/ui", endpoint = "save_language")]
pub async fn save_language(
    language: LanguageChoice,
    #[server(default)] here: String,
) -> Result<String, ApiError> {
    let (engine, user) = who().await?;
    if let Some(user) = user {
        accounts::set_language(&engine, user.id, language).await?;
    }
    set_language_cookie(&engine, language)?;
    Ok(lead_to(crate::paths::safe_next(&here)))
}

/// Sets the theme alone, from the account menu.
#[server(prefix = "/api/ui", endpoint = "save_theme")]
pub async fn save_theme(theme: Theme) -> Result<Theme, ApiError> {
    let (engine, owner) = signed_in(Right::Settings).await?;
    accounts::set_theme(&engine, owner.id, theme).await?;
    Ok(theme)
}
