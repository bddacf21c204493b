//! What happens while a page is open: the connection, the run's conversation, progress, and toasts.

use leptos::prelude::*;
use smartcache::domain::download::Progress;
use smartcache::domain::event::{EventKind, Frame, LiveStart};
use smartcache::domain::run::{Agent, Run, RunStatus};
use smartcache::domain::{ApprovalId, DownloadId, RunId};

pub mod conversation;
pub mod line;
#[cfg(feature = "hydrate")]
mod socket;
pub mod toast;
pub mod writing;

use conversation::Conversation;
use toast::{Toast, Tone};
use writing::Writing;

/// How the page stands with the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    Connecting,
    Connected,
    /// The server does not answer; the page keeps trying.
    Disconnected,
    /// The server answers and refuses the live connection.
    Error,
}

impl Connection {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Disconnected => "disconnected",
            Self::Error => "error",
        }
    }
}

/// Progress, and when this page heard of it.
#[derive(Clone, Copy)]
struct Heard {
    progress: Progress,
    /// By the browser's clock, in milliseconds.
    at: f64,
}

/// Progress that is older says nothing of the pace any more; it comes several times a second while bytes do.
const FRESH_SECONDS: i64 = 5;

/// One for a document, shared by all pages.
#[derive(Clone, Copy)]
pub struct Live {
    pub connection: RwSignal<Connection>,
    pub conversation: RwSignal<Conversation>,
    /// Grows whenever lists and numbers on a page may have changed.
    pub news: RwSignal<u32>,
    /// What an agent is saying just now.
    pub writing: RwSignal<Option<Writing>>,
    /// Of which run something was told last, if of one alone; the number grows.
    heard: RwSignal<(Option<RunId>, u32)>,
    /// Grows each time that the server greets: at first, and when it is there again.
    pub greetings: RwSignal<u32>,
    /// The browser's clock in milliseconds, while there is progress to be dated.
    pub clock: RwSignal<f64>,
    /// Grows when the conversation has to be loaded anew.
    pub restart: RwSignal<u32>,
    pub toasts: RwSignal<Vec<Toast>>,
    progress: RwSignal<Vec<Heard>>,
    /// The newest durable frame this page has seen.
    seq: StoredValue<i64>,
    /// The newest one there was when the server greeted last.
    newest: StoredValue<Option<i64>>,
    news_due: StoredValue<bool>,
    heard_due: StoredValue<Option<Option<RunId>>>,
}

