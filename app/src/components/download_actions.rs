//! Parts of a download that its row in the library and its item's page share: state, file and actions.

use domain::download::{Download, DownloadStatus, Verb};
use domain::source::Kind;
use leptos::prelude::*;

use super::icons::Icon;
use super::keep_links::KeepLinks;
use super::source_row::kind_words;
use super::{Ago, When};
use crate::api::downloads::SteerDownload;
use crate::components::player::play_button::PlayButton;
use crate::components::player::{Track, use_player};
use crate::{language, measure, parts, paths, t, tn};

/// Action shared by all rows of a list.
pub type Steer = ServerAction<SteerDownload>;

/// Whether a download has progress to show.
pub fn is_moving(status: DownloadStatus) -> bool {
    matches!(status, DownloadStatus::Downloading | DownloadStatus::Verifying)
}

/// Whole minutes from the first one on: seconds are noise in a list.
pub fn minutes(seconds: i64) -> i64 {
    if seconds < 60 { seconds } else { (seconds + 30) / 60 * 60 }
}

/// One glyph for a state that is not the normal one, and its words.
#[component]
pub fn StateGlyph(words: &'static str, tone: &'static str, glyph: Option<&'static str>) -> impl IntoView {
    view! {
        <span class="media-state" data-tone=tone title=words>
            {glyph.map(|path| view! { <Icon path /> })}
            <span class="sr-only">{words}</span>
        </span>
    }
}

/// Why an unfinished download is where it is in the queue.
#[component]
pub fn QueueFacts(row: Signal<Download>, status: Memo<DownloadStatus>) -> impl IntoView {
    move || {
        let row = row.get();
        view! {
            {row.wanted_by.map(|at| view! { <span><b>{t!("Wanted by {time}", time = measure::time_of_day(at))}</b></span> })}
            {row.waiting_for.filter(|_| status.get() == DownloadStatus::Queued)
                .map(|what| view! { <span>{t!("Waits for {what}", what = language::sentence(&what))}</span> })}
            {match (row.status.is_open(), row.priority.signum()) {
                (true, 1) => Some(view! { <span>{t!("You put it first")}</span> }),
                (true, -1) => Some(view! { <span>{t!("You put it last")}</span> }),
                _ => None,
            }}
        }
    }
}

/// Facts about the file and how long it stays.
#[component]
pub fn StateFacts(row: Signal<Download>, status: Memo<DownloadStatus>) -> impl IntoView {
    let facts = move || {
        let row = row.get();
        let bytes = row.bytes_total.filter(|_| row.status == DownloadStatus::Ready).map(measure::size);
        view! {
            <span>{kind_words(row.kind)}</span>
            {row.duration_seconds.map(|seconds| view! { <span>{measure::duration(seconds)}</span> })}
            {bytes.map(|bytes| view! { <span>{bytes}</span> })}
            <span>{match (row.status, row.ready_at, row.expires_at) {
                (DownloadStatus::Ready, ..) if row.pinned => t!("Kept until you unpin it").into_any(),
                (DownloadStatus::Ready, _, Some(at)) => parts!("Kept until {time}", time = view! { <When at /> }).into_any(),
                (_, Some(at), _) => parts!("Ready since {time}", time = view! { <When at /> }).into_any(),
                _ => parts!("Asked for {time}", time = view! { <Ago at=row.created_at /> }).into_any(),
            }}</span>
            {row.played_at.map(|at| view! { <span>{parts!("Played {time}", time = view! { <Ago at /> })}</span> })}
        }
    };
    view! { <QueueFacts row status /> {facts} }
}

/// Error of a failed attempt, the number of attempts, and the time of the next one.
#[component]
pub fn Trouble(row: Signal<Download>) -> impl IntoView {
    move || {
        let row = row.get();
        let why = row.error.filter(|_| row.status != DownloadStatus::Ready)?;
        let tries = tn!(row.attempts, "{n} try", "{n} tries");
        let next = row
            .next_attempt_at
            .map(|at| parts!(" Tried again by itself after {time}.", time = view! { <When at /> }));
        Some(view! { <p class="row-trouble">{language::sentence(&why)} " (" {tries} ")" {next}</p> })
    }
}

/// The one action that a download is for: play or read it, or bring it on its way.
#[component]
pub fn Primary(row: Signal<Download>, status: Memo<DownloadStatus>, steer: Steer) -> impl IntoView {
    // Built again only when it is another one, so that a button keeps the focus.
    let content = Memo::new(move |_| {
        row.with(|row| (row.status == DownloadStatus::Ready).then(|| (row.file_url(), row.mime_type.clone())))
    });
    let verb = Memo::new(move |_| primary_verb(status.get()));
    move || match content.get() {
        Some(_) => open_link(&row.get_untracked()).into_any(),
        None => verb.get().map(|verb| view! { <VerbForm row verb steer /> }).into_any(),
    }
}

