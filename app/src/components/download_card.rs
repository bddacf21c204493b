//! The user's download on the page of its item: status, actions, and content once it is ready.

use domain::download::{Download, DownloadStatus, Verb};
use leptos::prelude::*;

use super::download_actions::{FileLinks, Primary, StateFacts, Steer, Trouble, VerbForm, is_moving};
use super::notice::Badge;
use super::progress::{ProgressBar, standing, status_words};
use crate::live::use_live;
use crate::t;

#[component]
pub fn DownloadCard(row: Signal<Download>, steer: Steer) -> impl IntoView {
    let standing = standing(use_live(), row);
    let status = Memo::new(move |_| standing.with(|standing| standing.status));
    let title = Signal::derive(move || row.with(|row| row.title.clone()));
    let is_ready = Memo::new(move |_| status.get() == DownloadStatus::Ready);
    let picture = Memo::new(move |_| {
        let is_picture =
            |row: &Download| row.mime_type.as_deref().is_some_and(|mime| mime.starts_with("image/"));
        row.with(|row| (row.status == DownloadStatus::Ready && is_picture(row)).then(|| row.file_url()))
    });
    // Frames update the status before the row is reloaded.
    let verbs = Memo::new(move |_| row.with(|row| Verb::offered(status.get(), row.pinned, row.priority)));
    view! {
        <li class="row" data-status=move || status.get().as_str()>
            <div class="row-main">
                <h3 class="sr-only">{t!("Your download")}</h3>
                <p class="row-facts">
                    <Badge
                        tone=Signal::derive(move || status_words(status.get()).1)
                        text=Signal::derive(move || status_words(status.get()).0.to_owned())
                    />
                    <StateFacts row status />
                </p>
                {move || is_moving(status.get()).then(|| view! { <ProgressBar standing title /> })}
                <Trouble row />
                {move || is_ready.get().then(|| view! {
                    <div class="content"><Primary row status steer /> <FileLinks row /></div>
                })}
                {move || picture.get().map(|url| view! { <img class="picture" src=url alt=title.get() loading="lazy" /> })}
            </div>
            <div class="row-actions">
                <For each=move || verbs.get() key=|verb| *verb children=move |verb| view! { <VerbForm row verb steer /> } />
            </div>
        </li>
    }
}
