//! Contact with the server: which vault is the user's, and the positions that it has not got.

use domain::local_copy::LocalPosition;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use web_sys::{AbortSignal, Headers, RequestInit, Response};

use super::fetch::{body_text, request};
use super::index;

/// Setting: the vault of the user who was signed in last.
const VAULT: &str = "vault";
/// Setting: whether the server said that the session has ended.
const LOCKED: &str = "locked";

/// Time after which a server that does not answer counts as away, in milliseconds. The list of copies waits
/// for it.
const LIMIT: u32 = 1_500;
/// Time for a position to be stored, in milliseconds.
const POSITION_LIMIT: u32 = 20_000;
/// Time that copies stay without a session of their user, in milliseconds: two weeks.
const KEPT: f64 = 14.0 * 86_400_000.0;

#[derive(Deserialize)]
struct VaultAnswer {
    vault: String,
}

/// A position as the server takes it.
#[derive(Serialize)]
struct PositionBody<'a> {
    seconds: f64,
    finished: bool,
    speed: f64,
    at: &'a str,
    sent_at: String,
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
    let init = RequestInit::new();
    init.set_signal(Some(&AbortSignal::timeout_with_u32(LIMIT)));
    let Ok(response) = request("/api/v1/devices/vault", &init).await else { return Contact::None };
    if response.status() == 401 {
        let _ = index::set(LOCKED, &true).await;
        return Contact::SignedOut;
    }
    match vault_of(&response).await {
        Some(vault) => {
            let _ = index::set(VAULT, &vault).await;
            let _ = index::set(LOCKED, &false).await;
            let _ = index::set(&seen(&vault), &js_sys::Date::now()).await;
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

/// Setting: the browser's clock when the user of a vault was signed in last, in milliseconds.
fn seen(vault: &str) -> String {
    format!("seen/{vault}")
}

/// Forgets copies of users who were not signed in here for a while. Their files are swept afterwards.
pub async fn expire_vaults() {
    for vault in index::vaults().await.unwrap_or_default() {
        let last: f64 = index::setting(&seen(&vault)).await.unwrap_or_default();
        if js_sys::Date::now() - last > KEPT {
            for copy in index::copies(&vault).await.unwrap_or_default() {
                let _ = index::remove_copy(&vault, copy.download_id).await;
            }
        }
    }
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
    let body = PositionBody {
        seconds: position.seconds,
        finished: position.finished,
        speed: position.speed,
        at: &position.at,
        sent_at: js_sys::Date::new_0().to_iso_string().into(),
    };
    let body = serde_json::to_string(&body).unwrap_or_default();
    let (init, headers) = (RequestInit::new(), Headers::new()?);
    headers.set("content-type", "application/json")?;
    init.set_method("PUT");
    init.set_signal(Some(&AbortSignal::timeout_with_u32(POSITION_LIMIT)));
    init.set_headers(&headers);
    init.set_body(&body.into());
    request(&format!("/api/v1/items/{}/position", position.item_id), &init).await
}
