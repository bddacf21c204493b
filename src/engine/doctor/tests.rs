//! Every inconsistency: created, found, repaired, and gone.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::*;
use crate::db::sql::{self, args};
use crate::db::{downloads as rows, media};
use crate::domain::download::{Download, DownloadStatus};
use crate::testing::TestEngine;
use crate::testing::fixtures::{sha256, url_of};

const BYTES: &[u8] = &[7; 5_000];

async fn faults(t: &TestEngine) -> Vec<&'static str> {
    inspect(&t.engine).await.unwrap().findings.iter().map(|f| f.fault.name()).collect()
}

/// Repairs the only finding, and checks that none is left.
async fn mend(t: &TestEngine, expected: &str) -> String {
    let found = inspect(&t.engine).await.unwrap().findings;
    assert_eq!(found.iter().map(|f| f.fault.name()).collect::<Vec<_>>(), [expected], "{found:?}");
    let done = repair(&t.engine, &found[0].fault).await.unwrap();
    assert_eq!(faults(t).await, [""; 0]);
    done
}

async fn download(t: &TestEngine, owner: UserId, id: DownloadId) -> Download {
    downloads::get(&t.engine, owner, id).await.unwrap()
}

async fn transfers_of(t: &TestEngine, url: &str) -> i64 {
    let count =
        "SELECT COUNT(*) FROM job WHERE kind = 'transfer' AND uniq = $1 AND state IN ('ready', 'running')";
    sql::value(&t.engine.db, count, args![url]).await.unwrap().unwrap()
}

fn age(path: &Path, hours: u64) {
    let then = SystemTime::now() - Duration::from_secs(hours * 3600);
    File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
}

#[both_databases]
async fn where_everything_is_well_nothing_is_found(t: &TestEngine) {
    let (ada, bob) = (t.sign_up("ada").await.id, t.sign_up("bob").await.id);
    t.stock(&[ada, bob], "fine", BYTES).await;
    let inspection = inspect(&t.engine).await.unwrap();
    assert_eq!(
        inspection,
        Inspection {
            ready: 2,
            copies: 1,
            bytes: 5_000,
            objects: 1,
            audit_entries: inspection.audit_entries,
            findings: vec![]
        }
    );
}

#[both_databases]
async fn a_flipped_bit_is_found_and_the_bytes_are_fetched_anew_for_everybody(t: &TestEngine) {
    let (ada, bob) = (t.sign_up("ada").await.id, t.sign_up("bob").await.id);
    let ids = t.stock(&[ada, bob], "torn", BYTES).await;
    let mut bytes = BYTES.to_vec();
    bytes[4_321] ^= 1;
    fs::write(t.object(&sha256(BYTES)), &bytes).unwrap();
    let found = inspect(&t.engine).await.unwrap().findings;
    assert_eq!(
        found[0].detail,
        "its 5 kB are not the bytes that it is named after; ready downloads that rely on it: 2"
    );
    assert_eq!(mend(t, "damaged copy").await, "removed, and 2 downloads queued again");
    for (owner, id) in [(ada, ids[0]), (bob, ids[1])] {
        let again = download(t, owner, id).await;
        assert_eq!((again.status, again.sha256), (DownloadStatus::Queued, None));
    }
    assert_eq!(transfers_of(t, &url_of("torn")).await, 1);
    assert!(!t.object(&sha256(BYTES)).exists());
}

#[both_databases]
async fn a_shortened_copy_is_found(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    t.stock(&[ada], "short", BYTES).await;
    fs::write(t.object(&sha256(BYTES)), &BYTES[..4_999]).unwrap();
    let found = inspect(&t.engine).await.unwrap().findings;
    assert_eq!(found[0].fault.name(), "damaged copy", "{found:?}");
    mend(t, "damaged copy").await;
}

#[both_databases]
async fn a_copy_that_is_gone_is_found_with_and_without_people_who_rely_on_it(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let id = t.stock(&[ada], "gone", BYTES).await[0];
    fs::remove_file(t.object(&sha256(BYTES))).unwrap();
    assert_eq!(mend(t, "missing copy").await, "removed, and 1 download queued again");
    assert_eq!(download(t, ada, id).await.status, DownloadStatus::Queued);
    let id = t.stock(&[ada], "left", &BYTES[1..]).await[0];
    downloads::delete(&t.engine, ada, id).await.unwrap();
    fs::remove_file(t.object(&sha256(&BYTES[1..]))).unwrap();
    assert_eq!(mend(t, "missing copy").await, "forgotten: nobody relies on it");
    assert_eq!(media::at(&t.engine.db, &url_of("left")).await.unwrap(), None);
}

