//! Progress of transfers: sent by the process that transfers, and without the relay read from rows by others.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::Hub;
use crate::db::downloads;
use crate::domain::event::{EventKind, Frame};
use crate::domain::{DownloadId, UserId};
use crate::engine::{Engine, Result};

/// Maximum number of users per SQL statement.
const SLICE: usize = 1_000;
/// Time for which the progress of a download counts as sent by this process.
const RECENT: Duration = Duration::from_secs(10);

/// Downloads whose progress this process sends, with the time of the last frame.
#[derive(Debug, Default)]
pub(super) struct OwnProgress(Mutex<HashMap<DownloadId, Instant>>);

impl OwnProgress {
    pub fn record(&self, download: DownloadId) {
        let mut sent = self.0.lock();
        sent.retain(|_, at| at.elapsed() < RECENT);
        sent.insert(download, Instant::now());
    }

    pub fn is_recent(&self, download: DownloadId) -> bool {
        self.0.lock().get(&download).is_some_and(|at| at.elapsed() < RECENT)
    }
}

impl Hub {
    /// Sends the progress of a download that this process transfers.
    pub fn send_progress(&self, owner: UserId, download: DownloadId, frame: &Frame) {
        self.own_progress().record(download);
        self.send(owner, frame);
    }
}

/// Progress that the watch has sent: the number of bytes of each download.
#[derive(Debug, Default)]
pub struct ToldProgress(HashMap<DownloadId, i64>);

impl ToldProgress {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// Sends the stored progress of transfers of other processes, where it has changed.
pub(super) async fn look(engine: &Engine, told: &mut ToldProgress) -> Result<()> {
    let mut now = HashMap::new();
    for owners in engine.hub.users().chunks(SLICE) {
        for transfer in downloads::transferring(&engine.db, owners).await? {
            let progress = transfer.progress;
            if engine.hub.own_progress().is_recent(progress.download_id) {
                continue;
            }
            let is_new = told.0.get(&progress.download_id) != Some(&progress.bytes_done);
            now.insert(progress.download_id, progress.bytes_done);
            if is_new {
                let data = serde_json::to_value(progress)?;
                let mut frame = Frame::fleeting(engine.now(), EventKind::DownloadProgress, data);
                frame.run_id = transfer.run_id;
                engine.hub.send_here(transfer.user_id, &frame);
            }
        }
    }
    told.0 = now;
    Ok(())
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use both_databases::both_databases;
    use serde_json::json;

    use super::*;
    use crate::db::sql::{self, args};
    use crate::domain::download::Progress;
    use crate::testing::TestEngine;
    use crate::testing::fixtures::url_of;

    #[both_databases]
    async fn the_progress_of_another_process_is_read_where_it_changes(t: &TestEngine) {
        let ada = t.sign_up("ada").await.id;
        let download = t.claim(ada, "long", 1_000, None).await;
        let at = |bytes_done| Progress {
            download_id: download,
            bytes_done,
            bytes_total: Some(1_000),
            speed_bps: None,
            eta_seconds: None,
        };
        let url = url_of("long");
        let begin = "UPDATE download SET status = 'downloading' WHERE id = $1";
        sql::execute(&t.engine.db, begin, args![download]).await.unwrap();
        let (mut listener, mut told) = (t.engine.hub.listen(ada, "token".into()), ToldProgress::default());
        let mut heard = || {
            std::iter::from_fn(|| listener.frames.try_recv().ok()).map(|w| w.text.clone()).collect::<Vec<_>>()
        };
        for bytes in [300, 300, 600] {
            downloads::progressed(&t.engine.db, &url, &at(bytes)).await.unwrap();
            look(&t.engine, &mut told).await.unwrap();
        }
        let frames = heard();
        assert_eq!(frames.len(), 2, "{frames:?}");
        assert!(
            frames[0].contains("\"bytes_done\":300") && frames[1].contains("\"bytes_done\":600"),
            "{frames:?}"
        );
        let own = Frame::fleeting(t.engine.now(), EventKind::DownloadProgress, json!({ "bytes_done": 700 }));
        t.engine.hub.send_progress(ada, download, &own);
        downloads::progressed(&t.engine.db, &url, &at(650)).await.unwrap();
        look(&t.engine, &mut told).await.unwrap();
        assert_eq!(heard().len(), 1, "what this process transfers is newer than its rows");
    }
}
