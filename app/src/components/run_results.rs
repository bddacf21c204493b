//! Downloads of a run on its page, each with the reason of its pick.

use domain::run_report::PickedDownload;
use leptos::prelude::*;

use super::download_actions::Steer;
use super::download_row::DownloadRow;
use super::live_query::Each;
use super::player::Track;
use super::player::play_all::PlayAll;
use crate::{paths, t};

#[component]
pub fn RunResults(downloads: Memo<Vec<PickedDownload>>, steer: Steer) -> impl IntoView {
    let is_empty = Memo::new(move |_| downloads.with(Vec::is_empty));
    let tracks = Memo::new(move |_| {
        downloads.with(|all| all.iter().filter_map(|row| Track::of(&row.download)).collect::<Vec<_>>())
    });
    let play_all = move || {
        let tracks = tracks.get();
        (tracks.len() > 1).then(|| view! { <PlayAll tracks class="button-main" /> })
    };
    view! {
        <section class="part" aria-labelledby="results">
            <h2 id="results">{t!("What it got")}</h2>
            {move || is_empty.get().then(|| view! { <p class="muted">{t!("It has no downloads now.")}</p> })}
            <ul class="rows" aria-label=t!("Downloads of this run")>
                <Each list=downloads key=|row| row.download.id row=move |row| view! { <ResultRow row steer /> } />
            </ul>
            <div class="ready-actions">
                {play_all}
                <a class="link" href=paths::DOWNLOADS>{t!("Your library")}</a>
            </div>
        </section>
    }
}

#[component]
fn ResultRow(row: Signal<PickedDownload>, steer: Steer) -> impl IntoView {
    let download = Memo::new(move |_| row.with(|row| row.download.clone()));
    let reason = Memo::new(move |_| row.with(|row| row.reason.clone()));
    view! { <DownloadRow row=Signal::from(download) steer reason=Signal::from(reason) /> }
}
