//! Live state of a page: the connection, the conversation of the latest run, progress, and toasts.

use domain::download::Progress;
use domain::event::{EventKind, Frame, LiveStart};
use domain::run::{Agent, Run, RunStatus};
use domain::{ApprovalId, DownloadId, ItemId, RunId};
use leptos::prelude::*;
use serde::Deserialize;

use crate::t;

pub mod conversation;
pub mod line;
#[cfg(feature = "hydrate")]
mod socket;
pub mod toast;
pub mod writing;

use conversation::LiveConversation;
use toast::{Toast, Tone, Undo};
use writing::Writing;

/// State of the live connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionState {
    Connecting,
    Connected,
    /// The server does not respond; the page keeps reconnecting.
    Disconnected,
    /// The server responds but refuses the live connection.
    Error,
}

impl ConnectionState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Disconnected => "disconnected",
            Self::Error => "error",
        }
    }
}

/// Progress, and the time at which this page received it.
#[derive(Clone, Copy)]
struct Heard {
    progress: Progress,
    /// Browser clock, in milliseconds.
    at: f64,
}

/// Position in an item, as a frame tells it.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct HeardPosition {
    pub item_id: ItemId,
    pub seconds: f64,
    /// Revision of the position; each change raises it.
    pub rev: i64,
}

/// Age at which progress is stale and its speed unknown. Running transfers send it several times a second.
const FRESH_SECONDS: i64 = 5;

/// Live state, one instance for each document, shared by all pages.
#[derive(Clone, Copy)]
pub struct Live {
    pub connection: RwSignal<ConnectionState>,
    pub conversation: RwSignal<LiveConversation>,
    /// Counter that grows whenever lists and numbers on a page may have changed.
    pub news: RwSignal<u32>,
    /// Text that an agent is writing at the moment.
    pub writing: RwSignal<Option<Writing>>,
    /// Run that the latest events belong to, or `None` for several or unknown runs, with a growing counter.
    heard: RwSignal<(Option<RunId>, u32)>,
    /// Counter that grows each time the server greets: on connect and on every reconnect.
    pub greetings: RwSignal<u32>,
    /// Browser clock in milliseconds, updated while there is progress to age.
    pub clock: RwSignal<f64>,
    /// Counter that grows when the conversation has to be reloaded.
    pub restart: RwSignal<u32>,
    pub toasts: RwSignal<Vec<Toast>>,
    /// Latest position that a player of the user has sent, from any page or device.
    pub position: RwSignal<Option<HeardPosition>>,
    /// Device of the user that has something to ask the server for, with a growing counter.
    pub device_news: RwSignal<(i64, u32)>,
    progress: RwSignal<Vec<Heard>>,
    /// Sequence number of the newest durable frame that this page has received.
    seq: StoredValue<i64>,
    /// Newest sequence number at the server's latest greeting.
    newest: StoredValue<Option<i64>>,
    news_due: StoredValue<bool>,
    heard_due: StoredValue<Option<Option<RunId>>>,
}

pub fn provide_live() {
    provide_context(Live {
        connection: RwSignal::new(ConnectionState::Connecting),
        conversation: RwSignal::new(LiveConversation::default()),
        news: RwSignal::new(0),
        writing: RwSignal::new(None),
        heard: RwSignal::new((None, 0)),
        greetings: RwSignal::new(0),
        clock: RwSignal::new(0.0),
        restart: RwSignal::new(0),
        toasts: RwSignal::new(Vec::new()),
        position: RwSignal::new(None),
        device_news: RwSignal::new((0, 0)),
        progress: RwSignal::new(Vec::new()),
        seq: StoredValue::new(0),
        newest: StoredValue::new(None),
        news_due: StoredValue::new(false),
        heard_due: StoredValue::new(None),
    });
}

pub fn use_live() -> Live {
    expect_context()
}

impl Live {
    /// Connects and reconnects for as long as the document exists. `seq` is the sequence number at page load.
    pub fn keep_connected(self, seq: i64) {
        self.seq.update_value(|known| *known = seq.max(*known));
        #[cfg(feature = "hydrate")]
        socket::keep_open(self);
    }

    /// Merges the state of the latest run from the time of rendering.
    pub fn begin(self, start: &LiveStart) {
        self.conversation.update(|conversation| conversation.merge(start));
    }