pub fn provide_live() {
    provide_context(Live {
        connection: RwSignal::new(Connection::Connecting),
        conversation: RwSignal::new(Conversation::default()),
        news: RwSignal::new(0),
        writing: RwSignal::new(None),
        heard: RwSignal::new((None, 0)),
        greetings: RwSignal::new(0),
        clock: RwSignal::new(0.0),
        restart: RwSignal::new(0),
        toasts: RwSignal::new(Vec::new()),
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
    /// Opens the connection and keeps it open for as long as the document lives. `seq` is where the page began.
    pub fn keep_connected(self, seq: i64) {
        self.seq.update_value(|known| *known = seq.max(*known));
        #[cfg(feature = "hydrate")]
        socket::keep_open(self);
    }

    /// Takes in what the server knew of the latest run when the page was made.
    pub fn begin(self, start: &LiveStart) {
        self.conversation.update(|conversation| conversation.merge(start));
    }

    /// A run that this page has just started, or called back.
    pub fn took(self, run: &Run) {
        self.conversation.update(|conversation| conversation.took(run));
        self.tell_news();
        self.tell_of(Some(run.id));
    }

    /// Grows whenever something was told of a run, or was missed.
    pub fn news_of(self, run: RunId) -> Memo<u32> {
        Memo::new(move |before: Option<&u32>| match (self.heard.get(), before) {
            ((Some(other), _), Some(before)) if other != run => *before,
            ((_, number), _) => number,
        })
    }

    /// Who is at work in a run, as far as this page has heard.
    pub fn speaking_in(self, run: RunId) -> Option<Agent> {
        self.conversation.with(|it| it.run.as_ref().filter(|shown| shown.id == run)?.speaking)
    }

    /// A request that was answered on this page needs no answer any more.
    pub fn answered(self, id: ApprovalId) {
        self.conversation.update(|conversation| conversation.answered(id));
        self.tell_news();
        self.tell_of(None);
    }

    pub fn progress_of(self, id: DownloadId) -> Option<Progress> {
        self.progress
            .with(|all| all.iter().find(|heard| heard.progress.download_id == id).map(|heard| heard.progress))
    }

    /// Seconds since a download's last progress was heard of; none while it is fresh.
    pub fn silence_of(self, id: DownloadId) -> Option<i64> {
        let at = self
            .progress
            .with(|all| all.iter().find(|heard| heard.progress.download_id == id).map(|heard| heard.at))?;
        let seconds = ((self.clock.get() - at) / 1_000.0) as i64;
        (seconds >= FRESH_SECONDS).then_some(seconds)
    }

    /// The run that is shown, while it is under way.
    pub fn run_is_open(self) -> bool {
        self.conversation.with(|it| it.run.as_ref().is_some_and(|run| !run.status.is_over()))
    }

    pub fn toast(self, tone: Tone, text: impl Into<String>) {
        toast::push(self.toasts, tone, text.into(), None);
    }

    /// Takes in a frame; one that was seen before changes nothing.
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
            EventKind::AgentUpdate if frame.seq.is_none() => return self.writing.set(Writing::of(&frame)),
            EventKind::DownloadReady => self.arrived(&frame),
            EventKind::DownloadQueued | EventKind::DownloadFailed => self.forget(frame.number("download_id")),
            EventKind::TaskUpdate if is_halt(frame.text("status")) => self.forget(frame.number("task_id")),
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

    /// The server no longer knows what this page has missed: everything is loaded anew.
    fn start_over(self, newest: Option<i64>) {
        self.seq.set_value(newest.or(self.newest.get_value()).unwrap_or_default());
        self.conversation.set(Conversation::default());
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

    /// All bytes are here; the list that says so is still being asked for.
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

    /// The transfer begins anew or has ended: its last progress means nothing any more.
    fn forget(self, id: Option<i64>) {
        self.progress.update(|all| all.retain(|known| Some(known.progress.download_id.0) != id));
    }

    /// Lets lists and numbers be asked for again, soon and once for many frames.
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

    /// The same for what is shown of one run; of none in particular where anything may have been missed.
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

/// The browser's clock, in milliseconds.
fn now() -> f64 {
    #[cfg(feature = "hydrate")]
    return js_sys::Date::now();
    #[cfg(not(feature = "hydrate"))]
    0.0
}

/// Many frames at once are worth one question.
const SOON: std::time::Duration = std::time::Duration::from_millis(400);

/// Whether a download that has this status now has no bytes on their way.
fn is_halt(status: &str) -> bool {
    !matches!(status, "downloading" | "verifying" | "ready")
}

fn changes_numbers(kind: EventKind) -> bool {
    use EventKind::*;
    matches!(
        kind,
        ExecutionStarted
            | DownloadQueued
            | DownloadReady
            | DownloadFailed
            | ApprovalRequested
            | ApprovalDecided
            | ExecutionComplete
            | TaskUpdate
            | System
    )
}

/// A run's state in a person's words.
pub fn run_words(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Queued => "About to start",
        RunStatus::Running => "The agents are at work",
        RunStatus::WaitingApproval => "Waiting for your approval",
        RunStatus::Paused => "Paused",
        RunStatus::Completed => "Completed",
        RunStatus::Failed => "Failed",
        RunStatus::Cancelled => "Cancelled",
    }
}
