//! First steps of a new user at Home: topics, sources, a commute, and the first run.

use super::{Engine, Error, Result, accounts, catalog, commute, runs};
use crate::db::accounts as rows_of_accounts;
use crate::domain::account::Stats;
use crate::domain::commute::TypedPlan;
use crate::domain::onboarding::{FirstStepsState, Onboarding, Step, step};
use crate::domain::preference::Preferences;
use crate::domain::refusal::Complaints;
use crate::domain::run::NewRun;
use crate::domain::{Refusal, SourceId, UserId};

/// Maximum number of sources that are followed at once.
const MAX_SOURCES: usize = 50;

/// A first commute as typed, with the time zone of its times.
#[derive(Debug, Clone)]
pub struct FirstCommute {
    pub plan: TypedPlan,
    pub timezone: String,
}

/// Counts and preferences that decide on the first steps. None for a user who is past them.
async fn begun(engine: &Engine, owner: UserId) -> Result<Option<(Stats, Preferences)>> {
    if rows_of_accounts::is_onboarded(&engine.db, owner).await? {
        return Ok(None);
    }
    let stats = rows_of_accounts::stats(&engine.db, owner).await?;
    Ok(Some((stats, rows_of_accounts::preferences(&engine.db, owner).await?)))
}

/// Step that Home shows; `asked` is the one that its address names. None if the user is past the first steps.
pub async fn current(engine: &Engine, owner: UserId, asked: Option<Step>) -> Result<Option<Onboarding>> {
    let Some((stats, preferences)) = begun(engine, owner).await? else { return Ok(None) };
    let Preferences { topics, timezone, .. } = preferences;
    Ok(match step(asked, &stats, !topics.is_empty()) {
        None => None,
        Some(Step::Topics) => {
            Some(Onboarding::Topics { offered: catalog::suggestions::offered_topics(), chosen: topics })
        }
        Some(Step::Sources) => {
            let suggestions = catalog::suggestions::suggestions(engine, owner, &topics).await?;
            Some(Onboarding::Sources { suggestions, topics })
        }
        Some(Step::Commute) => Some(Onboarding::Commute { followed: stats.subscriptions, timezone }),
    })
}

/// State of the first steps, for Home.
pub async fn state(engine: &Engine, owner: UserId) -> Result<FirstStepsState> {
    let Some((stats, preferences)) = begun(engine, owner).await? else { return Ok(FirstStepsState::OVER) };
    let is_shown = step(None, &stats, !preferences.topics.is_empty()).is_some();
    Ok(FirstStepsState { is_shown, is_open: true })
}

/// Stores the topics in the preferences.
pub async fn set_topics(engine: &Engine, owner: UserId, topics: Vec<String>) -> Result<()> {
    accounts::change_preferences(engine, owner, |known| Preferences { topics, ..known }).await
}

/// Follows the chosen sources, all or none.
pub async fn follow(engine: &Engine, owner: UserId, sources: Vec<SourceId>) -> Result<()> {
    let mut complaints = Complaints::default();
    complaints.check(!sources.is_empty(), "sources", "Choose at least one source, or skip this for now.");
    let mut sources = complaints.bounded(sources, MAX_SOURCES, "sources", "sources");
    complaints.finish()?;
    sources.sort();
    sources.dedup();
    catalog::subscribe_all(engine, owner, &sources).await
}

/// Stores the commute, if there is one, ends the first steps, and starts the first run.
pub async fn start(engine: &Engine, owner: UserId, commute: Option<FirstCommute>) -> Result<()> {
    if let Some(commute) = commute {
        add_commute(engine, owner, commute).await?;
    }
    skip(engine, owner).await?;
    match runs::start(engine, owner, NewRun::default()).await {
        // A run that is under way does what this one would.
        Ok(_) | Err(Error::Refused(Refusal::Conflict { .. })) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Adds the window unless the same one is there, as after a form that was sent twice.
async fn add_commute(engine: &Engine, owner: UserId, typed: FirstCommute) -> Result<()> {
    let FirstCommute { plan, timezone } = typed;
    let zone = accounts::check_zone(&timezone);
    let checked = match (plan.clone().check(None), zone) {
        (Ok(checked), None) => checked,
        (Ok(_), Some(zone)) => return Err(Refusal::Invalid { fields: vec![zone] }.into()),
        (Err(refusal), zone) => {
            let fields = refusal.fields().iter().cloned().chain(zone).collect();
            return Err(Refusal::Invalid { fields }.into());
        }
    };
    accounts::change_preferences(engine, owner, |known| Preferences { timezone, ..known }).await?;
    let windows = commute::list(engine, owner).await?;
    if windows.iter().all(|window| window.plan != checked) {
        commute::add(engine, owner, plan).await?;
    }
    Ok(())
}

/// Ends the first steps of the user.
pub async fn skip(engine: &Engine, owner: UserId) -> Result<()> {
    Ok(rows_of_accounts::set_onboarded(&engine.db, owner).await?)
}

#[cfg(all(test, feature = "testing"))]
mod tests;
