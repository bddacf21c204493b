//! Chapters of an item, as a table of contents and as links to positions in its media.

use domain::ItemId;
use domain::item::Chapter;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::item_facts::Outward;
use super::live_query::{Loaded, live_query};
use crate::api::items::{Beside, show_chapters};
use crate::components::player::place::{Place, PlayableTrack};
use crate::{language, paths, t};

/// Chapters, requested by the browser after the page is shown, so that it need not wait for the publisher;
/// without JavaScript on demand.
#[component]
pub fn Chapters(id: ItemId, playable: PlayableTrack) -> impl IntoView {
    let query = use_query_map();
    let is_alive = RwSignal::new(false);
    let asked = move || is_alive.get() || query.with(|query| query.get_str("chapters").is_some());
    let kept = live_query(asked, move |ask| show_chapters(id, ask));
    // Comes after `keep`, whose effect must see `false` first: only a later value counts as a change.
    Effect::new(move |_| is_alive.set(true));
    view! {
        <Loaded kept what=t!("Loading the chapters") slight=true>
            {move || kept.value.get().map(|told| shown(told, id, playable))}
        </Loaded>
    }
}

fn shown(told: Beside<Vec<Chapter>>, id: ItemId, playable: PlayableTrack) -> Option<AnyView> {
    let content = match told {
        None => view! {
            <div><a class="button button-small" href=paths::item(id) + "?chapters=1">{t!("Show the chapters")}</a></div>
        }
        .into_any(),
        Some(Err(refusal)) => view! { <p class="row-trouble">{language::sentence(&refusal.to_string())}</p> }.into_any(),
        Some(Ok(chapters)) => {
            let named: Vec<_> = chapters.into_iter().filter(Chapter::is_listed).collect();
            if named.is_empty() {
                return None;
            }
            view! { <Contents chapters=named playable /> }.into_any()
        }
    };
    Some(
        view! {
            <section class="part" aria-labelledby="chapters">
                <h2 id="chapters">{t!("Chapters")}</h2>
                {content}
            </section>
        }
        .into_any(),
    )
}

#[component]
fn Contents(chapters: Vec<Chapter>, playable: PlayableTrack) -> impl IntoView {
    let one = move |chapter: Chapter| {
        view! {
            <li class="chapter">
                <Place seconds=chapter.start_seconds playable />
                <span class="chapter-title" dir="auto">{chapter.title}</span>
                {chapter.url.map(|url| view! { <Outward url text=t!("Link").to_owned() /> })}
            </li>
        }
    };
    view! { <ol class="chapters">{chapters.into_iter().map(one).collect_view()}</ol> }
}
