//! All moves of a download's status, besides those that the caller names (`advance`).

use DownloadStatus::{Cancelled, Downloading, Expired, Failed, Queued, Ready, Verifying};

use crate::db::moves::{Move, those};
use crate::db::sql::SafeSql;
use crate::download::DownloadStatus;

const WAITING: &[DownloadStatus] = &[Queued, Downloading, Verifying];

/// A transfer begins. One that was lost while it verified starts over.
pub const BEGIN: Move<DownloadStatus> = Move { via: Some(Queued), ..Move::new(WAITING, Downloading) };
/// A transfer reports its progress, also for downloads that joined it.
pub const PROGRESS: Move<DownloadStatus> = Move::new(&[Queued, Downloading], Downloading);
/// All bytes have arrived.
pub const VERIFY: Move<DownloadStatus> = Move::new(&[Queued, Downloading], Verifying);
/// The bytes are stored already.
pub const FIND: Move<DownloadStatus> = Move::new(&[Queued, Verifying], Ready);
/// The bytes of a transfer are verified and stored.
pub const FINISH: Move<DownloadStatus> = Move { via: Some(Verifying), ..Move::new(WAITING, Ready) };
/// A waiting download waits again: for the next attempt, or for another address.
pub const POSTPONE: Move<DownloadStatus> = Move::new(WAITING, Queued);
/// A round of attempts has failed.
pub const FAIL: Move<DownloadStatus> = Move::new(WAITING, Failed);
/// An automatic retry is due.
pub const RETRY: Move<DownloadStatus> = Move::new(&[Failed], Queued);
/// The user requests an item again.
pub const REQUEST: Move<DownloadStatus> = Move::new(&[Failed, Cancelled, Expired], Queued);
/// Its time is over, or its space is needed.
pub const EXPIRE: Move<DownloadStatus> = Move::new(&[Ready], Expired);
/// Its bytes are lost.
pub const LOSE: Move<DownloadStatus> = Move::new(&[Ready], Queued);
/// Its transfer is lost.
pub const TAKE_BACK: Move<DownloadStatus> = Move::new(&[Downloading, Verifying], Queued);

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
    fn every_move_is_legal() {
        for one in
            [BEGIN, PROGRESS, VERIFY, FIND, FINISH, POSTPONE, FAIL, RETRY, REQUEST, EXPIRE, LOSE, TAKE_BACK]
        {
            assert!(one.is_legal(), "{one:?}");
        }
    }
}
