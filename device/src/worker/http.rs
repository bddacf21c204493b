//! Requests to the server. An answer without the server's mark is none.

use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestCache, RequestInit, Response};

use super::bindings::{awaited, scope};

/// Header of all answers of the server.
const MARK: &str = "x-smartcache";

/// Requests a path of the server. `Err` without a connection, and for an answer of another program, such as a
/// captive portal.
pub async fn request(path: &str, init: &RequestInit) -> Result<Response, JsValue> {
    // Not kept by the HTTP cache, which would store the bytes a second time.
    init.set_cache(RequestCache::NoStore);
    let response: Response = awaited(scope().fetch_with_str_and_init(path, init)).await?;
    if response.headers().has(MARK)? { Ok(response) } else { Err(JsValue::NULL) }
}

/// Reads from a path within a time in milliseconds.
pub async fn get(path: &str, limit: u32) -> Result<Response, JsValue> {
    let init = RequestInit::new();
    init.set_signal(Some(&AbortSignal::timeout_with_u32(limit)));
    request(path, &init).await
}

/// Sends JSON to a path within a time in milliseconds.
pub async fn post<T: Serialize>(path: &str, body: &T, limit: u32) -> Result<Response, JsValue> {
    let (init, headers) = (RequestInit::new(), Headers::new()?);
    headers.set("content-type", "application/json")?;
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&serde_json::to_string(body).unwrap_or_default().into());
    init.set_signal(Some(&AbortSignal::timeout_with_u32(limit)));
    request(path, &init).await
}

pub async fn delete(path: &str, limit: u32) -> Result<Response, JsValue> {
    let init = RequestInit::new();
    init.set_method("DELETE");
    init.set_signal(Some(&AbortSignal::timeout_with_u32(limit)));
    request(path, &init).await
}

pub async fn body_text(response: &Response) -> Option<String> {
    JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}

pub async fn json<T: DeserializeOwned>(response: &Response) -> Option<T> {
    serde_json::from_str(&body_text(response).await?).ok()
}
