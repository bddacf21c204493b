//! Page of one item: its facts, its download, and the details from its feed.

use domain::ItemId;
use domain::dismissal::{Dismissal, DismissalReason};
use domain::download::{Download, DownloadStatus};
use domain::item::{Availability, Item};
use domain::rating::Thumb;
use domain::share::ShareTarget;
use leptos::prelude::*;

use super::addressed::Addressed;
use crate::api::items::{TakeBackItem, show_item};
use crate::components::chapters::Chapters;
use crate::components::cover::Cover;
use crate::components::download_actions::Steer;
use crate::components::download_card::DownloadCard;
use crate::components::form::{FormAlert, FormResponse};
use crate::components::item_facts::{Facts, Files, Soundbites, Verdict};
use crate::components::item_row::{Prepare, PrepareForm, Refused, Stand, Why, may_prepare};
use crate::components::live_query::{Each, Loaded, live_query};
use crate::components::player::Track;
use crate::components::share_link::{ShareActions, SharePart};
use crate::components::source_row::kind_words;
use crate::components::thumbs::Thumbs;
use crate::components::title::PageTitle;
use crate::components::transcript::TranscriptPart;
use crate::components::undo::{DeletedNotice, offer_undo};
use crate::components::{Ago, Day};
use crate::language;
use crate::live::use_live;
use crate::measure;
use crate::paths;
use crate::t;

#[component]
pub fn ItemPage() -> impl IntoView {
    view! { <Addressed part="id" page=|id: ItemId| view! { <Shown id /> }.into_any() /> }
}

#[component]
fn Shown(id: ItemId) -> impl IntoView {
    let news = use_live().news;
    let (steer, prepare, sharing) = (Steer::new(), Prepare::new(), ShareActions::create());
    let take_back = ServerAction::<TakeBackItem>::new();
    offer_undo(steer);
    let done = move || (steer.version().get(), prepare.version().get(), take_back.version().get());
    let kept = live_query(move || (news.get(), done(), sharing.version()), move |_| show_item(id));
    let item = Memo::new(move |_| kept.value.with(|sheet| sheet.as_ref().map(|sheet| sheet.item.clone())));
    let has_transcript =
        Memo::new(move |_| item.with(|item| item.as_ref().is_some_and(|item| !item.transcripts.is_empty())));
    let notes = kept.part(|sheet| sheet.notes.clone());
    let language = Memo::new(move |_| item.with(|item| item.as_ref()?.content.language.clone()));
    let downloads = Signal::derive(move || {
        kept.value.with(|sheet| {
            sheet.as_ref().and_then(|sheet| sheet.download.clone()).into_iter().collect::<Vec<_>>()
        })
    });
    let share = Memo::new(move |_| kept.value.with(|sheet| sheet.as_ref()?.share.clone()));
    let playable = Memo::new(move |_| downloads.with(|all| all.first().and_then(Track::of)));
    let title = move || item.with(|item| item.as_ref().map(|item| item.title.clone()).unwrap_or_default());
    let rating = Memo::new(move |_| item.with(|item| item.as_ref().and_then(|item| item.rating)));
    // With a thumb down, revoking the dismissal would change nothing.
    let dismissal = Memo::new(move |_| {
        item.with(|item| {
            item.as_ref().filter(|it| it.rating != Some(Thumb::Down)).and_then(|it| it.dismissed)
        })
    });
    view! {
        <Loaded kept what=t!("Loading the item") whole=true>
            <PageTitle text=title />
            <article class="sheet-columns">
                <div class="sheet">
                {move || item.get().map(|item| view! { <Head item /> })}
                <Thumbs item_id=id title=Signal::derive(title) rating />
                <FormAlert answer=FormResponse::of(steer) fields=&[] />
                <DeletedNotice steer />
                <FormAlert answer=FormResponse::of(take_back) fields=&[] />
                <section class="stack" aria-label=t!("Getting it")>
                    {move || item.get().map(|item| view! {
                        <Getting item download=downloads.with(|all| all.first().cloned()) prepare />
                    })}
                    {move || dismissal.get().map(|dismissal| view! { <Dismissed id dismissal take_back /> })}
                    <ul class="rows" aria-label=t!("Your download")>
                        <Each list=downloads key=|row| row.id row=move |row| view! { <DownloadCard row steer /> } />
                    </ul>
                </section>
                <Notes notes language />
                <Chapters id playable />
                {move || has_transcript.get().then(|| view! { <TranscriptPart id playable /> })}
                {move || item.get().map(|item| view! {
                    <Soundbites soundbites=item.details.soundbites.clone() title=item.title.clone() playable />
                    <Verdict item />
                })}
                </div>
                <div class="sheet-aside">
                    {move || item.get().map(|item| view! {
                        <Facts item=item.clone() />
                        <Files enclosures=item.content.enclosures alternates=item.content.details.alternate_enclosures fetched=item.media_url />
                    })}
                    <SharePart target=ShareTarget::Item(id) share actions=sharing />
                </div>
            </article>
        </Loaded>
    }
}

