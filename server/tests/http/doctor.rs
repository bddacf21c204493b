//! The binary's `doctor` command: its output and exit code.

use smartcache::testing::Backend;

use crate::origin::Manner;
use crate::spawned::Place;

fn doctor(place: &Place, args: &[&str]) -> (bool, String) {
    place.run(&[&["doctor"], args].concat())
}

async fn a_damaged_copy_is_found_mended_and_fetched_anew(backend: Backend) {
    let Some((place, origin)) = Place::on(backend).await else { return };
    let spawned = place.spawn().await;
    let ada = place.person();
    ada.sign_up("ada").await;
    let (feed, _) = origin.podcast("precious", 200_000, Manner::Proper);
    let id = ada.queue(&ada.item_of(ada.follow(&feed).await).await).await;
    let sha256 = ada.until_download(id, "ready").await["sha256"].as_str().unwrap().to_owned();
    assert!(spawned.stop().await.0.success());

    let (well, said) = doctor(&place, &[]);
    assert!(well && said.contains("database   well") && !said.contains("NOT WELL"), "{said}");
    let (well, said) = doctor(&place, &["--audit"]);
    assert!(well && said.contains("Everything is as it should be"), "{said}");

    let object = place.storage().join("blobs").join(&sha256[0..2]).join(&sha256[2..4]).join(&sha256);
    let mut bytes = std::fs::read(&object).unwrap();
    bytes[100_000] ^= 0x10;
    std::fs::write(&object, bytes).unwrap();
    let (well, said) = doctor(&place, &["--audit"]);
    assert!(!well && said.contains("damaged copy") && said.contains("findings: 1;"), "{said}");
    let (well, said) = doctor(&place, &["--audit", "--repair"]);
    assert!(!well && said.contains("removed, and 1 download queued again"), "{said}");
    let (well, said) = doctor(&place, &["--audit"]);
    assert!(well, "{said}");

    let spawned = place.spawn().await;
    assert_eq!(ada.until_download(id, "ready").await["sha256"], sha256.as_str());
    assert_eq!(origin.asked("/precious.mp3"), 2);
    assert!(doctor(&place, &["--audit"]).0, "beside a server that is at work");
    drop(spawned);
    place.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_copy_is_found_mended_and_fetched_anew_on_sqlite() {
    a_damaged_copy_is_found_mended_and_fetched_anew(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_copy_is_found_mended_and_fetched_anew_on_postgres() {
    a_damaged_copy_is_found_mended_and_fetched_anew(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_doctor_who_cannot_get_in_says_so_and_fails() {
    let (place, _) = Place::on(Backend::Sqlite).await.unwrap();
    let (well, said) = doctor(&place, &["--database-url", "sqlite:///nowhere/at/all.db"]);
    assert!(!well && said.contains("NOT WELL") && said.contains("cannot be opened"), "{said}");
    let (well, said) = doctor(&place, &["--repair"]);
    assert!(!well && said.contains("--audit"), "{said}");
    place.clear().await;
}
