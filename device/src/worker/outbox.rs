//! The outbox in the index: events that the server has not got, numbered without gaps. Each change is one
//! transaction, because the workers of all tabs add events.

use domain::device::{DeviceEvent, DeviceEventKind, MAX_EVENTS, copy_event, play_events, renumbered};
use domain::local_copy::{LocalCopy, LocalPosition};
use domain::{DateTime, DownloadId, ItemId, Utc};
use js_sys::Array;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbKeyRange, IdbObjectStore};

use super::index::{self, OUTBOX, SETTINGS};
use super::settings;

/// Largest number in a key.
const END: i64 = 9_999_999_999_999_999;

/// Numbers of the newest event, and of the newest that was ever sent: that one must not change any more.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct OutboxNumbers {
    last: i64,
    sent: i64,
}

/// An open transaction.
struct OpenOutbox<'a> {
    vault: &'a str,
    events: IdbObjectStore,
    settings: IdbObjectStore,
    done: JsFuture,
}

fn numbers_key(vault: &str) -> String {
    format!("outbox/{vault}")
}

fn range(vault: &str, through: i64) -> Result<JsValue, JsValue> {
    IdbKeyRange::bound(&key(vault, 0).into(), &key(vault, through).into()).map(JsValue::from)
}

/// Key of an event. Keys are texts, so numbers have all their digits.
fn key(vault: &str, seq: i64) -> String {
    format!("{vault}/{seq:016}")
}

impl<'a> OpenOutbox<'a> {
    async fn open(vault: &'a str) -> Result<Self, JsValue> {
        let transaction = index::change(&[OUTBOX, SETTINGS]).await?;
        Ok(Self {
            vault,
            events: transaction.object_store(OUTBOX)?,
            settings: transaction.object_store(SETTINGS)?,
            done: index::committed(&transaction),
        })
    }

    async fn numbers(&self) -> Result<OutboxNumbers, JsValue> {
        let stored = index::finished(&self.settings.get(&numbers_key(self.vault).into())?).await?;
        Ok(index::parsed(&stored).unwrap_or_default())
    }

    async fn all(&self) -> Result<Vec<DeviceEvent>, JsValue> {
        let rows = index::finished(&self.events.get_all_with_key(&range(self.vault, END)?)?).await?;
        Ok(rows.unchecked_into::<Array>().iter().filter_map(|row| index::parsed(&row)).collect())
    }

    fn put(&self, event: &DeviceEvent) -> Result<(), JsValue> {
        let key = key(self.vault, event.seq).into();
        self.events.put_with_key(&index::json(event).into(), &key).map(drop)
    }

    async fn commit(self, numbers: OutboxNumbers) -> Result<(), JsValue> {
        let key = numbers_key(self.vault).into();
        self.settings.put_with_key(&index::json(&numbers).into(), &key)?;
        self.done.await.map(drop)
    }
}

/// Events for the newest one that was never sent, and for the next number. Boxed, because the program should
/// be small.
pub type NewEvents<'a> = Box<dyn FnOnce(Option<&DeviceEvent>, i64) -> Vec<DeviceEvent> + 'a>;

/// Adds events, or replaces the newest one.
pub async fn push(vault: &str, make: NewEvents<'_>) -> Result<(), JsValue> {
    let outbox = OpenOutbox::open(vault).await?;
    let mut numbers = outbox.numbers().await?;
    let newest: Option<DeviceEvent> = match numbers.last > numbers.sent {
        true => index::parsed(&index::finished(&outbox.events.get(&key(vault, numbers.last).into())?).await?),
        false => None,
    };
    for event in make(newest.as_ref(), numbers.last + 1) {
        outbox.put(&event)?;
        numbers.last = numbers.last.max(event.seq);
    }
    outbox.commit(numbers).await
}

/// Events of a vault, oldest first.
pub async fn events(vault: &str) -> Result<Vec<DeviceEvent>, JsValue> {
    index::all(OUTBOX, vault).await
}

