#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::io::Read;

use both_databases::both_databases;
use flate2::read::GzDecoder;
use futures::TryStreamExt;
use serde_json::Value;

use super::*;
use crate::db::exports::{LEFT_OUT_COLUMNS, LEFT_OUT_TABLES};
use crate::domain::source::PRIORITY_DEFAULT;
use crate::engine::{accounts as people, personal_feed};
use crate::testing::TestEngine;
use crate::testing::schema::{columns, references_to_accounts};

/// Parts of names that secrets have.
const SECRET: [&str; 9] =
    ["hash", "token", "secret", "seal", "seed", "key", "password", "credential", "nonce"];
/// Columns with such a name that hold no secret.
const HARMLESS: &[(&str, &str)] = &[
    ("source", "key"),
    ("passkey", "credential_id"),
    ("usage", "key_id"),
    ("account", "username_key"),
    ("notification", "group_key"),
    ("run", "input_tokens"),
    ("run", "output_tokens"),
    ("approval", "arguments_sha256"),
];

#[both_databases]
async fn every_table_with_rows_of_a_user_is_exported_or_left_out_for_a_reason(t: &TestEngine) {
    let known: BTreeSet<_> = TABLES.iter().map(|table| table.name).collect();
    assert_eq!(known.len(), TABLES.len());
    let left_out: BTreeSet<_> = LEFT_OUT_TABLES.iter().map(|(table, _)| *table).collect();
    assert!(known.is_disjoint(&left_out));
    let owned: BTreeSet<_> = references_to_accounts(&t.engine.db).await.into_iter().map(|(t, _)| t).collect();
    let unnamed: Vec<_> = owned
        .iter()
        .filter(|table| !known.contains(table.as_str()) && !left_out.contains(table.as_str()))
        .collect();
    assert!(unnamed.is_empty(), "name these in db/exports/tables.rs: {unnamed:?}");
}

#[both_databases]
async fn every_column_with_the_name_of_a_secret_is_left_out_or_harmless(t: &TestEngine) {
    let all = columns(&t.engine.db).await;
    let is_left_out =
        |table: &str, column: &str| LEFT_OUT_COLUMNS.iter().any(|(t, c, _)| (*t, *c) == (table, column));
    let suspicious = all.iter().filter(|(table, column)| {
        TABLES.iter().any(|known| known.name == table)
            && SECRET.iter().any(|part| column.contains(part))
            && !is_left_out(table, column)
            && !HARMLESS.contains(&(table.as_str(), column.as_str()))
    });
    assert_eq!(suspicious.collect::<Vec<_>>(), [] as [&(String, String); 0]);
    let has = |table: &str, column: &str| all.iter().any(|(t, c)| t == table && c == column);
    assert!(LEFT_OUT_COLUMNS.iter().all(|(table, column, _)| has(table, column)));
}

/// The job, without its lease.
async fn prepare(t: &TestEngine, owner: UserId) {
    let open = rows::get(&t.engine.db, owner, t.engine.now()).await.unwrap().unwrap();
    let blob = write(&t.engine, owner).await.unwrap();
    let mut work = t.engine.begin().await.unwrap();
    keep(&t.engine, &mut work, owner, &open, &blob).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(std::fs::read_dir(t.engine.config.incoming()).unwrap().count(), 0, "no temporary file stays");
}

