//! Transcript of an item, for reading and for finding positions in its media.

use domain::ItemId;
use domain::reading::{SaidLine, Transcription};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::live_query::{Loaded, live_query};
use crate::api::items::{Beside, show_transcript};
use crate::components::player::place::{Place, PlayableTrack};
use crate::{language, paths, t};

#[component]
pub fn TranscriptPart(id: ItemId, playable: PlayableTrack) -> impl IntoView {
    let query = use_query_map();
    let asked = move || query.with(|query| query.get_str("transcript").is_some());
    let kept = live_query(asked, move |ask| show_transcript(id, ask));
    view! {
        <section class="part" aria-labelledby="transcript">
            <h2 id="transcript">{t!("Transcript")}</h2>
            <Loaded kept what=t!("Loading the transcript")>
                {move || kept.value.get().map(|told| shown(told, id, playable))}
            </Loaded>
        </section>
    }
}

fn shown(told: Beside<Transcription>, id: ItemId, playable: PlayableTrack) -> AnyView {
    let href = paths::item(id) + "?transcript=1";
    match told {
        None => view! {
            <div><a class="button button-small" href=href data-noscroll="">{t!("Show the transcript")}</a></div>
        }
        .into_any(),
        Some(Err(refusal)) => view! { <p class="row-trouble">{language::sentence(&refusal.to_string())}</p> }.into_any(),
        Some(Ok(Transcription { lines, html, language })) => view! {
            <div class="transcript" tabindex="0" role="region" aria-label=t!("Transcript") lang=language dir="auto">
                {lines.into_iter().map(|line| view! { <Line line playable /> }).collect_view()}
                // Sanitised by the engine.
                {(!html.is_empty()).then(|| view! { <div class="prose" inner_html=html></div> })}
            </div>
        }
        .into_any(),
    }
}

#[component]
fn Line(line: SaidLine, playable: PlayableTrack) -> impl IntoView {
    view! {
        <p class="said">
            {line.start_seconds.map(|seconds| view! { <Place seconds playable /> " " })}
            {line.speaker.map(|speaker| view! { <b>{speaker} ": "</b> })}
            {line.text}
        </p>
    }
}
