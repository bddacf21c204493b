//! Devices: registration, settings, the copies that a user keeps on them, and revocation.

mod contact;
mod inventory;
mod outbox;
mod proof;

use serde_json::json;

use super::{Engine, Result, Work, vaults};
use crate::db::{accounts, copies, devices as rows, downloads};
use crate::domain::copy::{CopyReason, CopyState, DeviceCopy, KnownCopy, MAX_COPIES, change_data};
use crate::domain::device::{Device, DeviceChange, MAX_DEVICES, NewCopy, NewDevice, free_name};
use crate::domain::event::EventKind;
use crate::domain::{DeviceId, DownloadId, Refusal, UserId};

pub use contact::contact;
pub use proof::prove;

/// Number of revoked devices per user whose next contact is told.
const KEPT_REVOKED: i64 = 200;

/// Lists devices, the latest registration first.
pub async fn list(engine: &Engine, owner: UserId) -> Result<Vec<Device>> {
    Ok(rows::list(&engine.db, owner).await?)
}

pub async fn get(engine: &Engine, owner: UserId, id: DeviceId) -> Result<Device> {
    Ok(rows::get(&engine.db, owner, id).await?.ok_or_else(missing)?)
}

/// Registers a device. A name that another one has gets a number.
pub async fn register(engine: &Engine, owner: UserId, new: NewDevice) -> Result<Device> {
    let mut new = new.check()?;
    let vault = vaults::vault_of(engine, owner).await?;
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    // The answer to the first request may have been lost.
    if let Some(key) = &new.key
        && let Some(known) = rows::by_key(&*work, owner, key).await?
    {
        return get(engine, owner, known).await;
    }
    let names = rows::names(&*work, owner).await?;
    if names.len() >= MAX_DEVICES {
        let why = format!("You have {MAX_DEVICES} devices. Revoke one under Devices first.");
        return Err(Refusal::conflict(why).into());
    }
    new.name = free_name(&new.name, &names);
    let id = rows::insert(&*work, owner, &vault, &new, work.now()).await?;
    record_device(&mut work, owner, id, "added").await?;
    work.commit().await?;
    get(engine, owner, id).await
}

/// Changes the name or the settings of a device.
pub async fn change(engine: &Engine, owner: UserId, id: DeviceId, change: DeviceChange) -> Result<Device> {
    let change = change.check()?;
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    let known = rows::get(&*work, owner, id).await?.ok_or_else(missing)?;
    if let Some(name) = change.name.as_ref().filter(|name| **name != known.name)
        && rows::names(&*work, owner).await?.contains(name)
    {
        return Err(Refusal::field("name", "Another device has this name. Choose a different one.").into());
    }
    rows::change(&*work, owner, id, &change).await?;
    record_device(&mut work, owner, id, "changed").await?;
    work.commit().await?;
    get(engine, owner, id).await
}

/// Revokes a device: its next contact is answered with 410, and it removes what it has.
pub async fn revoke(engine: &Engine, owner: UserId, id: DeviceId) -> Result<()> {
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    if !rows::revoke(&*work, owner, id, work.now()).await? {
        return Err(missing().into());
    }
    rows::forget_revoked(&*work, owner, KEPT_REVOKED).await?;
    record_device(&mut work, owner, id, "revoked").await?;
    work.commit().await
}

/// Copies on a device in the order of fetching.
pub async fn list_copies(engine: &Engine, owner: UserId, id: DeviceId) -> Result<Vec<DeviceCopy>> {
    get(engine, owner, id).await?;
    Ok(copies::list(&engine.db, owner, id).await?)
}

