//! The session of this browser: whose vault is open, by the server's word.

use domain::DeviceId;
use domain::plan::view::PlannedDeparture;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use web_sys::Response;

use super::{bindings, http, index, outbox, settings, vault};

/// Setting: the vault of the user who was signed in last.
const VAULT: &str = "vault";
/// Setting: whether the server said that the session has ended.
const LOCKED: &str = "locked";

/// Time after which a server that does not answer counts as away, in milliseconds, while the list of copies
/// waits for it.
pub const LIST_LIMIT: u32 = 1_500;
/// The same for contacts and transfers, which may have a slow connection.
pub const ROUND_LIMIT: u32 = 20_000;
/// Time that copies stay without a session of their user, in milliseconds: two weeks.
const KEPT: f64 = 14.0 * 86_400_000.0;

#[derive(Deserialize)]
struct VaultAnswer {
    vault: String,
}

/// Result of an attempt to reach the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionCheck {
    SignedIn,
    SignedOut,
    /// Without connection, or the answer is not one of this server.
    Unknown,
}

/// Vault of the user who was signed in last, and whether that session has ended.
pub async fn known() -> (Option<String>, bool) {
    (settings::get(VAULT).await, settings::get(LOCKED).await.unwrap_or(false))
}

/// Asks the server for the user's vault, for at most so many milliseconds.
pub async fn check(limit: u32) -> SessionCheck {
    let Ok(response) = http::get("/api/v1/devices/vault", limit).await else { return SessionCheck::Unknown };
    if response.status() == 401 {
        lock().await;
        return SessionCheck::SignedOut;
    }
    match vault_of(&response).await {
        Some(vault) => {
            let _ = settings::set(VAULT, &vault).await;
            let _ = settings::set(LOCKED, &false).await;
            let _ = settings::set(&seen(&vault), &js_sys::Date::now()).await;
            SessionCheck::SignedIn
        }
        None => SessionCheck::Unknown,
    }
}

/// Records that the session has ended.
pub async fn lock() {
    let _ = settings::set(LOCKED, &true).await;
}

async fn vault_of(response: &Response) -> Option<String> {
    let VaultAnswer { vault } = http::json(response).await.filter(|_| response.ok())?;
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
        let last: f64 = settings::get(&seen(&vault)).await.unwrap_or_default();
        if js_sys::Date::now() - last > KEPT {
            let _ = forget(&vault).await;
        }
    }
}

/// Registration of this browser, as the server knows it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct DeviceRegistration {
    pub id: DeviceId,
    /// Number of the newest inventory that was sent.
    pub rev: i64,
}

fn registration_key(vault: &str) -> String {
    format!("device/{vault}")
}

/// Setting: whether the user has revoked this device.
fn revoked_key(vault: &str) -> String {
    format!("revoked/{vault}")
}

/// Setting: whether the user wants this browser to be a device, even if it keeps nothing.
fn asked_for_key(vault: &str) -> String {
    format!("asked/{vault}")
}

pub async fn is_asked_for(vault: &str) -> bool {
    settings::get(&asked_for_key(vault)).await.unwrap_or(false)
}

pub async fn set_asked_for(vault: &str) -> Result<(), JsValue> {
    settings::set_if(VAULT, &vault, &asked_for_key(vault), &true).await
}

/// Setting: the departures by the latest plan.
fn plan_key(vault: &str) -> String {
    format!("plan/{vault}")
}

pub async fn plan(vault: &str) -> Vec<PlannedDeparture> {
    settings::get(&plan_key(vault)).await.unwrap_or_default()
}

pub async fn set_plan(vault: &str, plan: &Vec<PlannedDeparture>) -> Result<(), JsValue> {
    settings::set_if(VAULT, &vault, &plan_key(vault), plan).await
}

pub async fn is_revoked(vault: &str) -> bool {
    settings::get(&revoked_key(vault)).await.unwrap_or(false)
}

pub async fn set_revoked(vault: &str, is_revoked: bool) -> Result<(), JsValue> {
    settings::set(&revoked_key(vault), &is_revoked).await
}

/// This browser among the devices of the vault's user.
pub async fn registration(vault: &str) -> Option<DeviceRegistration> {
    settings::get(&registration_key(vault)).await
}

/// Stores the registration. An error if the vault was deleted meanwhile.
pub async fn set_registration(vault: &str, registration: &DeviceRegistration) -> Result<(), JsValue> {
    settings::set_if(VAULT, &vault, &registration_key(vault), registration).await
}

/// Whether the server still takes this browser's session for that of the vault's user.
pub async fn is_of(vault: &str) -> bool {
    check(ROUND_LIMIT).await == SessionCheck::SignedIn && known().await.0.as_deref() == Some(vault)
}

fn key_key(vault: &str) -> String {
    format!("key/{vault}")
}

/// Name that this browser has made for itself, for registrations whose answer is lost.
pub async fn own_key(vault: &str) -> Result<String, JsValue> {
    let name = key_key(vault);
    if let Some(key) = settings::get(&name).await {
        return Ok(key);
    }
    let key = bindings::random();
    settings::set_if(VAULT, &vault, &name, &key).await?;
    Ok(key)
}

pub async fn forget_registration(vault: &str) -> Result<(), JsValue> {
    settings::remove(&registration_key(vault)).await
}

/// Deletes all that the index has of a vault, and its registration.
pub async fn forget(vault: &str) -> Result<(), JsValue> {
    index::clear_vault(vault).await?;
    outbox::forget_numbers(vault).await?;
    for name in [asked_for_key(vault), plan_key(vault)] {
        settings::remove(&name).await?;
    }
    forget_registration(vault).await
}

/// Deletes all that is here of a vault; without one, and if no other user has copies here, of all. Returns
/// whether all of it is gone: an open file stays.
pub async fn purge(vault: Option<&str>) -> Result<bool, JsValue> {
    let all = index::vaults().await?;
    let others: Vec<String> = all.into_iter().filter(|other| vault.is_some_and(|it| it != other)).collect();
    let Some(vault) = vault.filter(|_| !others.is_empty()) else {
        index::clear().await?;
        return vault::sweep(None, &[], &[]).await;
    };
    forget(vault).await?;
    for name in [seen(vault), revoked_key(vault), key_key(vault)] {
        settings::remove(&name).await?;
    }
    if settings::get::<String>(VAULT).await.is_some_and(|known| known == vault) {
        settings::remove(VAULT).await?;
    }
    vault::sweep(None, &[], &others).await
}

/// Build of this program, from the address of its script: `/pkg/BUILD/device-worker.js`.
pub fn build() -> Option<String> {
    let location = js_sys::Reflect::get(&bindings::scope(), &"location".into()).ok()?;
    let path = js_sys::Reflect::get(&location, &"pathname".into()).ok()?.as_string()?;
    path.split('/').nth(2).map(str::to_owned)
}
