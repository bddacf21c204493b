//! The device worker and the service worker of this document.

use std::cell::{Cell, RefCell};

use domain::local_copy::{DeviceReport, DeviceRequest, LocalCopy, LocalPosition};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, ServiceWorker, ServiceWorkerRegistration, Worker, WorkerOptions, WorkerType};

use super::{DeviceSupport, ThisDevice, sign_out};
use crate::language;

/// Key of the copies that were asked for and that the worker has not confirmed, as JSON: a closed page takes
/// its messages along.
const PENDING: &str = "smartcache.device";
/// Name of the worker's index.
const INDEX: &str = "smartcache-device";
thread_local! {
    static WORKER: RefCell<Option<Worker>> = const { RefCell::new(None) };
    /// Requests made before the worker's first report: it does not listen earlier.
    static EARLY: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static LISTENS: Cell<bool> = const { Cell::new(false) };
}

pub(super) fn stored(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

pub(super) fn store(key: &str, value: Option<&str>) {
    let Ok(Some(storage)) = window().local_storage() else { return };
    let _ = match value {
        Some(value) => storage.set_item(key, value),
        None => storage.remove_item(key),
    };
}

/// Starts the worker if this browser has kept something, and lets it end an unfinished sign-out.
pub async fn resume(device: ThisDevice) {
    let purging = sign_out::unfinished();
    if purging.is_none() && stored(PENDING).is_none() && !has_index().await {
        return device.view().update(|view| view.is_unused = window().is_secure_context());
    }
    start(device);
    if let Some(purge) = purging {
        send(&purge);
    }
}

/// Whether the worker has stored anything. Its index is as durable as the copies: a browser that is killed
/// may lose the latest values of its local storage.
pub(super) async fn has_index() -> bool {
    let names = async {
        let factory = js_sys::Reflect::get(&window(), &"indexedDB".into())?;
        let list = js_sys::Reflect::get(&factory, &"databases".into())?.dyn_into::<js_sys::Function>()?;
        let all = JsFuture::from(list.call0(&factory)?.dyn_into::<js_sys::Promise>()?).await?;
        Ok::<_, JsValue>(js_sys::Array::from(&all))
    };
    let is_index = |it: JsValue| js_sys::Reflect::get(&it, &"name".into()).is_ok_and(|name| name == INDEX);
    names.await.is_ok_and(|names| names.iter().any(is_index))
}

fn pending() -> Vec<LocalCopy> {
    stored(PENDING).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

fn set_pending(copies: &[LocalCopy]) {
    if let Ok(text) = serde_json::to_string(copies) {
        store(PENDING, Some(&text));
    }
}

pub(super) fn forget_pending() {
    store(PENDING, None);
}

/// Asks the worker for the copies that it has not confirmed.
fn send_pending() {
    pending().into_iter().for_each(|copy| send(&DeviceRequest::Keep(Box::new(copy))));
}

/// Records that a copy is wanted.
pub fn begin(copy: &LocalCopy) {
    let mut copies = pending();
    copies.push(copy.clone());
    set_pending(&copies);
    ask_to_persist();
}

/// Asks the browser not to evict, in answer to a click.
pub fn ask_to_persist() {
    if window().is_secure_context()
        && let Ok(asked) = window().navigator().storage().persist()
    {
        spawn_local(async move { drop(JsFuture::from(asked).await) });
    }
}

/// Whether the service worker serves this document, and with it the files of this device.
pub fn is_served() -> bool {
    window().is_secure_context() && window().navigator().service_worker().controller().is_some()
}

/// Starts both workers, once for each document.
pub fn start(device: ThisDevice) {
    let set = move |support| device.view().update(|view| view.support = support);
    if WORKER.with_borrow(Option::is_some) {
        return;
    }
    if !window().is_secure_context() {
        return set(DeviceSupport::Insecure);
    }
    let container = window().navigator().service_worker();
    let (registered, ready) = (container.register("/sw.js"), container.ready());
    let served = move || device.view().update(|view| view.has_shell = is_served());
    spawn_local(async move {
        let (Ok(ready), Ok(_)) = (ready, JsFuture::from(registered).await) else { return };
        let Ok(registration) = JsFuture::from(ready).await else { return };
        let registration: ServiceWorkerRegistration = registration.unchecked_into();
        if let Some(worker) = registration.active().filter(|_| !is_served()) {
            tell(&worker, "claim", None);
        }
        if let Some(worker) = registration.active() {
            let link = document().get_element_by_id(language::LINK);
            let address = link.and_then(|link| link.get_attribute("href"));
            tell(&worker, "messages", address.as_deref());
        }
        served();
    });
    let changed = Closure::<dyn Fn()>::new(served);
    container.set_oncontrollerchange(Some(changed.as_ref().unchecked_ref()));
    changed.forget();
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let Some(worker) = script().and_then(|script| Worker::new_with_options(&script, &options).ok()) else {
        return set(DeviceSupport::Broken);
    };
    let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let text = event.data().as_string().unwrap_or_default();
        if let Ok(report) = serde_json::from_str(&text) {
            hear(device, report);
        }
    });
    worker.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    let failed = Closure::<dyn Fn()>::new(move || {
        if !LISTENS.get() {
            set(DeviceSupport::Broken);
        }
    });
    worker.set_onerror(Some(failed.as_ref().unchecked_ref()));
    // They live as long as the document.
    heard.forget();
    failed.forget();
    WORKER.set(Some(worker));
    send_pending();
    device.view().update(|view| view.is_unused = false);
    wake_often();
}

