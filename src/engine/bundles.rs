//! Bundles: signed and encrypted volumes that carry the catalogue from a gateway to its sites, and what they
//! follow back to it. Crate `bundle` has the container; the marks are in `domain::bundle`.

mod answers;
mod arrivals;
mod asked;
mod blobs;
mod blocking_writer;
mod counts;
mod delivery;
mod drop_folder;
mod export;
mod folder;
mod follows;
mod import;
mod import_lock;
mod jobs;
mod out_folder;
mod outgoing;
mod parts;
mod peer_accounts;
mod peers;
mod pictures;
mod report;
pub mod requests;
mod rotation;
mod serve;
mod single_import;
#[cfg(all(test, feature = "testing"))]
mod tests;
mod tidy;
mod upload;

use std::path::PathBuf;

use bundle::{BundleError, Keyring};

use super::{Config, Engine, Error, Result};
use crate::domain::Refusal;
use crate::domain::bundle::NodeRole;

pub use drop_folder::{DropFolderLooks, watch as watch_drop_folder};
pub use export::{ExportOptions, ExportedBundle, export};
pub use import::ImportedVolume;
pub use jobs::{ExportBundles, WATCH_EVERY, WatchDropFolder};
pub use out_folder::{WrittenVolume, export_to_folder, open_written, out_folder};
use peers::LATEST;
pub use peers::{BundleStatus, revoke, status, trust, trusted_keys, trusted_names};
pub use report::{make_keys, peer, peers, report, request_counts};
pub use serve::{EVERY as SERVE_EVERY, ServeRequests};
pub use single_import::import;
pub use tidy::{TidiedVolumes, tidy};
pub use upload::receive;

/// Directory of this node's keys.
pub fn directory(config: &Config) -> PathBuf {
    config.data_dir.join("bundles")
}

/// Keys of this node.
///
/// # Errors
/// `Refusal::Conflict` where there are none, or for another name than `SMARTCACHE_NODE`.
fn keyring(engine: &Engine) -> Result<Keyring> {
    let config = &engine.config;
    check_is_node(config)?;
    let keyring = Keyring::open(&directory(config)).map_err(refused)?;
    let name = keyring.current().node().name.to_string();
    if name != config.node {
        let why = format!("The keys are those of {name}, and SMARTCACHE_NODE is {}.", config.node);
        return Err(Refusal::conflict(why).into());
    }
    Ok(keyring)
}

/// Refuses the exchange on a node that is alone.
///
/// # Errors
/// `Refusal::Conflict`.
pub fn check_is_node(config: &Config) -> Result<()> {
    if config.role == NodeRole::Alone {
        return Err(Refusal::conflict("This node is alone: set SMARTCACHE_ROLE to gateway or site.").into());
    }
    Ok(())
}

/// A volume or a line that is refused is an answer; a disk that fails is a fault.
fn refused(error: BundleError) -> Error {
    match error {
        BundleError::Keys(why) => Refusal::conflict(why).into(),
        error if error.is_refusal() => Refusal::field("volume", error.to_string()).into(),
        error => Error::fault(error),
    }
}
