//! First starts of several processes on one database.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use futures::future::join_all;

use super::*;
use crate::testing::{Backend, Ground};

async fn start_at_once(backend: Backend) {
    let Some(ground) = Ground::new(backend).await else { return };
    let opened = join_all((0..4).map(|_| {
        let config = ground.config();
        tokio::spawn(open(config))
    }));
    let engines: Vec<_> = opened.await.into_iter().map(|one| one.unwrap().unwrap()).collect();
    let sealed = engines[0].secrets.seal(b"a secret", "note").unwrap();
    for engine in &engines {
        assert_eq!(engine.secrets.unseal(&sealed, "note").as_deref(), Some(&b"a secret"[..]));
        engine.db.clone().close().await.unwrap();
    }
    ground.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_start_at_once_share_a_new_sqlite_database() {
    start_at_once(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_start_at_once_share_a_new_postgres_database() {
    start_at_once(Backend::Postgres).await;
}
