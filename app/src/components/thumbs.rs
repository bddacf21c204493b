//! Thumbs: small forms that rate an item, or the part of an agent in a run. A pressed thumb takes the rating
//! back.

use domain::rating::Thumb;
use domain::run::Agent;
use domain::{ItemId, RunId};
use leptos::prelude::*;

use super::agent_card::agent_title;
use super::form::FormResponse;
use super::icons::{self, Icon};
use crate::api::ratings::{RateAgent, RateItem};
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::t;

/// Thumbs for an item. They show a new verdict at once, and make the page's lists reload.
#[component]
pub fn Thumbs(
    item_id: ItemId,
    #[prop(into)] title: Signal<String>,
    #[prop(into)] rating: Signal<Option<Thumb>>,
) -> impl IntoView {
    let rate = ServerAction::<RateItem>::new();
    let shown = verdict(Signal::derive(move || rate.value().get()?.ok()), rating);
    let answer = FormResponse::of(rate).only("item_id", item_id.to_string());
    tell_failure(answer);
    let button = move |thumb: Thumb| {
        let label = Signal::derive(move || match thumb {
            Thumb::Up => t!("Good pick: {title}", title = title.get()),
            Thumb::Down => t!("Not for me: {title}", title = title.get()),
        });
        view! {
            <ActionForm action=rate>
                <input type="hidden" name="item_id" value=item_id.to_string() />
                <ThumbButton thumb shown label />
            </ActionForm>
        }
    };
    view! {
        <div class="thumbs">
            {button(Thumb::Up)}
            {button(Thumb::Down)}
            {move || (shown.get() == Some(Thumb::Down)).then(|| view! {
                <p class="muted">{t!("Agents do not pick it again.")}</p>
            })}
            {failure(answer)}
        </div>
    }
}

/// Thumbs for the part of an agent in a run.
#[component]
pub fn AgentThumbs(run: RunId, agent: Agent, #[prop(into)] verdict: Signal<Option<Thumb>>) -> impl IntoView {
    let rate = ServerAction::<RateAgent>::new();
    let shown = self::verdict(Signal::derive(move || rate.value().get()?.ok()), verdict);
    let answer = FormResponse::of(rate);
    tell_failure(answer);
    let button = move |thumb: Thumb| {
        let label = Signal::stored(match thumb {
            Thumb::Up => t!("Good work: {agent}", agent = agent_title(agent)),
            Thumb::Down => t!("Not good: {agent}", agent = agent_title(agent)),
        });
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
            {button(Thumb::Up)}
            {button(Thumb::Down)}
            {failure(answer)}
        </div>
    }
}

/// Verdict to show: the last one that was given here or that a reload has brought. A reload counts only if it
/// brings another verdict than the load before it, because it may have begun before the rating.
fn verdict(given: Signal<Option<Option<Thumb>>>, loaded: Signal<Option<Thumb>>) -> RwSignal<Option<Thumb>> {
    let (live, shown) = (use_live(), RwSignal::new(loaded.get_untracked()));
    Effect::new(move |_| {
        if let Some(verdict) = given.get() {
            shown.set(verdict);
            live.refresh();
        }
    });
    Effect::new(move |before: Option<Option<Thumb>>| {
        let verdict = loaded.get();
        if before.is_some_and(|before| before != verdict) {
            shown.set(verdict);
        }
        verdict
    });
    shown
}

/// Error of the last rating, for a page without scripts.
fn failure(answer: FormResponse) -> impl IntoView {
    move || answer.alert(&[]).map(|why| view! { <p class="row-trouble" role="alert">{why}</p> })
}

/// Tells errors in toasts, too: the menu of a row closes when one of its forms is submitted. An error that
/// came with the page is in the page.
fn tell_failure(answer: FormResponse) {
    let live = use_live();
    Effect::new(move |before: Option<()>| {
        if let Some(why) = answer.alert(&[]).filter(|_| before.is_some()) {
            live.toast(Tone::Bad, why);
        }
    });
}

/// One thumb of a form, with the verdict that it sends.
#[component]
fn ThumbButton(thumb: Thumb, shown: RwSignal<Option<Thumb>>, label: Signal<String>) -> impl IntoView {
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
