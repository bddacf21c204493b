//! Undone deletions, and bytes that wait for them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;
use chrono::TimeDelta;

use super::*;
use crate::domain::Page;
use crate::domain::download::{BulkAction, Verb};
use crate::engine::Error;
use crate::engine::downloads::{act_on, cancel, housekeeping, pin, played, queue};
use crate::testing::{TestEngine, fixtures::sha256};

fn why<T: std::fmt::Debug>(refused: Result<T>) -> String {
    match refused.expect_err("a refusal") {
        Error::Refused(refusal) => refusal.to_string(),
        Error::Fault(fault) => panic!("a fault: {fault}"),
    }
}

#[both_databases]
async fn a_restored_download_is_as_it_was(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let id = t.stock(&[ada], "one", b"the bytes").await[0];
    pin(&t.engine, ada, id).await.unwrap();
    played(&t.engine, ada, id).await.unwrap();
    let before = get(&t.engine, ada, id).await.unwrap();
    assert_eq!(delete(&t.engine, ada, id).await.unwrap(), before);
    assert!(get(&t.engine, ada, id).await.is_err());
    assert_eq!(recently_deleted(&t.engine, ada).await.unwrap().len(), 1);
    assert_eq!(restore(&t.engine, ada, id).await.unwrap(), before);
    assert_eq!(restore(&t.engine, ada, id).await.unwrap(), before, "twice is once");
    assert!(recently_deleted(&t.engine, ada).await.unwrap().is_empty());
    let item = crate::db::items::get(&t.engine.db, ada, before.item_id).await.unwrap().unwrap();
    assert!(item.dismissed.is_none(), "agents may pick it again");
}

#[both_databases]
async fn the_bytes_stay_until_the_time_to_undo_is_over(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let id = t.stock(&[ada], "one", b"the bytes").await[0];
    t.clock.advance(TimeDelta::days(2));
    delete(&t.engine, ada, id).await.unwrap();
    housekeeping::clean(&t.engine).await.unwrap();
    assert!(t.object(&sha256(b"the bytes")).exists());
    t.clock.advance(UNDO_GRACE + TimeDelta::seconds(1));
    housekeeping::clean(&t.engine).await.unwrap();
    assert!(!t.object(&sha256(b"the bytes")).exists());
    assert!(why(restore(&t.engine, ada, id).await).contains("over"));
}

#[both_databases]
async fn a_stopped_transfer_is_asked_for_again(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let item = t.item("one", 1_000).await;
    let id = queue(&t.engine, ada, item, None).await.unwrap().id;
    delete(&t.engine, ada, id).await.unwrap();
    let back = restore(&t.engine, ada, id).await.unwrap();
    assert_eq!((back.id, back.status), (id, DownloadStatus::Queued));
    assert_eq!(
        crate::db::downloads::waiting(&t.engine.db, &crate::testing::fixtures::url_of("one"))
            .await
            .unwrap()
            .len(),
        1
    );
}

#[both_databases]
async fn a_cancelled_download_stays_dismissed(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let item = t.item("one", 1_000).await;
    let id = queue(&t.engine, ada, item, None).await.unwrap().id;
    cancel(&t.engine, ada, id).await.unwrap();
    delete(&t.engine, ada, id).await.unwrap();
    assert_eq!(restore(&t.engine, ada, id).await.unwrap().status, DownloadStatus::Cancelled);
    let item = crate::db::items::get(&t.engine.db, ada, item).await.unwrap().unwrap();
    assert_eq!(item.dismissed.map(|it| it.reason), Some(DismissalReason::Cancelled));
}

#[both_databases]
async fn a_newer_request_wins_over_an_undo(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let id = t.stock(&[ada], "one", b"the bytes").await[0];
    let item = delete(&t.engine, ada, id).await.unwrap().item_id;
    assert!(restore(&t.engine, eve, id).await.is_err(), "a stranger restores nothing");
    let newer = queue(&t.engine, ada, item, None).await.unwrap();
    assert!(why(restore(&t.engine, ada, id).await).contains("meanwhile"));
    assert_eq!(get(&t.engine, ada, newer.id).await.unwrap().status, DownloadStatus::Ready);
}

#[both_databases]
async fn many_are_changed_by_one_request(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let mut ids = Vec::new();
    for name in ["one", "two", "three"] {
        ids.push(t.stock(&[ada], name, name.as_bytes()).await[0]);
    }
    let act = |owner, ids: Vec<DownloadId>, verb| act_on(&t.engine, owner, BulkAction { ids, verb });
    let list = || async {
        let Page { data, .. } =
            downloads::list(&t.engine.db, ada, &Default::default(), &Default::default()).await.unwrap();
        data
    };
    assert_eq!(act(ada, ids.clone(), Verb::Pin).await.unwrap().changed, 3);
    assert!(list().await.iter().all(|it| it.pinned));
    assert_eq!(act(ada, ids[..2].to_vec(), Verb::Played).await.unwrap().changed, 2);
    let strange = act(eve, ids.clone(), Verb::Delete).await.unwrap();
    assert_eq!((strange.changed, strange.refused), (0, 3));
    assert_eq!(act(ada, vec![ids[0], ids[0], ids[1]], Verb::Delete).await.unwrap().changed, 2);
    assert_eq!(list().await.len(), 1);
    assert_eq!(act(ada, ids[..2].to_vec(), Verb::Restore).await.unwrap().changed, 2);
    assert_eq!(list().await.iter().filter(|it| it.pinned && it.played_at.is_some()).count(), 2);
    assert!(why(act(ada, vec![], Verb::Pin).await).contains("at least one"));
    assert!(why(act(ada, ids, Verb::Pause).await).contains("delete, restore"));
}
