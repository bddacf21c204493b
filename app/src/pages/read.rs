//! A download as readable text, without the surroundings of its publisher's page.

use domain::download::Download;
use domain::reading::Reading;
use domain::{DownloadId, Refusal};
use leptos::prelude::*;

use super::addressed::Addressed;
use crate::api::downloads::{ReadableText, read_download};
use crate::components::live_query::{Loaded, live_query};
use crate::components::notice::Empty;
use crate::components::title::PageTitle;
use crate::{language, parts, paths, t, tn};

#[component]
pub fn ReadPage() -> impl IntoView {
    view! { <Addressed part="id" page=|id: DownloadId| view! { <Shown id /> }.into_any() /> }
}

#[component]
fn Shown(id: DownloadId) -> impl IntoView {
    let kept = live_query(|| (), move |()| read_download(id));
    let text = move |ReadableText { download, reading }: ReadableText| match reading {
        Ok(reading) => view! { <Article download reading /> }.into_any(),
        Err(refusal) => view! { <Unreadable download refusal /> }.into_any(),
    };
    view! {
        <div class="reading">
            <p><a href=paths::DOWNLOADS>{t!("Your library")}</a></p>
            <Loaded kept what=t!("Loading the text") whole=true>{move || kept.value.get().map(text)}</Loaded>
        </div>
    }
}

#[component]
fn Article(download: Download, reading: Reading) -> impl IntoView {
    let title = reading.title.unwrap_or(download.title);
    view! {
        <PageTitle text=title.clone() />
        <article class="stack">
            <h1 dir="auto">{title}</h1>
            <p class="row-facts">
                {reading.byline.map(|byline| view! { <span>{byline}</span> })}
                <span>{download.source_name}</span>
                <span>{length(reading.words)}</span>
            </p>
            // Sanitised by the engine: no scripts, styles, forms, frames or external images.
            <div class="prose" dir="auto" inner_html=reading.html></div>
        </article>
    }
}

/// A download without text: audio, video, or a page that is not stored here.
#[component]
fn Unreadable(download: Download, refusal: Refusal) -> impl IntoView {
    view! {
        <PageTitle text=download.title.clone() />
        <h1 dir="auto">{download.title}</h1>
        <Empty title=language::sentence(&refusal.to_string())>
            <p>
                {parts!(
                    "You find it in {library}.",
                    library = view! { <a href=paths::DOWNLOADS>{t!("your library")}</a> },
                )}
            </p>
        </Empty>
    }
}

/// Assumed reading speed, in words per minute.
const A_MINUTE: i64 = 230;

/// Formats the length of a text: "460 words, about 2 minutes".
fn length(words: i64) -> String {
    let minutes = ((words + A_MINUTE - 1) / A_MINUTE).max(1);
    let time = tn!(minutes, "{n} minute", "{n} minutes");
    tn!(words, "{n} word, about {time}", "{n} words, about {time}", time = time)
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn a_text_takes_a_minute_for_every_230_words_begun() {
        let said = [1, 230, 231, 2_300].map(length);
        assert_eq!(said[0], "1 word, about 1 minute");
        assert_eq!(said[1], "230 words, about 1 minute");
        assert_eq!(said[2], "231 words, about 2 minutes");
        assert_eq!(said[3], "2,300 words, about 10 minutes");
    }
}
