//! Bundles: peers, their marks, the history of volumes, and the rows of the catalogue that travel.

mod history;
mod incoming;
mod outgoing;
mod peer_accounts;
mod peer_files;
mod peer_pictures;
mod peer_requests;
mod peers;
mod request_files;
mod request_pictures;
mod requests;

use super::sql::{args, execute, value};
use super::{ConnectionTrait, DbErr};
use crate::bundle::Epoch;

pub use history::*;
pub use incoming::*;
pub use outgoing::*;
pub use peer_accounts::*;
pub use peer_files::*;
pub use peer_pictures::*;
pub use peer_requests::*;
pub use peers::*;
pub use request_files::*;
pub use request_pictures::*;
pub use requests::*;

/// Epoch of this node. Zero before its first bundle.
pub async fn epoch(db: &impl ConnectionTrait) -> Result<Epoch, DbErr> {
    Ok(value(db, "SELECT epoch FROM node", args![]).await?.unwrap_or_default())
}

/// Begins an epoch. The caller holds the lock of `lock_node`.
pub async fn set_epoch(db: &impl ConnectionTrait, epoch: Epoch) -> Result<(), DbErr> {
    execute(db, "UPDATE node SET epoch = $1 WHERE epoch < $1", args![epoch]).await.map(|_| ())
}

/// Locks the node's row until the transaction ends, so that exports and imports number one after the other.
/// `first` is the epoch of a new node.
pub async fn lock_node(db: &impl ConnectionTrait, first: Epoch) -> Result<Epoch, DbErr> {
    let insert = "INSERT INTO node (epoch) SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM node)";
    execute(db, insert, args![first]).await?;
    let epoch = value(db, "UPDATE node SET epoch = epoch RETURNING epoch", args![]).await?;
    epoch.ok_or(DbErr::RecordNotUpdated)
}