/// Keeps a download on a device. Returns the copy, and whether the device did not want or hold it before.
pub async fn keep(engine: &Engine, owner: UserId, id: DeviceId, new: NewCopy) -> Result<(DeviceCopy, bool)> {
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    let device = rows::lock(&*work, owner, id).await?.filter(|it| it.revoked_at.is_none());
    let device = device.ok_or_else(missing)?.id;
    let is_new = want(&mut work, owner, device, new.download_id).await?;
    work.commit().await?;
    let mut all = copies::list(&engine.db, owner, id).await?.into_iter();
    let copy =
        all.find(|copy| copy.download_id == new.download_id).ok_or_else(|| Refusal::missing("copy"))?;
    Ok((copy, is_new))
}

/// Wants a copy within a larger transaction. Returns whether the device did not want or hold it before. The
/// caller holds the locks on the user's and on the device's row.
async fn want(work: &mut Work<'_>, owner: UserId, device: DeviceId, download: DownloadId) -> Result<bool> {
    let known = downloads::get(&**work, owner, download).await?;
    let known = known.ok_or_else(|| Refusal::missing("download"))?;
    if known.status.can_retry() {
        let why = format!("This download is {}, so there is nothing to keep. Retry it first.", known.status);
        return Err(Refusal::conflict(why).into());
    }
    if copies::count(&**work, owner, device).await? >= MAX_COPIES as i64 {
        let why = format!("This device has {MAX_COPIES} copies. Remove one first.");
        return Err(Refusal::conflict(why).into());
    }
    let is_new = copies::want(&**work, owner, device, download, work.now()).await?;
    if is_new {
        record_copy(work, owner, device, download, CopyState::Wanted).await?;
    }
    Ok(is_new)
}

/// Keeps a download on a device no longer: at its next contact the device is told to remove it.
pub async fn remove(engine: &Engine, owner: UserId, id: DeviceId, download: DownloadId) -> Result<()> {
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    let device = rows::lock(&*work, owner, id).await?.filter(|it| it.revoked_at.is_none());
    let device = device.ok_or_else(missing)?.id;
    if !drop_copy(&mut work, owner, device, download, CopyReason::Removed).await? {
        return Err(Refusal::missing("copy").into());
    }
    work.commit().await
}

/// Drops a copy within a larger transaction. False if there is none that could be dropped.
async fn drop_copy(
    work: &mut Work<'_>,
    owner: UserId,
    device: DeviceId,
    download: DownloadId,
    reason: CopyReason,
) -> Result<bool> {
    let known = copies::get(&**work, owner, device, download).await?;
    let Some(known) = known.filter(|it| it.state != CopyState::Dropped) else { return Ok(false) };
    let from = known.state;
    let dropped = KnownCopy { state: CopyState::Dropped, reason: Some(reason), ..known };
    move_copy(work, owner, (device, download), from, &dropped).await
}

/// Moves a copy, and records the event if its state changes. False if it is no longer in `from`.
async fn move_copy(
    work: &mut Work<'_>,
    owner: UserId,
    copy: (DeviceId, DownloadId),
    from: CopyState,
    to: &KnownCopy,
) -> Result<bool> {
    let is_moved = copies::advance(&**work, owner, copy, from, to, work.now()).await?;
    if is_moved && from != to.state {
        record_copy(work, owner, copy.0, copy.1, to.state).await?;
    }
    Ok(is_moved)
}

async fn record_copy(
    work: &mut Work<'_>,
    owner: UserId,
    device: DeviceId,
    download: DownloadId,
    state: CopyState,
) -> Result<()> {
    let data = change_data(device, download, state);
    work.record_later(owner, None, EventKind::CopyChanged, data).await
}

async fn record_device(
    work: &mut Work<'_>,
    owner: UserId,
    device: DeviceId,
    change: &'static str,
) -> Result<()> {
    let data = json!({ "device_id": device, "change": change });
    work.record_later(owner, None, EventKind::DeviceChanged, data).await
}

fn missing() -> Refusal {
    Refusal::missing("device")
}

/// Answer to a device that its user has revoked.
fn gone() -> Refusal {
    Refusal::Gone { why: "This device was revoked. Remove what it keeps, and register it again.".into() }
}

#[cfg(all(test, feature = "testing"))]
mod tests;