async fn lines(t: &TestEngine, owner: UserId) -> Vec<Value> {
    let ReadyFile { sha256, bytes, stream } = file(&t.engine, owner).await.unwrap();
    let packed: Vec<u8> =
        stream.try_fold(Vec::new(), async |all, part| Ok([all, part.to_vec()].concat())).await.unwrap();
    assert_eq!(packed.len() as u64, bytes);
    let mut text = String::new();
    GzDecoder::new(&packed[..]).read_to_string(&mut text).unwrap();
    use sha2::Digest;
    assert_eq!(hex::encode(sha2::Sha256::digest(&packed)), sha256);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[both_databases]
async fn a_job_writes_every_row_of_the_user_without_secrets(t: &TestEngine) {
    let (e, ada, eve) = (&t.engine, t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    for (owner, name) in [(ada, "ada"), (eve, "eve")] {
        let work = e.begin().await.unwrap();
        let url = format!("https://{name}.example/feed");
        let new = crate::db::sources::NewSource::by(owner, &url, name);
        let source = crate::db::sources::insert(&*work, &new, e.now()).await.unwrap().0;
        crate::db::subscriptions::upsert(&*work, owner, source, PRIORITY_DEFAULT, e.now()).await.unwrap();
        work.commit().await.unwrap();
        personal_feed::open(e, owner).await.unwrap();
    }
    let requested = request(e, ada).await.unwrap();
    assert_eq!((requested.state, requested.url), (ExportState::Preparing, None));
    assert!(file(e, ada).await.is_err());
    prepare(t, ada).await;
    let ready = get(e, ada).await.unwrap();
    assert_eq!((ready.state, ready.url.as_deref()), (ExportState::Ready, Some(FILE_URL)));
    assert!(find(e, eve).await.unwrap().is_none() && file(e, eve).await.is_err());

    let lines = lines(t, ada).await;
    assert_eq!((&lines[0]["kind"], &lines[0]["username"]), (&json!("head"), &json!("ada")));
    assert_eq!(lines.last().unwrap()["kind"], "end");
    let of = |table: &str| lines.iter().filter(|line| line["table"] == table).collect::<Vec<_>>();
    assert_eq!((of("account").len(), of("subscription").len(), of("personal_feed").len()), (1, 1, 1));
    assert_eq!(of("account")[0]["row"]["username"], "ada");
    assert_eq!(of("account")[0]["row"]["password_hash"], Value::Null);
    assert_eq!(of("source")[0]["row"]["feed_url"], "https://ada.example/feed");
    let opml = lines.iter().find(|line| line["kind"] == "file").unwrap();
    assert!(opml["text"].as_str().unwrap().contains("https://ada.example/feed"));
    let whole = serde_json::to_string(&lines).unwrap();
    assert!(!whole.contains("argon2") && !whole.contains("eve.example"), "{whole}");

    t.clock.advance(TimeDelta::hours(25));
    assert!(file(e, ada).await.is_err());
    assert!(find(e, ada).await.unwrap().is_none());
    assert_eq!(rows::delete_expired(&e.db, e.now()).await.unwrap(), 1);
}

#[both_databases]
async fn an_export_names_the_files_of_downloads_and_is_kept_while_it_can_be_downloaded(t: &TestEngine) {
    let (e, ada) = (&t.engine, t.sign_up("ada").await.id);
    request(e, ada).await.unwrap();
    assert_eq!(request(e, ada).await.unwrap().state, ExportState::Preparing, "the same one");
    prepare(t, ada).await;
    let sha256 = get(e, ada).await.unwrap().sha256.unwrap();
    assert!(media::unheld(&e.db, e.now() + TimeDelta::days(9), true, 10).await.unwrap().is_empty());
    assert!(!media::drop_blob(&e.db, &sha256).await.unwrap());
    assert_eq!(rows::media(&e.db, ada, 10, 0).await.unwrap(), []);
    e.store.remove(&sha256).await.unwrap();
    assert!(file(e, ada).await.is_err());
    assert_eq!(get(e, ada).await.unwrap().state, ExportState::Failed, "its bytes were lost");
    let again = request(e, ada).await.unwrap();
    assert_eq!((again.state, again.sha256), (ExportState::Preparing, None));
    assert!(rows::fail(&e.db, ada, e.now() + LASTS).await.unwrap());
    assert_eq!(get(e, ada).await.unwrap().state, ExportState::Failed);
    people::make_admin(e, "ada").await.unwrap();
    for _ in 0..MAX_A_DAY {
        let _ = request(e, ada).await;
        rows::fail(&e.db, ada, e.now() + LASTS).await.unwrap();
    }
    let refused = request(e, ada).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::RateLimited { .. }))), "{refused:?}");
}
