//! A contact: what this device has goes to the server in one request, and its answer is applied.

use std::cell::RefCell;

use domain::DeviceId;
use domain::device::{ContactAnswer, DeviceStorage, NewContact, NewDevice, WantedCopy};
use domain::local_copy::LocalCopy;
use domain::user_agent::device_name;
use serde::Deserialize;
use wasm_bindgen::JsValue;

use super::session::{self, DeviceRegistration};
use super::{answer, bindings, http, index, link, outbox, proof, running, vault};

/// Time for a contact, in milliseconds.
const LIMIT: u32 = 20_000;
/// The same for the last one before everything is deleted.
const FAREWELL_LIMIT: u32 = 2_000;
/// Budget with which a browser registers, in megabytes. Its user changes it on the page of devices.
const BUDGET_MB: i64 = domain::device::DEFAULT_BUDGET_MB;

thread_local! {
    /// Name of this start of the program.
    static BOOT: String = bindings::random();
    /// Reason for which the server refused to register this browser.
    static REFUSAL: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Why a contact did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactFailure {
    /// No connection, or no answer of this server.
    Later,
    SignedOut,
    /// The user has revoked this device, and what it kept is deleted.
    Revoked,
    /// The server does not know this device. The next contact registers it anew.
    Unknown,
}

/// Outcome of a contact.
#[derive(Debug, Default)]
pub struct ContactPlan {
    /// Copies to fetch, in order.
    pub want: Vec<WantedCopy>,
    /// Whether there is news for a further contact.
    pub has_news: bool,
}

pub fn refusal() -> Option<String> {
    REFUSAL.with_borrow(Clone::clone)
}

/// Makes contact with all that the vault has. Registers this browser once it keeps something.
pub async fn contact(vault: &str) -> Result<ContactPlan, ContactFailure> {
    let purges = running::purges();
    let copies = index::copies(vault).await.map_err(|_| ContactFailure::Later)?;
    let Some(known) = registered(vault, &copies).await? else { return Ok(ContactPlan::default()) };
    let new = inventory(vault, &copies, known).await.map_err(|_| ContactFailure::Later)?;
    let path = format!("/api/v1/devices/{}/contact", known.id);
    let response = http::post(&path, &new, LIMIT).await.map_err(|_| ContactFailure::Later)?;
    match response.status() {
        200..=299 => {}
        401 => {
            session::lock().await;
            return Err(ContactFailure::SignedOut);
        }
        404 => {
            // Unless another user has signed in meanwhile, whose device it is not.
            if !session::is_of(vault).await {
                return Err(ContactFailure::Later);
            }
            let _ = session::forget_registration(vault).await;
            return Err(ContactFailure::Unknown);
        }
        410 => {
            revoked(vault).await;
            return Err(ContactFailure::Revoked);
        }
        _ => return Err(ContactFailure::Later),
    }
    let answer: ContactAnswer = http::json(&response).await.ok_or(ContactFailure::Later)?;
    if running::purges() != purges {
        return Err(ContactFailure::Later);
    }
    let has_news = answer::apply(vault, &new, &answer).await.map_err(|_| ContactFailure::Later)?;
    let is_refuted = match &answer.challenge {
        Some(challenge) => proof::prove(vault, known.id, challenge, answer.now).await,
        None => false,
    };
    Ok(ContactPlan { want: answer.want, has_news: has_news || is_refuted })
}

/// The last contact before everything here is deleted sends the outbox. Returns the device, to be signed off
/// afterwards.
pub async fn farewell(vault: &str) -> Option<DeviceId> {
    let known = session::registration(vault).await?;
    let copies = index::copies(vault).await.unwrap_or_default();
    if let Ok(new) = inventory(vault, &copies, known).await {
        let path = format!("/api/v1/devices/{}/contact", known.id);
        let _ = http::post(&path, &new, FAREWELL_LIMIT).await;
    }
    Some(known.id)
}

/// Revokes this device, which keeps nothing any more.
pub async fn sign_off(device: DeviceId) {
    let _ = http::delete(&format!("/api/v1/devices/{device}"), FAREWELL_LIMIT).await;
}

/// The registration of this browser; made if something is kept here.
async fn registered(vault: &str, copies: &[LocalCopy]) -> Result<Option<DeviceRegistration>, ContactFailure> {
    if let Some(known) = session::registration(vault).await {
        return Ok(Some(known));
    }
    let has_events = outbox::events(vault).await.is_ok_and(|events| !events.is_empty());
    if copies.is_empty() && !has_events && !session::is_asked_for(vault).await {
        return Ok(None);
    }
    if !session::is_of(vault).await {
        return Err(ContactFailure::Later);
    }
    let agent = bindings::scope().navigator().user_agent().unwrap_or_default();
    let name = device_name(&agent);
    let purges = running::purges();
    let key = Some(session::own_key(vault).await.map_err(|_| ContactFailure::Later)?);
    let platform = String::new();
    let new = NewDevice { name, platform, budget_mb: BUDGET_MB, allow_metered: false, key };
    let answered = http::post("/api/v1/devices", &new, LIMIT).await;
    let response = answered.map_err(|_| ContactFailure::Later)?;
    if response.status() == 401 {
        session::lock().await;
        return Err(ContactFailure::SignedOut);
    }
    if !response.ok() {
        let problem: Option<ProblemDetail> = http::json(&response).await;
        REFUSAL.set(problem.map(|problem| problem.detail));
        return Err(ContactFailure::Later);
    }
    REFUSAL.set(None);
    let device: RegisteredDevice = http::json(&response).await.ok_or(ContactFailure::Later)?;
    if device.vault != vault {
        // Another user has signed in since.
        return Err(ContactFailure::Later);
    }
    let registration = DeviceRegistration { id: device.id, rev: 0 };
    if running::purges() != purges {
        // Everything was deleted meanwhile.
        sign_off(device.id).await;
        return Err(ContactFailure::Later);
    }
    let stored = outbox::restart(vault, 0, copies, bindings::now()).await;
    stored.map_err(|_| ContactFailure::Later)?;
    session::set_registration(vault, &registration).await.map_err(|_| ContactFailure::Later)?;
    Ok(Some(registration))
}

/// The part of the server's record of this device that matters here.
#[derive(Deserialize)]
struct RegisteredDevice {
    id: DeviceId,
    vault: String,
}

#[derive(Deserialize)]
struct ProblemDetail {
    detail: String,
}

async fn inventory(
    vault: &str,
    copies: &[LocalCopy],
    known: DeviceRegistration,
) -> Result<NewContact, JsValue> {
    let rev = known.rev + 1;
    session::set_registration(vault, &DeviceRegistration { rev, ..known }).await?;
    let (used, is_persisted) = vault::storage().await;
    Ok(NewContact {
        boot: BOOT.with(Clone::clone),
        rev,
        sent_at: bindings::now(),
        events: outbox::next(vault).await?,
        copies: copies.iter().flat_map(LocalCopy::claims).collect(),
        storage: DeviceStorage { used: Some(used as i64), persisted: Some(is_persisted) },
        net: link::link(),
        build: session::build(),
    })
}

/// Deletes what the vault has, because its user has revoked this device.
async fn revoked(vault: &str) {
    running::abort_transfer(None);
    let _ = session::forget(vault).await;
    let _ = session::set_revoked(vault, true).await;
    let vaults = index::vaults().await.unwrap_or_default();
    let _ = vault::sweep(None, &[], &vaults).await;
}
