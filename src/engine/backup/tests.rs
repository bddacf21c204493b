#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;

use super::*;
use crate::testing::TestEngine;
use crate::testing::fixtures::sha256;

#[both_databases]
async fn a_second_backup_holds_what_is_there_then(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    t.stock(&[ada], "one", b"first").await;
    t.stock(&[ada], "two", b"second").await;
    let directory = t.engine.config.data_dir.join("backup");
    let first = backup(&t.engine, &directory, FileMode::Copied).await.unwrap();
    assert_eq!((first.count, first.bytes, first.unreadable.len()), (2, 11, 0));
    assert_eq!(manifest(&directory).unwrap(), first);
    let copies = copies(&directory).unwrap();
    let copied = std::fs::metadata(copies.path(&sha256(b"first"))).unwrap().modified().unwrap();

    t.stock(&[ada], "three", b"third").await;
    let gone = "DELETE FROM blob WHERE sha256 = $1";
    let forget = "UPDATE download SET sha256 = NULL, status = 'expired' WHERE sha256 = $1";
    for statement in [forget, gone] {
        let values = crate::db::sql::args![sha256(b"second")];
        let cleared = "DELETE FROM media WHERE sha256 = $1";
        crate::db::sql::execute(&t.engine.db, cleared, values.clone()).await.unwrap();
        crate::db::sql::execute(&t.engine.db, statement, values).await.unwrap();
    }
    let second = backup(&t.engine, &directory, FileMode::Copied).await.unwrap();
    assert_eq!(second.count, 2);
    let names: std::collections::BTreeSet<_> =
        copies.list().unwrap().into_iter().map(|copy| copy.sha256).collect();
    assert_eq!(names, [sha256(b"first"), sha256(b"third")].into());
    let still = std::fs::metadata(copies.path(&sha256(b"first"))).unwrap().modified().unwrap();
    assert_eq!(still, copied, "it was not copied again");
}

#[both_databases]
async fn a_damaged_file_is_named_and_holds_nothing_up(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    t.stock(&[ada], "one", b"whole").await;
    t.stock(&[ada], "two", b"sound").await;
    std::fs::write(t.object(&sha256(b"sound")), b"noise").unwrap();
    let directory = t.engine.config.data_dir.join("backup");
    let made = backup(&t.engine, &directory, FileMode::Copied).await.unwrap();
    assert_eq!((made.count, made.unreadable), (2, vec![sha256(b"sound")]));
}

#[both_databases]
async fn a_backup_that_fails_leaves_the_earlier_one_whole(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    t.stock(&[ada], "one", b"first").await;
    let directory = t.engine.config.data_dir.join("backup");
    let first = backup(&t.engine, &directory, FileMode::Copied).await.unwrap();
    // A directory in the place of the new snapshot: no snapshot can be taken.
    let place = directory.join(format!("{}.new", first.database.file_name()));
    std::fs::create_dir(&place).unwrap();
    assert!(backup(&t.engine, &directory, FileMode::Copied).await.is_err());
    assert_eq!(manifest(&directory).unwrap(), first);
    let copy = copies(&directory).unwrap().examine(&sha256(b"first"), 5).unwrap();
    assert!(matches!(copy, Found::Good(())), "{copy:?}");
    std::fs::remove_dir(&place).unwrap();
    assert_eq!(backup(&t.engine, &directory, FileMode::Copied).await.unwrap().count, 1);
}

#[tokio::test]
async fn a_key_that_cannot_be_restored_is_refused_before_anything_is_written() {
    let t = TestEngine::on_sqlite().await.unwrap();
    let directory = t.engine.config.data_dir.join("backup");
    backup(&t.engine, &directory, FileMode::Copied).await.unwrap();
    let (home, config) = empty_installation(&t);
    let missing = t.engine.config.data_dir.join("no.key");
    let error = restore(&config, &directory, Some(&missing)).await.unwrap_err().to_string();
    assert!(error.contains("no.key"), "{error}");
    std::fs::create_dir_all(&home).unwrap();
    std::fs::write(home.join("secret.key"), "there already").unwrap();
    let key = t.engine.config.data_dir.join("secret.key");
    assert!(restore(&config, &directory, Some(&key)).await.is_err());
    assert!(!home.join("smartcache.db").exists());
    t.clear().await;
}

#[both_databases]
async fn without_files_their_names_are_enough(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    t.stock(&[ada], "one", b"whole").await;
    let directory = t.engine.config.data_dir.join("backup");
    let made = backup(&t.engine, &directory, FileMode::Referenced).await.unwrap();
    assert_eq!((made.count, made.files), (1, FileMode::Referenced));
    assert!(copies(&directory).unwrap().list().unwrap().is_empty());
}

#[tokio::test]
async fn a_copy_that_was_damaged_in_the_backup_is_not_restored() {
    let t = TestEngine::on_sqlite().await.unwrap();
    let ada = t.sign_up("ada").await.id;
    t.stock(&[ada], "one", b"whole").await;
    t.stock(&[ada], "two", b"sound").await;
    let directory = t.engine.config.data_dir.join("backup");
    backup(&t.engine, &directory, FileMode::Copied).await.unwrap();
    std::fs::write(copies(&directory).unwrap().path(&sha256(b"sound")), b"noise").unwrap();
    let (home, config) = empty_installation(&t);
    let restored = restore(&config, &directory, None).await.unwrap();
    assert_eq!((restored.copied, restored.damaged), (1, vec![sha256(b"sound")]));
    let left: Vec<_> = std::fs::read_dir(&home).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().ends_with(".restoring")), "{left:?}");
    t.clear().await;
}

/// Directory and settings of an installation on SQLite that does not exist yet.
fn empty_installation(t: &TestEngine) -> (PathBuf, Config) {
    let home = t.engine.config.data_dir.join("restored");
    let config = Config {
        database_url: format!("sqlite://{}?mode=rwc", home.join("smartcache.db").display()),
        storage: StorageLocation::Directory(home.join("storage")),
        data_dir: home.clone(),
        ..t.engine.config.clone()
    };
    (home, config)
}
