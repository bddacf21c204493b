//! An item in a list: its facts, its availability and the form to prepare it.

use domain::ItemId;
use domain::download::{Download, DownloadStatus};
use domain::item::Availability;
use leptos::prelude::*;

use super::cover::Cover;
use super::download_actions::{StateGlyph, is_moving, minutes, open_link};
use super::icons;
use super::notice::Badge;
use super::progress::{ProgressBar, standing, status_words};
use super::source_row::kind_words;
use super::{Day, Marked, When};
use crate::api::items::{ItemRow, PrepareItem};
use crate::live::use_live;
use crate::{language, measure, parts, paths, t};

/// Action shared by all rows of a list.
pub type Prepare = ServerAction<PrepareItem>;

#[component]
pub fn ItemRowView(
    row: ItemRow,
    #[prop(into)] download: Signal<Option<Download>>,
    prepare: Prepare,
) -> impl IntoView {
    let (id, availability) = (row.id, row.availability);
    let title: String = row.title.iter().map(|piece| piece.text.as_str()).collect();
    let source_name = row.source_name.clone();
    let action = move || {
        let ready = download.get().filter(|download| download.status == DownloadStatus::Ready);
        let is_offered = may_prepare(availability, row.has_media, download.get().as_ref());
        match ready {
            Some(ready) => open_link(&ready).into_any(),
            None => is_offered.then(|| view! { <PrepareForm id title=title.clone() prepare /> }).into_any(),
        }
    };
    view! {
        <li class="media-row" data-availability=availability.as_str()>
            <Cover hash=row.cover name=source_name size=56 />
            <div class="media-main">
                <h3 class="media-title" dir="auto"><a href=paths::item(id)><Marked pieces=row.title /></a></h3>
                <div class="media-facts">
                    {move || view! { <StandGlyph availability has_media=row.has_media download=download.get() /> }}
                    <span class="sr-only">{kind_words(row.kind)}</span>
                    <p class="media-line">
                        <a class="media-source" href=paths::source(row.source_id)>{row.source_name}</a>
                        {row.duration_seconds.map(|seconds| view! { <span>{measure::duration(minutes(seconds))}</span> })}
                        <span><Day at=row.at /></span>
                    </p>
                </div>
                {(!row.excerpt.is_empty()).then(|| view! { <p class="row-text" dir="auto"><Marked pieces=row.excerpt /></p> })}
                <Why availability reason=row.reason next_retry_at=row.next_retry_at />
                {move || download.get().map(|download| view! { <Moving download /> })}
                <Refused id prepare />
            </div>
            <div class="media-action">{action}</div>
        </li>
    }
}

/// Whether preparing the item could succeed.
pub fn may_prepare(availability: Availability, has_media: bool, download: Option<&Download>) -> bool {
    let is_offered = availability != Availability::MetadataOnly;
    let is_asked = download.is_some_and(|it| it.status.is_open() || it.status == DownloadStatus::Ready);
    has_media && is_offered && !is_asked
}

#[component]
pub fn PrepareForm(
    id: ItemId,
    #[prop(into)] title: String,
    prepare: Prepare,
    /// Whether preparing is the main action of the page.
    #[prop(optional)]
    is_main: bool,
) -> impl IntoView {
    let class = if is_main { "button button-main" } else { "button button-small" };
    let is_mine =
        move || prepare.input().with(|asked| asked.as_ref().is_some_and(|asked| asked.item_id == id));
    view! {
        <ActionForm action=prepare>
            <input type="hidden" name="item_id" value=id.to_string() />
            <button
                type="submit"
                class=class
                disabled=move || prepare.pending().get() && is_mine()
                aria-label=t!("Get: {title}", title = title)
            >
                {t!("Get")}
            </button>
        </ActionForm>
    }
}

/// Reason why a prepare request was refused, shown at its item.
#[component]
pub fn Refused(id: ItemId, prepare: Prepare) -> impl IntoView {
    let said = move || {
        prepare.value().with(|answer| {
            let error = answer.as_ref()?.as_ref().err()?;
            let is_mine = error.typed("item_id").is_some_and(|typed| typed == id.to_string());
            is_mine.then(|| language::sentence(&error.message()))
        })
    };
    move || said().map(|why| view! { <p class="row-trouble" role="alert">{why}</p> })
}

