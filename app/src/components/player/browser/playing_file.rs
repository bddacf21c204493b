//! The lock on the file of this device that the player has loaded: the device worker deletes no locked file,
//! in which a seek would hang (Web Locks, W3C).

use std::cell::RefCell;

use domain::local_copy::playing_lock;
use js_sys::{Function, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::prelude::*;

thread_local! {
    /// Name of the lock, and the function that releases it.
    static HELD: RefCell<Option<(String, Function)>> = const { RefCell::new(None) };
}

/// Holds the lock on the file at an address, if it is one of this device, in place of the one before.
pub fn hold(url: &str) {
    let name = file_of(url).map(|(vault, sha256)| playing_lock(vault, sha256));
    if HELD.with_borrow(|held| held.as_ref().map(|(name, _)| name.clone()) == name) {
        return;
    }
    if let Some((_, release)) = HELD.take() {
        let _ = release.call0(&JsValue::UNDEFINED);
    }
    if let Some(name) = name {
        let held = name.clone();
        let until_released = Promise::new(&mut |resolve, _| HELD.set(Some((held.clone(), resolve))));
        let _ = request(&name, until_released);
    }
}

/// Vault and hash in an address of a file.
fn file_of(url: &str) -> Option<(&str, &str)> {
    url.split_once("?device=")?.1.split('&').next()?.split_once('/')
}

/// Shared: several tabs may play the same file.
fn request(name: &str, until: Promise) -> Result<(), JsValue> {
    let locks = Reflect::get(&window().navigator(), &"locks".into())?;
    let request: Function = Reflect::get(&locks, &"request".into())?.dyn_into()?;
    let options = js_sys::Object::new();
    Reflect::set(&options, &"mode".into(), &"shared".into())?;
    let held = Closure::once_into_js(move |_: JsValue| until);
    request.call3(&locks, &name.into(), &options, &held).map(drop)
}
