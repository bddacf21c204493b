//! All server functions: the public endpoints that the pages call, kept in one module for audit.

pub mod accounts;
pub mod agents;
pub mod announcements;
pub mod api_keys;
pub mod approvals;
pub mod audit;
pub mod bundles;
pub mod channels;
pub mod collections;
pub mod commute;
pub mod devices;
pub mod directory;
pub mod downloads;
pub mod exports;
pub mod factors;
pub mod history;
pub mod identities;
pub mod invites;
pub mod items;
pub mod jobs;
pub mod limits;
pub mod live;
pub mod managed_sources;
pub mod notifications;
pub mod onboarding;
pub mod passkeys;
pub mod personal_feed;
pub mod plans;
pub mod playback;
pub mod preferences;
pub mod ratings;
pub mod registration;
pub mod requests;
pub mod reset_links;
pub mod rules;
pub mod run_requests;
pub mod runs;
pub mod sessions;
pub mod shares;
pub mod sources;
pub mod subscriptions;
pub mod system;
pub mod tasks;
pub mod users;

/// Parses a number from a form field. Unparsable input becomes `i64::MIN`, which no limit allows, so that the
/// engine's own message about the limit is the answer.
#[cfg(feature = "ssr")]
fn number(typed: &str) -> i64 {
    typed.trim().replace(',', "").parse().unwrap_or(i64::MIN)
}

/// Names and values of a form's fields, to show them again. Boxes that are not ticked have no value.
#[cfg(feature = "ssr")]
fn typed(fields: &impl serde::Serialize) -> Vec<(String, String)> {
    let fields = serde_json::to_value(fields).ok();
    let fields = fields.as_ref().and_then(|fields| fields.as_object()).into_iter().flatten();
    fields.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

/// Parses a filter value from a URL. An unknown value is `None` and filters nothing.
#[cfg(feature = "ssr")]
pub(crate) fn word<T: std::str::FromStr>(typed: &str) -> Option<T> {
    typed.parse().ok()
}

#[cfg(feature = "ssr")]
pub(crate) fn text(typed: &str) -> Option<String> {
    Some(typed.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}
