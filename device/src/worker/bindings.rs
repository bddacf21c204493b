//! Interfaces that `web-sys` lacks or holds as unstable, and promises as futures.

use domain::{DateTime, Utc};
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{DedicatedWorkerGlobalScope, DomException, FileSystemDirectoryHandle, FileSystemFileHandle};

#[wasm_bindgen]
extern "C" {
    /// The global scope with a timer that is as good in a worker as in a page.
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(then: &Function, milliseconds: i32) -> i32;

    type Navigator;
    type Locks;
    #[wasm_bindgen(method, getter)]
    fn locks(this: &Navigator) -> Option<Locks>;
    #[wasm_bindgen(method)]
    fn request(this: &Locks, name: &str, held: &Function) -> Promise;
    #[wasm_bindgen(method)]
    fn query(this: &Locks) -> Promise;

    type Movable;
    #[wasm_bindgen(method, catch, js_name = move)]
    fn move_to(this: &Movable, into: &FileSystemDirectoryHandle, name: &str) -> Result<Promise, JsValue>;
}

pub fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// The browser's clock, to the millisecond.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(js_sys::Date::now() as i64).unwrap_or_default()
}

/// Sixteen random digits.
pub fn random() -> String {
    format!("{:016x}", (js_sys::Math::random() * 9e15) as u64)
}

/// Resolves after this time.
pub async fn sleep(milliseconds: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        set_timeout(&resolve, milliseconds);
    });
    let _ = JsFuture::from(promise).await;
}

/// Resolves when the function that it is given is called, or after this time.
pub fn wake_or_time(milliseconds: i32, mut give: impl FnMut(Function)) -> JsFuture {
    JsFuture::from(Promise::new(&mut |resolve, _| {
        set_timeout(&resolve, milliseconds);
        give(resolve);
    }))
}

/// Calls `lead` once this worker has the lock, which it keeps until it ends. Without locks it leads at once.
pub fn lead_when_elected(name: &str, lead: impl FnOnce() + 'static) {
    let navigator: Navigator = scope().navigator().unchecked_into();
    let Some(locks) = navigator.locks() else { return lead() };
    let held = Closure::once_into_js(move |_: JsValue| {
        lead();
        Promise::new(&mut |_, _| ())
    });
    let _ = locks.request(name, held.unchecked_ref());
}

/// Does something that only one worker of this origin may do at a time. Without locks it is done at once.
pub async fn in_turn(lock: &str, work: impl Future<Output = bool> + 'static) -> bool {
    let navigator: Navigator = scope().navigator().unchecked_into();
    let Some(locks) = navigator.locks() else { return work.await };
    let held =
        Closure::once_into_js(move |_: JsValue| future_to_promise(async move { Ok(work.await.into()) }));
    JsFuture::from(locks.request(lock, held.unchecked_ref())).await.is_ok_and(|it| it.is_truthy())
}

/// Names of the locks that pages and workers of this origin hold.
pub async fn held_locks() -> Vec<String> {
    let navigator: Navigator = scope().navigator().unchecked_into();
    let Some(locks) = navigator.locks() else { return Vec::new() };
    let held = JsFuture::from(locks.query()).await.and_then(|all| Reflect::get(&all, &"held".into()));
    let name = |lock: JsValue| Reflect::get(&lock, &"name".into()).ok()?.as_string();
    held.map(|held| js_sys::Array::from(&held).iter().filter_map(name).collect()).unwrap_or_default()
}

/// Renames a closed file within its directory.
pub async fn rename(
    file: FileSystemFileHandle,
    directory: &FileSystemDirectoryHandle,
    name: &str,
) -> Result<(), JsValue> {
    let file: Movable = file.unchecked_into();
    JsFuture::from(file.move_to(directory, name)?).await.map(drop)
}

/// Awaits a promise for a value of a known class.
pub async fn awaited<T: JsCast>(promise: Promise) -> Result<T, JsValue> {
    Ok(JsFuture::from(promise).await?.unchecked_into())
}

/// Reads a number of an object.
pub fn number(object: &JsValue, name: &str) -> Option<f64> {
    Reflect::get(object, &name.into()).ok()?.as_f64()
}

/// Whether an exception says that the storage is full.
pub fn is_quota_exceeded(error: &JsValue) -> bool {
    error.dyn_ref::<DomException>().is_some_and(|error| error.name() == "QuotaExceededError")
}
