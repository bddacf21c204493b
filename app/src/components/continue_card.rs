//! Items that were begun and not finished, to go on with.

use domain::playback::PlayableItem;
use leptos::prelude::*;

use super::live_query::{Each, Loaded, live_query};
use super::play_row::{PlayRow, PlayRowContent};
use super::player::Track;
use super::player::play_button::PlayButton;
use crate::api::playback::continue_listening;
use crate::live::use_live;
use crate::{measure, t};

/// Maximum number of rows.
const SHOWN: usize = 3;

/// Nothing at all, if nothing was begun.
#[component]
pub fn ContinueCard() -> impl IntoView {
    let news = use_live().news;
    let kept = live_query(move || news.get(), |_| continue_listening());
    let is_empty = Memo::new(move |_| kept.value.with(|all| all.as_ref().is_none_or(Vec::is_empty)));
    let rows = kept.part(|all| all.iter().take(SHOWN).cloned().collect::<Vec<_>>());
    view! {
        <Loaded kept what=t!("Loading what you began") slight=true>
            {move || (!is_empty.get()).then(|| view! {
                <section class="card stack" aria-labelledby="continue">
                    <h2 id="continue">{t!("Continue listening")}</h2>
                    <ul class="ready-rows" aria-label=t!("Continue listening")>
                        <Each list=rows key=|row| row.item_id row=|row| view! { <ContinueRow row /> } />
                    </ul>
                </section>
            })}
        </Loaded>
    }
}

#[component]
fn ContinueRow(row: Signal<PlayableItem>) -> impl IntoView {
    let content = move || {
        row.with(|row| PlayRowContent {
            item_id: row.item_id,
            title: row.title.clone(),
            source_name: row.source_name.clone(),
            cover: row.cover.clone(),
            kind: "",
            facts: facts(row),
        })
    };
    view! {
        <PlayRow row=Signal::derive(content)>
            {move || row.with(Track::of_item).map(|track| view! { <PlayButton track /> })}
        </PlayRow>
    }
}

/// "The Long Platform · 12 min left", or the position where the length is not known.
fn facts(row: &PlayableItem) -> String {
    let left = row.duration_seconds.map(|length| length as f64 - row.seconds).filter(|left| *left > 0.0);
    let place = match left {
        Some(left) => t!("{time} left", time = measure::duration(left as i64)),
        None => t!("at {place}", place = measure::place(row.seconds)),
    };
    format!("{} · {place}", row.source_name)
}
