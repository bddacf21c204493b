//! A download in the list: how it stands, what can be done, and its content once it is here.

use leptos::prelude::*;
use smartcache::domain::download::{Download, DownloadStatus};
use smartcache::domain::urgency::PRIORITY_MOST;

use super::notice::Badge;
use super::progress::{ProgressBar, standing, status_words};
use super::source_row::kind_words;
use super::{When, measure};
use crate::api::downloads::{
    CancelDownload, DeleteDownload, PauseDownload, PinDownload, PlayedDownload, PrioritiseDownload,
    ResumeDownload, RetryDownload,
};
use crate::live::use_live;

/// What a row can ask for; one action of each for a whole list.
#[derive(Clone, Copy)]
pub struct Actions {
    pub pause: ServerAction<PauseDownload>,
    pub resume: ServerAction<ResumeDownload>,
    pub prioritise: ServerAction<PrioritiseDownload>,
    pub retry: ServerAction<RetryDownload>,
    pub cancel: ServerAction<CancelDownload>,
    pub pin: ServerAction<PinDownload>,
    pub delete: ServerAction<DeleteDownload>,
}

impl Actions {
    pub fn of_page() -> Self {
        Self {
            pause: ServerAction::new(),
            resume: ServerAction::new(),
            prioritise: ServerAction::new(),
            retry: ServerAction::new(),
            cancel: ServerAction::new(),
            pin: ServerAction::new(),
            delete: ServerAction::new(),
        }
    }

    /// Grows with every answer.
    pub fn version(self) -> usize {
        self.pause.version().get()
            + self.resume.version().get()
            + self.prioritise.version().get()
            + self.retry.version().get()
            + self.cancel.version().get()
            + self.pin.version().get()
            + self.delete.version().get()
    }
}

#[component]
pub fn DownloadRow(row: Signal<Download>, actions: Actions) -> impl IntoView {
    let standing = standing(use_live(), row);
    let status = Memo::new(move |_| standing.with(|standing| standing.status));
    let title = Signal::derive(move || row.with(|row| row.title.clone()));
    let facts = move || {
        let row = row.get();
        let bytes = row.bytes_total.filter(|_| row.status == DownloadStatus::Ready).map(measure::size);
        view! {
            <span>{kind_words(row.kind)}</span>
            <span>{row.source_name}</span>
            {row.wanted_by.map(|at| view! { <span><b>"Wanted by " {measure::time_of_day(at)}</b></span> })}
            {match (row.status.is_open(), row.priority.signum()) {
                (true, 1) => Some(view! { <span>"You put it first"</span> }),
                (true, -1) => Some(view! { <span>"You put it last"</span> }),
                _ => None,
            }}
            {bytes.map(|bytes| view! { <span>{bytes}</span> })}
            {match (row.status, row.ready_at, row.expires_at) {
                (DownloadStatus::Ready, ..) if row.pinned => view! { <span>"Kept until you unpin it"</span> }.into_any(),
                (DownloadStatus::Ready, _, Some(at)) => view! { <span>"Kept until " <When at /></span> }.into_any(),
                (_, Some(at), _) => view! { <span>"Ready since " <When at /></span> }.into_any(),
                _ => view! { <span>"Asked for " <When at=row.created_at /></span> }.into_any(),
            }}
        }
    };
    let is_moving =
        Memo::new(move |_| matches!(status.get(), DownloadStatus::Downloading | DownloadStatus::Verifying));
    view! {
        <li class="row" data-status=move || status.get().as_str()>
            <div class="row-main">
                <h3 class="row-title">{title}</h3>
                <p class="row-facts">
                    <Badge
                        tone=Signal::derive(move || status_words(status.get()).1)
                        text=Signal::derive(move || status_words(status.get()).0.to_owned())
                    />
                    {facts}
                </p>
                {move || is_moving.get().then(|| view! { <ProgressBar standing title /> })}
                <Trouble row />
                <Content row />
            </div>
            <RowActions row status actions />
        </li>
    }
}

/// Why it failed, and what happens next.
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

