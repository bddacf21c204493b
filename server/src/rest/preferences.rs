//! A user's preferences.

use axum::Json;
use axum::extract::State;
use smartcache::domain::commute::TimeOfDay;
use smartcache::domain::notification::NotificationKind;
use smartcache::domain::preference::{ApprovalLimits, LanguageChoice, Preferences, Theme};
use smartcache::domain::quiet_hours::QuietHours;
use smartcache::domain::source::Kind;
use smartcache::engine::accounts;

use super::*;

/// A partial change of the preferences; omitted fields stay unchanged.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct PreferencesChange {
    topics: Option<Vec<String>>,
    kinds: Option<Vec<Kind>>,
    max_daily_items: Option<i64>,
    max_storage_mb: Option<i64>,
    timezone: Option<String>,
    auto_download: Option<bool>,
    approval: LimitsChange,
    theme: Option<Theme>,
    language: Option<LanguageChoice>,
    quiet_hours: QuietHoursChange,
}

#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct QuietHoursChange {
    enabled: Option<bool>,
    from: Option<TimeOfDay>,
    until: Option<TimeOfDay>,
    except: Option<Vec<NotificationKind>>,
}

impl QuietHoursChange {
    fn over(self, now: QuietHours) -> QuietHours {
        QuietHours {
            enabled: self.enabled.unwrap_or(now.enabled),
            from: self.from.unwrap_or(now.from),
            until: self.until.unwrap_or(now.until),
            except: self.except.unwrap_or(now.except),
        }
    }
}

#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
struct LimitsChange {
    file_mb: Option<i64>,
    run_mb: Option<i64>,
}

impl PreferencesChange {
    fn over(self, now: Preferences) -> Preferences {
        Preferences {
            topics: self.topics.unwrap_or(now.topics),
            kinds: self.kinds.unwrap_or(now.kinds),
            max_daily_items: self.max_daily_items.unwrap_or(now.max_daily_items),
            max_storage_mb: self.max_storage_mb.unwrap_or(now.max_storage_mb),
            timezone: self.timezone.unwrap_or(now.timezone),
            auto_download: self.auto_download.unwrap_or(now.auto_download),
            approval: ApprovalLimits {
                file_mb: self.approval.file_mb.unwrap_or(now.approval.file_mb),
                run_mb: self.approval.run_mb.unwrap_or(now.approval.run_mb),
            },
            theme: self.theme.unwrap_or(now.theme),
            language: self.language.unwrap_or(now.language),
            quiet_hours: self.quiet_hours.over(now.quiet_hours),
        }
    }
}

/// Returns the user's preferences.
#[utoipa::path(get, path = "/api/v1/preferences", responses((status = 200, body = Preferences)))]
pub async fn show(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<Preferences>> {
    Ok(Json(accounts::me(web.engine(), user.id).await?.preferences))
}

/// Changes the user's preferences; omitted fields stay unchanged.
#[utoipa::path(
    put, path = "/api/v1/preferences", request_body = PreferencesChange,
    responses((status = 200, body = Preferences))
)]
pub async fn replace(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(change): Body<PreferencesChange>,
) -> ApiResult<Json<Preferences>> {
    let now = accounts::me(web.engine(), user.id).await?.preferences;
    Ok(Json(accounts::set_preferences(web.engine(), user.id, change.over(now)).await?))
}
