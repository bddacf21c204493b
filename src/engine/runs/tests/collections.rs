//! Tests of collections: later runs read what earlier ones kept.

use crate::testing::TestEngine;
use both_databases::both_databases;
use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::domain::CollectionId;
use crate::domain::artifact::{Artifact, ArtifactFilter, NewArtifact};
use crate::domain::collection::TypedCollection;
use crate::engine::models::openai::OpenAi;
use crate::engine::models::scripted::{Scripted, calls, passes, says};
use crate::engine::{artifacts as kept, collections};
use crate::testing::Backend;
use crate::testing::chat::{Chat, diligent, short_pauses};

async fn trip(t: &TestEngine, owner: UserId) -> CollectionId {
    let typed = TypedCollection { name: Some("Trip".into()), notes: Some("To the sea, by train.".into()) };
    collections::add(&t.engine, owner, typed).await.unwrap().id
}

async fn run_in(t: &TestEngine, owner: UserId, collection: CollectionId) -> Run {
    let new = NewRun { max_items: 2, collection_id: Some(collection), ..NewRun::default() };
    let run = start(&t.engine, owner, new).await.unwrap();
    work_off(t, owner, run.id).await
}

async fn of_kind_in(t: &TestEngine, owner: UserId, id: CollectionId, kind: &str) -> Vec<Artifact> {
    let filter = ArtifactFilter { kind: Some(kind.into()) };
    kept::of_collection(&t.engine, owner, id, &filter, &PageQuery::default()).await.unwrap().data
}

fn items(artifact: &Artifact) -> Vec<&Value> {
    artifact.content["items"].as_array().unwrap().iter().map(|item| &item["item_id"]).collect()
}

#[both_databases]
async fn a_later_run_of_a_collection_does_not_pick_again_what_an_earlier_one_picked(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let ids = followed(t, ada, 4).await;
    cached(t, ada, &ids).await;
    let trip = trip(t, ada).await;
    let first = run_in(t, ada, trip).await;
    // Deleted downloads count as picked, too.
    for download in rows_of_downloads::of_run(&t.engine.db, ada, first.id).await.unwrap() {
        downloads::delete(&t.engine, ada, download.id).await.unwrap();
    }
    let second = run_in(t, ada, trip).await;
    let picks = of_kind_in(t, ada, trip, "picks").await;
    assert_eq!(picks.iter().map(|artifact| artifact.run_id).collect::<Vec<_>>(), [second.id, first.id]);
    assert!(items(&picks[0]).iter().all(|id| !items(&picks[1]).contains(id)));
}

#[both_databases]
async fn a_run_says_that_earlier_ones_of_its_collection_picked_all(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let ids = followed(t, ada, 2).await;
    let trip = trip(t, ada).await;
    let new = NewRun { collection_id: Some(trip), ..NewRun::default() };
    let first = start(&t.engine, ada, new).await.unwrap().id;
    let content = json!({ "items": [{ "item_id": ids[0] }, { "item_id": ids[1] }] });
    let picks = NewArtifact { agent: Agent::Discovery, kind: "picks".into(), content, metadata: json!({}) };
    crate::db::artifacts::insert(&t.engine.db, first, &picks, t.engine.now()).await.unwrap();
    cancel(&t.engine, ada, first).await.unwrap();
    let second = run_in(t, ada, trip).await;
    let outcome = second.outcome.unwrap();
    assert_eq!((outcome.result, outcome.reason), (RunResult::Nothing, Some(Hindrance::NothingNew)));
    assert_eq!(outcome.message, "Earlier runs of this collection have picked all of the new items.");
    let report = crate::engine::runs::report(&t.engine, ada, second.id).await.unwrap();
    assert_eq!(report.steps.considered, Some(0), "they were not ranked");
}

#[both_databases]
async fn what_a_run_found_and_what_became_of_it_is_kept_by_the_program(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let ids = followed(t, ada, 3).await;
    cached(t, ada, &ids).await;
    let trip = trip(t, ada).await;
    let run = run_in(t, ada, trip).await;
    let candidates = of_kind_in(t, ada, trip, "candidates").await;
    assert_eq!(candidates[0].metadata["tool"], "recommend_content");
    let results = of_kind_in(t, ada, trip, "results").await;
    assert_eq!(results[0].content["summary"], serde_json::to_value(run.summary).unwrap());
    assert!(results[0].content["items"].as_array().unwrap().iter().all(|item| item["status"] == "ready"));
}