/// What can be played, read or saved.
#[component]
fn Content(row: Signal<Download>) -> impl IntoView {
    let file = Memo::new(move |_| {
        row.with(|row| {
            let mime = row.mime_type.clone().unwrap_or_default();
            (row.status == DownloadStatus::Ready).then(|| (row.file_url(), mime))
        })
    });
    let played = ServerAction::<PlayedDownload>::new();
    let ended = move |_| {
        played.dispatch(PlayedDownload { download_id: row.with_untracked(|row| row.id) });
    };
    let title = move || row.with_untracked(|row| row.title.clone());
    move || {
        file.get().map(|(url, mime)| {
            let player = match mime.split('/').next().unwrap_or_default() {
                "audio" => view! {
                    <details class="player">
                        <summary>"Listen here" <span class="sr-only">": " {title()}</span></summary>
                        <audio controls preload="none" src=url.clone() aria-label=title() on:ended=ended></audio>
                    </details>
                }
                .into_any(),
                "video" => view! {
                    <details class="player">
                        <summary>"Watch here" <span class="sr-only">": " {title()}</span></summary>
                        <video
                            controls
                            playsinline
                            preload="none"
                            src=url.clone()
                            aria-label=title()
                            on:ended=ended
                        ></video>
                    </details>
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
                    {player}
                    <a class="link" href=url rel="external" download="">
                        "Save file" <span class="sr-only">": " {title()}</span>
                    </a>
                </div>
            }
        })
    }
}

/// Small forms, so that they work before the page runs and without it.
#[component]
fn RowActions(row: Signal<Download>, status: Memo<DownloadStatus>, actions: Actions) -> impl IntoView {
    let id = move || row.with(|row| row.id.to_string());
    let label = move |verb: &str| row.with(|row| format!("{verb} {}", row.title));
    let pinned = Memo::new(move |_| row.with(|row| row.pinned));
    let verb = move || if pinned.get() { "Unpin" } else { "Pin" };
    view! {
        <div class="row-actions">
            {move || status.get().can_pause().then(|| view! {
                <ActionForm action=actions.pause>
                    <input type="hidden" name="download_id" value=id />
                    <button type="submit" class="button button-small" aria-label=move || label("Pause")>
                        "Pause"
                    </button>
                </ActionForm>
            })}
            {move || (status.get() == DownloadStatus::Paused).then(|| view! {
                <ActionForm action=actions.resume>
                    <input type="hidden" name="download_id" value=id />
                    <button type="submit" class="button button-small" aria-label=move || label("Resume")>
                        "Resume"
                    </button>
                </ActionForm>
            })}
            <Places row status actions />
            {move || status.get().can_retry().then(|| view! {
                <ActionForm action=actions.retry>
                    <input type="hidden" name="download_id" value=id />
                    <button type="submit" class="button button-small" aria-label=move || label("Retry")>
                        "Retry"
                    </button>
                </ActionForm>
            })}
            {move || status.get().can_cancel().then(|| view! {
                <ActionForm action=actions.cancel>
                    <input type="hidden" name="download_id" value=id />
                    <button type="submit" class="button button-small" aria-label=move || label("Cancel")>
                        "Cancel"
                    </button>
                </ActionForm>
            })}
            {move || (pinned.get() || !status.get().can_retry()).then(|| view! {
                <ActionForm action=actions.pin>
                    <input type="hidden" name="download_id" value=id />
                    <input type="hidden" name="wanted" value=move || (!pinned.get()).to_string() />
                    <button
                        type="submit"
                        class="button button-small"
                        data-on=move || pinned.get().to_string()
                        aria-label=move || label(verb())
                    >
                        {verb}
                    </button>
                </ActionForm>
            })}
            {move || (!status.get().is_open()).then(|| view! {
                <ActionForm action=actions.delete>
                    <input type="hidden" name="download_id" value=id />
                    <button type="submit" class="button button-small button-bad" aria-label=move || label("Delete")>
                        "Delete"
                    </button>
                </ActionForm>
            })}
        </div>
    }
}

/// The other places in the queue that a waiting download can have.
#[component]
fn Places(row: Signal<Download>, status: Memo<DownloadStatus>, actions: Actions) -> impl IntoView {
    let id = move || row.with(|row| row.id.to_string());
    let now = Memo::new(move |_| row.with(|row| row.priority.signum()));
    let place = move |priority: i64, text: &'static str, said: &'static str| {
        (now.get() != priority.signum()).then(|| {
            view! {
                <ActionForm action=actions.prioritise>
                    <input type="hidden" name="download_id" value=id />
                    <input type="hidden" name="priority" value=priority.to_string() />
                    <button
                        type="submit"
                        class="button button-small"
                        aria-label=move || row.with(|row| "Put ".to_owned() + &row.title + said)
                    >
                        {text}
                    </button>
                </ActionForm>
            }
        })
    };
    move || {
        (status.get() == DownloadStatus::Queued).then(|| {
            view! {
                {place(PRIORITY_MOST, "First", " first")}
                {place(0, "In turn", " back in turn")}
                {place(-PRIORITY_MOST, "Last", " last")}
            }
        })
    }
}
