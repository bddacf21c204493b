//! State of the exchange, for administrators, and the keys of this node.

use bundle::{Bounds, BundleError, Keyring, WriteOptions};
use sea_orm::ConnectionTrait;

use super::answers::RESEND_AFTER;
use super::pictures::MAX_WANTED;
use super::{LATEST, directory, drop_folder, keyring, out_folder, refused};
use crate::db::bundles::{self as rows, PeerRow, VolumeRow};
use crate::domain::bundle::{
    BundleLimits, BundlesReport, ListedVolume, MAX_OPEN, MAX_PER_DAY, NodeRole, PeerReport, RequestCount,
    is_quiet,
};
use crate::domain::{DateTime, Refusal, Utc};
use crate::engine::{Config, Engine, Error, Result};

/// Collects the report.
pub async fn report(engine: &Engine) -> Result<BundlesReport> {
    let config = &engine.config;
    let mut report = BundlesReport {
        role: config.role,
        node: config.node.clone(),
        line: None,
        fingerprint: None,
        keys_problem: None,
        quiet_days: config.bundle_folders.quiet_days,
        peers: peers(engine).await?,
        requests: request_counts(engine).await?,
        volumes: rows::latest_volumes(&engine.db, LATEST).await?.into_iter().map(listed).collect(),
        written: Vec::new(),
        drop_folder: None,
        limits: limits(config),
    };
    if config.role == NodeRole::Alone {
        return Ok(report);
    }
    report.written = out_folder::written(engine).await?;
    report.drop_folder = drop_folder::report(engine).await?;
    match own_keys(engine) {
        Ok(Some(keyring)) => {
            let node = keyring.current().node();
            report.line = Some(node.to_string());
            report.fingerprint = Some(node.fingerprint());
        }
        Ok(None) => {}
        Err(Error::Refused(why)) => report.keys_problem = Some(why.to_string()),
        Err(error) => return Err(error),
    }
    Ok(report)
}

fn limits(config: &Config) -> BundleLimits {
    let bytes = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    BundleLimits {
        written_volume_bytes: bytes(WriteOptions::default().volume_bytes),
        read_volume_bytes: bytes(Bounds::default().volume_bytes),
        file_bytes: bytes(config.max_file_mb.saturating_mul(1_000_000)),
        free_bytes: bytes(config.min_free()),
        requests_a_day: MAX_PER_DAY,
        open_requests: MAX_OPEN,
        pictures: MAX_WANTED as i64,
        resend_days: RESEND_AFTER.num_days(),
        is_one_way: config.bundle_folders.one_way,
    }
}

/// Requests by state: those of this site, or those of the sites of this gateway.
pub async fn request_counts(engine: &Engine) -> Result<Vec<RequestCount>> {
    let counts = match engine.config.role {
        NodeRole::Alone => Vec::new(),
        NodeRole::Site => rows::count_requests(&engine.db).await?,
        NodeRole::Gateway => rows::count_peer_requests(&engine.db).await?,
    };
    Ok(counts)
}

/// Keys of this node. None before they are made.
fn own_keys(engine: &Engine) -> Result<Option<Keyring>> {
    match Keyring::find(&directory(&engine.config)) {
        Ok(Some(_)) => keyring(engine).map(Some),
        Ok(None) => Ok(None),
        Err(error) => Err(refused(error)),
    }
}

/// Makes the keys of this node under the name of `SMARTCACHE_NODE`.
///
/// # Errors
/// `Refusal::Conflict` if it is alone or has keys.
pub fn make_keys(engine: &Engine) -> Result<()> {
    let config = &engine.config;
    super::check_is_node(config)?;
    let name = config.node.parse().map_err(refused)?;
    match Keyring::create(&directory(config), name) {
        Ok(_) => Ok(()),
        Err(BundleError::Keys(_)) => Err(Refusal::conflict("This node has keys already.").into()),
        Err(error) => Err(refused(error)),
    }
}

/// All peers, by name.
pub async fn peers(engine: &Engine) -> Result<Vec<PeerReport>> {
    let mut all = Vec::new();
    for peer in rows::peers(&engine.db).await? {
        all.push(peer_report(&engine.db, peer, engine.config.bundle_folders.quiet_days, engine.now()).await?);
    }
    Ok(all)
}

/// A peer, whether it is trusted or was.
///
/// # Errors
/// `Refusal::NotFound`.
pub async fn peer(engine: &Engine, name: &str) -> Result<PeerReport> {
    let peer = super::peers::known_peer(&engine.db, name).await?;
    peer_report(&engine.db, peer, engine.config.bundle_folders.quiet_days, engine.now()).await
}

async fn peer_report(
    db: &impl ConnectionTrait,
    peer: PeerRow,
    quiet_days: i64,
    now: DateTime<Utc>,
) -> Result<PeerReport> {
    let is_trusted = peer.revoked_at.is_none();
    let node: Option<bundle::PublicNode> = peer.public_keys.parse().ok();
    Ok(PeerReport {
        last_export_at: rows::last_sent_at(db, &peer.name).await?,
        fingerprint: node.map(|node| node.fingerprint()).unwrap_or_default(),
        is_trusted,
        trusted_at: peer.trusted_at,
        last_import_at: peer.received_at,
        is_quiet: is_trusted && is_quiet(peer.received_at, peer.trusted_at, quiet_days, now),
        name: peer.name,
    })
}

fn listed(row: VolumeRow) -> ListedVolume {
    let VolumeRow {
        peer,
        direction,
        seq,
        volume,
        volumes,
        status,
        records,
        files,
        bytes,
        error,
        created_at,
        ..
    } = row;
    let seconds = row.finished_at.map(|end| (end - created_at).as_seconds_f64());
    ListedVolume {
        peer,
        direction,
        seq,
        volume,
        volumes,
        status,
        records,
        files,
        bytes,
        seconds,
        error,
        created_at,
    }
}
