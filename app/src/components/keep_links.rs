//! Actions that keep a download on this device, and the mark of one that is there.

use domain::DownloadId;
use domain::copy::HoldReason;
use domain::download::Download;
use domain::local_copy::{CopyFailure, DeviceRequest, LocalCopy, LocalCopyState};
use leptos::prelude::*;

use super::icons::{self, Icon};
use crate::components::player::use_player;
use crate::device::{ThisDevice, use_device};
use crate::t;

/// Text of a copy's state, such as "42 % is on this device".
pub fn state_words(device: ThisDevice, copy: &LocalCopy) -> String {
    if let Some(reason) = copy.held_back.filter(|_| copy.state.is_open()) {
        return held_back_words(reason).to_owned();
    }
    if copy.state != LocalCopyState::Held && copy.file().is_some() {
        return t!("On this device; the server has a newer file").to_owned();
    }
    match copy.state {
        LocalCopyState::Wanted => t!("Waits for its turn to come to this device").to_owned(),
        LocalCopyState::OnItsWay => match device.percent(copy) {
            Some(percent) => t!("{percent} % is on this device", percent = percent),
            None => t!("On its way to this device").to_owned(),
        },
        LocalCopyState::Checking => t!("Checking the copy on this device").to_owned(),
        LocalCopyState::Held => t!("On this device").to_owned(),
        LocalCopyState::Failed => t!("Not on this device").to_owned(),
    }
}

fn held_back_words(reason: HoldReason) -> &'static str {
    match reason {
        HoldReason::Metered => t!("Waits for a connection that is not metered"),
        HoldReason::DeviceFull => t!("Waits: this device's space for copies is used up"),
        HoldReason::NotReady => t!("Waits until its download is ready"),
    }
}

/// Reason for which a copy failed, and the way out.
pub fn failure_words(failure: CopyFailure) -> &'static str {
    match failure {
        CopyFailure::Full => {
            t!("There is no room left for it in this browser. Remove another copy, then try again.")
        }
        CopyFailure::Gone => t!("Your library has no such file any more."),
        CopyFailure::Damaged => t!("It arrived damaged twice. Try again later."),
        CopyFailure::Refused => t!("This browser did not store it. Try again."),
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
                <DeviceLink text=t!("Keep on this device") title act=move || device.keep(offered.clone()) />
            }
            .into_any(),
            Some((LocalCopyState::Held, _)) => view! {
                <DeviceLink text=t!("Remove from this device") title act=remove />
            }
            .into_any(),
            Some((LocalCopyState::Failed, failure)) => view! {
                <span class="row-trouble">{failure.map(failure_words)}</span>
                <DeviceLink text=t!("Try again on this device") title act=move || device.send(DeviceRequest::Retry(id)) />
                <DeviceLink text=t!("Remove from this device") title act=remove />
            }
            .into_any(),
            Some(_) => view! {
                <span class="muted" role="status">{words}</span>
                <DeviceLink text=t!("Stop keeping on this device") title act=remove />
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