    /// Merges a run that this page has started, paused, resumed or cancelled.
    pub fn took(self, run: &Run) {
        self.conversation.update(|conversation| conversation.took(run));
        self.tell_news();
        self.tell_of(Some(run.id));
    }

    /// Counter that grows whenever events of a run arrived or may have been missed.
    pub fn news_of(self, run: RunId) -> Memo<u32> {
        Memo::new(move |before: Option<&u32>| match (self.heard.get(), before) {
            ((Some(other), _), Some(before)) if other != run => *before,
            ((_, number), _) => number,
        })
    }

    /// The agent that is speaking in a run, as far as this page knows.
    pub fn speaking_in(self, run: RunId) -> Option<Agent> {
        self.conversation.with(|it| it.run.as_ref().filter(|shown| shown.id == run)?.speaking)
    }

    /// Removes an approval that was decided on this page.
    pub fn answered(self, id: ApprovalId) {
        self.conversation.update(|conversation| conversation.answered(id));
        self.tell_news();
        self.tell_of(None);
    }

    pub fn progress_of(self, id: DownloadId) -> Option<Progress> {
        self.progress
            .with(|all| all.iter().find(|heard| heard.progress.download_id == id).map(|heard| heard.progress))
    }

    /// Seconds since the last progress of a download; `None` while it is fresh.
    pub fn silence_of(self, id: DownloadId) -> Option<i64> {
        let at = self
            .progress
            .with(|all| all.iter().find(|heard| heard.progress.download_id == id).map(|heard| heard.at))?;
        let seconds = ((self.clock.get() - at) / 1_000.0) as i64;
        (seconds >= FRESH_SECONDS).then_some(seconds)
    }

    /// Whether the shown run is still open.
    pub fn run_is_open(self) -> bool {
        self.conversation.with(|it| it.run.as_ref().is_some_and(|run| !run.status.is_over()))
    }

    pub fn toast(self, tone: Tone, text: impl Into<String>) {
        toast::push(self.toasts, tone, text.into(), None);
    }

    /// Offers to undo a deletion for a while.
    pub fn offer_undo(self, text: String, undo: Undo) {
        toast::push_undo(self.toasts, text, undo);
    }

    /// Makes lists reload after an action that causes no event.
    pub fn refresh(self) {
        self.tell_news();
        self.tell_of(None);
    }

    /// Applies a frame. Idempotent for durable frames: one that was received before changes nothing.
    pub fn receive(self, frame: Frame) {
        if let Some(seq) = frame.seq {
            if seq <= self.seq.get_value() {
                return;
            }
            self.seq.set_value(seq);
        }
        match frame.kind {
            EventKind::DownloadProgress => return self.progressed(&frame),
            EventKind::ConnectionEstablished => {
                return self.newest.set_value(frame.number("seq"));
            }
            EventKind::Resync => return self.start_over(frame.number("seq")),
            EventKind::Pong => return,
            EventKind::PositionChanged => {
                return self.position.set(serde_json::from_value(frame.data).ok());
            }
            EventKind::AgentUpdate if frame.seq.is_none() => return self.follow_agent(&frame),
            EventKind::DownloadReady => self.arrived(&frame),
            EventKind::DownloadQueued | EventKind::DownloadFailed => self.forget(frame.number("download_id")),
            EventKind::CopyChanged | EventKind::DeviceChanged | EventKind::PlanChanged => {
                self.tell_device(&frame)
            }
            EventKind::TaskUpdate if is_halt(&frame) => self.forget(frame.number("task_id")),
            _ => {}
        }
        if let Some((tone, text)) = toast::worth_a_toast(&frame) {
            toast::push(self.toasts, tone, text, toast::way(&frame));
        }
        if changes_numbers(frame.kind) {
            self.tell_news();
        }
        if self.writing.with_untracked(|now| now.as_ref().is_some_and(|now| now.ended_by(&frame))) {
            self.writing.set(None);
        }
        if let (Some(run), Some(_)) = (frame.run_id, frame.seq) {
            self.tell_of(Some(run));
        }
        self.conversation.update(|conversation| conversation.absorb(frame));
    }

    /// Shows what an agent is writing, or reloads what an administrator has changed of it.
    fn follow_agent(self, frame: &Frame) {
        match frame.text("action") {
            "changed" => self.tell_news(),
            _ => self.writing.set(Writing::of(frame)),
        }
    }