/// Sends a request to the service worker.
fn tell(worker: &ServiceWorker, kind: &str, address: Option<&str>) {
    let request = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&request, &"kind".into(), &kind.into());
    let _ = js_sys::Reflect::set(&request, &"address".into(), &address.into());
    let _ = worker.post_message(&request);
}

/// Address of the worker's script: beside the style sheet, which is of the same build.
fn script() -> Option<String> {
    let link = document().query_selector("link[rel=stylesheet]").ok()??;
    let href = link.get_attribute("href")?;
    let (directory, _) = href.rsplit_once('/')?;
    Some(directory.to_owned() + "/device-worker.js")
}

fn wake_often() {
    window_event_listener(ev::online, |_| send(&DeviceRequest::Wake));
    window_event_listener(ev::visibilitychange, |_| {
        if !document().hidden() {
            send(&DeviceRequest::Wake);
        }
    });
}

fn hear(device: ThisDevice, report: DeviceReport) {
    let knew_vault = device.view().with_untracked(|view| view.state.vault.is_some());
    device.view().update(|view| match report {
        DeviceReport::State(state) => {
            view.support = DeviceSupport::Supported;
            let mut copies = pending();
            let before = copies.len();
            copies.retain(|copy| !state.copies.iter().any(|known| known.download_id == copy.download_id));
            if copies.len() < before {
                set_pending(&copies);
            }
            let open = |id| state.copies.iter().any(|copy| copy.download_id == id && copy.state.is_open());
            view.progress.retain(|(id, _)| open(*id));
            view.state = state;
        }
        DeviceReport::Progress(id, bytes) => {
            view.progress.retain(|(known, _)| *known != id);
            view.progress.push((id, bytes));
        }
        DeviceReport::Text(id, text) => view.text = Some((id, text)),
        DeviceReport::Purged => {
            sign_out::finished();
            view.purges += 1;
        }
        DeviceReport::Unsupported => view.support = DeviceSupport::Refused,
    });
    if !LISTENS.replace(true) {
        EARLY.take().iter().for_each(|text| post(text));
    }
    // A worker that does not know the vault yet cannot keep anything.
    if !knew_vault && device.view().with_untracked(|view| view.state.vault.is_some()) {
        send_pending();
    }
}

pub fn send(request: &DeviceRequest) {
    let Ok(text) = serde_json::to_string(request) else { return };
    if WORKER.with_borrow(Option::is_none) {
        return;
    }
    if LISTENS.get() { post(&text) } else { EARLY.with_borrow_mut(|early| early.push(text)) }
}

fn post(text: &str) {
    WORKER.with_borrow(|worker| worker.iter().for_each(|worker| drop(worker.post_message(&text.into()))));
}

/// Remembers a position, which the worker sends once there is a connection if the server has not got it.
pub fn remember_position(position: LocalPosition) {
    if WORKER.with_borrow(Option::is_some) {
        send(&DeviceRequest::Position(position));
    }
}

/// Whether this document has no worker.
pub(super) fn is_off() -> bool {
    WORKER.with_borrow(Option::is_none)
}
