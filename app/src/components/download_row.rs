//! A download in the library: one line of facts, one primary action, and a menu for the rest.

use domain::download::{Download, DownloadStatus, Verb};
use leptos::prelude::*;

use super::Day;
use super::cover::Cover;
use super::download_actions::{
    FileLinks, Primary, QueueFacts, StateFacts, StateGlyph, Steer, Trouble, VerbForm, is_moving, minutes,
    primary_verb,
};
use super::icons;
use super::keep_links::DeviceMark;
use super::menu::Menu;
use super::progress::{ProgressBar, standing, status_words};
use super::thumbs::Thumbs;
use crate::live::use_live;
use crate::{language, measure, paths, t};

#[component]
pub fn DownloadRow(
    row: Signal<Download>,
    steer: Steer,
    /// Reason of an agent's pick.
    #[prop(optional)]
    reason: Option<Signal<Option<String>>>,
) -> impl IntoView {
    let progress = standing(use_live(), row);
    let status = Memo::new(move |_| progress.with(|progress| progress.status));
    let title = Signal::derive(move || row.with(|row| row.title.clone()));
    view! {
        <li class="media-row" data-status=move || status.get().as_str()>
            {move || row.with(|it| view! { <Cover hash=it.cover.clone() name=it.source_name.clone() size=56 /> })}
            <div class="media-main">
                <h3 class="media-title" dir="auto"><a href=move || paths::item(row.with(|row| row.item_id))>{title}</a></h3>
                <Facts row status />
                {reason.map(|reason| view! { <Reason reason /> })}
                {move || is_moving(status.get()).then(|| view! { <ProgressBar standing=progress title /> })}
                <Trouble row />
            </div>
            <div class="media-action"><Primary row status steer /></div>
            <More row status steer />
        </li>
    }
}

#[component]
fn Reason(reason: Signal<Option<String>>) -> impl IntoView {
    move || {
        // An agent gives several reasons in one line.
        let words: Vec<_> = reason.get()?.split("; ").map(language::sentence).collect();
        Some(
            view! { <p class="media-reason"><span class="sr-only">{t!("Picked: ")}</span>{words.join("; ")}</p> },
        )
    }
}

/// A row to choose: with a checkbox, and without actions of its own.
#[component]
pub fn SelectRow(row: Signal<Download>) -> impl IntoView {
    let status = Memo::new(move |_| row.with(|row| row.status));
    let id = row.with_untracked(|row| row.id.to_string());
    let field = format!("choose-{id}");
    view! {
        <li class="media-row" data-status=move || status.get().as_str()>
            <input type="checkbox" class="media-check" id=field.clone() name="ids[]" value=id />
            {move || row.with(|it| view! { <Cover hash=it.cover.clone() name=it.source_name.clone() size=56 /> })}
            <div class="media-main">
                <h3 class="media-title" dir="auto"><label class="media-choice" for=field>{move || row.with(|row| row.title.clone())}</label></h3>
                <Facts row status />
            </div>
        </li>
    }
}

/// "The Long Platform · 26 min · yesterday", with one glyph for a state that is not the normal one.
#[component]
fn Facts(row: Signal<Download>, status: Memo<DownloadStatus>) -> impl IntoView {
    let facts = move || {
        let row = row.get();
        view! {
            <span class="media-source">{row.source_name}</span>
            {row.duration_seconds.map(|seconds| view! { <span>{measure::duration(minutes(seconds))}</span> })}
            <span><Day at=row.ready_at.unwrap_or(row.created_at) /></span>
        }
    };
    view! {
        <div class="media-facts">
            <RowState row status />
            <DeviceMark id=row.with_untracked(|row| row.id) />
            <p class="media-line">{facts}</p>
        </div>
        <p class="media-queue"><QueueFacts row status /></p>
    }
}

#[component]
fn RowState(row: Signal<Download>, status: Memo<DownloadStatus>) -> impl IntoView {
    move || {
        let status = status.get();
        let (words, tone) = status_words(status);
        let (is_pinned, is_played) = row.with(|row| (row.pinned, row.played_at.is_some()));
        let (words, tone, glyph) = match status {
            DownloadStatus::Ready if is_played => (t!("Ready, played"), "calm", Some(icons::CHECK)),
            DownloadStatus::Ready if is_pinned => (t!("Ready, pinned"), "calm", Some(icons::PIN)),
            DownloadStatus::Ready => (words, tone, None),
            DownloadStatus::Queued => (words, tone, Some(icons::CLOCK)),
            DownloadStatus::Downloading | DownloadStatus::Verifying => (words, tone, Some(icons::DOWN)),
            DownloadStatus::Paused => (words, tone, Some(icons::PAUSE)),
            DownloadStatus::Failed => (words, tone, Some(icons::ALERT)),
            DownloadStatus::Cancelled => (words, tone, Some(icons::CLOSE)),
            DownloadStatus::Expired => (words, tone, Some(icons::HOURGLASS)),
        };
        view! { <StateGlyph words tone glyph /> }
    }
}

#[component]
fn More(row: Signal<Download>, status: Memo<DownloadStatus>, steer: Steer) -> impl IntoView {
    let (id, item_id) = row.with_untracked(|row| (format!("menu-{}", row.id), row.item_id));
    let title = Signal::derive(move || row.with(|row| row.title.clone()));
    let rating = Signal::derive(move || row.with(|row| row.rating));
    let label = Signal::derive(move || row.with(|row| t!("More for {title}", title = row.title)));
    let verbs = Memo::new(move |_| {
        row.with(|row| {
            let status = status.get();
            let played = (status == DownloadStatus::Ready && row.played_at.is_none()).then_some(Verb::Played);
            let offered = Verb::offered(status, row.pinned, row.priority);
            let rest = offered.into_iter().filter(|verb| Some(*verb) != primary_verb(status));
            played.into_iter().chain(rest).collect::<Vec<_>>()
        })
    });
    view! {
        <Menu id label>
            <p class="menu-title" dir="auto">{title}</p>
            <p class="row-facts"><StateFacts row status /></p>
            <div class="menu-links"><FileLinks row /></div>
            <div class="menu-verbs">
                <For each=move || verbs.get() key=|verb| *verb children=move |verb| view! { <VerbForm row verb steer /> } />
            </div>
            <Thumbs item_id title rating />
        </Menu>
    }
}
