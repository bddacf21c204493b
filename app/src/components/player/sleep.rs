//! Sleep timer: pauses after some minutes, or at the end of the chapter or episode.

use crate::t;

/// Moment at which the player pauses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SleepTimer {
    Off,
    /// By the browser's clock, in milliseconds.
    At(f64),
    /// At a position of the track, such as the end of a chapter.
    AtPosition(f64),
    EndOfTrack,
}

/// Choices in minutes.
pub const MINUTES: [u32; 6] = [5, 10, 15, 30, 45, 60];

impl SleepTimer {
    pub fn in_minutes(minutes: u32, now: f64) -> Self {
        Self::At(now + f64::from(minutes) * 60_000.0)
    }

    /// Whether it is time to pause, at a position in seconds.
    pub fn is_due(self, now: f64, seconds: f64) -> bool {
        match self {
            Self::Off | Self::EndOfTrack => false,
            Self::At(at) => now >= at,
            Self::AtPosition(end) => seconds >= end,
        }
    }

    /// Text of the remaining time, such as "12 min".
    pub fn words(self, now: f64) -> String {
        match self {
            Self::Off => String::new(),
            Self::At(at) => t!("{n} min", n = ((at - now) / 60_000.0).ceil().max(0.0)),
            Self::AtPosition(_) => t!("at the end of the chapter").to_owned(),
            Self::EndOfTrack => t!("at the end of the episode").to_owned(),
        }
    }
}

/// End of the chapter at a position: the start of the next one. `None` in the last one.
pub fn end_of_chapter(starts: &[f64], seconds: f64) -> Option<f64> {
    starts.iter().copied().filter(|start| *start > seconds).min_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_pauses_at_its_time_or_position() {
        let timer = SleepTimer::in_minutes(5, 1_000.0);
        assert!(!timer.is_due(300_999.0, 0.0) && timer.is_due(301_000.0, 0.0));
        assert_eq!((timer.words(1_000.0), timer.words(250_000.0)), ("5 min".to_owned(), "1 min".to_owned()));
        assert!(
            SleepTimer::AtPosition(90.0).is_due(0.0, 90.0) && !SleepTimer::AtPosition(90.0).is_due(0.0, 89.0)
        );
        assert!(!SleepTimer::EndOfTrack.is_due(f64::MAX, f64::MAX), "the end pauses by itself");
    }

    #[test]
    fn a_chapter_ends_where_the_next_one_starts() {
        assert_eq!(end_of_chapter(&[0.0, 60.0, 120.0], 61.0), Some(120.0));
        assert_eq!(end_of_chapter(&[0.0, 60.0, 120.0], 60.0), Some(120.0));
        assert_eq!(end_of_chapter(&[0.0, 60.0], 60.0), None);
    }
}
