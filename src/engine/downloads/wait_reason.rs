//! Reason for which a queued download waits, in words.

use std::collections::HashMap;

use jobs::{self, Job, JobStatus};

use super::host_connections::host_of;
use super::transfer::Transfer;
use super::{carried, disk_space};
use crate::db::downloads::urgency as rows;
use crate::domain::download::{Download, DownloadStatus};
use crate::domain::{DownloadId, UserId};
use crate::engine::{Engine, Result};

/// Addresses of the queued ones of these downloads.
pub(super) async fn urls(
    engine: &Engine,
    owner: UserId,
    downloads: &[Download],
) -> Result<HashMap<DownloadId, String>> {
    let queued = downloads.iter().filter(|download| download.status == DownloadStatus::Queued);
    let ids: Vec<_> = queued.map(|download| download.id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(rows::queued_urls(&engine.db, owner, &ids).await?.into_iter().collect())
}

/// Sets `waiting_for` on the queued downloads, whose addresses are given.
pub(super) async fn mark(
    engine: &Engine,
    downloads: &mut [Download],
    urls: &HashMap<DownloadId, String>,
) -> Result<()> {
    if urls.is_empty() {
        return Ok(());
    }
    let uniqs: Vec<_> = urls.values().cloned().collect();
    let statuses = jobs::statuses(&engine.db, Transfer::KIND, &uniqs).await?;
    let statuses: HashMap<_, _> = statuses.iter().map(|job| (job.uniq.as_str(), job)).collect();
    for download in downloads.iter_mut().filter(|download| download.status == DownloadStatus::Queued) {
        let Some(url) = urls.get(&download.id) else { continue };
        download.waiting_for = match statuses.get(url.as_str()) {
            Some(job) => in_words(job, url, engine.config.transfers as i64),
            None if download.error.as_deref() == Some(disk_space::FULL) => {
                Some("room on the server's disk".to_owned())
            }
            None if download.error.as_deref() == Some(carried::ASKED) => Some("the next bundle".to_owned()),
            None => None,
        };
    }
    Ok(())
}

/// Words for a job's reason to wait. At most `most` transfers run at once.
fn in_words(job: &JobStatus, url: &str, most: i64) -> Option<String> {
    if job.is_running {
        return None;
    }
    if job.is_early {
        return Some("its next try".to_owned());
    }
    if job.busy >= job.conc_limit {
        let host = host_of(url).unwrap_or_default();
        return Some(match job.conc_limit {
            1 => format!("the file that is being fetched from {host}"),
            most => format!("one of the {most} files that are fetched from {host} at once"),
        });
    }
    (job.running >= most).then(|| match most {
        1 => "the transfer that is under way".to_owned(),
        most => format!("one of the {most} transfers that run at once"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_waited_for_is_said_and_only_that() {
        let url = "https://cdn.example/episode.mp3";
        let job = JobStatus {
            uniq: url.into(),
            is_running: false,
            is_early: false,
            busy: 0,
            conc_limit: 3,
            running: 5,
        };
        let words = |job: &JobStatus| in_words(job, url, 6).unwrap_or_default();
        assert_eq!(words(&job), "", "it begins in a moment");
        let all = JobStatus { running: 6, ..job.clone() };
        assert_eq!(words(&all), "one of the 6 transfers that run at once");
        let busy = JobStatus { busy: 3, ..all };
        assert_eq!(words(&busy), "one of the 3 files that are fetched from cdn.example at once");
        assert_eq!(words(&JobStatus { is_early: true, ..busy.clone() }), "its next try");
        assert_eq!(words(&JobStatus { is_running: true, ..busy }), "");
        let alone = JobStatus { busy: 1, conc_limit: 1, ..job };
        assert_eq!(words(&alone), "the file that is being fetched from cdn.example");
    }
}
