//! Narrowing of a live connection to one run or to the runs of a collection.

use std::collections::HashMap;

use smartcache::domain::{CollectionId, Refusal, RunId, UserId};
use smartcache::engine::live::Wire;
use smartcache::engine::{Engine, Error, Result, collections, runs};

/// Frames that a connection receives, besides those that concern it as a whole.
#[derive(Debug, Default)]
pub enum Scope {
    #[default]
    All,
    Run(RunId),
    /// With what is known of runs: whether they belong to the collection.
    Collection(CollectionId, HashMap<RunId, bool>),
}

impl Scope {
    /// # Errors
    /// `Refusal::NotFound` for a run or a collection of another user; `Refusal::Invalid` unless one is named.
    pub async fn of(
        engine: &Engine,
        owner: UserId,
        run: Option<RunId>,
        collection: Option<CollectionId>,
    ) -> Result<Self> {
        match (run, collection) {
            (Some(run), None) => Ok(Self::Run(runs::get(engine, owner, run).await?.id)),
            (None, Some(collection)) => {
                Ok(Self::Collection(collections::get(engine, owner, collection).await?.id, HashMap::new()))
            }
            _ => Err(Refusal::field("run_id", "Name a run or a collection.").into()),
        }
    }

    /// Whether a frame of the user is sent.
    pub async fn includes(&mut self, engine: &Engine, owner: UserId, wire: &Wire) -> Result<bool> {
        if wire.is_general {
            return Ok(true);
        }
        match (self, wire.run_id) {
            (Self::All, _) => Ok(true),
            (Self::Run(run), of) => Ok(of == Some(*run)),
            (Self::Collection(..), None) => Ok(false),
            (Self::Collection(collection, known), Some(run)) => {
                if let Some(is_in) = known.get(&run) {
                    return Ok(*is_in);
                }
                let is_in = match runs::get(engine, owner, run).await {
                    Ok(run) => run.collection_id == Some(*collection),
                    Err(Error::Refused(_)) => false,
                    Err(fault) => return Err(fault),
                };
                known.insert(run, is_in);
                Ok(is_in)
            }
        }
    }
}
