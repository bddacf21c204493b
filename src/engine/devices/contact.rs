//! One contact of a device: its events and inventory come in; copies to fetch, to remove and to prove go out.
//! All of it is one transaction behind the user's and the device's row, and safe to repeat.

use chrono::TimeDelta;

use super::{gone, inventory, missing, outbox, proof};
use crate::db::contacts::{self, Visit};
use crate::db::copies::{self, TrackedCopy};
use crate::db::devices::{self as rows, ContactState, DeviceState, ToldState};
use crate::db::{accounts, plans, playbacks};
use crate::domain::copy::{CopyState, HoldReason};
use crate::domain::device::{ContactAnswer, DroppedCopy, HeldBackCopy, NewContact, WantedCopy};
use crate::domain::playback::{PlaybackPosition, minutes};
use crate::domain::{DateTime, DeviceId, ItemId, UserId, Utc};
use crate::engine::catalog::UNDO_GRACE;
use crate::engine::job_names::PLAN_DEVICES;
use crate::engine::{Engine, Result, Work, planner, playback};

const MB: i64 = 1_000_000;

/// Time after which a further contact of the same start begins another visit.
const VISIT_GAP: TimeDelta = TimeDelta::minutes(20);

/// Time after which a contact lets the planner try again to queue what a plan misses.
const FETCH_AGAIN: TimeDelta = TimeDelta::minutes(2);

/// # Errors
/// `Refusal::Invalid`, naming the wrong field; `Refusal::Gone` for a revoked device; `Refusal::NotFound` for
/// another user's.
pub async fn contact(engine: &Engine, owner: UserId, id: DeviceId, new: NewContact) -> Result<ContactAnswer> {
    let new = new.check()?;
    let survey = planner::survey(engine, owner).await?;
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    let device = rows::lock(&*work, owner, id).await?.ok_or_else(missing)?;
    if device.revoked_at.is_some() {
        return Err(gone().into());
    }
    planner::settle(&work, owner, id).await?;
    let skew = work.now() - new.sent_at;
    let taken = outbox::take(&mut work, owner, &device, skew, &new).await?;
    let is_news = new.rev > device.rev;
    let mut found = match is_news {
        true => inventory::take(&mut work, owner, id, &new.copies).await?,
        false => inventory::InventoryOutcome::default(),
    };
    let told = is_news.then(|| ToldState {
        rev: new.rev,
        persisted: new.storage.persisted,
        used_bytes: new.storage.used,
        down_bps: new.net.bps,
        build: new.build.clone(),
    });
    let state = ContactState {
        events_through: taken.through,
        drained_at: taken.drained_at,
        clock_skew_ms: skew.num_milliseconds(),
        told,
    };
    rows::contacted(&*work, owner, id, &state, work.now()).await?;
    let visit = Visit { device: id, boot: &new.boot, bytes: found.arrived, bps: new.net.bps };
    contacts::add(&*work, owner, &visit, work.now() - VISIT_GAP, work.now()).await?;
    let news = is_news.then(|| taken.facts(&new.copies));
    found.drop.extend(judge_and_plan(engine, &mut work, owner, &device, &survey, news.as_ref()).await?);
    let tracked = copies::tracked(&*work, owner, id, work.now() - UNDO_GRACE).await?;
    let is_metered = new.net.metered == Some(true);
    let (want, held_back) = wishes(&device, is_metered, &tracked);
    // The plan may want again what was given up before: its bytes stay.
    let is_wanted = |id| tracked.iter().any(|it| it.download_id == id && it.state != CopyState::Dropped);
    found.drop.retain(|drop| drop.reason.is_about_bytes() || !is_wanted(drop.download_id));
    let answer = ContactAnswer {
        now: work.now(),
        rev: device.rev.max(new.rev),
        events_through: taken.through,
        want,
        held_back,
        drop: found.drop,
        positions: positions(&work, owner, &tracked, &taken.items).await?,
        challenge: proof::challenge(&work, owner, id, &tracked).await?,
        plan: if survey.has_windows() { planner::departures_of(&work, owner, id).await? } else { Vec::new() },
    };
    work.commit().await?;
    playback::announce(engine, owner, &taken.changed);
    Ok(answer)
}

