//! Changes of keys that bundles tell.

use bundle::{OVERLAP_DAYS, PublicNode, Rotation};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::peers::known_peer;
use super::refused;
use crate::db::bundles as rows;
use crate::domain::audit_entry::AuditAction;
use crate::domain::bundle::{BundlePosition, Record};
use crate::engine::{Engine, Result};

/// Trusts the new keys of a peer, if this is its latest bundle, and those that are trusted have signed the
/// change, too. Other statements change nothing: they are told with each bundle.
pub(super) async fn apply_rotations(
    engine: &Engine,
    name: &str,
    position: BundlePosition,
    mut batch: Vec<Record>,
) -> Result<()> {
    match batch.pop() {
        Some(Record::Rotate { rotation }) => apply(engine, name, position, rotation).await,
        _ => Ok(()),
    }
}

async fn apply(engine: &Engine, name: &str, position: BundlePosition, statement: Value) -> Result<()> {
    let Ok(rotation) = serde_json::from_value::<Rotation>(statement) else { return Ok(()) };
    let mut work = engine.begin().await?;
    let peer = known_peer(&*work, name).await?;
    let trusted: PublicNode = peer.public_keys.parse().map_err(refused)?;
    let Ok(new) = rotation.verify(&trusted) else { return Ok(()) };
    if peer.position() != position || *new == trusted {
        return Ok(());
    }
    // By the clock of this node: the time of the change is the peer's own word.
    let until = work.now() + TimeDelta::days(OVERLAP_DAYS);
    if rows::rotate(&*work, name, (&trusted.to_string(), &new.to_string()), until).await? {
        tracing::info!(peer = name, fingerprint = new.fingerprint(), "a peer has changed its keys");
        let data = json!({ "peer": name, "fingerprint": new.fingerprint(), "before": trusted.fingerprint() });
        work.audit(AuditAction::PeerTrust, None, data);
        work.commit().await?;
    }
    Ok(())
}
