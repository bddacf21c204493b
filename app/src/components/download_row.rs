//! A download in a list: its status, its actions, and its content once it is ready.

use domain::download::{Download, DownloadStatus, Verb};
use domain::source::Kind;
use leptos::prelude::*;

use super::cover::Cover;
use super::notice::Badge;
use super::progress::{ProgressBar, standing, status_words};
use super::source_row::kind_words;
use super::{Ago, When};
use crate::api::downloads::SteerDownload;
use crate::components::player::play_button::PlayButton;
use crate::components::player::{Track, use_player};
use crate::live::use_live;
use crate::measure;
use crate::paths;

/// Action shared by all rows of a list.
pub type Steer = ServerAction<SteerDownload>;

#[component]
pub fn DownloadRow(
    row: Signal<Download>,
    steer: Steer,
    /// Whether the row is on the page of its item, which already shows title and source.
    #[prop(optional)]
    alone: bool,
) -> impl IntoView {
    let standing = standing(use_live(), row);
    let status = Memo::new(move |_| standing.with(|standing| standing.status));
    let title = Signal::derive(move || row.with(|row| row.title.clone()));
    let facts = move || {
        let row = row.get();
        let bytes = row.bytes_total.filter(|_| row.status == DownloadStatus::Ready).map(measure::size);
        view! {
            {(!alone).then(|| view! { <span>{kind_words(row.kind)}</span> <span>{row.source_name}</span> })}
            {row.wanted_by.map(|at| view! { <span><b>"Wanted by " {measure::time_of_day(at)}</b></span> })}
            {row.waiting_for.filter(|_| status.get() == DownloadStatus::Queued)
                .map(|what| view! { <span>"Waits for " {what}</span> })}
            {match (row.status.is_open(), row.priority.signum()) {
                (true, 1) => Some(view! { <span>"You put it first"</span> }),
                (true, -1) => Some(view! { <span>"You put it last"</span> }),
                _ => None,
            }}
            {row.duration_seconds.map(|seconds| view! { <span>{measure::duration(seconds)}</span> })}
            {bytes.map(|bytes| view! { <span>{bytes}</span> })}
            {match (row.status, row.ready_at, row.expires_at) {
                (DownloadStatus::Ready, ..) if row.pinned => view! { <span>"Kept until you unpin it"</span> }.into_any(),
                (DownloadStatus::Ready, _, Some(at)) => view! { <span>"Kept until " <When at /></span> }.into_any(),
                (_, Some(at), _) => view! { <span>"Ready since " <When at /></span> }.into_any(),
                _ => view! { <span>"Asked for " <Ago at=row.created_at /></span> }.into_any(),
            }}
        }
    };
    let is_moving =
        Memo::new(move |_| matches!(status.get(), DownloadStatus::Downloading | DownloadStatus::Verifying));
    view! {
        <li class="row" data-status=move || status.get().as_str()>
            {(!alone).then_some(move || row.with(|it| view! { <Cover hash=it.cover.clone() name=it.source_name.clone() size=56 /> }))}
            <div class="row-main">
                {if alone {
                    view! { <h3 class="sr-only">"Your download"</h3> }.into_any()
                } else {
                    let href = move || paths::item(row.with(|row| row.item_id));
                    view! { <h3 class="row-title"><a href=href>{title}</a></h3> }.into_any()
                }}
                <p class="row-facts">
                    <Badge
                        tone=Signal::derive(move || status_words(status.get()).1)
                        text=Signal::derive(move || status_words(status.get()).0.to_owned())
                    />
                    {facts}
                </p>
                {move || is_moving.get().then(|| view! { <ProgressBar standing title /> })}
                <Trouble row />
                <Content row open=alone />
            </div>
            <RowActions row status steer />
        </li>
    }
}

/// Error of a failed attempt, the number of attempts, and the time of the next one.
#[component]
fn Trouble(row: Signal<Download>) -> impl IntoView {
    move || {
        let row = row.get();
        let why = row.error.filter(|_| row.status != DownloadStatus::Ready)?;
        let tries = measure::count(row.attempts, "try", "tries");
        let next = row.next_attempt_at.map(|at| view! { " Tried again by itself after " <When at /> "." });
        Some(view! { <p class="row-trouble">{why} " (" {tries} ")" {next}</p> })
    }
}

