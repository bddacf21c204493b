//! Actions that keep a download on this device, and the mark of one that is there.

use domain::DownloadId;
use domain::download::Download;
use domain::local_copy::{DeviceRequest, LocalCopy, LocalCopyState};
use leptos::prelude::*;

use super::icons::{self, Icon};
use crate::components::player::use_player;
use crate::device::{Device, use_device};

/// Text of a copy's state, such as "42 % is on this device".
pub fn state_words(device: Device, copy: &LocalCopy) -> String {
    match copy.state {
        LocalCopyState::Wanted => "Waits for its turn to come to this device".to_owned(),
        LocalCopyState::Fetching => match device.percent(copy) {
            Some(percent) => format!("{percent} % is on this device"),
            None => "On its way to this device".to_owned(),
        },
        LocalCopyState::Checking => "Checking the copy on this device".to_owned(),
        LocalCopyState::Held => "On this device".to_owned(),
        LocalCopyState::Failed => "Not on this device".to_owned(),
    }
}

/// Keep, stop, remove or try again. Needs JavaScript, which stores the copy.
#[component]
pub fn KeepLinks(row: Signal<Download>) -> impl IntoView {
    let device = use_device();
    let id = row.with_untracked(|row| row.id);
    let offered = Memo::new(move |_| row.with(LocalCopy::of));
    let copy = Memo::new(move |_| device.copy(id));
    let problem = Memo::new(move |_| device.view().with(|view| view.support.problem()));
    let state = Memo::new(move |_| copy.with(|copy| copy.as_ref().map(|copy| (copy.state, copy.failure))));
    let title = Signal::derive(move || row.with(|row| row.title.clone()));
    let player = use_player();
    let remove = move || {
        player.leave_copy(id);
        device.send(DeviceRequest::Remove(id));
    };
    let words = move || copy.get().filter(|it| it.state.is_open()).map(|it| state_words(device, &it));
    move || {
        let offered = offered.get()?;
        if let Some(problem) = problem.get() {
            return Some(view! { <span class="row-trouble" role="alert">{problem}</span> }.into_any());
        }
        Some(match state.get() {
            None => view! {
                <DeviceLink text="Keep on this device" title act=move || device.keep(offered.clone()) />
            }
            .into_any(),
            Some((LocalCopyState::Held, _)) => view! {
                <DeviceLink text="Remove from this device" title act=remove />
            }
            .into_any(),
            Some((LocalCopyState::Failed, failure)) => view! {
                <span class="row-trouble">{failure.map(|failure| failure.words())}</span>
                <DeviceLink text="Try again on this device" title act=move || device.send(DeviceRequest::Retry(id)) />
                <DeviceLink text="Remove from this device" title act=remove />
            }
            .into_any(),
            Some(_) => view! {
                <span class="muted" role="status">{words}</span>
                <DeviceLink text="Stop keeping on this device" title act=remove />
            }
            .into_any(),
        })
    }
}

#[component]
fn DeviceLink(
    text: &'static str,
    title: Signal<String>,
    act: impl Fn() + Send + Sync + 'static,
) -> impl IntoView {
    view! {
        <button type="button" class="link needs-script" on:click=move |_| act()>
            {text} <span class="sr-only">": " {title}</span>
        </button>
    }
}

/// Glyph of a download that is on this device, or on its way to it.
#[component]
pub fn DeviceMark(id: DownloadId) -> impl IntoView {
    let device = use_device();
    let copy = Memo::new(move |_| device.copy(id));
    move || {
        let copy = copy.get()?;
        let tone = match copy.state {
            LocalCopyState::Held => "calm",
            LocalCopyState::Failed => "bad",
            _ => "busy",
        };
        let words = state_words(device, &copy);
        let title = words.clone();
        let shown = copy.state.is_open().then(|| device.percent(&copy)).flatten();
        Some(view! {
            <span class="media-state" data-tone=tone title=title>
                <Icon path=icons::PHONE />
                {shown.map(|percent| view! { <span aria-hidden="true">{percent.to_string() + " %"}</span> })}
                <span class="sr-only">{words}</span>
            </span>
        })
    }
}
