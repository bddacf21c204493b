//! Sending the agents off, and calling them back.

use leptos::prelude::*;
use smartcache::domain::RunId;
use smartcache::domain::run::{Run, RunVerb};

use crate::error::ApiError;

#[server(prefix = "/api/ui", endpoint = "start_run")]
pub async fn start_run(#[server(default)] max_items: String) -> Result<Run, ApiError> {
    use super::number;
    use crate::server_side::signed_in;
    use smartcache::domain::run::NewRun;
    use smartcache::engine::runs;
    let (engine, owner) = signed_in().await?;
    let new = NewRun { max_items: number(&max_items), ..NewRun::default() };
    let run = runs::start(&engine, owner.id, new).await;
    run.map_err(|error| ApiError::from(error).keeping([("max_items", &max_items)]))
}

/// Holds a run back, lets it go on, or ends it.
#[server(prefix = "/api/ui", endpoint = "steer_run")]
pub async fn steer_run(run_id: RunId, verb: RunVerb) -> Result<Run, ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::runs;
    let (engine, owner) = signed_in().await?;
    let run = match verb {
        RunVerb::Pause => runs::pause(&engine, owner.id, run_id).await,
        RunVerb::Resume => runs::resume(&engine, owner.id, run_id).await,
        RunVerb::Cancel => runs::cancel(&engine, owner.id, run_id).await,
    };
    Ok(run?)
}
