//! Progress of a download: stored by the server, overridden by transient frames.

use domain::download::{Download, DownloadStatus, Progress};
use leptos::prelude::*;

use crate::live::{ConnectionState, Live};
use crate::{measure, t};

/// Latest known progress of a download.
#[derive(Debug, Clone, PartialEq)]
pub struct DownloadProgress {
    pub status: DownloadStatus,
    pub done: i64,
    pub total: Option<i64>,
    pub speed: Option<i64>,
    pub left: Option<i64>,
    /// Seconds since the last progress was received, once it is stale.
    pub silent: Option<i64>,
}

impl DownloadProgress {
    /// Prefers the frame while the row is queued or downloading. In any other status the row is newer.
    pub fn of(row: &Download, frame: Option<Progress>) -> Self {
        match frame {
            Some(frame) if matches!(row.status, DownloadStatus::Queued | DownloadStatus::Downloading) => {
                Self {
                    status: DownloadStatus::Downloading,
                    done: frame.bytes_done,
                    // A declared size below the bytes already received is wrong.
                    total: frame.bytes_total.or(row.bytes_total.filter(|total| *total >= frame.bytes_done)),
                    speed: frame.speed_bps,
                    left: frame.eta_seconds,
                    silent: None,
                }
            }
            _ => Self {
                status: row.status,
                done: row.bytes_done,
                total: row.bytes_total,
                speed: row.speed_bps,
                left: row.eta_seconds,
                silent: None,
            },
        }
    }

    /// Marks a running download as silent for some seconds: its speed is no longer known.
    pub fn silent_for(self, silent: Option<i64>) -> Self {
        let is_moving = self.status == DownloadStatus::Downloading;
        match silent.filter(|_| is_moving) {
            Some(_) => Self { speed: None, left: None, silent, ..self },
            None => self,
        }
    }

    /// Formats "3.1 MB of 12.3 MB · 25 % · 1.2 MB/s · 8 s left", or "… · last seen 12 s ago".
    pub fn words(&self) -> String {
        let mut parts = vec![match self.total {
            Some(total) => {
                t!("{done} of {total}", done = measure::size(self.done), total = measure::size(total))
            }
            None => measure::size(self.done),
        }];
        parts.extend(measure::percent(self.done, self.total).map(|percent| percent.to_string() + " %"));
        if self.status == DownloadStatus::Downloading {
            parts.extend(self.speed.map(measure::speed));
            parts.extend(self.left.map(|seconds| t!("{time} left", time = measure::duration(seconds))));
            let seen = |seconds| t!("last seen {time} ago", time = measure::duration(seconds));
            parts.extend(self.silent.map(seen));
        }
        parts.join(" · ")
    }
}

/// Current progress of a row, from the row and the live frames.
pub fn standing(live: Live, row: Signal<Download>) -> Memo<DownloadProgress> {
    Memo::new(move |_| {
        row.with(|row| {
            let standing =
                DownloadProgress::of(row, live.progress_of(row.id)).silent_for(live.silence_of(row.id));
            match live.connection.get() {
                ConnectionState::Disconnected | ConnectionState::Error => {
                    DownloadProgress { speed: None, left: None, ..standing }
                }
                ConnectionState::Connected | ConnectionState::Connecting => standing,
            }
        })
    })
}

/// Progress bar; indeterminate without a known total.
#[component]
pub fn ProgressBar(standing: Memo<DownloadProgress>, #[prop(into)] title: Signal<String>) -> impl IntoView {
    let percent = move || standing.with(|standing| measure::percent(standing.done, standing.total));
    view! {
        <div class="progress" data-silent=move || standing.with(|it| it.silent.is_some()).then_some("true")>
            <progress max="100" value=percent aria-label=move || t!("Progress of {title}", title = title.get())></progress>
            <p class="progress-words">{move || standing.with(DownloadProgress::words)}</p>
        </div>
    }
}

/// Display text of a status, and the tone of its badge.
pub fn status_words(status: DownloadStatus) -> (&'static str, &'static str) {
    match status {
        DownloadStatus::Queued => (t!("Queued"), "calm"),
        DownloadStatus::Downloading => (t!("Downloading"), "busy"),
        DownloadStatus::Paused => (t!("Paused"), "calm"),
        DownloadStatus::Verifying => (t!("Verifying"), "busy"),
        DownloadStatus::Ready => (t!("Ready"), "good"),
        DownloadStatus::Failed => (t!("Failed"), "bad"),
        DownloadStatus::Cancelled => (t!("Cancelled"), "calm"),
        DownloadStatus::Expired => (t!("Expired"), "warn"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(done: i64, total: Option<i64>) -> DownloadProgress {
        let (speed, left) = (Some(1_200_000), Some(8));
        DownloadProgress { status: DownloadStatus::Downloading, done, total, speed, left, silent: None }
    }

    #[test]
    fn progress_says_what_is_known_and_nothing_else() {
        assert_eq!(
            standing(3_100_000, Some(12_400_000)).words(),
            "3.1 MB of 12.4 MB · 25 % · 1.2 MB/s · 8 s left"
        );
        assert_eq!(DownloadProgress { speed: None, left: None, ..standing(500, None) }.words(), "500 B");
    }

    #[test]
    fn old_progress_claims_no_pace() {
        let standing = standing(3_100_000, Some(12_400_000)).silent_for(Some(12));
        assert_eq!(standing.words(), "3.1 MB of 12.4 MB · 25 % · last seen 12 s ago");
    }
}
