//! Plays that a device reports later: merged like the positions of a page, with the device's clock corrected.

use super::{changed, mark_download, within};
use crate::db::{listened, playbacks};
use crate::domain::device::{DeviceEvent, DeviceEventKind};
use crate::domain::playback::{
    ClockCorrection, ListenedTime, Play, PlayableItem, Playback, PlaybackPosition, merged, quarter_hour,
};
use crate::domain::{DateTime, ItemId, UserId, Utc};
use crate::engine::{Engine, Result, Work};

/// Events of a device in the order in which they happened.
pub struct DevicePlays<'a> {
    /// Name of the device.
    pub device: &'a str,
    pub clock: ClockCorrection,
    /// Time at which the device last heard of positions.
    pub since: DateTime<Utc>,
    pub events: &'a [DeviceEvent],
}

/// An event with its time by the server's clock, and the seconds since the event before.
struct TimedEvent<'a> {
    event: &'a DeviceEvent,
    at: DateTime<Utc>,
    wall: f64,
}

/// Merges plays, finishes and reopenings into the user's positions, and returns the positions that changed.
/// Events about items that the user does not reach change nothing. The caller must hold the lock on the
/// user's row.
pub async fn merge_plays(
    work: &mut Work<'_>,
    owner: UserId,
    plays: &DevicePlays<'_>,
) -> Result<Vec<PlaybackPosition>> {
    let timed = timed(plays, work.now());
    let mut items: Vec<ItemId> = Vec::new();
    for item in timed.iter().filter_map(|it| it.event.item_id) {
        if !items.contains(&item) {
            items.push(item);
        }
    }
    let mut changed = Vec::new();
    for item in items {
        let Some(playable) = playbacks::playable(&**work, owner, item).await? else { continue };
        let events: Vec<_> = timed.iter().filter(|it| it.event.item_id == Some(item)).collect();
        changed.extend(merge_item(work, owner, &playable, plays, &events).await?);
    }
    Ok(changed)
}

async fn merge_item(
    work: &mut Work<'_>,
    owner: UserId,
    item: &PlayableItem,
    plays: &DevicePlays<'_>,
    events: &[&TimedEvent<'_>],
) -> Result<Option<PlaybackPosition>> {
    let (now, duration) = (work.now(), item.duration_seconds);
    let known = playbacks::get(&**work, owner, item.item_id).await?;
    let mut next = known.clone();
    for timed in events {
        let Some(play) = play(timed, plays, next.as_ref(), duration) else { continue };
        if let Some(time) = listened(timed, &play, next.as_ref()) {
            let quarter = quarter_hour(timed.at);
            listened::add(&**work, owner, item.item_id, item.source_id, quarter, time).await?;
        }
        next = Some(merged(next.as_ref(), &play, duration, now));
    }
    let Some(next) = next.filter(|next| known.as_ref() != Some(next)) else { return Ok(None) };
    playbacks::put(&**work, owner, item.item_id, &next).await?;
    mark_download(work, owner, item.item_id, known.as_ref(), &next).await?;
    Ok(Some(PlaybackPosition::of(item.item_id, duration, Some(&next), now)))
}

fn timed<'a>(plays: &DevicePlays<'a>, now: DateTime<Utc>) -> Vec<TimedEvent<'a>> {
    let mut previous = plays.since;
    let timed = |event: &'a DeviceEvent| {
        let at = plays.clock.apply(event.at, now);
        let wall = (at - previous).to_std().map_or(0.0, |time| time.as_secs_f64());
        previous = at;
        TimedEvent { event, at, wall }
    };
    plays.events.iter().map(timed).collect()
}

/// The play of an event. None for an event about a copy.
fn play(
    timed: &TimedEvent<'_>,
    plays: &DevicePlays<'_>,
    known: Option<&Playback>,
    duration: Option<i64>,
) -> Option<Play> {
    let DeviceEvent { kind, from, to, .. } = *timed.event;
    let start = if kind == DeviceEventKind::Reopen { 0.0 } else { known.map_or(0.0, |known| known.seconds) };
    let seconds = within(to.unwrap_or(start), duration);
    let (finish, reopen) = match kind {
        DeviceEventKind::Play => (false, false),
        DeviceEventKind::Finish => (true, false),
        DeviceEventKind::Reopen => (false, true),
        DeviceEventKind::Drop | DeviceEventKind::Keep => return None,
    };
    Some(Play {
        seconds: (seconds * 1_000.0).round() / 1_000.0,
        from: from.map_or(seconds, |from| within(from, duration)),
        at: timed.at,
        finish,
        reopen,
        rev: known.map(|known| known.rev_known_since(plays.since)),
        device: Some(plays.device.to_owned()),
    })
}

/// Time listened in a play: at most the time since the device's event before. None for a play that was told
/// already, as by the page that played it.
fn listened(timed: &TimedEvent<'_>, play: &Play, known: Option<&Playback>) -> Option<ListenedTime> {
    let is_play = timed.event.kind == DeviceEventKind::Play;
    let is_news = known.is_none_or(|known| play.wins_over(known));
    let seconds = (play.seconds - play.from).min(timed.wall);
    (is_play && is_news && seconds > 0.0).then_some(ListenedTime { seconds, saved: None })
}

/// Tells open pages of positions that have changed.
pub fn announce(engine: &Engine, owner: UserId, positions: &[PlaybackPosition]) {
    for position in positions {
        engine.hub.send(owner, &changed(position, engine.now()));
    }
}
