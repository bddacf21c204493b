//! The player: one media element for the document, which plays on while pages change.

use domain::download::{self, Download, DownloadStatus};
use domain::local_copy::LocalCopy;
use domain::playback::PlayableItem;
use domain::{DownloadId, ItemId, SourceId};
use leptos::html::Video;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

pub mod browser;
mod cover_page;
pub mod dock;
mod events;
pub mod place;
pub mod play_all;
pub mod play_button;
pub mod sheet;
pub mod sleep;
mod state;
pub mod up_next;

use sleep::SleepTimer;

/// A file that can be played.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    pub item_id: ItemId,
    pub download_id: DownloadId,
    pub title: String,
    pub source_id: SourceId,
    pub source_name: String,
    pub is_video: bool,
    /// Hash of its cover.
    pub cover: Option<String>,
}

impl Track {
    /// The file of a download; `None` unless it is ready, and audio or video.
    pub fn of(download: &Download) -> Option<Self> {
        let is_video = is_video(download.mime_type.as_deref())?;
        (download.status == DownloadStatus::Ready).then(|| Self {
            item_id: download.item_id,
            download_id: download.id,
            title: download.title.clone(),
            source_id: download.source_id,
            source_name: download.source_name.clone(),
            is_video,
            cover: download.cover.clone(),
        })
    }

    /// The file of an item, under the same conditions.
    pub fn of_item(item: &PlayableItem) -> Option<Self> {
        Some(Self {
            item_id: item.item_id,
            download_id: item.download_id?,
            title: item.title.clone(),
            source_id: item.source_id,
            source_name: item.source_name.clone(),
            is_video: is_video(item.mime_type.as_deref())?,
            cover: item.cover.clone(),
        })
    }

    /// The file of a copy on this device; `None` if it is a text.
    pub fn of_copy(copy: &LocalCopy) -> Option<Self> {
        Some(Self {
            item_id: copy.item_id,
            download_id: copy.download_id,
            title: copy.title.clone(),
            source_id: copy.source_id,
            source_name: copy.source_name.clone(),
            is_video: is_video(Some(&copy.mime_type))?,
            cover: None,
        })
    }

    pub fn file_url(&self) -> String {
        download::file_url(self.download_id)
    }
}

/// Whether a file is a video or audio; `None` if it is neither.
fn is_video(mime_type: Option<&str>) -> Option<bool> {
    match mime_type?.split('/').next()? {
        "audio" => Some(false),
        "video" => Some(true),
        _ => None,
    }
}

/// State of the player, one instance for each document, shared by all pages.
#[derive(Clone, Copy)]
pub struct Player {
    /// Track that is loaded, playing or not.
    pub track: RwSignal<Option<Track>>,
    pub is_playing: RwSignal<bool>,
    /// Position in seconds.
    pub seconds: RwSignal<f64>,
    /// Length of the file, once it is known.
    pub duration: RwSignal<Option<f64>>,
    pub speed: RwSignal<f64>,
    pub sleep_timer: RwSignal<SleepTimer>,
    /// Tracks that play next, in order.
    pub up_next: RwSignal<Vec<Track>>,
    /// Reason why the track does not play.
    pub trouble: RwSignal<Option<String>>,
    /// Whether the full player is shown.
    pub is_open: RwSignal<bool>,
    element: NodeRef<Video>,
    /// Position at which the track starts, until its file is open.
    start: StoredValue<Option<f64>>,
    /// Position that the server was told last, and the browser's clock then.
    saved: StoredValue<(f64, f64)>,
    /// Counter of loaded tracks: an answer for an earlier one is too late.
    loads: StoredValue<u32>,
    /// Choices since the track was loaded.
    choices: StoredValue<UserChoices>,
}

/// Choices of the user since the track was loaded, which an answer that was on its way does not undo.
#[derive(Debug, Clone, Copy, Default)]
struct UserChoices {
    position: bool,
    speed: bool,
}

