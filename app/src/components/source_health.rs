//! Health of a source as text: refresh times, errors, and the share of its items that is cached.

use domain::source::{Health, Source};
use domain::source_health::{SourceHealth, Trouble};
use leptos::prelude::*;

use super::notice::Badge;
use super::{Ago, Ahead, When};
use crate::measure::{decimal, number, percent};
use crate::{language, parts, t, tn};

/// Display text of a source's health, and the tone of its badge.
pub fn health_words(health: Health) -> (&'static str, &'static str) {
    match health {
        Health::New => (t!("Not read yet"), "calm"),
        Health::Ok => (t!("Fine"), "good"),
        Health::Failing => (t!("Failing"), "bad"),
        Health::Gone => (t!("Gone"), "warn"),
    }
}

/// Error of a failing or gone source, since when, and the next attempt; nothing for a healthy one.
#[component]
pub fn Unwell(source: Source) -> impl IntoView {
    let since = source.last_success_at;
    let why = match source.last_error {
        Some(why) => language::sentence(&why),
        None => t!("The feed could not be read.").to_owned(),
    };
    let next = source.next_refresh_at;
    match source.health {
        Health::Failing => {
            let tries = tn!(source.failures, "{n} try", "{n} tries");
            let words = match since {
                Some(at) => parts!(
                    "{why} {tries} in vain, last read well {time}.",
                    why = why,
                    tries = tries,
                    time = view! { <Ago at /> }
                )
                .into_any(),
                None => t!("{why} {tries} in vain, never read well.", why = why, tries = tries).into_any(),
            };
            let next =
                next.map(|at| parts!(" Tried again by itself after {time}.", time = view! { <When at /> }));
            view! { <p class="row-trouble"><b>{t!("Failing: ")}</b> {words} {next}</p> }.into_any()
        }
        Health::Gone => {
            let words = t!("{why} It is not asked any more.", why = why);
            let since = since.map(|at| parts!(" Last read well {time}.", time = view! { <Ago at /> }));
            view! { <p class="row-trouble"><b>{t!("Gone: ")}</b> {words} {since}</p> }.into_any()
        }
        Health::New | Health::Ok => ().into_any(),
    }
}

#[component]
pub fn HealthFacts(source: Source, standing: SourceHealth) -> impl IntoView {
    let (words, tone) = health_words(source.health);
    let next =
        source.next_refresh_at.filter(|_| source.health != Health::Gone && source.subscription_id.is_some());
    view! {
        <p class="row-facts"><Badge tone text=words.to_owned() /> <span>{tn!(source.items, "{n} item", "{n} items")}</span></p>
        <Unwell source=source.clone() />
        <dl class="facts">
            <div>
                <dt>{t!("Last read well")}</dt>
                <dd>{source.last_success_at.map_or_else(|| t!("never").into_any(), |at| view! { <Ago at /> }.into_any())}</dd>
            </div>
            {source.last_asked_at.filter(|at| Some(*at) != source.last_success_at).map(|at| view! {
                <div><dt>{t!("Last asked")}</dt><dd><Ago at /></dd></div>
            })}
            {next.map(|at| view! { <div><dt>{t!("Read again after")}</dt><dd><When at /><Ahead at /></dd></div> })}
            <div><dt>{t!("Brings something")}</dt><dd>{language::sentence(&standing.rhythm)}</dd></div>
            <div>
                <dt>{t!("Items a week")}</dt>
                <dd>{t!(
                    "{n}, over the last four weeks",
                    n = decimal((standing.per_week * 10.0).round() / 10.0)
                )}</dd>
            </div>
            {standing.newest_at.map(|at| view! { <div><dt>{t!("Newest item")}</dt><dd><Ago at /></dd></div> })}
        </dl>
    }
}

/// Share of a source's items that is on this server, and the reasons for the rest.
#[component]
pub fn KeptHere(standing: SourceHealth) -> impl IntoView {
    let may_be_kept = standing.cached + standing.cacheable;
    let share = percent(standing.cached, Some(may_be_kept));
    let part = |items: i64, words: &'static str| {
        (items > 0).then(|| view! { <li><b>{number(items)}</b> " " {words}</li> })
    };
    let trouble = |trouble: Trouble| {
        view! {
            <li>
                <b>{trouble.items.to_string()}</b>
                ": " {language::sentence(&trouble.reason)}
                {trouble.next_retry_at.map(|at| {
                    parts!(" Tried again after {time}.", time = view! { <When at /> })
                })}
            </li>
        }
    };
    let other = standing.cacheable - standing.caching - standing.unavailable;
    view! {
        {share.map(|share| view! {
            <div class="progress">
                <progress max="100" value=share aria-label=t!("Share of items on this server")></progress>
                <p class="progress-words">
                    {tn!(
                        may_be_kept,
                        "{share} % of what may be kept is on this server: {cached} of {n} item.",
                        "{share} % of what may be kept is on this server: {cached} of {n} items.",
                        share = share,
                        cached = standing.cached
                    )}
                </p>
            </div>
        })}
        <ul class="shares">
            {part(standing.cached, t!("on this server"))}
            {part(standing.caching, t!("being fetched"))}
            {part(other, t!("can be fetched"))}
            {part(standing.unavailable, t!("not available"))}
            {part(standing.metadata_only, t!("that allow no copies"))}
        </ul>
        {(!standing.troubles.is_empty()).then(|| view! {
            <h3>{t!("Why some are not available")}</h3>
            <ul class="reasons">{standing.troubles.into_iter().map(trouble).collect_view()}</ul>
        })}
    }
}
