//! Playback: users' positions in items, merged over their devices, and the speed per source.

mod device_plays;
mod listening;
mod queue;

use serde_json::json;

use super::{Engine, Result, Work, catalog, downloads};
use crate::db::{accounts, listened, playback_speeds, playbacks};
use crate::domain::event::{EventKind, Frame};
use crate::domain::playback::{
    ClockCorrection, ListenedTime, NewPosition, Play, PlayableItem, Playback, PlaybackPosition,
    PlaybackSpeed, merged, quarter_hour,
};
use crate::domain::{DateTime, ItemId, Refusal, SourceId, TimeDelta, UserId, Utc};

pub use device_plays::{DevicePlays, announce, merge_plays};
pub use listening::report;
pub use queue::{get as queue, replace as replace_queue};

/// Maximum number of items to continue with.
pub const MAX_CONTINUED: i64 = 200;

/// Position in an item. One that was never played is at its start.
pub async fn position(engine: &Engine, owner: UserId, item: ItemId) -> Result<PlaybackPosition> {
    let playable = playbacks::playable(&engine.db, owner, item).await?.ok_or_else(missing)?;
    let known = playbacks::get(&engine.db, owner, item).await?;
    Ok(PlaybackPosition::of(item, playable.duration_seconds, known.as_ref(), engine.now()))
}

/// Merges a position into the known one and returns the result, which other open pages receive as a fleeting
/// frame: a durable one every few seconds would fill the table of events.
pub async fn save_position(
    engine: &Engine,
    owner: UserId,
    item: ItemId,
    new: NewPosition,
) -> Result<PlaybackPosition> {
    let new = new.check()?;
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    let playable = playbacks::playable(&*work, owner, item).await?.ok_or_else(missing)?;
    let known = playbacks::get(&*work, owner, item).await?;
    let (now, duration) = (work.now(), playable.duration_seconds);
    let play = play(&new, known.as_ref(), duration, now);
    let next = merged(known.as_ref(), &play, duration, now);
    let position = PlaybackPosition::of(item, duration, Some(&next), now);
    if known.as_ref() == Some(&next) {
        return Ok(position);
    }
    playbacks::put(&*work, owner, item, &next).await?;
    if let Some(known) = &known {
        add_listened(&work, owner, &playable, known, &play, new.speed).await?;
    }
    mark_download(&mut work, owner, item, known.as_ref(), &next).await?;
    work.commit().await?;
    engine.hub.send(owner, &changed(&position, now));
    Ok(position)
}

fn missing() -> Refusal {
    Refusal::missing("item")
}

/// The play that a position ends, by the server's clock and within the item's length.
fn play(new: &NewPosition, known: Option<&Playback>, duration: Option<i64>, now: DateTime<Utc>) -> Play {
    let seconds = within(new.seconds, duration);
    Play {
        seconds,
        from: known.map_or(seconds, |known| known.start_of_play(seconds, now)),
        at: new.at.map_or(now, |at| correction(new, known, now).apply(at, now)),
        finish: new.finished,
        reopen: new.reopen,
        rev: new.rev,
        device: new.device.clone(),
    }
}

/// Difference up to which a browser's clock is believed: the request may have been that long on its way, and
/// clocks that are set by the network differ by less.
const ON_ITS_WAY: TimeDelta = TimeDelta::minutes(1);

/// Correction of a browser's clock. If it told its time, the skew is measured. A browser that knows the
/// newest position plays after it. One that tells neither is believed to, so that a clock that is far behind
/// does not stop all saving.
fn correction(new: &NewPosition, known: Option<&Playback>, now: DateTime<Utc>) -> ClockCorrection {
    let previous_contact = known.and_then(|known| match new.rev {
        Some(rev) if rev == known.rev => Some(known.at + TimeDelta::microseconds(1)),
        None if new.sent_at.is_none() => Some(known.at),
        _ => None,
    });
    let skew = new.sent_at.map(|sent_at| now - sent_at).filter(|skew| skew.abs() > ON_ITS_WAY);
    ClockCorrection { skew: skew.unwrap_or_default(), previous_contact }
}

/// Feeds announce lengths roughly: a position may exceed them by a tenth and five minutes, and is cut there.
fn within(seconds: f64, duration: Option<i64>) -> f64 {
    let most = duration.filter(|length| *length > 0).map(|length| length as f64 * 11.0 / 10.0 + 300.0);
    most.map_or(seconds, |most| seconds.min(most))
}

/// Accounts the time since the previous position as listened, as far as the play moved on from it.
async fn add_listened(
    work: &Work<'_>,
    owner: UserId,
    item: &PlayableItem,
    known: &Playback,
    play: &Play,
    speed: Option<f64>,
) -> Result<()> {
    let now = work.now();
    let time = ListenedTime::between(play.seconds - known.seconds, known.seconds_since(now), speed);
    let Some(time) = time.filter(|_| play.wins_over(known)) else { return Ok(()) };
    listened::add(&**work, owner, item.item_id, item.source_id, quarter_hour(now), time).await?;
    Ok(())
}

/// Carries the end of an item, or its reopening, over to the user's download of it.
async fn mark_download(
    work: &mut Work<'_>,
    owner: UserId,
    item: ItemId,
    known: Option<&Playback>,
    next: &Playback,
) -> Result<()> {
    let was_finished = known.is_some_and(Playback::is_finished);
    let is_finished_again = next.finished_at > known.and_then(|known| known.finished_at);
    if next.is_finished() && is_finished_again {
        downloads::set_played(work, owner, item, true).await?;
    } else if was_finished && !next.is_finished() {
        downloads::set_played(work, owner, item, false).await?;
    }
    Ok(())
}

fn changed(position: &PlaybackPosition, now: DateTime<Utc>) -> Frame {
    let PlaybackPosition { item_id, seconds, finished, at, rev, device, .. } = position;
    let data = json!({
        "item_id": item_id, "seconds": seconds, "finished": finished, "at": at, "rev": rev, "device": device
    });
    Frame::fleeting(now, EventKind::PositionChanged, data)
}

/// Begun and unfinished items, the last played first.
pub async fn continue_listening(engine: &Engine, owner: UserId, limit: i64) -> Result<Vec<PlayableItem>> {
    Ok(playbacks::unfinished(&engine.db, owner, limit.clamp(1, MAX_CONTINUED)).await?)
}

/// Speed at which the user plays a source.
pub async fn speed(engine: &Engine, owner: UserId, source: SourceId) -> Result<PlaybackSpeed> {
    catalog::source(engine, owner, source).await?;
    let known = playback_speeds::get(&engine.db, owner, source).await?;
    Ok(known.map_or(PlaybackSpeed::NORMAL, |speed| PlaybackSpeed { speed }))
}

pub async fn save_speed(
    engine: &Engine,
    owner: UserId,
    source: SourceId,
    new: PlaybackSpeed,
) -> Result<PlaybackSpeed> {
    let checked = new.check()?;
    catalog::source(engine, owner, source).await?;
    playback_speeds::put(&engine.db, owner, source, checked.speed).await?;
    Ok(checked)
}

#[cfg(all(test, feature = "testing"))]
mod tests;
