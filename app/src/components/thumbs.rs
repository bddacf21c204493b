//! Thumbs: small forms that rate an item, or the part of an agent in a run. A pressed thumb takes the rating
//! back.

use domain::rating::Thumb;
use domain::run::Agent;
use domain::{ItemId, RunId};
use leptos::prelude::*;

use super::icons::{self, Icon};
use crate::api::ratings::{RateAgent, RateItem};
use crate::error::ApiError;
use crate::live::use_live;

/// Response of a server function that rates: the verdict in force.
type RatingResponse = Result<Option<Thumb>, ApiError>;

/// Thumbs for an item. They show a new verdict at once, and make the page's lists reload.
#[component]
pub fn Thumbs(
    item_id: ItemId,
    #[prop(into)] title: Signal<String>,
    #[prop(into)] rating: Signal<Option<Thumb>>,
) -> impl IntoView {
    let rate = ServerAction::<RateItem>::new();
    let answer = Signal::derive(move || rate.value().get());
    let shown = verdict(answer, rating);
    let failure = move || {
        answer.with(|answer| {
            let error = answer.as_ref()?.as_ref().err()?;
            let is_mine = error.typed("item_id").is_none_or(|typed| typed == item_id.to_string());
            is_mine.then(|| error.message())
        })
    };
    let button = move |thumb: Thumb, words: &'static str| {
        let label = Signal::derive(move || title.with(|title| words.to_owned() + title));
        view! {
            <ActionForm action=rate>
                <input type="hidden" name="item_id" value=item_id.to_string() />
                <ThumbButton thumb shown label />
            </ActionForm>
        }
    };
    view! {
        <div class="thumbs">
            {button(Thumb::Up, "Good pick: ")}
            {button(Thumb::Down, "Not for me: ")}
            {move || (shown.get() == Some(Thumb::Down)).then(|| view! {
                <p class="muted">"Agents do not pick it again."</p>
            })}
            {move || failure().map(|why| view! { <p class="row-trouble" role="alert">{why}</p> })}
        </div>
    }
}

/// Thumbs for the part of an agent in a run.
#[component]
pub fn AgentThumbs(run: RunId, agent: Agent, #[prop(into)] verdict: Signal<Option<Thumb>>) -> impl IntoView {
    let rate = ServerAction::<RateAgent>::new();
    let answer = Signal::derive(move || rate.value().get());
    let shown = self::verdict(answer, verdict);
    let failure = move || answer.with(|answer| Some(answer.as_ref()?.as_ref().err()?.message()));
    let button = move |thumb: Thumb, words: &'static str| {
        let label = Signal::stored(words.to_owned() + agent.title());
        view! {
            <ActionForm action=rate>
                <input type="hidden" name="run_id" value=run.to_string() />
                <input type="hidden" name="agent" value=agent.as_str() />
                <ThumbButton thumb shown label />
            </ActionForm>
        }
    };
    view! {
        <div class="thumbs">
            {button(Thumb::Up, "Good work: ")}
            {button(Thumb::Down, "Not good: ")}
            {move || failure().map(|why| view! { <p class="row-trouble" role="alert">{why}</p> })}
        </div>
    }
}

/// Verdict to show: the one that was just given here, else the one that the page has loaded.
fn verdict(answer: Signal<Option<RatingResponse>>, loaded: Signal<Option<Thumb>>) -> Memo<Option<Thumb>> {
    let live = use_live();
    Effect::new(move |_| {
        if answer.with(|answer| matches!(answer, Some(Ok(_)))) {
            live.refresh();
        }
    });
    Memo::new(move |_| match answer.get() {
        Some(Ok(given)) => given,
        _ => loaded.get(),
    })
}

/// One thumb of a form, with the verdict that it sends.
#[component]
fn ThumbButton(thumb: Thumb, shown: Memo<Option<Thumb>>, label: Signal<String>) -> impl IntoView {
    let is_pressed = move || shown.get() == Some(thumb);
    let path = match thumb {
        Thumb::Up => icons::THUMB_UP,
        Thumb::Down => icons::THUMB_DOWN,
    };
    view! {
        <input type="hidden" name="verdict" value=move || if is_pressed() { "" } else { thumb.as_str() } />
        <button
            type="submit"
            class="button button-small thumb"
            aria-pressed=move || is_pressed().to_string()
            aria-label=label
        >
            <Icon path />
        </button>
    }
}
