//! First steps of a process that listens.

use crate::engine::{Engine, Result, accounts, catalog};

/// Prepares the database for a process that listens.
pub async fn prepare(engine: &Engine) -> Result<()> {
    accounts::factors::begin_rule_for_all(engine).await?;
    if engine.config.demo {
        catalog::demo::install(engine).await?;
    }
    Ok(())
}
