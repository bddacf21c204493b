//! Toasts (short notifications): which frames cause one, and its text.

use domain::event::{EventKind, Frame};
use domain::{DownloadId, SubscriptionId};
use leptos::prelude::*;

use crate::{language, t};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Info,
    Good,
    Warn,
    Bad,
}

impl Tone {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "calm",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    pub id: u32,
    pub tone: Tone,
    pub text: String,
    pub way: Option<ToastMotion>,
    pub undo: Option<Undo>,
}

/// A deletion that can be undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undo {
    Downloads(Vec<DownloadId>),
    Subscription(SubscriptionId),
}

/// Path and text of the link in a toast.
pub type ToastMotion = (&'static str, &'static str);

/// Maximum number of toasts at once; more would cover the page.
const MAX_TOASTS: usize = 3;
const LASTS: std::time::Duration = std::time::Duration::from_secs(8);

/// Time after which a toast that is in use is looked at again.
const AGAIN: std::time::Duration = std::time::Duration::from_secs(2);

/// Shows a toast for a while, unless one with the same text is already shown.
pub fn push(toasts: RwSignal<Vec<Toast>>, tone: Tone, text: String, way: Option<ToastMotion>) {
    if toasts.with_untracked(|all| all.iter().any(|toast| toast.text == text)) {
        return;
    }
    show(toasts, Toast { id: next_id(toasts), tone, text, way, undo: None });
}

/// Shows a toast with a button that undoes a deletion. It stays for as long as it is pointed at or focused.
pub fn push_undo(toasts: RwSignal<Vec<Toast>>, text: String, undo: Undo) {
    show(toasts, Toast { id: next_id(toasts), tone: Tone::Info, text, way: None, undo: Some(undo) });
}

fn next_id(toasts: RwSignal<Vec<Toast>>) -> u32 {
    toasts.with_untracked(|all| all.iter().map(|toast| toast.id).max().map_or(0, |id| id.wrapping_add(1)))
}

/// Adds a toast at the end, below those that offer an undo: a phone shows the last one only.
fn show(toasts: RwSignal<Vec<Toast>>, toast: Toast) {
    let id = toast.id;
    toasts.update(|all| {
        let is_undo = toast.undo.is_some();
        let at = all.iter().position(|other| !is_undo && other.undo.is_some()).unwrap_or(all.len());
        all.insert(at, toast);
        let too_many = all.len().saturating_sub(MAX_TOASTS);
        all.drain(..too_many);
    });
    set_timeout(move || expire(toasts, id), LASTS);
}

/// Dismisses a toast, or waits while it is in use.
fn expire(toasts: RwSignal<Vec<Toast>>, id: u32) {
    let in_use = format!("#{}:is(:hover, :focus-within)", element_id(id));
    match document().query_selector(&in_use) {
        Ok(Some(_)) => set_timeout(move || expire(toasts, id), AGAIN),
        _ => dismiss(toasts, id),
    }
}

/// Id of a toast's element.
pub fn element_id(id: u32) -> String {
    format!("toast-{id}")
}

pub fn dismiss(toasts: RwSignal<Vec<Toast>>, id: u32) {
    toasts.update(|all| all.retain(|toast| toast.id != id));
}

/// Link to the page where the user can respond to a frame.
pub fn way(frame: &Frame) -> Option<ToastMotion> {
    (frame.kind == EventKind::ApprovalRequested).then_some((crate::paths::APPROVALS, t!("Decide")))
}

fn stop_reason(frame: &Frame) -> String {
    language::sentence(frame.text("stop_reason"))
}

/// Message of the server in the page's language. Announcements are in the words of an administrator.
fn system_words(frame: &Frame) -> String {
    let message = frame.text("message");
    if !frame.data["announcement_id"].is_null() {
        return message.to_owned();
    }
    let words = language::sentence(message);
    match frame.text("notice") {
        "security" => language::sentence(frame.text("title")) + ". " + &words,
        _ => words,
    }
}

/// Tone and text of the toast for a frame; `None` if it causes none.
pub fn worth_a_toast(frame: &Frame) -> Option<(Tone, String)> {
    match frame.kind {
        EventKind::DownloadReady => Some((Tone::Good, t!("Ready: {title}", title = frame.text("title")))),
        EventKind::DownloadFailed => {
            let tone = if frame.data["will_retry"] == true { Tone::Warn } else { Tone::Bad };
            Some((tone, super::line::failure(frame)))
        }
        EventKind::ApprovalRequested => {
            let question = language::sentence(frame.text("question"));
            Some((Tone::Warn, t!("Approval needed: {question}", question = question)))
        }
        EventKind::ExecutionComplete => Some(match frame.text("status") {
            "failed" => (Tone::Bad, t!("The run failed. {why}", why = stop_reason(frame))),
            "cancelled" => (Tone::Info, t!("The run was cancelled.").to_owned()),
            _ if frame.data["outcome"]["result"] == "nothing" => {
                (Tone::Warn, t!("The run prepared nothing. {why}", why = stop_reason(frame)))
            }
            _ => (Tone::Good, t!("The run is complete.").to_owned()),
        }),
        EventKind::System => {
            let tone = match frame.text("level") {
                "success" => Tone::Good,
                "warning" => Tone::Warn,
                _ => Tone::Info,
            };
            Some((tone, system_words(frame)))
        }
        EventKind::Error => Some((Tone::Bad, language::sentence(frame.text("message")))),
        _ => None,
    }
}
