//! The player at the edge of every page, and its media element.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::sheet::sheet;
use super::{Player, Track, browser, use_player};
use crate::api::playback;
use crate::components::cover::Cover;
use crate::components::icons::{self, Icon};
use crate::live::use_live;
use crate::{measure, t};

/// Seconds by which the player skips.
pub const BACK: f64 = -15.0;
pub const FORWARD: f64 = 30.0;

#[component]
pub fn PlayerDock() -> impl IntoView {
    let player = use_player();
    Effect::new(move |_| start(player));
    let live = use_live();
    Effect::new(move |_| live.position.get().into_iter().for_each(|heard| player.follow(heard)));
    let has_track = Memo::new(move |_| player.track.with(Option::is_some));
    let title =
        move || player.track.with(|track| track.as_ref().map(|it| it.title.clone()).unwrap_or_default());
    let is_video = move || player.track.with(|track| track.as_ref().is_some_and(|it| it.is_video));
    view! {
        <section
            class="player"
            aria-label=t!("Player")
            hidden=move || !has_track.get()
            data-open=move || player.is_open.get().then_some("true")
        >
            <video
                node_ref=player.element
                class="player-screen"
                class:sr-only=move || !is_video()
                playsinline
                preload="metadata"
                aria-label=title
                on:loadedmetadata=move |event| player.on_metadata(event)
                on:timeupdate=move |event| player.on_time(event)
                on:play=move |event| player.on_play(event)
                on:pause=move |event| player.on_pause(event)
                on:seeked=move |event| player.on_seeked(event)
                on:ended=move |event| player.on_ended(event)
                on:error=move |_| player.on_error()
            ></video>
            <Show when=move || has_track.get()>
                <Show when=move || player.is_open.get()>
                    // A boundary of its own, or the header's would take the media element away meanwhile.
                    <Suspense>{move || Suspend::new(async { sheet().await.unwrap_or_else(|_| missing_sheet()) })}</Suspense>
                </Show>
                <Bar />
            </Show>
        </section>
    }
}

fn missing_sheet() -> AnyView {
    let why = t!("The full player did not load. Close it and open it again.");
    view! { <p class="row-trouble player-trouble" role="alert">{why}</p> }.into_any()
}

/// Takes up the track of the document before, paused.
fn start(player: Player) {
    browser::listen(player);
    if let Some(track) = browser::remembered() {
        player.load(track, None, false);
    }
    spawn_local(async move {
        if let Ok(queue) = playback::play_queue().await {
            player.up_next.set(queue.items.iter().filter_map(Track::of_item).collect());
        }
    });
}

/// One line: the title, the controls and the position.
#[component]
fn Bar() -> impl IntoView {
    let player = use_player();
    let track = move || player.track.get();
    let sign = move || match player.is_open.get() {
        true => t!("Close the full player: "),
        false => t!("Open the full player: "),
    };
    let percent = move || player.fraction().map(|fraction| format!("width: {:.2}%", fraction * 100.0));
    view! {
        <div class="player-bar">
            <div class="player-line" aria-hidden="true"><span style=percent></span></div>
            {move || track().map(|it| view! { <Cover hash=it.cover name=it.source_name size=48 /> })}
            <button
                type="button"
                class="player-title"
                aria-expanded=move || player.is_open.get().to_string()
                on:click=move |_| player.is_open.update(|is_open| *is_open = !*is_open)
            >
                <span class="sr-only">{sign}</span>
                <b dir="auto">{move || track().map(|it| it.title)}</b>
                <span class="player-source" dir="auto">{move || track().map(|it| it.source_name)}</span>
            </button>
            <Controls />
            <Times />
            <button type="button" class="player-button" aria-label=t!("Close the player") on:click=move |_| player.close()>
                <Icon path=icons::CLOSE />
            </button>
        </div>
        {move || player.trouble.get().map(|why| view! { <p class="row-trouble player-trouble" role="alert">{why}</p> })}
    }
}

/// Back, play or pause, forward.
#[component]
pub fn Controls() -> impl IntoView {
    let player = use_player();
    let word = move || if player.is_playing.get() { t!("Pause") } else { t!("Play") };
    view! {
        <div class="player-controls">
            <button type="button" class="player-button" aria-label=t!("Back 15 seconds") on:click=move |_| player.skip(BACK)>
                <Icon path=icons::BACK />
                <span aria-hidden="true">"15"</span>
            </button>
            <button type="button" class="player-button player-main" aria-label=word on:click=move |_| player.toggle()>
                {move || view! { <Icon path=if player.is_playing.get() { icons::PAUSE } else { icons::PLAY } /> }}
            </button>
            <button type="button" class="player-button" aria-label=t!("Forward 30 seconds") on:click=move |_| player.skip(FORWARD)>
                <Icon path=icons::FORWARD />
                <span aria-hidden="true">"30"</span>
            </button>
        </div>
    }
}

/// Position and length, such as "12:03 / 26:40".
#[component]
fn Times() -> impl IntoView {
    let player = use_player();
    let words = move || {
        let end = player.duration.get().map(|end| " / ".to_owned() + &measure::place(end));
        measure::place(player.seconds.get()) + &end.unwrap_or_default()
    };
    view! { <span class="player-times">{words}</span> }
}