/// Whether there is an event of this kind about a download.
pub fn has(events: &[DeviceEvent], kind: DeviceEventKind, id: DownloadId) -> bool {
    events.iter().any(|event| event.kind == kind && event.download_id == Some(id))
}

/// Oldest events, as many as a contact takes. They are final from now on.
pub async fn next(vault: &str) -> Result<Vec<DeviceEvent>, JsValue> {
    let outbox = OpenOutbox::open(vault).await?;
    let numbers = outbox.numbers().await?;
    let mut events = outbox.all().await?;
    events.truncate(MAX_EVENTS);
    let sent = events.last().map_or(numbers.sent, |event| numbers.sent.max(event.seq));
    outbox.commit(OutboxNumbers { sent, ..numbers }).await?;
    Ok(events)
}

/// Adds the play that a position ends, which the server does not have.
pub async fn push_position(vault: &str, position: &LocalPosition) -> Result<(), JsValue> {
    push(vault, Box::new(|last, next| play_events(position, last, next))).await?;
    forget_underway(vault, position).await
}

/// Setting: the position of an item that a page is sending.
fn underway(vault: &str, item: ItemId) -> String {
    format!("{}{item}", underway_prefix(vault))
}

fn underway_prefix(vault: &str) -> String {
    format!("underway/{vault}/")
}

/// Remembers a position while its page sends it: the page may be killed before it knows the outcome.
pub async fn note_underway(vault: &str, position: &LocalPosition) -> Result<(), JsValue> {
    settings::set(&underway(vault, position.item_id), position).await
}

/// Forgets a position whose outcome is known, unless a later one is under way.
pub async fn forget_underway(vault: &str, position: &LocalPosition) -> Result<(), JsValue> {
    let name = underway(vault, position.item_id);
    let noted: Option<LocalPosition> = settings::get(&name).await;
    if noted.is_some_and(|noted| noted.at <= position.at) { settings::remove(&name).await } else { Ok(()) }
}

/// Adds positions of before this time, by the browser's clock as RFC 3339: their pages were killed. To the
/// server, one that it has is no news.
pub async fn recover_underway(vault: &str, before: &str) -> Result<(), JsValue> {
    for position in settings::all::<LocalPosition>(&underway_prefix(vault)).await? {
        if *position.at < *before {
            push_position(vault, &position).await?;
        }
    }
    Ok(())
}

/// Forgets events that the server has.
pub async fn forget(vault: &str, through: i64) -> Result<(), JsValue> {
    let outbox = OpenOutbox::open(vault).await?;
    let OutboxNumbers { last, sent } = outbox.numbers().await?;
    outbox.events.delete(&range(vault, through)?)?;
    outbox.commit(OutboxNumbers { last: last.max(through), sent: sent.max(through) }).await
}

/// Forgets positions under way, and starts the numbers of a vault without events anew.
pub async fn forget_numbers(vault: &str) -> Result<(), JsValue> {
    settings::remove_all(&underway_prefix(vault)).await?;
    settings::remove(&numbers_key(vault)).await
}

/// Numbers all events anew behind those that the server has, and adds one for each copy that it may not know.
pub async fn restart(
    vault: &str,
    through: i64,
    copies: &[LocalCopy],
    now: DateTime<Utc>,
) -> Result<(), JsValue> {
    let outbox = OpenOutbox::open(vault).await?;
    let mut events = outbox.all().await?;
    let is_told = |copy: &&LocalCopy| has(&events, DeviceEventKind::Keep, copy.download_id);
    // Planned copies are not kept by the user; the inventory lists them.
    let untold = copies.iter().filter(|copy| !copy.is_planned && !is_told(copy));
    let untold: Vec<_> = untold.map(|copy| copy.download_id).collect();
    events.extend(untold.into_iter().map(|id| copy_event(DeviceEventKind::Keep, id, now, END)));
    outbox.events.delete(&range(vault, END)?)?;
    let events = renumbered(through, events);
    for event in &events {
        outbox.put(event)?;
    }
    let last = events.last().map_or(through, |event| event.seq);
    outbox.commit(OutboxNumbers { last, sent: through }).await
}
