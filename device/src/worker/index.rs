//! The index in IndexedDB: copies, texts, events for the server and settings, as JSON under the vault's name.

use std::cell::RefCell;

use domain::local_copy::LocalCopy;
use domain::reading::Reading;
use domain::{DownloadId, ItemId};
use js_sys::{Array, Promise};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    IdbDatabase, IdbFactory, IdbKeyRange, IdbObjectStore, IdbRequest, IdbTransaction, IdbTransactionMode,
};

use super::bindings::scope;

const NAME: &str = "smartcache-device";
/// Grows when a store is added. Stores are never removed, so that an older page still reads the index.
const VERSION: u32 = 1;
const COPIES: &str = "copies";
const TEXTS: &str = "texts";
pub const OUTBOX: &str = "outbox";
pub const SETTINGS: &str = "settings";
const STORES: [&str; 4] = [COPIES, TEXTS, OUTBOX, SETTINGS];

thread_local! {
    static DATABASE: RefCell<Option<IdbDatabase>> = const { RefCell::new(None) };
}

pub async fn database() -> Result<IdbDatabase, JsValue> {
    if let Some(known) = DATABASE.with_borrow(Clone::clone) {
        return Ok(known);
    }
    let factory: IdbFactory = js_sys::Reflect::get(&scope(), &"indexedDB".into())?.unchecked_into();
    let request = factory.open_with_u32(NAME, VERSION)?;
    let upgraded = request.clone();
    let upgrade = Closure::<dyn Fn()>::new(move || {
        let Ok(Ok(database)) = upgraded.result().map(JsCast::dyn_into::<IdbDatabase>) else { return };
        let existing = database.object_store_names();
        for store in STORES {
            if !existing.contains(store) {
                let _ = database.create_object_store(store);
            }
        }
    });
    request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
    let database: IdbDatabase = finished(&request).await?.unchecked_into();
    // Another connection upgrades or deletes it, or the browser has closed it. The next use opens it anew.
    let closing = database.clone();
    let close = Closure::<dyn Fn()>::new(move || {
        closing.close();
        DATABASE.set(None);
    });
    let close = close.into_js_value();
    database.set_onversionchange(Some(close.unchecked_ref()));
    database.set_onclose(Some(close.unchecked_ref()));
    DATABASE.set(Some(database.clone()));
    Ok(database)
}

pub async fn finished(request: &IdbRequest) -> Result<JsValue, JsValue> {
    let promise = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    JsFuture::from(promise).await?;
    request.result()
}

/// Promise of a commit. Made before the last request is awaited, or its event might be missed.
pub fn committed(transaction: &IdbTransaction) -> JsFuture {
    JsFuture::from(Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
    }))
}

/// Begins a transaction that changes several stores.
pub async fn change(stores: &[&str]) -> Result<IdbTransaction, JsValue> {
    let names: Array = stores.iter().map(|name| JsValue::from(*name)).collect();
    database().await?.transaction_with_str_sequence_and_mode(&names, IdbTransactionMode::Readwrite)
}

pub async fn store(
    name: &str,
    mode: IdbTransactionMode,
) -> Result<(IdbTransaction, IdbObjectStore), JsValue> {
    let transaction = database().await?.transaction_with_str_and_mode(name, mode)?;
    let store = transaction.object_store(name)?;
    Ok((transaction, store))
}

pub async fn read<T: DeserializeOwned>(name: &str, key: &str) -> Result<Option<T>, JsValue> {
    let (_, store) = store(name, IdbTransactionMode::Readonly).await?;
    Ok(parsed(&finished(&store.get(&key.into())?).await?))
}

pub fn parsed<T: DeserializeOwned>(value: &JsValue) -> Option<T> {
    serde_json::from_str(&value.as_string()?).ok()
}

pub async fn write(name: &str, key: &str, value: String) -> Result<(), JsValue> {
    let (transaction, store) = store(name, IdbTransactionMode::Readwrite).await?;
    let done = committed(&transaction);
    store.put_with_key(&value.into(), &key.into())?;
    done.await.map(drop)
}

pub fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

pub async fn remove(name: &str, key: &str) -> Result<(), JsValue> {
    let (transaction, store) = store(name, IdbTransactionMode::Readwrite).await?;
    let done = committed(&transaction);
    store.delete(&key.into())?;
    done.await.map(drop)
}

pub async fn all<T: DeserializeOwned>(name: &str, vault: &str) -> Result<Vec<T>, JsValue> {
    Ok(values(name, vault).await?.iter().filter_map(|row| parsed(&row)).collect())
}

async fn values(name: &str, vault: &str) -> Result<Array, JsValue> {
    let (_, store) = store(name, IdbTransactionMode::Readonly).await?;
    Ok(finished(&store.get_all_with_key(&range(vault)?)?).await?.unchecked_into())
}

/// All keys that begin so.
pub fn prefixed(prefix: &str) -> Result<JsValue, JsValue> {
    IdbKeyRange::bound(&prefix.into(), &format!("{prefix}~").into()).map(JsValue::from)
}

