//! Contact with the server: which vault is the user's, and the positions that it has not got.

use domain::local_copy::LocalPosition;
use serde::Deserialize;
use serde_json::json;
use wasm_bindgen::JsValue;
use web_sys::{Headers, RequestInit, Response};

use super::fetch::{body_text, request};
use super::index;

/// Setting: the vault of the user who was signed in last.
const VAULT: &str = "vault";
/// Setting: whether the server said that the session has ended.
const LOCKED: &str = "locked";

#[derive(Deserialize)]
struct VaultAnswer {
    vault: String,
}

/// Result of an attempt to reach the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contact {
    SignedIn,
    SignedOut,
    /// Without connection, or the answer is not one of this server.
    None,
}

/// Vault of the user who was signed in last, and whether that session has ended.
pub async fn known_session() -> (Option<String>, bool) {
    (index::setting(VAULT).await, index::setting(LOCKED).await.unwrap_or(false))
}

/// Asks the server for the user's vault.
pub async fn contact() -> Contact {
    let Ok(response) = request("/api/v1/devices/vault", &RequestInit::new()).await else {
        return Contact::None;
    };
    if response.status() == 401 {
        let _ = index::set(LOCKED, &true).await;
        return Contact::SignedOut;
    }
    match vault_of(&response).await {
        Some(vault) => {
            let _ = index::set(VAULT, &vault).await;
            let _ = index::set(LOCKED, &false).await;
            Contact::SignedIn
        }
        None => Contact::None,
    }
}

async fn vault_of(response: &Response) -> Option<String> {
    let body = if response.ok() { body_text(response).await? } else { return None };
    let VaultAnswer { vault } = serde_json::from_str(&body).ok()?;
    let is_name = vault.len() == 16 && vault.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_name.then_some(vault)
}

/// Sends the positions that the server has not got. Returns whether it has all of them.
pub async fn send_positions(vault: &str) -> bool {
    let mut are_all_sent = true;
    for position in index::unsent(vault).await.unwrap_or_default() {
        match send(&position).await.map(|response| response.status()) {
            // Stored, or refused for good: its item is gone, or a value is out of bounds.
            Ok(200..=299 | 400 | 404 | 410 | 422) => {
                let _ = index::forget_unsent(vault, &position).await;
            }
            _ => are_all_sent = false,
        }
    }
    are_all_sent
}

async fn send(position: &LocalPosition) -> Result<Response, JsValue> {
    let LocalPosition { item_id, seconds, finished, speed, at, .. } = position;
    let sent_at = String::from(js_sys::Date::new_0().to_iso_string());
    let body =
        json!({ "seconds": seconds, "finished": finished, "speed": speed, "at": at, "sent_at": sent_at });
    let (init, headers) = (RequestInit::new(), Headers::new()?);
    headers.set("content-type", "application/json")?;
    init.set_method("PUT");
    init.set_headers(&headers);
    init.set_body(&body.to_string().into());
    request(&format!("/api/v1/items/{item_id}/position"), &init).await
}
