//! Events of the media element, and of players on other pages.

use leptos::ev;
use leptos::prelude::*;

use super::sleep::SleepTimer;
use super::{Player, browser};
use crate::live::{self, HeardPosition};
use crate::t;

/// Interval at which the position is saved while playing.
const SAVE_EVERY_MS: f64 = 10_000.0;

impl Player {
    pub(super) fn on_metadata(self, _: ev::Event) {
        let Some(element) = self.element.get_untracked() else { return };
        let duration = element.duration();
        self.duration.set(Some(duration).filter(|duration| duration.is_finite()));
        if let Some(start) = self.start.try_update_value(Option::take).flatten()
            && start > 0.0
        {
            element.set_current_time(start);
        }
        element.set_playback_rate(self.speed.get_untracked());
    }

    pub(super) fn on_time(self, _: ev::Event) {
        let Some(element) = self.element.get_untracked() else { return };
        if element.muted() {
            return;
        }
        let (seconds, now) = (element.current_time(), live::now());
        self.seconds.set(seconds);
        if self.sleep_timer.get_untracked().is_due(now, seconds) {
            self.sleep_timer.set(SleepTimer::Off);
            self.pause();
        } else if self.is_playing.get_untracked()
            && self.saved.with_value(|(_, at)| now - at >= SAVE_EVERY_MS)
        {
            self.save();
        }
    }

    pub(super) fn on_play(self, _: ev::Event) {
        self.trouble.set(None);
        self.is_playing.set(true);
        // While it is silent, its position is not known yet.
        if self.element.get_untracked().is_some_and(|element| !element.muted()) {
            self.tell(false);
        }
        self.show_position();
    }

    pub(super) fn on_pause(self, _: ev::Event) {
        self.is_playing.set(false);
        self.save();
        self.show_position();
    }

    pub(super) fn on_seeked(self, _: ev::Event) {
        if let Some(element) = self.element.get_untracked() {
            self.seconds.set(element.current_time());
        }
        self.save();
        self.show_position();
    }

    pub(super) fn on_ended(self, _: ev::Event) {
        if let Some(duration) = self.duration.get_untracked() {
            self.seconds.set(duration);
        }
        self.tell(true);
        if self.sleep_timer.get_untracked() == SleepTimer::EndOfTrack {
            self.sleep_timer.set(SleepTimer::Off);
            return;
        }
        self.next();
    }

    /// Plays the first of the queue, if there is one.
    pub fn next(self) {
        if let Some(next) = self.up_next.with_untracked(|tracks| tracks.first().cloned()) {
            self.play(next);
        }
    }

    pub(super) fn on_error(self) {
        if self.track.with_untracked(Option::is_none) {
            return;
        }
        self.is_playing.set(false);
        let why = t!("This file cannot be played now. Press play to try again.");
        self.trouble.set(Some(why.to_owned()));
    }

    /// Follows the position of another page or device, while this player is paused.
    pub(super) fn follow(self, heard: HeardPosition) {
        // A position that is sought, or on its way to the server, is newer than what the server tells.
        let is_seeking = self.element.get_untracked().is_some_and(|element| element.seeking());
        let is_idle = !self.is_playing.get_untracked() && !is_seeking && !browser::is_saving();
        if !untrack(|| self.is_at(heard.item_id)) || !browser::is_current(heard.item_id, heard.rev) {
            return;
        }
        browser::record_revision(heard.item_id, heard.rev);
        if is_idle && (self.seconds.get_untracked() - heard.seconds).abs() > 1.0 {
            self.saved.set_value((heard.seconds, live::now()));
            self.move_to(heard.seconds);
        }
    }

    fn show_position(self) {
        browser::show_position(
            self.is_playing.get_untracked(),
            self.seconds.get_untracked(),
            self.duration.get_untracked(),
            self.speed.get_untracked(),
        );
    }
}
