//! List of what is on this device, with the texts to read. The same with and without a connection.

use domain::DownloadId;
use domain::local_copy::{DeviceRequest, LocalCopy, LocalCopyState};
use domain::reading::Reading;
use leptos::prelude::*;

use super::When;
use super::cover::Cover;
use super::icons::{self, Icon};
use super::keep_links::{failure_words, state_words};
use super::notice::Empty;
use super::player::play_button::PlayButton;
use super::player::{Track, use_player};
use crate::device::{DeviceSupport, use_device};
use crate::{language, measure, parts, t};

/// Copies, newest first.
#[component]
pub fn LocalCopies(children: ChildrenFn) -> impl IntoView {
    let device = use_device();
    let support = Memo::new(move |_| device.view().with(|view| (view.support, view.state.is_locked)));
    let open = RwSignal::new(None::<DownloadId>);
    let copies =
        move || device.view().with(|view| view.state.copies.iter().rev().cloned().collect::<Vec<_>>());
    let is_empty = Memo::new(move |_| device.view().with(|view| view.state.copies.is_empty()));
    let notice = move || {
        match support.get() {
        (DeviceSupport::Unknown, _) => {
            Some(view! { <p class="muted" role="status">{t!("Looking at this device …")}</p> }.into_any())
        }
        (DeviceSupport::Supported, true) => Some(
            view! {
                <p class="alert" role="alert">
                    {t!("Your session has ended, so the copies on this device are not shown. They are kept: sign in as the same user to see them.")}
                </p>
            }
            .into_any(),
        ),
        (DeviceSupport::Supported, false) if is_empty.get() => Some(children()),
        (DeviceSupport::Supported, false) => None,
        (support, _) => Some(view! { <p class="alert" role="alert">{support.problem()}</p> }.into_any()),
    }
    };
    let is_revoked = Memo::new(move |_| device.view().with(|view| view.state.is_revoked));
    let refusal = Memo::new(move |_| device.view().with(|view| view.state.refusal.clone()));
    view! {
        {notice}
        {move || is_revoked.get().then(|| view! {
            <p class="alert" role="alert">{t!("You have revoked this device, so its copies were deleted. Keep something here to use it again.")}</p>
        })}
        {move || refusal.get().map(|why| view! { <p class="alert" role="alert">{language::sentence(&why)}</p> })}
        <ul class="rows" aria-label=t!("On this device") hidden=move || is_empty.get()>
            <For each=copies key=|copy| copy.download_id children=move |copy| view! { <CopyRow id=copy.download_id first=copy open /> } />
        </ul>
        <Reader open />
    }
}

#[component]
fn CopyRow(id: DownloadId, first: LocalCopy, open: RwSignal<Option<DownloadId>>) -> impl IntoView {
    let (device, player) = (use_device(), use_player());
    let name = first.title.clone();
    let row = Memo::new(move |_| device.copy(id).unwrap_or_else(|| first.clone()));
    let title = move || row.with(|row| row.title.clone());
    let state = Memo::new(move |_| row.with(|row| (row.state, row.failure)));
    let is_here = Memo::new(move |_| row.with(|row| row.file().is_some()));
    let words = move || match row.with(|row| (row.state, row.proved_at)) {
        (LocalCopyState::Held, Some(at)) => {
            parts!("On this device, proved {time}", time = view! { <When at /> }).into_any()
        }
        _ => state_words(device, &row.get()).into_any(),
    };
    let action = move || {
        match (is_here.get(), state.get().0) {
        (true, _) => row.with_untracked(|row| match Track::of_copy(row) {
            Some(track) => view! { <PlayButton track /> }.into_any(),
            None => view! { <ReadButton id title=row.title.clone() open /> }.into_any(),
        }),
        (false, LocalCopyState::Failed) => view! {
            <button type="button" class="button button-small" on:click=move |_| device.send(DeviceRequest::Retry(id))>
                {t!("Try again")} <span class="sr-only">": " {title}</span>
            </button>
        }
        .into_any(),
        _ => ().into_any(),
    }
    };
    let failure =
        move || state.get().1.map(|failure| view! { <p class="row-trouble">{failure_words(failure)}</p> });
    view! {
        <li class="media-row">
            {move || row.with(|row| view! { <Cover hash=None name=row.source_name.clone() size=56 /> })}
            <div class="media-main">
                <h3 class="media-title">{title}</h3>
                <div class="media-facts"><p class="media-line">{move || row.with(facts)}</p></div>
                <div class="media-facts">
                    <p class="media-line">
                        <span>{words}</span>
                        {move || row.with(|row| row.bytes).map(|bytes| view! { <span>{measure::size(bytes)}</span> })}
                    </p>
                </div>
                {failure}
            </div>
            <div class="media-action">{action}</div>
            <button
                type="button"
                class="local-remove"
                aria-label=t!("Remove from this device: {title}", title = name)
                on:click=move |_| {
                    player.leave_copy(id);
                    device.send(DeviceRequest::Remove(id));
                }
            >
                <Icon path=icons::CLOSE />
            </button>
        </li>
    }
}

fn facts(copy: &LocalCopy) -> impl IntoView + use<> {
    let minutes = copy.duration_seconds.map(measure::duration);
    view! {
        <span class="media-source">{copy.source_name.clone()}</span>
        {minutes.map(|minutes| view! { <span>{minutes}</span> })}
    }
}

#[component]
fn ReadButton(id: DownloadId, title: String, open: RwSignal<Option<DownloadId>>) -> impl IntoView {
    let device = use_device();
    let is_open = move || open.get() == Some(id);
    let toggle = move |_| {
        let next = (!open.with_untracked(|open| *open == Some(id))).then_some(id);
        open.set(next);
        if next.is_some() {
            device.send(DeviceRequest::Read(id));
        }
    };
    view! {
        <button
            type="button"
            class="button button-small"
            aria-expanded=move || is_open().to_string()
            aria-label=move || match is_open() {
                true => t!("Close: {title}", title = title),
                false => t!("Read: {title}", title = title),
            }
            on:click=toggle
        >
            {move || if is_open() { t!("Close") } else { t!("Read") }}
        </button>
    }
}

/// The text that is open.
#[component]
fn Reader(open: RwSignal<Option<DownloadId>>) -> impl IntoView {
    let device = use_device();
    let text = Memo::new(move |_| {
        let asked = open.get()?;
        device.view().with(|view| view.text.clone()).filter(|(id, _)| *id == asked).map(|(_, text)| text)
    });
    let section = NodeRef::<leptos::html::Article>::new();
    Effect::new(move |_| {
        if let Some(section) = section.get() {
            section.scroll_into_view();
            super::focus(&section);
        }
    });
    move || match text.get()? {
        Some(reading) => {
            let Reading { title, byline, html, .. } = *reading;
            Some(
                view! {
                    <article class="stack reading" node_ref=section tabindex="-1" aria-label=t!("Text")>
                        <h2>{title}</h2>
                        {byline.map(|byline| view! { <p class="row-facts"><span>{byline}</span></p> })}
                        // Sanitised by the engine: no scripts, styles, forms, frames or external images.
                        <div class="prose" inner_html=html></div>
                    </article>
                }
                .into_any(),
            )
        }
        None => Some(
            view! { <p class="alert" role="alert">{t!("This text is not on this device any more.")}</p> }
                .into_any(),
        ),
    }
}

/// Shown on a page with a connection where nothing is kept yet.
#[component]
pub fn NothingKept(children: Children) -> impl IntoView {
    view! { <Empty title=t!("Nothing is on this device yet")>{children()}</Empty> }
}
