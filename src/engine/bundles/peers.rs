//! Trust in peers. The first trust is an administrator's act, after a look at the fingerprint; a change of
//! keys that the trusted ones signed extends it (`rotation`).

use bundle::PublicNode;
use serde_json::json;

use super::follows::delete_orphaned;
use super::{check_is_node, refused};
use crate::db::ConnectionTrait;
use crate::db::bundles::{self as rows, PeerRow, VolumeRow};
use crate::domain::Refusal;
use crate::domain::audit_entry::AuditAction;
use crate::engine::{Engine, Result};

/// Volumes that a status lists.
pub(super) const LATEST: i64 = 20;

/// Trusts the keys in a node's line. `fingerprint` is the one that the administrator has from the peer.
///
/// # Errors
/// `Refusal::Invalid` of `line` or `fingerprint`; `Refusal::Conflict` on a node that is alone.
pub async fn trust(engine: &Engine, line: &str, fingerprint: &str) -> Result<PublicNode> {
    check_is_node(&engine.config)?;
    let node: PublicNode =
        line.parse().map_err(|error: bundle::BundleError| Refusal::field("line", error.to_string()))?;
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    if digits(fingerprint) != digits(&node.fingerprint()) {
        let why = "This is not the fingerprint of the line. Compare both with what the peer shows.";
        return Err(Refusal::field("fingerprint", why).into());
    }
    if node.name.as_str() == engine.config.node {
        return Err(Refusal::field("line", "This is the line of this node itself.").into());
    }
    let mut work = engine.begin().await?;
    rows::trust(&*work, node.name.as_str(), &node.to_string(), work.now()).await?;
    let data = json!({ "peer": node.name.as_str(), "fingerprint": node.fingerprint() });
    work.audit(AuditAction::PeerTrust, None, data);
    work.commit().await?;
    Ok(node)
}

/// Ends the trust in a peer: its bundles are refused, none are made for it, and the private feeds of its
/// users are deleted with their passwords.
pub async fn revoke(engine: &Engine, name: &str) -> Result<()> {
    check_is_node(&engine.config)?;
    let mut work = engine.begin().await?;
    if !rows::revoke(&*work, name, work.now()).await? {
        return Err(Refusal::missing("peer").into());
    }
    rows::unfollow_all(&*work, name).await?;
    work.audit(AuditAction::PeerRevoke, None, json!({ "peer": name }));
    work.commit().await?;
    delete_orphaned(engine, name).await
}

/// Peers and the latest volumes.
pub struct BundleStatus {
    pub peers: Vec<(PeerRow, Option<PublicNode>)>,
    pub volumes: Vec<VolumeRow>,
}

pub async fn status(engine: &Engine) -> Result<BundleStatus> {
    let peers = rows::peers(&engine.db).await?;
    let with_keys = |peer: PeerRow| {
        let node = peer.public_keys.parse().ok();
        (peer, node)
    };
    let volumes = rows::latest_volumes(&engine.db, LATEST).await?;
    Ok(BundleStatus { peers: peers.into_iter().map(with_keys).collect(), volumes })
}

/// Names of the trusted peers.
///
/// # Errors
/// `Refusal::Conflict` if there are none.
pub async fn trusted_names(engine: &Engine) -> Result<Vec<String>> {
    let trusted = rows::peers(&engine.db).await?.into_iter().filter(|peer| peer.revoked_at.is_none());
    let names: Vec<_> = trusted.map(|peer| peer.name).collect();
    if names.is_empty() {
        let why = "No node is trusted yet: trust one on the page Bundles, or by `smartcache bundle keys trust LINE`.";
        return Err(Refusal::conflict(why).into());
    }
    Ok(names)
}

/// A peer, whether it is trusted or was.
///
/// # Errors
/// `Refusal::NotFound`.
pub(super) async fn known_peer(db: &impl ConnectionTrait, name: &str) -> Result<PeerRow> {
    Ok(rows::peer(db, name).await?.ok_or_else(missing)?)
}

/// Keys of a trusted peer.
///
/// # Errors
/// `Refusal::NotFound`, also for a revoked one.
pub(super) async fn trusted(engine: &Engine, name: &str) -> Result<PublicNode> {
    let peer = known_peer(&engine.db, name).await?;
    if peer.revoked_at.is_some() {
        return Err(missing().into());
    }
    peer.public_keys.parse().map_err(refused)
}

fn missing() -> Refusal {
    Refusal::missing("trusted peer")
}

/// Keys whose signatures count now.
pub async fn trusted_keys(engine: &Engine) -> Result<Vec<PublicNode>> {
    let (mut nodes, now) = (Vec::new(), engine.now());
    for peer in rows::peers(&engine.db).await?.into_iter().filter(|peer| peer.revoked_at.is_none()) {
        let previous = peer.previous_keys.filter(|_| peer.previous_until.is_some_and(|until| now < until));
        for line in std::iter::once(peer.public_keys).chain(previous) {
            nodes.push(line.parse().map_err(refused)?);
        }
    }
    Ok(nodes)
}
