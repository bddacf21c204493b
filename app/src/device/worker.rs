//! The device worker and the service worker of this document.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use domain::local_copy::{DeviceReport, DeviceRequest, LocalCopy, LocalPosition};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, ServiceWorker, ServiceWorkerRegistration, Worker, WorkerOptions, WorkerType};

use super::{DeviceSupport, ThisDevice};
use crate::language;

/// Key of the copies that were asked for and that the worker has not confirmed, as JSON: a closed page takes
/// its messages along. Without the key, this browser has kept nothing, and no page starts a worker.
const PENDING: &str = "smartcache.device";
/// Key that says that the user has signed out and the server does not know.
const SIGNING_OUT: &str = "smartcache.signing-out";
/// Longest wait for the deletion of everything, in tenths of a second.
const PURGE_TENTHS: u32 = 50;

thread_local! {
    static WORKER: RefCell<Option<Worker>> = const { RefCell::new(None) };
    /// Requests made before the worker's first report: it does not listen earlier.
    static EARLY: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static LISTENS: Cell<bool> = const { Cell::new(false) };
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok()?
}

pub fn has_begun() -> bool {
    storage().and_then(|storage| storage.get_item(PENDING).ok()?).is_some()
}

pub fn set_signing_out(is_signing_out: bool) {
    let Some(storage) = storage() else { return };
    let _ = match is_signing_out {
        true => storage.set_item(SIGNING_OUT, "1"),
        false => storage.remove_item(SIGNING_OUT),
    };
}

pub fn is_signing_out() -> bool {
    storage().and_then(|storage| storage.get_item(SIGNING_OUT).ok()?).is_some()
}

fn pending() -> Vec<LocalCopy> {
    let text = storage().and_then(|storage| storage.get_item(PENDING).ok()?);
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

fn set_pending(copies: &[LocalCopy]) {
    if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(copies)) {
        let _ = storage.set_item(PENDING, &text);
    }
}

/// Records that a copy is wanted, and asks the browser not to evict.
pub fn begin(copy: &LocalCopy) {
    let mut copies = pending();
    copies.push(copy.clone());
    set_pending(&copies);
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
    pending().into_iter().for_each(|copy| send(&DeviceRequest::Keep(Box::new(copy))));
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
        DeviceReport::Purged => view.purges += 1,
        DeviceReport::Unsupported => view.support = DeviceSupport::Refused,
    });
    if !LISTENS.replace(true) {
        EARLY.take().iter().for_each(|text| post(text));
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

/// Deletes everything on this device, and forgets that there was something.
pub async fn purge(device: ThisDevice) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(PENDING);
    }
    if WORKER.with_borrow(Option::is_none) {
        return;
    }
    let purges = move || device.view().with_untracked(|view| (view.purges, view.support));
    let before = purges();
    send(&DeviceRequest::Purge);
    for _ in 0..PURGE_TENTHS {
        if purges().0 != before.0 || matches!(purges().1, DeviceSupport::Refused | DeviceSupport::Broken) {
            return;
        }
        gloo_timers::future::sleep(Duration::from_millis(100)).await;
    }
}

/// Remembers a position, which the worker sends once there is a connection if the server has not got it.
pub fn remember_position(position: LocalPosition) {
    if WORKER.with_borrow(Option::is_some) {
        send(&DeviceRequest::Position(position));
    }
}
