//! All transitions of a download's status, besides those that the caller names (`advance`).

use DownloadStatus::{Cancelled, Downloading, Expired, Failed, Queued, Ready, Verifying};

use crate::db::sql::SafeSql;
use crate::db::transitions::{Transition, those};
use crate::download::DownloadStatus;

const WAITING: &[DownloadStatus] = &[Queued, Downloading, Verifying];

/// A transfer begins. One that was lost while it verified starts over.
pub const BEGIN: Transition<DownloadStatus> =
    Transition { via: Some(Queued), ..Transition::new(WAITING, Downloading) };
/// A transfer reports its progress, also for downloads that joined it.
pub const PROGRESS: Transition<DownloadStatus> = Transition::new(&[Queued, Downloading], Downloading);
/// All bytes have arrived.
pub const VERIFY: Transition<DownloadStatus> = Transition::new(&[Queued, Downloading], Verifying);
/// The bytes are stored already.
pub const COMPLETE_FROM_STORE: Transition<DownloadStatus> = Transition::new(&[Queued, Verifying], Ready);
/// The bytes of a transfer are verified and stored.
pub const COMPLETE: Transition<DownloadStatus> =
    Transition { via: Some(Verifying), ..Transition::new(WAITING, Ready) };
/// A waiting download waits again: for the next attempt, or for another address.
pub const POSTPONE: Transition<DownloadStatus> = Transition::new(WAITING, Queued);
/// A round of attempts has failed.
pub const FAIL: Transition<DownloadStatus> = Transition::new(WAITING, Failed);
/// An automatic retry is due.
pub const RETRY: Transition<DownloadStatus> = Transition::new(&[Failed], Queued);
/// The user requests an item again.
pub const REQUEST: Transition<DownloadStatus> = Transition::new(&[Failed, Cancelled, Expired], Queued);
/// Its time is over, or its space is needed.
pub const EXPIRE: Transition<DownloadStatus> = Transition::new(&[Ready], Expired);
/// Its bytes are lost.
pub const REQUEUE_LOST: Transition<DownloadStatus> = Transition::new(&[Ready], Queued);
/// Its transfer is lost.
pub const REQUEUE_STRANDED: Transition<DownloadStatus> = Transition::new(&[Downloading, Verifying], Queued);

/// States of an unfinished download.
pub fn open() -> SafeSql {
    those(DownloadStatus::is_open)
}

/// States in which a download waits for its bytes.
pub fn awaiting() -> SafeSql {
    those(DownloadStatus::awaits_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_transition_is_legal() {
        for one in [
            BEGIN,
            PROGRESS,
            VERIFY,
            COMPLETE_FROM_STORE,
            COMPLETE,
            POSTPONE,
            FAIL,
            RETRY,
            REQUEST,
            EXPIRE,
            REQUEUE_LOST,
            REQUEUE_STRANDED,
        ] {
            assert!(one.is_legal(), "{one:?}");
        }
    }
}
