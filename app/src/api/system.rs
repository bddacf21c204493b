//! State of the installation, as administrators see it, and what they do there.

use domain::RunId;
use domain::system::SystemReport;
use leptos::prelude::*;

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use crate::server_side::signed_in;
    pub(super) use domain::Refusal;
    pub(super) use smartcache::engine::rights::Right;
    pub(super) use smartcache::engine::{response_cache, system, users};
}

/// Returns the report.
#[server(prefix = "/api/ui", endpoint = "show_system")]
pub async fn show_system() -> Result<SystemReport, ApiError> {
    let (engine, by) = signed_in(Right::Administer).await?;
    Ok(system::report(&engine, &by).await?)
}

/// Clears the response cache in all processes.
#[server(prefix = "/api/ui", endpoint = "clear_cache")]
pub async fn clear_cache() -> Result<(), ApiError> {
    let (engine, by) = signed_in(Right::Administer).await?;
    Ok(response_cache::clear(&engine, &by).await?)
}

/// Clears in all processes what the response cache has for one user, by name.
#[server(prefix = "/api/ui", endpoint = "clear_cache_of_user")]
pub async fn clear_cache_of_user(#[server(default)] user: String) -> Result<(), ApiError> {
    let (engine, by) = signed_in(Right::Administer).await?;
    let Some(id) = users::by_name(&engine, user.trim()).await? else {
        let refusal = Refusal::field("user", "There is no user of this name.");
        return Err(ApiError::from(refusal).keeping([("user", user)]));
    };
    Ok(response_cache::clear_user(&engine, &by, id).await?)
}

/// Stops a run of any user.
#[server(prefix = "/api/ui", endpoint = "stop_run")]
pub async fn stop_run(run_id: RunId) -> Result<(), ApiError> {
    let (engine, _) = signed_in(Right::Administer).await?;
    Ok(system::stop_run(&engine, run_id).await?)
}
