//! Times of messages on channels: bursts, pauses and retries.

use super::DeliveryState;
use crate::{DateTime, TimeDelta, Utc};

/// Time after a notification at which it is sent, so that a burst is one message.
pub const DELAY: TimeDelta = TimeDelta::seconds(20);
/// Minimum time between two messages of a channel about the same group of facts.
const GROUP_PAUSE: TimeDelta = TimeDelta::minutes(10);
/// Delays of the retries after a failed attempt. Their number is that of the retries.
const RETRIES: [TimeDelta; 3] = [TimeDelta::minutes(1), TimeDelta::minutes(5), TimeDelta::minutes(30)];
/// Longest time that a channel's own wish for a later retry counts.
const MAX_RETRY: TimeDelta = TimeDelta::hours(6);

/// Time of the retry after so many failed attempts. `asked` is the time that the other side asked for. None
/// after the last retry.
pub fn retry_at(attempts: i64, asked: Option<TimeDelta>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let delay = *RETRIES.get(usize::try_from(attempts - 1).ok()?)?;
    Some(now + asked.map_or(delay, |asked| asked.clamp(delay, MAX_RETRY)))
}

/// Time at which a notification is sent on a channel. `earlier` is the delivery of the notification that it
/// replaces: a waiting one keeps its time, and after a sent one there is a pause.
pub fn due_at(earlier: Option<(DeliveryState, DateTime<Utc>)>, now: DateTime<Utc>) -> DateTime<Utc> {
    match earlier {
        Some((DeliveryState::Waiting, due)) => due.max(now),
        Some((DeliveryState::Sent, sent)) => (sent + GROUP_PAUSE).max(now + DELAY),
        _ => now + DELAY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_retries_wait_longer_each_and_never_shorter_than_asked() {
        let now = DateTime::from_timestamp(1_000_000, 0).expect("a time");
        let waits: Vec<_> =
            (1..=4).map(|n| retry_at(n, None, now).map(|at| (at - now).num_minutes())).collect();
        assert_eq!(waits, [Some(1), Some(5), Some(30), None]);
        let asked =
            |minutes| retry_at(1, Some(TimeDelta::minutes(minutes)), now).map(|at| (at - now).num_minutes());
        assert_eq!([asked(0), asked(20), asked(10_000)], [Some(1), Some(20), Some(360)]);
    }

    #[test]
    fn a_burst_keeps_its_time_and_news_after_a_message_wait() {
        let now = DateTime::from_timestamp(1_000_000, 0).expect("a time");
        let due = now + TimeDelta::seconds(5);
        assert_eq!(due_at(None, now), now + DELAY);
        assert_eq!(due_at(Some((DeliveryState::Waiting, due)), now), due);
        let sent = now - TimeDelta::minutes(2);
        assert_eq!(due_at(Some((DeliveryState::Sent, sent)), now), now + TimeDelta::minutes(8));
        assert_eq!(due_at(Some((DeliveryState::Failed, sent)), now), now + DELAY);
    }
}