/// Player, reading link and file link of a ready download.
#[component]
fn Content(row: Signal<Download>, open: bool) -> impl IntoView {
    let file = Memo::new(move |_| {
        let file = |row: &Download| (row.file_url(), row.mime_type.clone().unwrap_or_default());
        row.with(|row| (row.status == DownloadStatus::Ready).then(|| file(row)))
    });
    let player = use_player();
    let title = move || row.with_untracked(|row| row.title.clone());
    move || {
        file.get().map(|(url, mime)| {
            let main = match mime.split('/').next().unwrap_or_default() {
                "audio" | "video" => Track::of(&row.get_untracked())
                    .map(|track| {
                        let later = track.clone();
                        view! {
                            <PlayButton track />
                            <button
                                type="button"
                                class="link needs-script"
                                on:click=move |_| player.enqueue(later.clone())
                            >
                                "Play later" <span class="sr-only">": " {title()}</span>
                            </button>
                        }
                    })
                    .into_any(),
                "image" => view! {
                    <details class="disclosure" open=open>
                        <summary>"Look at it here" <span class="sr-only">": " {title()}</span></summary>
                        <img src=url.clone() alt=title() loading="lazy" />
                    </details>
                }
                .into_any(),
                "text" if row.with_untracked(|row| matches!(row.kind, Kind::Article | Kind::News)) => view! {
                    <a class="link" href=paths::read(row.with_untracked(|row| row.id))>
                        "Read" <span class="sr-only">": " {title()}</span>
                    </a>
                    <a class="link" href=url.clone() + "?inline=1" rel="external noopener" target="_blank">
                        "Open the page" <span class="sr-only">": " {title()} ", in a new tab"</span>
                    </a>
                }
                .into_any(),
                _ => view! {
                    <a class="link" href=url.clone() + "?inline=1" rel="external noopener" target="_blank">
                        "Read" <span class="sr-only">": " {title()} ", in a new tab"</span>
                    </a>
                }
                .into_any(),
            };
            view! {
                <div class="content">
                    {main}
                    <a class="link" href=url rel="external" download="">
                        "Save file" <span class="sr-only">": " {title()}</span>
                    </a>
                </div>
            }
        })
    }
}

/// Actions as small forms, so that they work without JavaScript and before hydration.
#[component]
fn RowActions(row: Signal<Download>, status: Memo<DownloadStatus>, steer: Steer) -> impl IntoView {
    // Frames update the status before the row is reloaded.
    let verbs = Memo::new(move |_| row.with(|row| Verb::offered(status.get(), row.pinned, row.priority)));
    let button = move |verb: Verb| {
        let (text, before, after) = words(verb);
        let tone =
            if verb == Verb::Delete { "button button-small button-bad" } else { "button button-small" };
        view! {
            <ActionForm action=steer>
                <input type="hidden" name="download_id" value=move || row.with(|row| row.id.to_string()) />
                <input type="hidden" name="verb" value=verb.as_str() />
                <button
                    type="submit"
                    class=tone
                    data-on=(verb == Verb::Unpin).then_some("true")
                    aria-label=move || row.with(|row| before.to_owned() + &row.title + after)
                >
                    {text}
                </button>
            </ActionForm>
        }
    };
    view! {
        <div class="row-actions">
            <For each=move || verbs.get() key=|verb| *verb children=button />
        </div>
    }
}

/// Text of the button, and the text before and after the title in its accessible name.
fn words(verb: Verb) -> (&'static str, &'static str, &'static str) {
    match verb {
        Verb::Pause => ("Pause", "Pause ", ""),
        Verb::Resume => ("Resume", "Resume ", ""),
        Verb::First => ("First", "Put ", " first"),
        Verb::InTurn => ("In turn", "Put ", " back in turn"),
        Verb::Last => ("Last", "Put ", " last"),
        Verb::Retry => ("Retry", "Retry ", ""),
        Verb::Cancel => ("Cancel", "Cancel ", ""),
        Verb::Pin => ("Pin", "Pin ", ""),
        Verb::Unpin => ("Unpin", "Unpin ", ""),
        Verb::Played => ("Played", "Played ", ""),
        Verb::Delete => ("Delete", "Delete ", ""),
    }
}
