//! Group commit of several transfers, and the effect of one's failure on the others.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;
use jobs::Job;

use super::*;
use crate::db::sql::{self, SafeSql, args};
use crate::domain::download::DownloadStatus;
use crate::domain::{DownloadId, UserId};
use crate::engine::downloads::{Transfer, get, queue};
use crate::testing::TestEngine;
use crate::testing::fixtures::{sha256, url_of};

type Answer = oneshot::Receiver<Result<(), JobError>>;

/// A transfer whose bytes are in the store, with a waiting download.
async fn arrived(
    t: &TestEngine,
    owner: UserId,
    name: &str,
    said: i64,
) -> (DownloadId, EndedTransfer, Answer) {
    let item = t.item(name, said).await;
    let id = queue(&t.engine, owner, item, None).await.unwrap().id;
    let (bytes, url) = (name.as_bytes(), url_of(name));
    let running =
        "UPDATE job SET state = 'running', lease_epoch = 1 WHERE kind = $1 AND uniq = $2 RETURNING id";
    let job: Option<i64> =
        sql::value(&t.engine.db, running, args![Transfer::KIND, url.as_str()]).await.unwrap();
    let blob = Blob { sha256: sha256(bytes), bytes: bytes.len() as i64, mime_type: "audio/mpeg".into() };
    let file = t.engine.config.data_dir.join(format!("{name}.part"));
    std::fs::write(&file, bytes).unwrap();
    t.engine.store.keep(&blob.sha256, bytes.len() as u64, &file).await.unwrap();
    let (answer, answered) = oneshot::channel();
    let (lease, provider) = (Lease::new(job.unwrap(), 1, 1), Provider::Origin);
    let began_at = t.engine.now();
    let cost = TransferCost { began_at: Some(began_at), attempts: 1, fetched: blob.bytes, seconds: 0.5 };
    (id, EndedTransfer { lease, url, blob, provider, began_at, cost, has_row: false, answer }, answered)
}

async fn status(t: &TestEngine, owner: UserId, id: DownloadId) -> DownloadStatus {
    get(&t.engine, owner, id).await.unwrap().status
}

async fn count(t: &TestEngine, what: impl Into<SafeSql>) -> i64 {
    sql::value(&t.engine.db, ::sql::sql!("SELECT COUNT(*) FROM {}", what.into()), args![])
        .await
        .unwrap()
        .unwrap()
}

#[both_databases]
async fn all_that_have_ended_are_ready_each_with_its_own_bytes_and_cost(t: &TestEngine) {
    let (ada, bob) = (t.sign_up("ada").await.id, t.sign_up("bob").await.id);
    let (one, first, said) = arrived(t, ada, "night", 5).await;
    let (other, second, also) = arrived(t, bob, "trains", 6).await;
    let shared = get(&t.engine, bob, other).await.unwrap().item_id;
    let third = queue(&t.engine, ada, shared, None).await.unwrap().id;
    end_all(&t.engine, vec![first, second]).await;
    assert!(said.await.unwrap().is_ok() && also.await.unwrap().is_ok());
    // A download that joined another's transfer was a cache hit.
    let ends = [(ada, one, "night", 1), (bob, other, "trains", 1), (ada, third, "trains", 0)];
    for (owner, id, name, attempts) in ends {
        let ready = get(&t.engine, owner, id).await.unwrap();
        assert_eq!((ready.status, ready.attempts), (DownloadStatus::Ready, attempts));
        assert_eq!(ready.sha256, Some(sha256(name.as_bytes())));
    }
    assert_eq!(count(t, "event WHERE kind = 'download_ready'").await, 3);
    assert_eq!(count(t, "job WHERE kind = 'transfer' AND state = 'done'").await, 2);
    assert_eq!(count(t, "item WHERE availability = 'cached'").await, 2);
    let noted = "delivery WHERE outcome = 'ready' AND download_id = ";
    assert_eq!(
        count(t, ::sql::sql!("{noted}{one} AND attempts = 1 AND fetched = 5 AND transfer_seconds = 0.5"))
            .await,
        1
    );
    assert_eq!(count(t, ::sql::sql!("{noted}{other}")).await, 1);
}

#[both_databases]
async fn who_has_lost_the_lease_writes_nothing_and_costs_the_others_nothing(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (lost, first, refused) = arrived(t, ada, "night", 5).await;
    let (kept, second, said) = arrived(t, ada, "trains", 6).await;
    let taken = "UPDATE job SET lease_epoch = 2 WHERE id = $1";
    sql::execute(&t.engine.db, taken, args![first.lease.id]).await.unwrap();
    end_all(&t.engine, vec![first, second]).await;
    assert!(matches!(refused.await.unwrap(), Err(JobError::LeaseLost)));
    assert!(said.await.unwrap().is_ok());
    assert_eq!(status(t, ada, lost).await, DownloadStatus::Queued);
    assert_eq!(status(t, ada, kept).await, DownloadStatus::Ready);
    assert_eq!(count(t, "media").await, 1);
}

#[both_databases]
async fn bytes_that_were_let_go_of_keep_only_their_own_download_waiting(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (gone, first, refused) = arrived(t, ada, "night", 5).await;
    let (kept, second, said) = arrived(t, ada, "trains", 6).await;
    t.engine.store.remove(&first.blob.sha256).await.unwrap();
    end_all(&t.engine, vec![first, second]).await;
    assert!(matches!(refused.await.unwrap(), Err(JobError::Retry { .. })));
    assert!(said.await.unwrap().is_ok());
    assert_eq!(status(t, ada, gone).await, DownloadStatus::Queued);
    assert_eq!(status(t, ada, kept).await, DownloadStatus::Ready);
}

#[both_databases]
async fn a_size_that_turns_out_wrong_is_counted_before_it_is_ready(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (id, ended, said) = arrived(t, ada, "night", 4_000).await;
    end_all(&t.engine, vec![ended]).await;
    assert!(said.await.unwrap().is_ok());
    assert_eq!(get(&t.engine, ada, id).await.unwrap().bytes_total, Some(5));
}

#[both_databases]
async fn whoever_comes_while_others_are_ended_is_ended_next(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let mut all = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        let (id, ended, said) = arrived(t, ada, name, 1).await;
        t.engine.completion_queue.add(&t.engine, ended);
        all.push((id, said));
    }
    for (id, said) in all {
        assert!(said.await.unwrap().is_ok());
        assert_eq!(status(t, ada, id).await, DownloadStatus::Ready);
    }
    assert!(t.engine.completion_queue.queue().waiting.is_empty());
}
