//! Loading of tracks, and the controls of the media element.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::sleep::SleepTimer;
use super::{Player, Track, UserChoices, browser};
use crate::api::playback;
use crate::device::use_device;
use crate::live;

impl Player {
    /// Loads a track, at a position or where its user stopped.
    pub(super) fn load(self, track: Track, start: Option<f64>, plays: bool) {
        self.save();
        let Some(element) = self.element.get_untracked() else { return };
        self.loads.update_value(|loads| *loads += 1);
        let load = self.loads.get_value();
        let (item, source) = (track.item_id, track.source_id);
        self.take_from_queue(item);
        self.trouble.set(None);
        self.seconds.set(start.unwrap_or_default());
        self.duration.set(None);
        self.start.set_value(start);
        self.saved.set_value((start.unwrap_or_default(), live::now()));
        self.choices.set_value(UserChoices::default());
        if self.sleep_timer.with_untracked(|timer| matches!(timer, SleepTimer::AtPosition(_))) {
            self.sleep_timer.set(SleepTimer::Off);
        }
        browser::open(&element, &use_device().file_url(track.download_id));
        self.track.set(Some(track.clone()));
        browser::remember(Some(&track));
        browser::announce(&track);
        // Started at once, because some browsers allow sound only in answer to a click; silent until the
        // position is known, so that the beginning is not heard first.
        element.set_muted(start.is_none());
        if plays {
            self.resume();
        }
        if start.is_some() {
            return;
        }
        spawn_local(async move {
            let (known, speed) = futures::join!(playback::position(item), playback::speed(source));
            if self.loads.try_get_value() != Some(load) {
                return;
            }
            if !self.choices.get_value().speed {
                self.speed.set(speed.unwrap_or(1.0));
            }
            let seconds = match known {
                Ok(known) => (!known.finished).then_some(known.seconds),
                Err(_) => use_device().seconds(track.download_id),
            };
            self.begin_at(seconds.unwrap_or_default());
        });
    }

    fn begin_at(self, seconds: f64) {
        let Some(element) = self.element.get_untracked() else { return };
        self.saved.update_value(|saved| saved.0 = seconds);
        if seconds > 0.0 && !self.choices.get_value().position {
            self.move_to(seconds);
        }
        element.set_playback_rate(self.speed.get_untracked());
        element.set_muted(false);
        if self.is_playing.get_untracked() {
            self.tell(false);
        }
    }

    /// Takes the track that now plays out of the queue.
    fn take_from_queue(self, item: domain::ItemId) {
        if self.up_next.with_untracked(|tracks| tracks.iter().any(|track| track.item_id == item)) {
            self.change_queue(|tracks| tracks.retain(|track| track.item_id != item));
        }
    }

    pub fn resume(self) {
        let Some(element) = self.element.get_untracked() else { return };
        if self.trouble.with_untracked(Option::is_some) {
            // The element keeps its error until the file is loaded anew.
            self.trouble.set(None);
            self.start.set_value(Some(self.seconds.get_untracked()));
            // It may have come to this device, or gone from it, since.
            if let Some(track) = self.track.get_untracked() {
                browser::open(&element, &use_device().file_url(track.download_id));
            }
            element.load();
        }
        browser::silence_other_tabs();
        browser::play(&element);
    }

    /// Goes on from the server if the track's copy is removed from this device. A seek in it would hang.
    pub fn leave_copy(self, id: domain::DownloadId) {
        let Some(element) = self.element.get_untracked() else { return };
        if self.track.with_untracked(|track| track.as_ref().is_none_or(|track| track.download_id != id)) {
            return;
        }
        let is_playing = self.is_playing.get_untracked();
        self.start.set_value(Some(self.seconds.get_untracked()));
        browser::open(&element, &domain::download::file_url(id));
        if is_playing {
            self.resume();
        }
    }

    pub fn pause(self) {
        if let Some(element) = self.element.get_untracked() {
            let _ = element.pause();
        }
    }

    /// Goes to a position that its user has chosen.
    pub fn seek(self, seconds: f64) {
        self.choices.update_value(|choices| choices.position = true);
        self.move_to(seconds);
    }

    pub(super) fn move_to(self, seconds: f64) {
        let Some(element) = self.element.get_untracked() else { return };
        let end = self.duration.get_untracked().unwrap_or(f64::MAX);
        let seconds = seconds.clamp(0.0, end);
        if element.ready_state() > 0 {
            element.set_current_time(seconds);
        } else {
            self.start.set_value(Some(seconds));
        }
        self.seconds.set(seconds);
    }

    pub fn set_speed(self, speed: f64) {
        self.choices.update_value(|choices| choices.speed = true);
        self.speed.set(speed);
        if let Some(element) = self.element.get_untracked() {
            element.set_playback_rate(speed);
        }
        let Some(track) = self.track.get_untracked() else { return };
        spawn_local(async move {
            let _ = playback::save_speed(track.source_id, speed).await;
        });
    }

    /// Volume of 0 to 1.
    pub fn volume(self) -> f64 {
        self.element.get().map_or(1.0, |element| element.volume())
    }

    pub fn set_volume(self, volume: f64) {
        if let Some(element) = self.element.get_untracked() {
            element.set_volume(volume.clamp(0.0, 1.0));
        }
    }

    /// Stops and puts the track away.
    pub fn close(self) {
        self.pause();
        self.save();
        if let Some(element) = self.element.get_untracked() {
            browser::close(&element);
        }
        self.is_open.set(false);
        self.track.set(None);
        browser::remember(None);
    }

    /// Tells the server the position, if it has changed.
    pub fn save(self) {
        let seconds = self.seconds.get_untracked();
        if self.saved.with_value(|(saved, _)| (saved - seconds).abs() >= 1.0) {
            self.tell(false);
        }
    }

    /// Tells the server the position: the start of a play too, from which the time of listening is measured.
    pub(super) fn tell(self, finished: bool) {
        let Some(track) = self.track.get_untracked() else { return };
        let seconds = self.seconds.get_untracked();
        self.saved.set_value((seconds, live::now()));
        browser::save_position(track.item_id, seconds, finished, self.speed.get_untracked());
    }
}
