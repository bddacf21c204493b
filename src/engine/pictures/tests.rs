#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;
use std::time::Duration;

use both_databases::both_databases;
use futures::StreamExt;
use thumbnails::testing::dimensions;

use super::*;
use crate::db::sql::{args, values};
use crate::domain::picture::{LARGEST, SIZES};
use crate::engine::backup::{FileMode, backup};
use crate::engine::models::builtin::Planner;
use crate::testing::pictures::{cover, publisher};
use crate::testing::{Backend, Ground, TestEngine};

/// An engine that may fetch from the publisher alone.
async fn with_publisher(backend: Backend) -> Option<(TestEngine, String)> {
    let ground = Ground::new(backend).await?;
    let addr = publisher().await;
    let mut config = ground.config();
    config.egress_allow = vec![format!("127.0.0.1/32:{}", addr.port()).parse().unwrap()];
    Some((TestEngine::set(ground, config, Arc::new(Planner)).await, format!("http://{addr}")))
}

async fn want(t: &TestEngine, address: &str) {
    pictures::want(&t.engine.db, &[address.to_owned()], t.engine.now()).await.unwrap();
}

async fn fetched(t: &TestEngine, address: &str) -> Option<String> {
    want(t, address).await;
    fetch(&t.engine, address).await.unwrap();
    let kept = pictures::kept(&t.engine.db, &[address.to_owned()], LARGEST).await.unwrap();
    kept.into_iter().next().map(|kept| kept.hash)
}

async fn error(t: &TestEngine, address: &str) -> String {
    let sql = "SELECT COALESCE(error, '') FROM picture WHERE address = $1";
    values(&t.engine.db, sql, args![address]).await.unwrap().pop().unwrap()
}

async fn due(t: &TestEngine) -> Vec<String> {
    pictures::due(&t.engine.db, t.engine.now(), 10).await.unwrap()
}

struct WithPublisher(TestEngine, String);

impl WithPublisher {
    async fn on_sqlite() -> Option<Self> {
        with_publisher(Backend::Sqlite).await.map(|(t, base)| Self(t, base))
    }

    async fn on_postgres() -> Option<Self> {
        with_publisher(Backend::Postgres).await.map(|(t, base)| Self(t, base))
    }

    async fn clear(self) {
        self.0.clear().await;
    }
}

#[both_databases]
async fn a_picture_is_kept_in_three_sizes_by_what_its_bytes_are(w: &WithPublisher) {
    let WithPublisher(t, base) = w;
    let hash = fetched(t, &format!("{base}/good.png")).await.unwrap();
    assert_eq!(hash, hex::encode(Sha256::digest(cover())));
    assert_eq!(fetched(t, &format!("{base}/mislabelled.txt")).await, Some(hash.clone()));
    for size in SIZES {
        let file = file(&t.engine, &hash, size).await.unwrap();
        assert_eq!(file.mime_type, "image/webp");
        let pieces: Vec<_> = file.copy.read(None).await.unwrap().map(Result::unwrap).collect().await;
        assert_eq!(dimensions(&pieces.concat()), Some((size as u32, size as u32)));
    }
    assert!(due(t).await.is_empty());
    t.clock.advance(CHECKED_AFTER);
    assert_eq!(due(t).await.len(), 2, "a publisher may have changed it");
}

#[both_databases]
async fn other_files_are_refused_with_the_reason(w: &WithPublisher) {
    let WithPublisher(t, base) = w;
    for (path, why) in [
        ("/page.png", "no picture in a format"),
        ("/drawing.svg", "no picture in a format"),
        ("/cut.png", "damaged"),
        ("/large.png", "larger than 10 MB"),
        ("/inward", "private network"),
        ("/none.png", "HTTP 404"),
    ] {
        let address = format!("{base}{path}");
        assert_eq!(fetched(t, &address).await, None, "{path}");
        let said = error(t, &address).await;
        assert!(said.contains(why), "{path}: {said}");
    }
    for address in ["http://127.0.0.1:1/x.png", "file:///etc/passwd", "data:image/png;base64,AA"] {
        assert_eq!(fetched(t, address).await, None, "{address}");
    }
}

#[both_databases]
async fn a_failure_is_tried_again_after_a_growing_time_and_keeps_what_was_there(w: &WithPublisher) {
    let WithPublisher(t, base) = w;
    let address = format!("{base}/none.png");
    want(t, &address).await;
    for pause in RETRIES.into_iter().chain([RETRY_AT_LAST]) {
        assert_eq!(due(t).await, std::slice::from_ref(&address));
        fetch(&t.engine, &address).await.unwrap();
        t.clock.advance(pause - TimeDelta::seconds(1));
        assert!(due(t).await.is_empty(), "{pause}");
        t.clock.advance(TimeDelta::seconds(1));
    }
    pictures::ready(&t.engine.db, &address, "h", t.engine.now()).await.unwrap();
    refuse(&t.engine, &address, "Not now.").await.unwrap();
    let hash =
        values::<String>(&t.engine.db, "SELECT hash FROM picture WHERE hash IS NOT NULL", args![]).await;
    assert_eq!(hash.unwrap(), ["h"]);
}

#[tokio::test]
async fn a_server_that_sends_a_byte_now_and_then_is_left() {
    let (t, base) = with_publisher(Backend::Sqlite).await.unwrap();
    let limit = Duration::from_millis(300);
    let bytes = fetch::bytes_within(&t.engine, &format!("{base}/drip.png"), limit).await.unwrap();
    assert_eq!(bytes, Err(FetchProblem::Temporary("The server did not send it in time.".into())));
    t.clear().await;
}

#[both_databases]
async fn a_lost_file_is_fetched_again(w: &WithPublisher) {
    let WithPublisher(t, base) = w;
    let address = format!("{base}/good.png");
    let hash = fetched(t, &address).await.unwrap();
    let lost = pictures::blob(&t.engine.db, &hash, 64).await.unwrap().unwrap();
    std::fs::remove_file(t.object(&lost.sha256)).unwrap();
    assert!(matches!(file(&t.engine, &hash, 64).await, Err(Error::Refused(Refusal::NotFound { .. }))));
    assert_eq!(due(t).await, std::slice::from_ref(&address));
    assert_eq!(fetched(t, &address).await, Some(hash.clone()));
    assert!(file(&t.engine, &hash, 64).await.is_ok());
}

#[both_databases]
async fn a_backup_holds_the_files_and_housekeeping_leaves_them_until_they_are_unused(w: &WithPublisher) {
    let WithPublisher(t, base) = w;
    let hash = fetched(t, &format!("{base}/good.png")).await.unwrap();
    let made = backup(&t.engine, &t.engine.config.data_dir.join("backup"), FileMode::Copied).await.unwrap();
    assert_eq!((made.count, made.unreadable.len()), (3, 0));

    let later = t.engine.now() + TimeDelta::days(59);
    let unheld = async || crate::db::media::unheld(&t.engine.db, later, true, 10).await.unwrap().len();
    pictures::forget_unused(&t.engine.db, later - TimeDelta::days(60)).await.unwrap();
    assert_eq!(unheld().await, 0);
    let blob = pictures::blob(&t.engine.db, &hash, 64).await.unwrap().unwrap();
    assert!(!crate::db::media::drop_blob(&t.engine.db, &blob.sha256).await.unwrap());
    pictures::forget_unused(&t.engine.db, later).await.unwrap();
    assert_eq!(unheld().await, 3);
    assert!(crate::db::media::drop_blob(&t.engine.db, &blob.sha256).await.unwrap());
}
