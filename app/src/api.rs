//! Every server function: the public doors of the pages, to be audited in one place.

pub mod accounts;
pub mod agents;
pub mod approvals;
pub mod collections;
pub mod commute;
pub mod directory;
pub mod downloads;
pub mod history;
pub mod items;
pub mod live;
pub mod personal_feed;
pub mod preferences;
pub mod rules;
pub mod runs;
pub mod sources;
pub mod subscriptions;

/// Where the server functions are found; the server routes `/api/ui/{*fn_name}` to leptos.
pub const PREFIX: &str = "/api/ui/";

/// What a person typed as a number. What is none becomes one that no limit allows, so that the engine's own
/// words about the limit answer it.
#[cfg(feature = "ssr")]
fn number(typed: &str) -> i64 {
    typed.trim().replace(',', "").parse().unwrap_or(i64::MIN)
}

/// A filter as it stands in an address; what nobody offers filters nothing.
#[cfg(feature = "ssr")]
pub(crate) fn word<T: std::str::FromStr>(typed: &str) -> Option<T> {
    typed.parse().ok()
}

#[cfg(feature = "ssr")]
pub(crate) fn text(typed: &str) -> Option<String> {
    Some(typed.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}