/// Status of the user's own download, else the availability of the item.
#[component]
pub fn Stand(availability: Availability, has_media: bool, download: Option<Download>) -> impl IntoView {
    let (text, tone) = stand_words(availability, has_media, download.as_ref());
    view! { <Badge tone text=text.to_owned() /> }
}

/// The same as one glyph, and as none for an item that can be fetched or is ready.
#[component]
fn StandGlyph(availability: Availability, has_media: bool, download: Option<Download>) -> impl IntoView {
    use DownloadStatus::*;
    let (words, tone) = stand_words(availability, has_media, download.as_ref());
    let glyph = match (download.map(|download| download.status), availability) {
        (Some(Ready), _) => None,
        (Some(Queued), _) => Some(icons::CLOCK),
        (Some(Paused), _) => Some(icons::PAUSE),
        (Some(Downloading | Verifying), _) => Some(icons::DOWN),
        (Some(Failed), _) | (_, Availability::Unavailable) => Some(icons::ALERT),
        (_, Availability::MetadataOnly) => Some(icons::CLOSE),
        (_, Availability::Caching) => Some(icons::DOWN),
        (_, Availability::Cacheable | Availability::Cached) if has_media => None,
        _ => Some(icons::CLOSE),
    };
    view! { <StateGlyph words tone glyph /> }
}

fn stand_words(
    availability: Availability,
    has_media: bool,
    download: Option<&Download>,
) -> (&'static str, &'static str) {
    let hides = |download: &&Download| {
        use DownloadStatus::*;
        download.status.is_open() || matches!(download.status, Ready | Failed)
    };
    match download.filter(hides) {
        Some(download) => status_words(download.status),
        None if !has_media => (t!("Nothing to fetch"), "calm"),
        None => availability_words(availability),
    }
}

/// Display text of an availability, and the tone of its badge.
pub fn availability_words(availability: Availability) -> (&'static str, &'static str) {
    match availability {
        Availability::MetadataOnly => (t!("No copies allowed"), "calm"),
        Availability::Cacheable => (t!("Can be fetched"), "calm"),
        Availability::Caching => (t!("Being fetched"), "busy"),
        Availability::Cached => (t!("On this server"), "good"),
        Availability::Unavailable => (t!("Not available"), "warn"),
    }
}

/// Availabilities as the options of a form.
pub fn availability_options() -> Vec<(&'static str, &'static str)> {
    Availability::ALL.iter().map(|it| (it.as_str(), availability_words(*it).0)).collect()
}

/// Reason why the item is unavailable or may not be copied, and the time of the next retry.
#[component]
pub fn Why(
    availability: Availability,
    reason: Option<String>,
    next_retry_at: Option<domain::DateTime<domain::Utc>>,
) -> impl IntoView {
    let is_told = availability == Availability::MetadataOnly && reason.is_some();
    (is_told || availability == Availability::Unavailable).then(|| {
        let why = match reason {
            Some(reason) => language::sentence(&reason),
            None => t!("It could not be fetched.").to_owned(),
        };
        let next = next_retry_at.map(|at| parts!(" Tried again after {time}.", time = view! { <When at /> }));
        view! { <p class="row-trouble">{why} {next}</p> }
    })
}

/// Progress bar of a running download, and the error of a failed one.
#[component]
fn Moving(download: Download) -> impl IntoView {
    let title = download.title.clone();
    let why = download.error.clone().filter(|_| download.status == DownloadStatus::Failed);
    let next = download.next_attempt_at;
    let standing = standing(use_live(), Signal::stored(download));
    view! {
        {move || is_moving(standing.with(|it| it.status)).then(|| view! { <ProgressBar standing title=title.clone() /> })}
        {why.map(|why| {
            let next =
                next.map(|at| parts!(" Tried again by itself after {time}.", time = view! { <When at /> }));
            view! { <p class="row-trouble">{language::sentence(&why)} {next}</p> }
        })}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_could_come_is_offered() {
        let offered: Vec<_> = Availability::ALL
            .iter()
            .filter(|it| may_prepare(**it, true, None))
            .map(|it| it.as_str())
            .collect();
        assert_eq!(offered, ["cacheable", "caching", "cached", "unavailable"]);
        assert!(!may_prepare(Availability::Cached, false, None));
    }
}