/// The action that brings an unfinished or failed download on its way, or halts it.
pub fn primary_verb(status: DownloadStatus) -> Option<Verb> {
    match status {
        DownloadStatus::Ready | DownloadStatus::Verifying => None,
        DownloadStatus::Queued | DownloadStatus::Downloading => Some(Verb::Pause),
        DownloadStatus::Paused => Some(Verb::Resume),
        DownloadStatus::Failed | DownloadStatus::Cancelled | DownloadStatus::Expired => Some(Verb::Retry),
    }
}

/// Play button or reading link of a ready download.
pub fn open_link(row: &Download) -> impl IntoView + use<> {
    let mime = row.mime_type.as_deref().unwrap_or_default();
    if let Some(track) = Track::of(row) {
        return view! { <PlayButton track /> }.into_any();
    }
    let is_text = mime.starts_with("text/") && matches!(row.kind, Kind::Article | Kind::News);
    if is_text {
        return view! {
            <a class="button button-small" href=paths::read(row.id) aria-label=t!("Read: {title}", title = row.title)>
                {t!("Read")}
            </a>
        }
        .into_any();
    }
    let (word, label) = match mime.starts_with("image/") {
        true => (t!("View"), t!("View: {title}, in a new tab", title = row.title)),
        false => (t!("Read"), t!("Read: {title}, in a new tab", title = row.title)),
    };
    view! {
        <a class="button button-small" href=row.file_url() + "?inline=1" rel="external noopener" target="_blank" aria-label=label>
            {word}
        </a>
    }
    .into_any()
}

/// Further ways to use a ready file.
#[component]
pub fn FileLinks(row: Signal<Download>) -> impl IntoView {
    let file = Memo::new(move |_| {
        let file = |row: &Download| (row.file_url(), row.mime_type.clone().unwrap_or_default());
        row.with(|row| (row.status == DownloadStatus::Ready).then(|| file(row)))
    });
    let player = use_player();
    move || {
        let (url, mime) = file.get()?;
        let row = row.get_untracked();
        let title = StoredValue::new(row.title.clone());
        let title = move || title.get_value();
        let later = Track::of(&row).map(|track| {
            view! {
                <button type="button" class="link needs-script" on:click=move |_| player.enqueue(track.clone())>
                    {t!("Play later")} <span class="sr-only">": " {title()}</span>
                </button>
            }
        });
        let page = mime.starts_with("text/").then(|| {
            view! {
                <a class="link" href=url.clone() + "?inline=1" rel="external noopener" target="_blank">
                    {t!("Open the page")} <span class="sr-only">{t!(": {title}, in a new tab", title = title())}</span>
                </a>
            }
        });
        Some(view! {
            {later}
            {page}
            <a class="link" href=url rel="external" download="">
                {t!("Save file")} <span class="sr-only">": " {title()}</span>
            </a>
            <KeepLinks row=Signal::derive(move || row.clone()) />
        })
    }
}

/// An action as a small form, so that it works without JavaScript and before hydration.
#[component]
pub fn VerbForm(row: Signal<Download>, verb: Verb, steer: Steer) -> impl IntoView {
    let (text, label) = words(verb);
    let tone = if verb == Verb::Delete { "button button-small button-bad" } else { "button button-small" };
    view! {
        <ActionForm action=steer>
            <input type="hidden" name="download_id" value=move || row.with(|row| row.id.to_string()) />
            <input type="hidden" name="verb" value=verb.as_str() />
            <button
                type="submit"
                class=tone
                data-on=(verb == Verb::Unpin).then_some("true")
                aria-label=move || row.with(|row| language::fill(label, &[("title", &row.title)]))
            >
                {text}
            </button>
        </ActionForm>
    }
}

/// Text of the button, and its accessible name with the title as a value.
fn words(verb: Verb) -> (&'static str, &'static str) {
    match verb {
        Verb::Pause => (t!("Pause"), t!("Pause {title}")),
        Verb::Resume => (t!("Resume"), t!("Resume {title}")),
        Verb::First => (t!("First"), t!("Put {title} first")),
        Verb::InTurn => (t!("In turn"), t!("Put {title} back in turn")),
        Verb::Last => (t!("Last"), t!("Put {title} last")),
        Verb::Retry => (t!("Retry"), t!("Retry {title}")),
        Verb::Cancel => (t!("Cancel"), t!("Cancel {title}")),
        Verb::Pin => (t!("Pin"), t!("Pin {title}")),
        Verb::Unpin => (t!("Unpin"), t!("Unpin {title}")),
        Verb::Played => (t!("Mark as played"), t!("Mark as played: {title}")),
        Verb::Delete => (t!("Delete"), t!("Delete {title}")),
        Verb::Restore => (t!("Undo"), t!("Undo deleting {title}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_tells_whole_minutes() {
        assert_eq!(
            [40, 89, 90, 1_582].map(|it| measure::duration(minutes(it))).join(", "),
            "40 s, 1 min, 2 min, 26 min"
        );
    }
}
