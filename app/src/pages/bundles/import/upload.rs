//! Upload of a volume by XMLHttpRequest, which unlike `fetch` tells how much was sent.

use std::cell::RefCell;
use std::rc::Rc;

use domain::bundle::VolumeImport;
use futures::channel::oneshot;
use serde_json::Value;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{File, ProgressEvent, XmlHttpRequest};

use crate::{language, paths, t};

/// Sends a file, and returns what the server has imported, or its reason in words. `advance` gets
/// percentages.
pub async fn send(file: &File, advance: impl Fn(u32) + 'static) -> Result<VolumeImport, String> {
    let lost = |_: JsValue| t!("The server cannot be reached. Try again.").to_owned();
    let request = XmlHttpRequest::new().map_err(lost)?;
    let (end, ended) = oneshot::channel();
    let end = Rc::new(RefCell::new(Some(end)));
    let on_end = Closure::<dyn FnMut()>::new(move || {
        if let Some(end) = end.take() {
            let _ = end.send(());
        }
    });
    let on_progress = Closure::<dyn FnMut(ProgressEvent)>::new(move |event: ProgressEvent| {
        advance((event.loaded() / event.total().max(1.0) * 100.0) as u32);
    });
    request.open("PUT", &paths::bundle_volume(&file.name())).map_err(lost)?;
    request.set_onloadend(Some(on_end.as_ref().unchecked_ref()));
    request.upload().map_err(lost)?.set_onprogress(Some(on_progress.as_ref().unchecked_ref()));
    request.send_with_opt_blob(Some(file)).map_err(lost)?;
    let _ = ended.await;
    answer(request.status().unwrap_or_default(), &request.response_text().ok().flatten().unwrap_or_default())
}

fn answer(status: u16, text: &str) -> Result<VolumeImport, String> {
    let broken = || t!("The server cannot be reached. Try again.").to_owned();
    if status == 200 {
        return serde_json::from_str(text).map_err(|_| broken());
    }
    let problem: Value = serde_json::from_str(text).map_err(|_| broken())?;
    let fields = problem["fields"].as_array().into_iter().flatten();
    let told: Vec<_> = fields.filter_map(|field| field["message"].as_str()).map(language::sentence).collect();
    match (told.is_empty(), problem["detail"].as_str()) {
        (false, _) => Err(told.join(" ")),
        (true, Some(detail)) => Err(language::sentence(detail)),
        (true, None) => Err(broken()),
    }
}
