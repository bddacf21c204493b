//! The full player: position, speed, sleep timer, chapters, and the tracks that play next.

use domain::ItemId;
use domain::item::Chapter;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

use super::cover_page::cover_page;
use super::dock::Controls;
use super::sleep::{MINUTES, SleepTimer, end_of_chapter};
use super::up_next::UpNext;
use super::{Player, SPEEDS, use_player};
use crate::api::items::show_chapters;
use crate::components::cover::Cover;
use crate::components::icons::{self, Icon};
use crate::live;
use crate::{measure, paths, t, tn};

/// The full player, whose code is loaded when it is first opened.
#[wasm_split(player_sheet, wasm_split_path = ::leptos::wasm_split, fallible)]
pub fn sheet() -> Result<AnyView, SplitLoaderError> {
    Ok(view! { <Sheet /> }.into_any())
}

#[component]
fn Sheet() -> impl IntoView {
    let player = use_player();
    let item = Memo::new(move |_| player.track.with(|track| track.as_ref().map(|it| it.item_id)));
    let chapters = RwSignal::new(Vec::new());
    // No resource: the header's `Suspense` would wait for it, and take the media element away meanwhile.
    Effect::new(move |_| {
        chapters.set(Vec::new());
        let Some(asked) = item.get() else { return };
        spawn_local(async move {
            let found = chapters_of(asked).await;
            // The full player may be closed by then, or show another track.
            if item.try_get_untracked() == Some(Some(asked)) {
                chapters.set(found);
            }
        });
    });
    let close = NodeRef::<leptos::html::Button>::new();
    Effect::new(move |_| {
        if let Some(close) = close.get() {
            request_animation_frame(move || crate::components::focus(&close));
        }
    });
    cover_page();
    view! {
        <div class="player-sheet" role="dialog" aria-modal="true" aria-label=t!("Full player")>
            <div class="player-head">
                <p class="player-now">
                    {move || player.track.get().map(|track| view! {
                        <a href=paths::item(track.item_id) dir="auto" on:click=move |_| player.is_open.set(false)>{track.title}</a>
                        <span class="muted" dir="auto">{track.source_name}</span>
                    })}
                </p>
                <button
                    node_ref=close
                    type="button"
                    class="player-button"
                    aria-label=t!("Close the full player")
                    on:click=move |_| player.is_open.set(false)
                >
                    <Icon path=icons::DOWNWARD />
                </button>
            </div>
            <Picture />
            <Position />
            <Controls />
            <div class="player-settings">
                <Speed />
                <Sleep chapters />
                <Volume />
            </div>
            <ChapterList chapters />
            <UpNext />
        </div>
    }
}

/// Named chapters of an item; none if they cannot be had.
async fn chapters_of(item: ItemId) -> Vec<Chapter> {
    let told = show_chapters(item, true).await.ok().flatten();
    told.and_then(Result::ok).unwrap_or_default().into_iter().filter(Chapter::is_listed).collect()
}

/// Large cover; a video is its own picture.
#[component]
fn Picture() -> impl IntoView {
    let player = use_player();
    move || {
        let track = player.track.get().filter(|track| !track.is_video)?;
        Some(
            view! { <div class="player-cover"><Cover hash=track.cover name=track.source_name size=280 /></div> },
        )
    }
}

/// Slider of the position. While it is moved, nothing is sought yet.
#[component]
fn Position() -> impl IntoView {
    let player = use_player();
    let moved = RwSignal::new(None::<f64>);
    let shown = move || moved.get().unwrap_or_else(|| player.seconds.get());
    let end = move || player.duration.get().unwrap_or_default();
    let words = move || t!("{place} of {end}", place = measure::place(shown()), end = measure::place(end()));
    view! {
        <div class="player-position">
            <input
                type="range"
                min="0"
                step="1"
                max=move || end().floor().to_string()
                prop:value=move || shown().floor().to_string()
                disabled=move || player.duration.get().is_none()
                aria-label=t!("Position")
                aria-valuetext=words
                on:input=move |event| moved.set(event_target_value(&event).parse().ok())
                on:change=move |event| {
                    event_target_value(&event).parse().into_iter().for_each(|seconds| player.seek(seconds));
                    moved.set(None);
                }
            />
            <p class="player-ends">
                <span>{move || measure::place(shown())}</span>
                <span>{move || player.duration.get().map(|end| "−".to_owned() + &measure::place((end - shown()).max(0.0)))}</span>
            </p>
        </div>
    }
}