#[both_databases]
async fn an_object_that_no_row_speaks_of_is_found_once_it_has_settled(t: &TestEngine) {
    let object = t.object(&sha256(BYTES));
    fs::create_dir_all(object.parent().unwrap()).unwrap();
    fs::write(&object, BYTES).unwrap();
    assert_eq!(faults(t).await, [""; 0]);
    age(&object, 2);
    assert_eq!(mend(t, "unknown object").await, "deleted");
    assert!(!object.exists());
}

#[both_databases]
async fn a_download_that_no_worker_has_is_found_and_one_under_way_is_not(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let item = t.item("stuck", 1_000).await;
    let id = downloads::queue(&t.engine, ada, item, None).await.unwrap().id;
    let lease = |seconds: i64| {
        ::sql::sql!(
            "UPDATE job SET state = 'running', lease_epoch = 1, lease_until = {} + {seconds} WHERE kind = 'transfer'",
            sql::now(&t.engine.db)
        )
    };
    rows::begun(&t.engine.db, &url_of("stuck"), 1, 0).await.unwrap();
    sql::execute(&t.engine.db, lease(30), args![]).await.unwrap();
    assert_eq!(faults(t).await, [""; 0]);
    sql::execute(&t.engine.db, lease(-1), args![]).await.unwrap();
    assert_eq!(mend(t, "stranded download").await, "queued again");
    sql::execute(&t.engine.db, "UPDATE job SET state = 'done', finished_at = 1", args![]).await.unwrap();
    rows::verifying(&t.engine.db, &url_of("stuck"), 1_000).await.unwrap();
    assert_eq!(mend(t, "stranded download").await, "queued again");
    assert_eq!(download(t, ada, id).await.status, DownloadStatus::Queued);
    assert_eq!(transfers_of(t, &url_of("stuck")).await, 1);
}

#[both_databases]
async fn a_size_that_is_not_the_copys_is_found_and_corrected(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let id = t.stock(&[ada], "miscounted", BYTES).await[0];
    sql::execute(&t.engine.db, "UPDATE download SET bytes_total = 4", args![]).await.unwrap();
    assert_eq!(mend(t, "wrong size").await, "counts 5000 bytes now");
    assert_eq!(download(t, ada, id).await.bytes_total, Some(5_000));
    sql::execute(&t.engine.db, "UPDATE download SET sha256 = NULL", args![]).await.unwrap();
    assert_eq!(mend(t, "wrong size").await, "queued again");
    assert_eq!(download(t, ada, id).await.status, DownloadStatus::Queued);
}

#[both_databases]
async fn a_temporary_file_is_found_when_it_is_older_than_a_day(t: &TestEngine) {
    let incoming = t.engine.config.incoming();
    fs::create_dir_all(&incoming).unwrap();
    let (old, young) = (incoming.join("1.1.part"), incoming.join("2.1.part"));
    for path in [&old, &young] {
        fs::write(path, b"half").unwrap();
    }
    age(&young, 23);
    age(&old, 25);
    assert_eq!(mend(t, "old temporary file").await, "deleted");
    assert!(young.exists() && !old.exists());
}

#[both_databases]
async fn a_repair_that_comes_too_late_changes_nothing(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let id = t.stock(&[ada], "fine", BYTES).await[0];
    let orphan = Fault::Orphan { sha256: sha256(BYTES) };
    let stranded = Fault::Stranded { owner: ada, id, url: url_of("fine") };
    let miscounted = Fault::Miscounted { owner: ada, id };
    for fault in [orphan, stranded, miscounted] {
        assert!(repair(&t.engine, &fault).await.unwrap().starts_with("nothing"), "{fault:?}");
    }
    assert_eq!(faults(t).await, [""; 0]);
    assert_eq!(transfers_of(t, &url_of("fine")).await, 0);
}

#[both_databases]
async fn a_check_up_says_how_each_part_is(t: &TestEngine) {
    let checks = check_up(t.engine.config.clone()).await;
    let names: Vec<_> = checks.iter().map(|check| (check.name, check.is_well)).collect();
    assert_eq!(
        names,
        [("settings", true), ("database", true), ("storage", true), ("disk", true), ("work", true)]
    );
    let full = Config { min_free_mb: u64::MAX, ..t.engine.config.clone() };
    let disk = check_up(full).await.swap_remove(3);
    assert!(!disk.is_well && disk.words.contains("less than the setting asks for"), "{disk:?}");
    let nowhere = Config { database_url: "sqlite:///nowhere/at/all.db".into(), ..t.engine.config.clone() };
    assert!(!check_up(nowhere).await[1].is_well);
}
