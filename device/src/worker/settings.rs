//! Settings of this browser in the index, as JSON under their names.

use js_sys::Array;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::IdbTransactionMode;

use super::index::{self, SETTINGS, committed, finished, json, parsed, prefixed, store};

pub async fn get<T: DeserializeOwned>(name: &str) -> Option<T> {
    index::read(SETTINGS, name).await.ok().flatten()
}

pub async fn set(name: &str, value: &impl Serialize) -> Result<(), JsValue> {
    index::write(SETTINGS, name, json(value)).await
}

/// Values of the settings whose names begin so.
pub async fn all<T: DeserializeOwned>(prefix: &str) -> Result<Vec<T>, JsValue> {
    let (_, store) = store(SETTINGS, IdbTransactionMode::Readonly).await?;
    let rows: Array = finished(&store.get_all_with_key(&prefixed(prefix)?)?).await?.unchecked_into();
    Ok(rows.iter().filter_map(|row| parsed(&row)).collect())
}

/// Deletes the settings whose names begin so.
pub async fn remove_all(prefix: &str) -> Result<(), JsValue> {
    let (transaction, store) = store(SETTINGS, IdbTransactionMode::Readwrite).await?;
    let done = committed(&transaction);
    store.delete(&prefixed(prefix)?)?;
    done.await.map(drop)
}

/// Stores a setting if another one has a value (compare-and-set). An error if it has not.
pub async fn set_if(
    condition: &str,
    expected: &impl Serialize,
    name: &str,
    value: &impl Serialize,
) -> Result<(), JsValue> {
    let (transaction, store) = store(SETTINGS, IdbTransactionMode::Readwrite).await?;
    let done = committed(&transaction);
    if finished(&store.get(&condition.into())?).await? != JsValue::from(json(expected)) {
        return Err(JsValue::NULL);
    }
    store.put_with_key(&json(value).into(), &name.into())?;
    done.await.map(drop)
}

pub async fn remove(name: &str) -> Result<(), JsValue> {
    index::remove(SETTINGS, name).await
}
