//! Devices of the user, listed, changed and revoked from their page.

use domain::DeviceId;
use domain::device::Device;
use leptos::prelude::*;

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::number;
    pub(super) use crate::server_side::signed_in;
    pub(super) use domain::device::DeviceChange;
    pub(super) use smartcache::engine::devices;
    pub(super) use smartcache::engine::rights::Right;
}

/// Returns the user's devices, the latest registration first.
#[server(prefix = "/api/ui", endpoint = "list_devices")]
pub async fn list_devices() -> Result<Vec<Device>, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    Ok(devices::list(&engine, owner.id).await?)
}

/// Changes the name and the settings of a device. Returns its id.
#[server(prefix = "/api/ui", endpoint = "change_device")]
pub async fn change_device(
    device_id: DeviceId,
    #[server(default)] name: String,
    #[server(default)] budget_mb: String,
    #[server(default)] allow_metered: String,
) -> Result<DeviceId, ApiError> {
    let (engine, owner) = signed_in(Right::Listen).await?;
    let change = DeviceChange {
        name: Some(name.clone()),
        budget_mb: Some(number(&budget_mb)),
        allow_metered: Some(!allow_metered.is_empty()),
    };
    let kept = [
        ("device_id", device_id.to_string()),
        ("name", name),
        ("budget_mb", budget_mb),
        ("allow_metered", allow_metered),
    ];
    let changed = devices::change(&engine, owner.id, device_id, change).await;
    changed.map(|device| device.id).map_err(|error| ApiError::from(error).keeping(kept))
}

/// Revokes a device.
#[server(prefix = "/api/ui", endpoint = "revoke_device")]
pub async fn revoke_device(device_id: DeviceId) -> Result<(), ApiError> {
    let (engine, owner) = signed_in(Right::Listen).await?;
    Ok(devices::revoke(&engine, owner.id, device_id).await?)
}