pub fn provide_player() {
    provide_context(Player {
        track: RwSignal::new(None),
        is_playing: RwSignal::new(false),
        seconds: RwSignal::new(0.0),
        duration: RwSignal::new(None),
        speed: RwSignal::new(1.0),
        sleep_timer: RwSignal::new(SleepTimer::Off),
        up_next: RwSignal::new(Vec::new()),
        trouble: RwSignal::new(None),
        is_open: RwSignal::new(false),
        element: NodeRef::new(),
        start: StoredValue::new(None),
        saved: StoredValue::new((0.0, 0.0)),
        loads: StoredValue::new(0),
        choices: StoredValue::new(UserChoices::default()),
    });
}

pub fn use_player() -> Player {
    expect_context()
}

/// Speeds that can be chosen.
pub const SPEEDS: [f64; 12] = [0.5, 0.75, 0.9, 1.0, 1.1, 1.2, 1.3, 1.5, 1.75, 2.0, 2.5, 3.0];

impl Player {
    pub fn is_at(self, item: ItemId) -> bool {
        self.track.with(|track| track.as_ref().is_some_and(|track| track.item_id == item))
    }

    /// Plays a track from where its user stopped, or pauses it if it is playing.
    pub fn toggle_track(self, track: Track) {
        if untrack(|| self.is_at(track.item_id)) {
            self.toggle();
        } else {
            self.play(track);
        }
    }

    /// Plays a track from where its user stopped.
    pub fn play(self, track: Track) {
        self.load(track, None, true);
    }

    /// Plays a track from a position in seconds.
    pub fn play_from(self, track: Track, seconds: f64) {
        if untrack(|| self.is_at(track.item_id)) {
            self.seek(seconds);
            self.resume();
        } else {
            self.load(track, Some(seconds), true);
        }
    }

    pub fn toggle(self) {
        if self.is_playing.get_untracked() { self.pause() } else { self.resume() }
    }

    /// Moves by seconds: forward, or back if negative. Chooses no position before it is known.
    pub fn skip(self, seconds: f64) {
        self.move_to(self.seconds.get_untracked() + seconds);
    }

    /// Position and length as a fraction of 0 to 1, if the length is known.
    pub fn fraction(self) -> Option<f64> {
        let duration = self.duration.get().filter(|duration| *duration > 0.0)?;
        Some((self.seconds.get() / duration).clamp(0.0, 1.0))
    }

    /// Adds a track at the end of those that play next.
    pub fn enqueue(self, track: Track) {
        self.change_queue(|tracks| {
            tracks.retain(|other| other.item_id != track.item_id);
            tracks.push(track);
        });
    }

    /// Takes tracks out of the queue or changes their order.
    pub fn change_queue(self, change: impl FnOnce(&mut Vec<Track>)) {
        self.up_next.update(change);
        self.save_queue();
    }

    /// Plays tracks one after the other, instead of what was queued.
    pub fn play_all(self, tracks: Vec<Track>) {
        let mut tracks = tracks.into_iter();
        let Some(first) = tracks.next() else { return };
        self.change_queue(|queue| *queue = tracks.collect());
        self.play(first);
    }

    fn save_queue(self) {
        let items = self.up_next.with_untracked(|tracks| tracks.iter().map(|track| track.item_id).collect());
        spawn_local(async move {
            // The order of a queue is no promise: a lost connection loses the last change.
            let _ = crate::api::playback::save_queue(items).await;
        });
    }
}

/// Speed that follows or precedes one of [`SPEEDS`].
pub fn next_speed(speed: f64, faster: bool) -> f64 {
    let found = match faster {
        true => SPEEDS.iter().find(|it| **it > speed + 0.001),
        false => SPEEDS.iter().rev().find(|it| **it < speed - 0.001),
    };
    found.copied().unwrap_or(speed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_have_an_end_on_both_sides() {
        assert_eq!((next_speed(1.0, true), next_speed(1.0, false)), (1.1, 0.9));
        assert_eq!((next_speed(3.0, true), next_speed(0.5, false)), (3.0, 0.5));
        assert_eq!(next_speed(1.05, true), 1.1, "a speed that another device has set");
    }
}