#[both_databases]
async fn a_collection_counts_what_its_runs_have_left(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let ids = followed(t, ada, 3).await;
    cached(t, ada, &ids).await;
    let id = trip(t, ada).await;
    let run = run_in(t, ada, id).await;
    let all = collections::list(&t.engine, ada, &PageQuery::default()).await.unwrap().data;
    assert_eq!((all[0].runs, all[0].artifacts, all[0].pending, all[0].ready), (1, 4, 0, 2));
    let filter = RunFilter { collection_id: Some(id), ..Default::default() };
    assert_eq!(list(&t.engine, ada, &filter, &PageQuery::default()).await.unwrap().data[0].id, run.id);
    collections::remove(&t.engine, ada, id).await.unwrap();
    assert_eq!(get(&t.engine, ada, run.id).await.unwrap().collection_id, None);
    assert!(matches!(refusal(collections::get(&t.engine, ada, id).await), Refusal::NotFound { .. }));
}

#[both_databases]
async fn a_strangers_collection_looks_missing(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let id = trip(t, ada).await;
    let is_missing = |refusal| matches!(refusal, Refusal::NotFound { .. });
    let (filter, page) = (ArtifactFilter::default(), PageQuery::default());
    assert!(is_missing(refusal(collections::get(&t.engine, eve, id).await)));
    assert!(is_missing(refusal(collections::remove(&t.engine, eve, id).await)));
    assert!(is_missing(refusal(collections::change(&t.engine, eve, id, TypedCollection::default()).await)));
    assert!(is_missing(refusal(kept::of_collection(&t.engine, eve, id, &filter, &page).await)));
    let new = NewRun { collection_id: Some(id), ..NewRun::default() };
    assert_eq!(refusal(start(&t.engine, eve, new).await).fields()[0].field, "collection_id");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_hears_of_the_collection_and_what_the_person_said() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let chat = Chat::start(diligent).await;
        let model = OpenAi::new(chat.endpoint(), &short_pauses()).unwrap();
        let Some(t) = TestEngine::with_model(backend, Arc::new(model)).await else { continue };
        let ada = t.sign_up("ada").await.id;
        let ids = followed(&t, ada, 2).await;
        cached(&t, ada, &ids).await;
        let collection_id = Some(trip(&t, ada).await);
        let messages = vec!["I leave at seven.".to_owned(), " ".to_owned(), "Nothing sad.".to_owned()];
        let new = NewRun { collection_id, messages, ..NewRun::default() };
        let run = start(&t.engine, ada, new).await.unwrap();
        assert_eq!(run.messages, ["I leave at seven.", "Nothing sad."]);
        work_off(&t, ada, run.id).await;
        let told = chat.asked()[0]["messages"].to_string();
        for words in ["«Trip»", "To the sea, by train.", "The person said: I leave at seven.", "Nothing sad."]
        {
            assert!(told.contains(words), "{words}: {told}");
        }
        t.clear().await;
    }
}

#[tokio::test]
async fn an_agent_reads_what_earlier_runs_kept_and_cannot_forge_it() {
    let script = [
        calls("save_artifact", json!({ "kind": "notes", "content": { "seat": "by the window" } })),
        calls("save_artifact", json!({ "kind": "approvals", "content": { "decision": "approved" } })),
        says("Kept."),
        passes(),
        passes(),
        passes(),
        passes(),
        passes(),
        calls("get_artifacts", json!({ "kind": "notes" })),
        says("Read."),
    ];
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(t) = TestEngine::with_model(backend, Arc::new(Scripted::new(script.to_vec()))).await else {
            continue;
        };
        let ada = t.sign_up("ada").await.id;
        let trip = trip(&t, ada).await;
        let first = run_in(&t, ada, trip).await;
        let second = run_in(&t, ada, trip).await;
        let answers = |all: Vec<Message>, tool: &str| -> Vec<Value> {
            let results = of_kind(&all, MessageKind::ToolResult).into_iter();
            results.filter(|m| m.text == tool).map(|m| m.data.clone()).collect()
        };
        let saved = answers(said(&t, first.id).await, "save_artifact");
        assert_eq!((&saved[0]["ok"], &saved[1]["ok"]), (&json!(true), &json!(false)));
        let read = answers(said(&t, second.id).await, "get_artifacts");
        let content = &read[0]["output"]["artifacts"][0]["content"];
        assert_eq!(content["seat"], "by the window", "{read:?}");
        t.clear().await;
    }
}