/// Reason why agents do not pick the item again, and the button to undo that.
#[component]
fn Dismissed(id: ItemId, dismissal: Dismissal, take_back: ServerAction<TakeBackItem>) -> impl IntoView {
    let busy = take_back.pending();
    view! {
        <div class="alert for-all">
            <p>
                {language::assemble(
                    dismissal_words(dismissal.reason),
                    vec![("time", view! { <Ago at=dismissal.created_at /> }.into_any())],
                )}
            </p>
            <ActionForm action=take_back>
                <input type="hidden" name="item_id" value=id.to_string() />
                <button type="submit" class="button button-small" disabled=busy>
                    {t!("Let agents pick it again")}
                </button>
            </ActionForm>
        </div>
    }
}

/// Message with the place of the time.
fn dismissal_words(reason: DismissalReason) -> &'static str {
    match reason {
        DismissalReason::Removed => t!("You deleted its download {time}. Agents do not pick it again."),
        DismissalReason::Played => {
            t!("You played it and deleted its download {time}. Agents do not pick it again.")
        }
        DismissalReason::Cancelled => t!("You cancelled its download {time}. Agents do not pick it again."),
        DismissalReason::Rejected => {
            t!("You said no when an agent asked for it {time}. Agents do not pick it again.")
        }
    }
}

#[component]
fn Head(item: Item) -> impl IntoView {
    let subtitle = item.content.details.subtitle.clone();
    let language = item.content.language.clone();
    view! {
        <header class="sheet-head">
            <Cover hash=item.cover name=item.source_name.clone() size=112 />
            <div class="stack-slim">
                <h1 lang=language.clone() dir="auto">{item.content.title}</h1>
                <p class="row-facts">
                    <span>{kind_words(item.kind)}</span>
                    <a href=paths::source(item.source_id)>{item.source_name}</a>
                    <Day at=item.content.published_at.unwrap_or(item.first_seen_at) />
                    {item.content.duration_seconds.map(|seconds| view! { <span>{measure::duration(seconds)}</span> })}
                    {(!item.content.authors.is_empty()).then(|| view! { <span>{item.content.authors.join(", ")}</span> })}
                </p>
                {(!subtitle.is_empty()).then(|| view! {
                    <p class="muted" lang=language dir="auto">{subtitle}</p>
                })}
            </div>
        </header>
    }
}

/// Availability of the item, and the form to prepare it.
#[component]
fn Getting(item: Item, download: Option<Download>, prepare: Prepare) -> impl IntoView {
    let media = item.media();
    let bytes = media.as_ref().and_then(|media| media.bytes).filter(|bytes| *bytes > 0);
    let is_offered = may_prepare(item.availability, media.is_some(), download.as_ref());
    // An open, ready or failed download shows its status in a row of its own.
    let is_over = |it: &Download| matches!(it.status, DownloadStatus::Cancelled | DownloadStatus::Expired);
    let is_asked = download.as_ref().is_some_and(|it| !is_over(it));
    let words = match (item.availability, bytes) {
        // The reason is shown below.
        _ if media.is_none() && item.unavailable_reason.is_some() => String::new(),
        _ if media.is_none() => t!("It has neither a file nor a page to fetch.").to_owned(),
        (Availability::MetadataOnly, _) => {
            t!("Its source allows no copies, so it stays with its publisher.").to_owned()
        }
        (Availability::Cached, _) => {
            t!("Its file is on this server already: it is ready at once.").to_owned()
        }
        (_, Some(bytes)) => t!("Its feed says that it has {size}.", size = measure::size(bytes)),
        (_, None) => t!("Its feed does not tell its size.").to_owned(),
    };
    view! {
        {(!is_asked).then(|| view! {
            <div class="getting">
                <Stand availability=item.availability has_media=media.is_some() download=None />
                <p class="muted">{words}</p>
                {is_offered.then(|| view! { <PrepareForm id=item.id title=item.content.title.clone() prepare is_main=true /> })}
            </div>
            <Why availability=item.availability reason=item.unavailable_reason next_retry_at=item.next_retry_at />
        })}
        <Refused id=item.id prepare />
    }
}

#[component]
fn Notes(notes: Memo<String>, language: Memo<Option<String>>) -> impl IntoView {
    move || {
        notes.with(|notes| !notes.is_empty()).then(|| {
            view! {
                <section class="part" aria-labelledby="notes">
                    <h2 id="notes">{t!("Notes")}</h2>
                    // Sanitised by the engine: no scripts, styles, forms, frames, audio or video.
                    <div class="prose" lang=language.get() dir="auto" inner_html=notes.get()></div>
                </section>
            }
        })
    }
}
