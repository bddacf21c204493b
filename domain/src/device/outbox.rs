//! Outbox of a device: the events that it adds for a play.

use super::{DeviceEvent, DeviceEventKind};
use crate::local_copy::LocalPosition;
use crate::playback::MAX_SECONDS;
use crate::{DateTime, DownloadId, Utc};

/// Seconds by which a play may be further than the time since its last report allows.
const SLACK: f64 = 3.0;

/// Events for a reported position, to be stored under their numbers. A report that continues the play of
/// `last` replaces that event. `last` is the newest event that was never sent, `next` the number after it.
pub fn play_events(position: &LocalPosition, last: Option<&DeviceEvent>, next: i64) -> Vec<DeviceEvent> {
    let Ok(at) = position.at.parse::<DateTime<Utc>>() else { return Vec::new() };
    let seconds = position.seconds;
    if !(0.0..=MAX_SECONDS).contains(&seconds) {
        return Vec::new();
    }
    let begun = last.filter(|last| continues(position, at, last));
    let (seq, from) = begun.map_or((next, seconds), |last| (last.seq, last.from.unwrap_or(seconds)));
    let event = |seq, kind, from| DeviceEvent {
        seq,
        kind,
        item_id: Some(position.item_id),
        download_id: None,
        from,
        to: Some(seconds),
        at,
        ready_at: None,
    };
    let mut events = vec![event(seq, DeviceEventKind::Play, Some(from))];
    if position.finished {
        events.push(event(seq + 1, DeviceEventKind::Finish, None));
    }
    events
}

fn continues(position: &LocalPosition, at: DateTime<Utc>, last: &DeviceEvent) -> bool {
    let to = last.to.unwrap_or_default();
    let elapsed = (at - last.at).num_milliseconds() as f64 / 1_000.0;
    let is_same = last.kind == DeviceEventKind::Play && last.item_id == Some(position.item_id);
    let listened = position.seconds - to;
    is_same && elapsed >= 0.0 && (0.0..=elapsed * position.speed.max(1.0) + SLACK).contains(&listened)
}

/// The event of a wish of the user for a download.
pub fn copy_event(
    kind: DeviceEventKind,
    download_id: DownloadId,
    at: DateTime<Utc>,
    seq: i64,
) -> DeviceEvent {
    DeviceEvent {
        seq,
        kind,
        item_id: None,
        download_id: Some(download_id),
        from: None,
        to: None,
        at,
        ready_at: None,
    }
}

/// Numbers events anew behind `through`, in their order.
pub fn renumbered(through: i64, mut events: Vec<DeviceEvent>) -> Vec<DeviceEvent> {
    events.sort_by_key(|event| event.seq);
    (through + 1..).zip(events).map(|(seq, event)| DeviceEvent { seq, ..event }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ItemId;
    use crate::local_copy::PositionDelivery;

    fn position(seconds: f64, finished: bool, second: u32) -> LocalPosition {
        let at = format!("2026-11-29T07:00:{second:02}.500Z");
        LocalPosition {
            item_id: ItemId(3),
            seconds,
            finished,
            speed: 1.0,
            at,
            delivery: PositionDelivery::Failed,
        }
    }

    fn spans(events: &[DeviceEvent]) -> Vec<(i64, DeviceEventKind, Option<f64>, Option<f64>)> {
        events.iter().map(|event| (event.seq, event.kind, event.from, event.to)).collect()
    }

    #[test]
    fn reports_of_one_play_are_one_event() {
        use DeviceEventKind::Play;
        let first = play_events(&position(40.0, false, 0), None, 7);
        assert_eq!(spans(&first), [(7, Play, Some(40.0), Some(40.0))]);
        let second = play_events(&position(45.0, false, 5), first.last(), 8);
        assert_eq!(spans(&second), [(7, Play, Some(40.0), Some(45.0))]);
        let sent = play_events(&position(50.0, false, 10), None, 8);
        assert_eq!(
            spans(&sent),
            [(8, Play, Some(50.0), Some(50.0))],
            "an event that was sent stays as it is"
        );
    }

    #[test]
    fn a_seek_and_another_item_begin_another_play() {
        let first = play_events(&position(40.0, false, 0), None, 7);
        for moved in [position(900.0, false, 5), position(10.0, false, 5)] {
            assert_eq!(play_events(&moved, first.last(), 8)[0].seq, 8);
        }
        let other = LocalPosition { item_id: ItemId(4), ..position(45.0, false, 5) };
        assert_eq!(play_events(&other, first.last(), 8)[0].seq, 8);
    }

    #[test]
    fn an_end_follows_its_play() {
        let first = play_events(&position(40.0, false, 0), None, 7);
        let end = play_events(&position(45.0, true, 5), first.last(), 8);
        let kinds: Vec<_> = end.iter().map(|event| (event.seq, event.kind)).collect();
        assert_eq!(kinds, [(7, DeviceEventKind::Play), (8, DeviceEventKind::Finish)]);
    }

    #[test]
    fn values_that_the_server_refuses_are_no_events() {
        for seconds in [f64::NAN, -1.0, f64::INFINITY, MAX_SECONDS * 2.0] {
            assert_eq!(play_events(&position(seconds, false, 0), None, 1), []);
        }
        let at = "yesterday".to_owned();
        assert_eq!(play_events(&LocalPosition { at, ..position(1.0, false, 0) }, None, 1), []);
    }

    #[test]
    fn events_are_numbered_without_gaps_behind_those_that_are_known() {
        let event = |seq| copy_event(DeviceEventKind::Keep, DownloadId(seq), DateTime::UNIX_EPOCH, seq);
        let all = renumbered(4, vec![event(19), event(12)]);
        let numbers: Vec<_> = all.iter().map(|event| (event.seq, event.download_id)).collect();
        assert_eq!(numbers, [(5, Some(DownloadId(12))), (6, Some(DownloadId(19)))]);
    }
}