    /// Resets and reloads everything, because the server can no longer replay the missed frames.
    fn start_over(self, newest: Option<i64>) {
        self.seq.set_value(newest.or(self.newest.get_value()).unwrap_or_default());
        self.conversation.set(LiveConversation::default());
        self.restart.update(|n| *n += 1);
        self.tell_news();
        self.tell_of(None);
    }

    fn progressed(self, frame: &Frame) {
        let Ok(progress) = serde_json::from_value::<Progress>(frame.data.clone()) else { return };
        let at = now();
        self.clock.set(at);
        self.progress.update(|all| {
            all.retain(|known| known.progress.download_id != progress.download_id);
            all.push(Heard { progress, at });
        });
    }

    /// Sets progress to complete, while the list that shows the download as ready is still being reloaded.
    fn arrived(self, frame: &Frame) {
        let Some(bytes) = frame.number("bytes") else { return };
        self.progress.update(|all| {
            let id = frame.number("download_id");
            for Heard { progress, .. } in
                all.iter_mut().filter(|known| Some(known.progress.download_id.0) == id)
            {
                *progress = Progress {
                    bytes_done: bytes,
                    bytes_total: Some(bytes),
                    speed_bps: None,
                    eta_seconds: None,
                    ..*progress
                };
            }
        });
    }

    /// Lets a device contact the server for wishes and settings. Its own reports need no answer.
    fn tell_device(self, frame: &Frame) {
        let is_wish = matches!(frame.text("state"), "wanted" | "dropped")
            || matches!(frame.text("change"), "changed" | "revoked")
            || frame.data.get("has_more").is_some_and(|more| more == true);
        if let Some(id) = frame.number("device_id").filter(|_| is_wish) {
            self.device_news.update(|(device, count)| (*device, *count) = (id, *count + 1));
        }
    }

    /// Drops the last progress, because the transfer restarts or has ended.
    fn forget(self, id: Option<i64>) {
        self.progress.update(|all| all.retain(|known| Some(known.progress.download_id.0) != id));
    }

    /// Makes lists and numbers reload soon, once for many frames.
    fn tell_news(self) {
        if !is_browser() || self.news_due.get_value() {
            return;
        }
        self.news_due.set_value(true);
        let tell = move || {
            self.news_due.set_value(false);
            self.news.update(|n| *n += 1);
        };
        set_timeout(tell, SOON);
    }

    /// Makes the data of one run reload soon; of any run if `None`, where events may have been missed.
    fn tell_of(self, run: Option<RunId>) {
        if !is_browser() {
            return;
        }
        if let Some(due) = self.heard_due.get_value() {
            return self.heard_due.set_value(Some(due.filter(|due| Some(*due) == run)));
        }
        self.heard_due.set_value(Some(run));
        let tell = move || {
            let about = self.heard_due.get_value().flatten();
            self.heard_due.set_value(None);
            self.heard.update(|(run, number)| (*run, *number) = (about, *number + 1));
        };
        set_timeout(tell, SOON);
    }
}

/// Browser clock, in milliseconds.
pub fn now() -> f64 {
    #[cfg(feature = "hydrate")]
    return js_sys::Date::now();
    #[cfg(not(feature = "hydrate"))]
    0.0
}

/// Delay that combines many frames into one reload.
const SOON: std::time::Duration = std::time::Duration::from_millis(400);

/// Whether a changed task is a download that does not transfer any more.
fn is_halt(frame: &Frame) -> bool {
    frame.text("kind") == "download" && !matches!(frame.text("status"), "running" | "completed")
}

fn changes_numbers(kind: EventKind) -> bool {
    use EventKind::*;
    matches!(
        kind,
        ExecutionStarted
            | DownloadQueued
            | DownloadReady
            | DownloadFailed
            | CopyChanged
            | DeviceChanged
            | PlanChanged
            | ApprovalRequested
            | ApprovalDecided
            | ExecutionComplete
            | TaskUpdate
            | Notification
            | System
    )
}

/// Display text of a run's status.
pub fn run_words(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Queued => t!("About to start"),
        RunStatus::Running => t!("The agents are at work"),
        RunStatus::WaitingApproval => t!("Waiting for your approval"),
        RunStatus::Paused => t!("Paused"),
        RunStatus::Completed => t!("Completed"),
        RunStatus::Failed => t!("Failed"),
        RunStatus::Cancelled => t!("Cancelled"),
    }
}