#[component]
fn Speed() -> impl IntoView {
    let player = use_player();
    let options = move || {
        // A speed that another device has set is an option, too.
        let mut all = SPEEDS.to_vec();
        let speed = player.speed.get();
        if !all.iter().any(|it| (it - speed).abs() < 0.001) {
            all.push(speed);
            all.sort_by(f64::total_cmp);
        }
        all.into_iter()
            .map(|it| view! { <option value=it.to_string() selected=(it - speed).abs() < 0.001>{it.to_string() + " ×"}</option> })
            .collect_view()
    };
    view! {
        <label class="player-choice">
            <span>{t!("Speed")}</span>
            <select on:change=move |event| {
                event_target_value(&event).parse().into_iter().for_each(|speed| player.set_speed(speed));
            }>{options}</select>
        </label>
    }
}

/// The sleep timer. Its choice reads as what is left.
#[component]
fn Sleep(chapters: RwSignal<Vec<Chapter>>) -> impl IntoView {
    let player = use_player();
    let ends_with_chapter = move || {
        let starts: Vec<_> = chapters.with(|all| all.iter().map(|it| it.start_seconds).collect());
        end_of_chapter(&starts, player.seconds.get_untracked())
    };
    let choose = move |choice: String| {
        player.sleep_timer.set(match choice.as_str() {
            "chapter" => ends_with_chapter().map_or(SleepTimer::EndOfTrack, SleepTimer::AtPosition),
            "track" => SleepTimer::EndOfTrack,
            minutes => minutes.parse().map_or(SleepTimer::Off, |it| SleepTimer::in_minutes(it, live::now())),
        });
    };
    let left = move || {
        // Follows the position, so that it is told anew while it plays.
        player.seconds.track();
        player.sleep_timer.get().words(live::now())
    };
    let is_on = move || player.sleep_timer.get() != SleepTimer::Off;
    view! {
        <label class="player-choice">
            <span>{t!("Sleep timer")}</span>
            <select on:change=move |event| choose(event_target_value(&event))>
                <option value="" selected=move || !is_on()>{t!("Off")}</option>
                {move || is_on().then(|| view! { <option value="on" selected=true disabled=true>{left}</option> })}
                {MINUTES.map(|minutes| view! { <option value=minutes.to_string()>{tn!(minutes, "{n} minute", "{n} minutes")}</option> })}
                <option value="track">{t!("End of the episode")}</option>
                {move || chapters.with(|all| !all.is_empty()).then(|| view! { <option value="chapter">{t!("End of the chapter")}</option> })}
            </select>
        </label>
    }
}

#[component]
fn Volume() -> impl IntoView {
    let player = use_player();
    view! {
        <label class="player-choice player-volume">
            <span>{t!("Volume")}</span>
            <input
                type="range"
                min="0"
                max="100"
                value=move || (player.volume() * 100.0).round().to_string()
                on:input=move |event| {
                    event_target_value(&event).parse::<f64>().into_iter().for_each(|it| player.set_volume(it / 100.0));
                }
            />
        </label>
    }
}

/// Chapters; the one that plays is marked.
#[component]
fn ChapterList(chapters: RwSignal<Vec<Chapter>>) -> impl IntoView {
    let player = use_player();
    let current = Memo::new(move |_| {
        let seconds = player.seconds.get();
        chapters.with(|all| all.iter().rposition(|it| it.start_seconds <= seconds))
    });
    let row = move |(n, chapter): (usize, Chapter)| {
        let start = chapter.start_seconds;
        view! {
            <li>
                <button
                    type="button"
                    class="player-row"
                    aria-current=move || (current.get() == Some(n)).then_some("true")
                    on:click=move |_| go_to(player, start)
                >
                    <span class="player-row-time">{measure::place(start)}</span>
                    <span dir="auto">{chapter.title.clone()}</span>
                </button>
            </li>
        }
    };
    move || {
        let all = chapters.get();
        (!all.is_empty()).then(|| view! {
            <h2>{t!("Chapters")}</h2>
            <ol class="player-list" aria-label=t!("Chapters")>{all.into_iter().enumerate().map(row).collect_view()}</ol>
        })
    }
}

fn go_to(player: Player, seconds: f64) {
    player.seek(seconds);
    player.resume();
}
