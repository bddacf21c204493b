//! Tests of ratings in runs: their effect on the next picks, what models read of them, and the agents' own.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::domain::rating::{AgentPart, AgentRatings, Thumb};
use crate::engine::models::FallbackModel;
use crate::engine::ratings::{latest_part, of_agent, rate_agent, rate_item, unrate_agent};
use crate::engine::roster;
use crate::engine::tools::{self, ToolContext, ToolError};
use crate::testing::Backend;
use crate::testing::chat::{Chat, diligent, short_pauses};

#[both_databases]
async fn what_was_liked_is_a_reason_and_what_was_not_is_not_picked(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let ids = followed(t, ada, 4).await;
    cached(t, ada, &ids).await;
    for (id, thumb) in [(ids[0], Thumb::Up), (ids[1], Thumb::Up), (ids[2], Thumb::Down)] {
        rate_item(&t.engine, ada, id, thumb).await.unwrap();
    }
    let run = begin(t, ada, 4).await;
    work_off(t, ada, run).await;
    let picked = rows_of_downloads::of_run(&t.engine.db, ada, run).await.unwrap();
    let mut picked: Vec<_> = picked.iter().map(|download| download.item_id).collect();
    picked.sort();
    let mut expected = [ids[0], ids[1], ids[3]];
    expected.sort();
    assert_eq!(picked, expected);
    let kept = crate::engine::artifacts::of_run(&t.engine, ada, run).await.unwrap();
    let picks = kept.iter().find(|artifact| artifact.kind == "picks").unwrap().content.to_string();
    assert_eq!(picks.matches("you liked 2 items of this source").count(), 3, "{picks}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_reads_the_ratings_as_data() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let chat = Chat::start(diligent).await;
        let voices = FallbackModel::new(Some(chat.endpoint()), &short_pauses()).unwrap();
        let Some(t) = TestEngine::with_model(backend, Arc::new(voices)).await else { continue };
        let ada = t.sign_up("ada").await.id;
        let ids = followed(&t, ada, 2).await;
        cached(&t, ada, &ids).await;
        rate_item(&t.engine, ada, ids[0], Thumb::Up).await.unwrap();
        let title = items::get(&t.engine.db, ada, ids[0]).await.unwrap().unwrap().content.title;
        let run = begin(&t, ada, 2).await;
        work_off(&t, ada, run).await;
        let asked = chat.asked();
        let told = asked[0]["messages"][1]["content"].as_str().unwrap();
        assert!(
            told.contains(&format!("<data>{{\"liked\":[\"{title}\"],\"not_liked\":[]}}</data>")),
            "{told}"
        );
        t.clear().await;
    }
}

#[both_databases]
async fn the_part_of_an_agent_is_rated_by_the_runs_owner(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let agent = Agent::Discovery;
    let rated = async |liked| {
        let card = roster::get(&t.engine, ada, agent).await.unwrap();
        let of = crate::db::agent_ratings::counts(&t.engine.db, ada).await.unwrap();
        assert_eq!(of, [AgentRatings { agent, rated: 1, liked }]);
        assert_eq!((card.record.rated, card.record.liked), (1, liked));
    };
    let run = begin(t, ada, 1).await;
    let early = rate_agent(&t.engine, ada, run, agent, Thumb::Up).await;
    assert_eq!(refusal(early).to_string(), "There is no such agent in this run.");
    assert_eq!(latest_part(&t.engine, ada, agent).await.unwrap(), None);
    work_off(t, ada, run).await;
    let first = rate_agent(&t.engine, ada, run, agent, Thumb::Up).await.unwrap();
    assert_eq!(rate_agent(&t.engine, ada, run, agent, Thumb::Up).await.unwrap(), first);
    rated(1).await;
    rate_agent(&t.engine, ada, run, agent, Thumb::Down).await.unwrap();
    rated(0).await;
    let part = AgentPart { run_id: run, run_number: 1, verdict: Some(Thumb::Down) };
    assert_eq!(latest_part(&t.engine, ada, agent).await.unwrap(), Some(part));
    assert_eq!(latest_part(&t.engine, eve, agent).await.unwrap(), None);
    for id in [run, RunId(9_999)] {
        let refused = refusal(rate_agent(&t.engine, eve, id, agent, Thumb::Up).await).to_string();
        assert_eq!(refused, "There is no such run.");
        assert_eq!(refusal(unrate_agent(&t.engine, eve, id, agent).await).to_string(), refused);
    }
    for _ in 0..2 {
        unrate_agent(&t.engine, ada, run, agent).await.unwrap();
        let part = latest_part(&t.engine, ada, agent).await.unwrap().unwrap();
        assert_eq!(part.verdict, None);
    }
}

#[both_databases]
async fn ratings_of_an_agent_are_those_of_the_last_fifty_runs(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let agent = Agent::Discovery;
    let run = begin(t, ada, 1).await;
    work_off(t, ada, run).await;
    rate_agent(&t.engine, ada, run, agent, Thumb::Up).await.unwrap();
    let counted = async |owner, agent| {
        let AgentRatings { rated, liked, .. } = of_agent(&t.engine, owner, agent).await.unwrap();
        (rated, liked)
    };
    assert_eq!(counted(ada, agent).await, (1, 1));
    assert_eq!(counted(ada, Agent::Summarizer).await, (0, 0));
    assert_eq!(counted(eve, agent).await, (0, 0));
    for _ in 0..50 {
        let later = begin(t, ada, 1).await;
        cancel(&t.engine, ada, later).await.unwrap();
    }
    assert_eq!(counted(ada, agent).await, (0, 0));
    assert_eq!(latest_part(&t.engine, ada, agent).await.unwrap(), None);
}

#[both_databases]
async fn a_repeated_call_is_answered_in_spite_of_a_later_thumb_down(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let ids = followed(t, ada, 2).await;
    cached(t, ada, &ids).await;
    let run = begin(t, ada, 2).await;
    let now = t.engine.now();
    runs::advance(&t.engine.db, run, RunStatus::Queued, RunStatus::Running, now).await.unwrap();
    let run = get(&t.engine, ada, run).await.unwrap();
    let (engine, agent, call_id) = (&t.engine, Agent::Download, "t2s1c1");
    let cx = ToolContext { engine, owner: ada, run: &run, agent, call_id, said: &[], spent: None };
    let queue = async |id: ItemId| tools::call(&cx, "queue_download", json!({ "item_id": id })).await;
    let first = queue(ids[0]).await.unwrap().value;
    for id in &ids {
        rate_item(&t.engine, ada, *id, Thumb::Down).await.unwrap();
    }
    let again = queue(ids[0]).await.unwrap().value;
    assert_eq!((&again["download_id"], &again["queued_before"]), (&first["download_id"], &json!(true)));
    assert!(
        matches!(queue(ids[1]).await, Err(ToolError::Refused(why)) if why.contains("said no to this item"))
    );
}
