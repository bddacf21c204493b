//! The end of an export: its history, and what the peer will have of it.

use std::collections::HashSet;

use bundle::{Sha256, WrittenBundle};

use super::export::sent_volume;
use super::outgoing::OutgoingRecords;
use super::peers::known_peer;
use super::{ExportOptions, requests};
use crate::db::bundles::{self as rows, VolumeEnd};
use crate::domain::bundle::{BundlePosition, NodeRole, VolumeStatus};
use crate::engine::{Engine, Result};

/// A bundle that was written, or could not be.
pub(super) struct BundleDelivery {
    pub options: ExportOptions,
    /// Position of the peer's latest bundle when this one began.
    pub received: BundlePosition,
}

impl BundleDelivery {
    /// Records the outcome.
    pub async fn end(
        &self,
        engine: &Engine,
        (to, bundle, position): (&str, &str, BundlePosition),
        done: &Result<(OutgoingRecords, WrittenBundle)>,
    ) -> Result<()> {
        let end = match done {
            Ok((told, written)) => VolumeEnd {
                status: VolumeStatus::Done,
                volumes: written.volumes.len() as i64,
                records: Some(told.records as i64),
                bytes: i64::try_from(written.bytes).unwrap_or(i64::MAX),
                error: None,
            },
            Err(error) => VolumeEnd {
                status: VolumeStatus::Failed,
                volumes: 0,
                records: None,
                bytes: 0,
                error: Some(error.to_string()),
            },
        };
        if let Ok((told, written)) = done {
            self.record(engine, (to, bundle), told, written).await?;
        }
        Ok(rows::end_volume(&engine.db, &sent_volume(to, bundle, position), &end, engine.now()).await?)
    }

    /// Records what the peer will have of it.
    async fn record(
        &self,
        engine: &Engine,
        (to, bundle): (&str, &str),
        told: &OutgoingRecords,
        written: &WrittenBundle,
    ) -> Result<()> {
        let blobs = names_of(&written.blobs);
        for file in told.files.iter().filter(|file| blobs.contains(&file.sha256)) {
            rows::set_file_sent(&engine.db, to, file, bundle, engine.now()).await?;
        }
        for picture in told.pictures.iter().filter(|picture| blobs.contains(&picture.sha256)) {
            rows::picture_sent(&engine.db, to, &picture.address).await?;
        }
        let has_all_records = written.left.parts == 0;
        if self.options.is_full && self.options.has_blobs && has_all_records {
            rows::set_full(&engine.db, to, engine.now()).await?;
        }
        if self.options.is_one_way && engine.config.role == NodeRole::Gateway && has_all_records {
            let work = engine.begin().await?;
            rows::lock_node(&*work, work.now().timestamp_millis()).await?;
            // A bundle that came meanwhile says better what the peer has.
            if known_peer(&*work, to).await?.position() == self.received {
                rows::set_have(&*work, to, &told.have).await?;
            }
            work.commit().await?;
        }
        requests::exported(engine, &told.requests).await
    }
}

/// Blobs that were written, as the database names them.
pub(super) fn names_of(blobs: &[Sha256]) -> HashSet<String> {
    blobs.iter().map(ToString::to_string).collect()
}