fn range(vault: &str) -> Result<JsValue, JsValue> {
    prefixed(&format!("{vault}/"))
}

fn key(vault: &str, id: impl std::fmt::Display) -> String {
    format!("{vault}/{id}")
}

/// Copies of a vault, oldest request first.
pub async fn copies(vault: &str) -> Result<Vec<LocalCopy>, JsValue> {
    let mut copies: Vec<LocalCopy> = all(COPIES, vault).await?;
    copies.sort_by(|a, b| a.wanted_at.total_cmp(&b.wanted_at));
    Ok(copies)
}

/// All copies of a vault. `None` if this program cannot read one of them, as that of a newer program.
pub async fn all_copies(vault: &str) -> Result<Option<Vec<LocalCopy>>, JsValue> {
    Ok(values(COPIES, vault).await?.iter().map(|row| parsed(&row)).collect())
}

/// Vaults that have copies.
pub async fn vaults() -> Result<Vec<String>, JsValue> {
    let (_, store) = store(COPIES, IdbTransactionMode::Readonly).await?;
    let keys: Array = finished(&store.get_all_keys()?).await?.unchecked_into();
    let vault = |key: JsValue| Some(key.as_string()?.split('/').next()?.to_owned());
    let mut vaults: Vec<String> = keys.iter().filter_map(vault).collect();
    vaults.dedup();
    Ok(vaults)
}

pub async fn copy(vault: &str, id: DownloadId) -> Result<Option<LocalCopy>, JsValue> {
    read(COPIES, &key(vault, id)).await
}

/// Adds a copy, unless the index has it.
pub async fn add_copy(vault: &str, copy: &LocalCopy) -> Result<(), JsValue> {
    let (transaction, store) = store(COPIES, IdbTransactionMode::Readwrite).await?;
    let done = committed(&transaction);
    let key = JsValue::from(key(vault, copy.download_id));
    if finished(&store.get(&key)?).await?.is_undefined() {
        store.put_with_key(&json(copy).into(), &key)?;
    }
    done.await.map(drop)
}

/// Change of a row; returns false to leave it as it is. Boxed, because the program should be small.
pub type CopyChange<'a> = Box<dyn FnOnce(&mut LocalCopy) -> bool + 'a>;

/// Changes a copy, if `change` returns true for it (compare-and-set). Returns whether it did.
pub async fn change_copy(vault: &str, id: DownloadId, change: CopyChange<'_>) -> Result<bool, JsValue> {
    let (transaction, store) = store(COPIES, IdbTransactionMode::Readwrite).await?;
    let done = committed(&transaction);
    let key = JsValue::from(key(vault, id));
    let copy: Option<LocalCopy> = parsed(&finished(&store.get(&key)?).await?);
    let Some(mut copy) = copy else { return Ok(false) };
    if !change(&mut copy) {
        return Ok(false);
    }
    store.put_with_key(&json(&copy).into(), &key)?;
    done.await?;
    Ok(true)
}

/// Sets the position of an item in all its copies.
pub async fn set_position(vault: &str, item: ItemId, seconds: f64, finished: bool) -> Result<(), JsValue> {
    for copy in copies(vault).await?.into_iter().filter(|copy| copy.item_id == item) {
        let change = |it: &mut LocalCopy| {
            let differs = it.seconds != seconds || it.finished != finished;
            (it.seconds, it.finished) = (seconds, finished);
            differs
        };
        change_copy(vault, copy.download_id, Box::new(change)).await?;
    }
    Ok(())
}

pub async fn remove_copy(vault: &str, id: DownloadId) -> Result<(), JsValue> {
    remove(TEXTS, &key(vault, id)).await?;
    remove(COPIES, &key(vault, id)).await
}

/// Stores the text of a copy, if the index still has the copy.
pub async fn save_text(vault: &str, id: DownloadId, text: &Reading) -> Result<(), JsValue> {
    let transaction = change(&[COPIES, TEXTS]).await?;
    let done = committed(&transaction);
    let key = JsValue::from(key(vault, id));
    if !finished(&transaction.object_store(COPIES)?.get(&key)?).await?.is_undefined() {
        transaction.object_store(TEXTS)?.put_with_key(&json(text).into(), &key)?;
    }
    done.await.map(drop)
}

pub async fn text(vault: &str, id: DownloadId) -> Result<Option<Reading>, JsValue> {
    read(TEXTS, &key(vault, id)).await
}

/// Deletes all copies, texts and events of a vault.
pub async fn clear_vault(vault: &str) -> Result<(), JsValue> {
    let transaction = change(&[COPIES, TEXTS, OUTBOX]).await?;
    let done = committed(&transaction);
    for name in [COPIES, TEXTS, OUTBOX] {
        transaction.object_store(name)?.delete(&range(vault)?)?;
    }
    done.await.map(drop)
}

/// Deletes everything of all vaults.
pub async fn clear() -> Result<(), JsValue> {
    let transaction = change(&STORES).await?;
    let done = committed(&transaction);
    for name in STORES {
        transaction.object_store(name)?.clear()?;
    }
    done.await.map(drop)
}