/// Judges the claims for past departures by a new inventory, and plans for the device. Returns the copies
/// that the plan gives up.
async fn judge_and_plan(
    engine: &Engine,
    work: &mut Work<'_>,
    owner: UserId,
    device: &DeviceState,
    survey: &planner::Survey,
    news: Option<&planner::ContactFacts<'_>>,
) -> Result<Vec<DroppedCopy>> {
    if let Some(facts) = news {
        planner::judge(engine, work, owner, device.id, facts).await?;
    }
    let given_up = plan(work, owner, device, survey).await?;
    if let Some(facts) = news.filter(|_| !given_up.is_empty()) {
        // The device lists them for the last time.
        planner::judge(engine, work, owner, device.id, facts).await?;
    }
    Ok(given_up)
}

/// Plans for the device by the inventory that it has just sent. Returns the copies that the plan gives up.
/// The planner's job follows where it is due, or where the plan wants what the user has no download of.
async fn plan(
    work: &mut Work<'_>,
    owner: UserId,
    device: &DeviceState,
    survey: &planner::Survey,
) -> Result<Vec<DroppedCopy>> {
    if !survey.has_windows() {
        return Ok(Vec::new());
    }
    let made = planner::replan(work, owner, device.id, survey).await?;
    let may_fetch = !made.missing.is_empty() && !survey.is_limit_reached && device.limited_at.is_none();
    let is_old = |at: DateTime<Utc>| at < work.now() - FETCH_AGAIN;
    if device.planned_at.is_none() || may_fetch && device.planned_at.is_some_and(is_old) {
        plans::make_due(&**work, &[owner]).await?;
        work.push_named(PLAN_DEVICES).await?;
    }
    Ok(made.drops)
}

/// Copies to fetch now, within the device's budget, and those that are held back.
fn wishes(
    device: &DeviceState,
    is_metered: bool,
    tracked: &[TrackedCopy],
) -> (Vec<WantedCopy>, Vec<HeldBackCopy>) {
    let (mut want, mut held_back) = (Vec::new(), Vec::new());
    let is_there = |copy: &&TrackedCopy| matches!(copy.state, CopyState::Held | CopyState::Stale);
    let mut bytes: i64 = tracked.iter().filter(is_there).map(|copy| copy.bytes).sum();
    for copy in tracked.iter().filter(|copy| copy.state.awaits_bytes()) {
        let Some(wish) = wish(copy) else {
            let is_deleted = copy.status.is_none();
            let reason = HoldReason::NotReady;
            held_back.extend((!is_deleted).then_some(HeldBackCopy { download_id: copy.download_id, reason }));
            continue;
        };
        let is_full = bytes.saturating_add(wish.bytes) > device.budget_mb.saturating_mul(MB);
        let reason = if is_full {
            HoldReason::DeviceFull
        } else if is_metered && !device.allow_metered {
            HoldReason::Metered
        } else {
            bytes += wish.bytes;
            want.push(WantedCopy { place: want.len() as i64 + 1, ..wish });
            continue;
        };
        held_back.push(HeldBackCopy { download_id: copy.download_id, reason });
    }
    (want, held_back)
}

/// The copy as the device fetches it. None while its download has no verified file.
fn wish(copy: &TrackedCopy) -> Option<WantedCopy> {
    Some(WantedCopy {
        download_id: copy.download_id,
        item_id: copy.item_id?,
        title: copy.title.clone()?,
        kind: copy.kind?,
        mime_type: copy.mime_type.clone(),
        bytes: copy.file_bytes?,
        sha256: copy.file_sha256.clone()?,
        minutes: copy.duration_seconds.map(|seconds| minutes(seconds as f64)),
        place: 0,
        departs_at: copy.departs_at,
        is_planned: copy.is_planned,
        position: copy.position,
        ready_at: copy.ready_at,
    })
}

/// Positions in the items of the device's copies and of its events.
async fn positions(
    work: &Work<'_>,
    owner: UserId,
    tracked: &[TrackedCopy],
    items: &[ItemId],
) -> Result<Vec<PlaybackPosition>> {
    let is_kept = |copy: &&TrackedCopy| copy.state != CopyState::Dropped;
    let of_copies = tracked.iter().filter(is_kept).filter_map(|copy| copy.item_id);
    let mut all: Vec<ItemId> = of_copies.chain(items.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    let known = playbacks::of_items(&**work, owner, &all).await?;
    let now = work.now();
    let position = |it: playbacks::ItemPlayback| {
        PlaybackPosition::of(it.item_id, it.duration_seconds, Some(&it.playback), now)
    };
    Ok(known.into_iter().map(position).collect())
}
