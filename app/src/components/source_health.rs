//! Health of a source as text: refresh times, errors, and the share of its items that is cached.

use domain::source::{Health, Source};
use domain::source_health::{SourceHealth, Trouble};
use leptos::prelude::*;

use super::notice::Badge;
use super::{Ago, Ahead, When};
use crate::measure::{count, decimal, number, percent};

/// Display text of a source's health, and the tone of its badge.
pub fn health_words(health: Health) -> (&'static str, &'static str) {
    match health {
        Health::New => ("Not read yet", "calm"),
        Health::Ok => ("Fine", "good"),
        Health::Failing => ("Failing", "bad"),
        Health::Gone => ("Gone", "warn"),
    }
}

/// Error of a failing or gone source, since when, and the next attempt; nothing for a healthy one.
#[component]
pub fn Unwell(source: Source) -> impl IntoView {
    let since = source.last_success_at;
    let why = source.last_error.unwrap_or_else(|| "The feed could not be read.".to_owned());
    let next = source.next_refresh_at;
    match source.health {
        Health::Failing => view! {
            <p class="row-trouble">
                <b>"Failing: "</b>
                {why} " " {count(source.failures, "try", "tries")} " in vain, "
                {match since {
                    Some(at) => view! { "last read well " <Ago at /> "." }.into_any(),
                    None => view! { "never read well." }.into_any(),
                }}
                {next.map(|at| view! { " Tried again by itself after " <When at /> "." })}
            </p>
        }
        .into_any(),
        Health::Gone => view! {
            <p class="row-trouble">
                <b>"Gone: "</b>
                {why} " It is not asked any more."
                {since.map(|at| view! { " Last read well " <Ago at /> "." })}
            </p>
        }
        .into_any(),
        Health::New | Health::Ok => ().into_any(),
    }
}

#[component]
pub fn HealthFacts(source: Source, standing: SourceHealth) -> impl IntoView {
    let (words, tone) = health_words(source.health);
    let next =
        source.next_refresh_at.filter(|_| source.health != Health::Gone && source.subscription_id.is_some());
    view! {
        <p class="row-facts"><Badge tone text=words.to_owned() /> <span>{count(source.items, "item", "items")}</span></p>
        <Unwell source=source.clone() />
        <dl class="facts">
            <div>
                <dt>"Last read well"</dt>
                <dd>{source.last_success_at.map_or_else(|| "never".into_any(), |at| view! { <Ago at /> }.into_any())}</dd>
            </div>
            {source.last_asked_at.filter(|at| Some(*at) != source.last_success_at).map(|at| view! {
                <div><dt>"Last asked"</dt><dd><Ago at /></dd></div>
            })}
            {next.map(|at| view! { <div><dt>"Read again after"</dt><dd><When at /><Ahead at /></dd></div> })}
            <div><dt>"Brings something"</dt><dd>{standing.rhythm}</dd></div>
            <div>
                <dt>"Items a week"</dt>
                <dd>{decimal((standing.per_week * 10.0).round() / 10.0)} ", over the last four weeks"</dd>
            </div>
            {standing.newest_at.map(|at| view! { <div><dt>"Newest item"</dt><dd><Ago at /></dd></div> })}
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
                ": " {trouble.reason}
                {trouble.next_retry_at.map(|at| view! { " Tried again after " <When at /> "." })}
            </li>
        }
    };
    let other = standing.cacheable - standing.caching - standing.unavailable;
    view! {
        {share.map(|share| view! {
            <div class="progress">
                <progress max="100" value=share aria-label="Share of items on this server"></progress>
                <p class="progress-words">
                    {share.to_string()} " % of what may be kept is on this server: " {standing.cached.to_string()} " of "
                    {count(may_be_kept, "item", "items")} "."
                </p>
            </div>
        })}
        <ul class="shares">
            {part(standing.cached, "on this server")}
            {part(standing.caching, "being fetched")}
            {part(other, "can be fetched")}
            {part(standing.unavailable, "not available")}
            {part(standing.metadata_only, "that allow no copies")}
        </ul>
        {(!standing.troubles.is_empty()).then(|| view! {
            <h3>"Why some are not available"</h3>
            <ul class="reasons">{standing.troubles.into_iter().map(trouble).collect_view()}</ul>
        })}
    }
}
