//! First steps of a new user at Home. Each step leads to the next one.

use domain::onboarding::Onboarding;
use leptos::prelude::*;

use super::commute::WindowFields;
use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::{number, typed, word};
    pub(super) use crate::paths;
    pub(super) use crate::server_side::{lead_to, signed_in};
    pub(super) use domain::SourceId;
    pub(super) use domain::onboarding::Step;
    pub(super) use domain::preference::topics_from_line;
    pub(super) use smartcache::engine::onboarding::{self, FirstCommute};
    pub(super) use smartcache::engine::rights::Right;
}

/// Returns the step to show; none if the user is past the first steps. `step` is the one in the address.
#[server(prefix = "/api/ui", endpoint = "show_onboarding")]
pub async fn show_onboarding(#[server(default)] step: String) -> Result<Option<Onboarding>, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    Ok(onboarding::current(&engine, owner.id, word(&step)).await?)
}

/// Stores the chosen topics and those typed.
#[server(prefix = "/api/ui", endpoint = "choose_topics")]
pub async fn choose_topics(
    #[server(default)] chosen: Vec<String>,
    #[server(default)] topics: String,
) -> Result<String, ApiError> {
    let (engine, owner) = signed_in(Right::Settings).await?;
    let all = chosen.iter().cloned().chain(topics_from_line(&topics)).collect();
    let kept = || {
        let chosen = chosen.iter().map(|topic| ("chosen", topic.as_str()));
        chosen.chain([("topics", topics.as_str())])
    };
    let saved = onboarding::set_topics(&engine, owner.id, all).await;
    saved.map_err(|error| ApiError::from(error).keeping(kept()))?;
    Ok(lead_to(&paths::onboarding(Step::Sources)))
}

/// Follows the chosen sources.
#[server(prefix = "/api/ui", endpoint = "follow_sources")]
pub async fn follow_sources(#[server(default)] sources: Vec<String>) -> Result<String, ApiError> {
    let (engine, owner) = signed_in(Right::Write).await?;
    let ids = sources.iter().map(|id| SourceId(number(id))).collect();
    let kept = || sources.iter().map(|id| ("sources", id.as_str()));
    let followed = onboarding::follow(&engine, owner.id, ids).await;
    followed.map_err(|error| ApiError::from(error).keeping(kept()))?;
    Ok(lead_to(&paths::onboarding(Step::Commute)))
}

/// Adds the commute, unless the run is to start `without` one, and starts the first run.
#[server(prefix = "/api/ui", endpoint = "start_first_run")]
pub async fn start_first_run(
    #[server(default)] without: Option<String>,
    #[server(default)] timezone: String,
    #[server(flatten)] fields: WindowFields,
) -> Result<String, ApiError> {
    let (engine, owner) = signed_in(Right::Run).await?;
    let commute =
        without.is_none().then(|| FirstCommute { plan: fields.plan(), timezone: timezone.trim().to_owned() });
    let kept = || typed(&fields).into_iter().chain([("timezone".to_owned(), timezone.clone())]);
    let started = onboarding::start(&engine, owner.id, commute).await;
    started.map_err(|error| ApiError::from(error).keeping(kept()))?;
    Ok(lead_to(paths::DASHBOARD))
}

/// Ends the first steps, which are not shown again.
#[server(prefix = "/api/ui", endpoint = "skip_onboarding")]
pub async fn skip_onboarding() -> Result<String, ApiError> {
    let (engine, owner) = signed_in(Right::Settings).await?;
    onboarding::skip(&engine, owner.id).await?;
    Ok(lead_to(paths::DASHBOARD))
}
