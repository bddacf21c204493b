//! A download's progress: stored by the server, overtaken by fleeting frames.

use leptos::prelude::*;
use smartcache::domain::download::{Download, DownloadStatus, Progress};

use super::measure;
use crate::live::Live;

/// How far a download is, as far as anybody knows right now.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    pub status: DownloadStatus,
    pub done: i64,
    pub total: Option<i64>,
    pub speed: Option<i64>,
    pub left: Option<i64>,
}

impl Standing {
    /// A frame is newer than the row while the row is open, and older than it otherwise.
    pub fn of(row: &Download, frame: Option<Progress>) -> Self {
        match frame {
            Some(frame) if matches!(row.status, DownloadStatus::Queued | DownloadStatus::Downloading) => {
                Self {
                    status: DownloadStatus::Downloading,
                    done: frame.bytes_done,
                    total: frame.bytes_total.or(row.bytes_total),
                    speed: frame.speed_bps,
                    left: frame.eta_seconds,
                }
            }
            _ => Self {
                status: row.status,
                done: row.bytes_done,
                total: row.bytes_total,
                speed: row.speed_bps,
                left: row.eta_seconds,
            },
        }
    }

    /// "3.1 MB of 12.3 MB · 25 % · 1.2 MB/s · 8 s left"
    pub fn words(&self) -> String {
        let mut parts = vec![match self.total {
            Some(total) => measure::size(self.done) + " of " + &measure::size(total),
            None => measure::size(self.done),
        }];
        parts.extend(measure::percent(self.done, self.total).map(|percent| percent.to_string() + " %"));
        if self.status == DownloadStatus::Downloading {
            parts.extend(self.speed.map(measure::speed));
            parts.extend(self.left.map(|seconds| measure::duration(seconds) + " left"));
        }
        parts.join(" · ")
    }
}

/// The present standing of a row.
pub fn standing(live: Live, row: Signal<Download>) -> Memo<Standing> {
    Memo::new(move |_| row.with(|row| Standing::of(row, live.progress_of(row.id))))
}

/// A bar for what is on its way; without a known total it shows that something moves.
#[component]
pub fn ProgressBar(standing: Memo<Standing>, #[prop(into)] title: Signal<String>) -> impl IntoView {
    let percent = move || standing.with(|standing| measure::percent(standing.done, standing.total));
    view! {
        <div class="progress">
            <progress max="100" value=percent aria-label=move || format!("Progress of {}", title.get())></progress>
            <p class="progress-words">{move || standing.with(Standing::words)}</p>
        </div>
    }
}

/// A status in a person's words, and the tone of its badge.
pub fn status_words(status: DownloadStatus) -> (&'static str, &'static str) {
    match status {
        DownloadStatus::Queued => ("Queued", "calm"),
        DownloadStatus::Downloading => ("Downloading", "busy"),
        DownloadStatus::Paused => ("Paused", "calm"),
        DownloadStatus::Verifying => ("Verifying", "busy"),
        DownloadStatus::Ready => ("Ready", "good"),
        DownloadStatus::Failed => ("Failed", "bad"),
        DownloadStatus::Cancelled => ("Cancelled", "calm"),
        DownloadStatus::Expired => ("Expired", "warn"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(done: i64, total: Option<i64>) -> Standing {
        Standing { status: DownloadStatus::Downloading, done, total, speed: Some(1_200_000), left: Some(8) }
    }

    #[test]
    fn progress_says_what_is_known_and_nothing_else() {
        assert_eq!(
            standing(3_100_000, Some(12_400_000)).words(),
            "3.1 MB of 12.4 MB · 25 % · 1.2 MB/s · 8 s left"
        );
        assert_eq!(Standing { speed: None, left: None, ..standing(500, None) }.words(), "500 B");
    }
}
