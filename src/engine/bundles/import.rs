//! Reads a volume of a trusted peer. A killed import goes on at the part that it had not finished; a row that
//! is known changes nothing.

use std::fs::File;
use std::path::Path;

use bundle::{Bounds, BundleError, NodeName, Volume, VolumeHeader};

use super::parts::apply;
use super::peers::{known_peer, trusted_keys};
use super::{keyring, refused};
use crate::db::bundles::{self as rows, NewVolume, VolumeEnd, VolumeRow};
use crate::domain::bundle::{
    BundleDirection, BundlePosition, MAX_EPOCH, MAX_SEEN, NodeRole, PeerHave, Record, VolumeStatus,
};
use crate::domain::{DateTime, Refusal, Utc};
use crate::engine::{Engine, Error, Result, SharedEngine};

/// An imported volume.
#[derive(Debug)]
pub struct ImportedVolume {
    pub peer: String,
    pub seq: i64,
    pub volume: i64,
    pub volumes: i64,
    pub records: i64,
    pub files: i64,
    pub bytes: i64,
    /// Time of the first import, if it was here before.
    pub known_since: Option<DateTime<Utc>>,
}

/// Imports a volume.
///
/// # Errors
/// `Refusal::Invalid` of `volume` with the reason for which it is not accepted.
pub(super) async fn import_volume(engine: &SharedEngine, path: &Path) -> Result<ImportedVolume> {
    let keyring = keyring(engine)?;
    let trusted = trusted_keys(engine).await?;
    let (own, path) = (keyring.current().node().name.clone(), path.to_owned());
    let open = move || open(&path, &own, &trusted);
    let volume = tokio::task::spawn_blocking(open).await.map_err(Error::from)?.map_err(refused)?;
    let header = volume.header().clone();
    let (position, have) = check_header(engine.config.role, &header)?;
    let id = header.bundle.simple().to_string();
    let new = new_volume(&header, &id, position);
    let received = begin(engine, &header, &new, have).await?;
    if received.status == VolumeStatus::Done {
        return Ok(imported(received, true));
    }
    let from = usize::try_from(received.parts).map_err(Error::fault)?;
    let applied = apply(engine, keyring, volume, &header, &new, from).await;
    let bytes = header.parts.iter().map(|part| part.bytes).sum::<u64>();
    let end = VolumeEnd {
        status: if applied.is_ok() { VolumeStatus::Done } else { VolumeStatus::Failed },
        volumes: received.volumes,
        records: None,
        bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
        error: applied.as_ref().err().map(ToString::to_string),
    };
    rows::end_volume(&engine.db, &new, &end, engine.now()).await?;
    applied?;
    Ok(imported(known_volume(engine, &new).await?, false))
}

/// Opens a volume, and judges its header.
pub(super) fn open(
    path: &Path,
    own: &NodeName,
    trusted: &[bundle::PublicNode],
) -> Result<Volume<File>, BundleError> {
    let (file, name) = bundle::open_file(path)?;
    Volume::open(file, &name, own, trusted, Bounds::default())
}

fn imported(row: VolumeRow, was_known: bool) -> ImportedVolume {
    let VolumeRow { peer, seq, volume, volumes, records, files, bytes, created_at, .. } = row;
    ImportedVolume {
        peer,
        seq,
        volume,
        volumes,
        records,
        files,
        bytes,
        known_since: was_known.then_some(created_at),
    }
}

/// Position of a bundle, and what its sender has, if this node takes in such bundles.
///
/// # Errors
/// `Refusal::Invalid` of `volume`.
pub(super) fn check_header(role: NodeRole, header: &VolumeHeader) -> Result<(BundlePosition, PeerHave)> {
    check_needs(role, header)?;
    Ok((position(header)?, have(header)?))
}

fn have(header: &VolumeHeader) -> Result<PeerHave> {
    let have = serde_json::from_value(header.have.clone()).ok().filter(|have: &PeerHave| {
        let is_bounded = have.seen.len() <= MAX_SEEN && have.applied.len() <= MAX_SEEN;
        (0..=MAX_EPOCH).contains(&have.epoch) && is_bounded
    });
    have.ok_or_else(|| Refusal::field("volume", "Its header does not say what the sender has.").into())
}

/// Refuses a bundle with records that this version does not know, or of a node that has the same part.
fn check_needs(role: NodeRole, header: &VolumeHeader) -> Result<()> {
    let known: &[&str] = match role {
        NodeRole::Site => &Record::FROM_GATEWAY,
        NodeRole::Gateway | NodeRole::Alone => &Record::FROM_SITE,
    };
    match header.needs.iter().find(|kind| !known.contains(&kind.as_str())) {
        None => Ok(()),
        Some(kind) => {
            let why = format!(
                "It has records of the kind {kind}, which a {role} of this version does not take in. Update this node, \
                 or look whether both nodes have the part that they should."
            );
            Err(Refusal::field("volume", why).into())
        }
    }
}

fn position(header: &VolumeHeader) -> Result<BundlePosition> {
    let wrong = |what: &str| Refusal::field("volume", format!("Its header has no usable {what}."));
    let epoch = header
        .epoch
        .parse()
        .ok()
        .filter(|epoch| (1..=MAX_EPOCH).contains(epoch))
        .ok_or_else(|| wrong("epoch"))?;
    let seq = i64::try_from(header.seq).map_err(|_| wrong("number"))?;
    Ok(BundlePosition { epoch, seq })
}

fn new_volume<'a>(header: &'a VolumeHeader, bundle: &'a str, position: BundlePosition) -> NewVolume<'a> {
    NewVolume {
        peer: header.from.as_str(),
        direction: BundleDirection::Received,
        bundle,
        position,
        volume: i64::from(header.volume),
        volumes: i64::from(header.volumes),
    }
}

async fn known_volume(engine: &Engine, of: &NewVolume<'_>) -> Result<VolumeRow> {
    let known = rows::volume(&engine.db, of.peer, of.direction, of.bundle, of.volume).await?;
    known.ok_or_else(|| Error::fault("a volume has no row"))
}

/// Takes the header in, before any record: rows of a killed import belong to a bundle that is known as seen.
async fn begin(
    engine: &Engine,
    header: &VolumeHeader,
    new: &NewVolume<'_>,
    have: PeerHave,
) -> Result<VolumeRow> {
    let position = new.position;
    let work = engine.begin().await?;
    let (now, name) = (work.now(), header.from.as_str());
    let epoch = rows::lock_node(&*work, now.timestamp_millis()).await?;
    let peer = known_peer(&*work, name).await?;
    rows::begin_volume(&*work, new, now).await?;
    for applied in &have.applied {
        rows::send_again(&*work, name, applied).await?;
    }
    let sent = rows::sent_among(&*work, name, &have.seen).await?;
    rows::set_applied(&*work, name, &have.applied).await?;
    let demanded = have.demands(epoch, |seen| sent.iter().any(|it| it == seen), now.timestamp_millis());
    if let Some(next) = demanded {
        tracing::warn!(
            peer = name,
            epoch = next,
            "the peer has seen bundles that this database does not know"
        );
        rows::set_epoch(&*work, next).await?;
    }
    if position > peer.position() {
        rows::set_received(&*work, name, position, now).await?;
        let has_this_epoch = demanded.is_none() && have.epoch == epoch;
        rows::set_have(&*work, name, &if has_this_epoch { have } else { PeerHave::default() }).await?;
    }
    work.commit().await?;
    known_volume(engine, new).await
}
