//! Outcomes of past departures: what a device was said to hold, and whether that was so.

use domain::plan::view::WindowOutcome;
use leptos::prelude::*;

use super::When;
use super::live_query::{Loaded, live_query};
use crate::api::plans::list_outcomes;
use crate::live::use_live;
use crate::t;

/// Maximum number of outcomes that are shown.
const SHOWN: usize = 20;

/// Nothing while no departure of a device is over.
#[component]
pub fn PastWindows() -> impl IntoView {
    let news = use_live().news;
    let kept = live_query(move || news.get(), |_| list_outcomes());
    let outcomes = move || kept.value.get().filter(|outcomes| !outcomes.is_empty());
    view! {
        <Loaded kept what=t!("Loading past departures")>
            {move || outcomes().map(|outcomes| {
                let rows = outcomes.into_iter().take(SHOWN).map(|outcome| view! { <Outcome outcome /> });
                view! {
                    <section class="stack" aria-labelledby="past-departures">
                        <h2 id="past-departures">{t!("Past departures")}</h2>
                        <ul class="rows" aria-labelledby="past-departures">{rows.collect_view()}</ul>
                    </section>
                }
            })}
        </Loaded>
    }
}

#[component]
fn Outcome(outcome: WindowOutcome) -> impl IntoView {
    let verdict = verdict(&outcome);
    let class = if outcome.is_contradicted() { "row-trouble" } else { "row-text" };
    let WindowOutcome { label, device, departs_at, need_minutes, at_minus_10, .. } = outcome;
    let at = departs_at.to_utc();
    let held = t!(
        "{held} of {need} min were on {device} ten minutes before.",
        held = at_minus_10,
        need = need_minutes,
        device = device
    );
    view! {
        <li class="row">
            <div class="row-main">
                <h3 class="row-title">{label} " · " <When at /></h3>
                <p class="row-text">{held}</p>
                <p class=class>{verdict}</p>
            </div>
        </li>
    }
}

/// Judgement on the claim, in words.
fn verdict(outcome: &WindowOutcome) -> String {
    match (outcome.confirmed, outcome.confirmed_minutes) {
        (None, _) => t!("The device has not been seen since.").to_owned(),
        (Some(true), _) => t!("The device has confirmed that.").to_owned(),
        (Some(false), minutes) => {
            t!("In fact it had {n} min: its files were gone.", n = minutes.unwrap_or_default())
        }
    }
}
