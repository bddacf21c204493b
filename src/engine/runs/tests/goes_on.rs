//! Tests of runs that continue another one, and of handoffs.

use crate::testing::TestEngine;
use both_databases::both_databases;
use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::engine::models::openai::OpenAi;
use crate::engine::models::scripted::{Scripted, calls, passes, says};
use crate::testing::Backend;
use crate::testing::chat::{Answer, Chat, diligent, short_pauses};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_goes_on_begins_with_whoever_is_next_and_hears_what_was_said() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        // The first Summarizer is never answered, so that the run is stopped before its turn ends.
        let mut is_first = true;
        let chat = Chat::start(move |asked| {
            let is_summarizer = asked["messages"].to_string().contains("You are Summarizer");
            if is_summarizer && std::mem::take(&mut is_first) { Answer::Hang } else { diligent(asked) }
        });
        let chat = chat.await;
        let model = OpenAi::new(chat.endpoint(), &short_pauses()).unwrap();
        let Some(t) = TestEngine::with_model(backend, Arc::new(model)).await else { continue };
        let ada = t.sign_up("ada").await.id;
        let ids = followed(&t, ada, 4).await;
        cached(&t, ada, &ids).await;
        let first = begin(&t, ada, 2).await;
        let go_on = NewRun { continues: Some(first), ..NewRun::default() };
        assert_eq!(refusal(start(&t.engine, ada, go_on.clone()).await).fields()[0].field, "continues");
        let lease = claim(&t, first).await;
        // It stops before Summarizer's turn.
        let engine = t.engine.clone();
        let life = tokio::spawn(async move { team::go(&engine, first, &lease).await });
        while said(&t, first).await.iter().all(|m| m.text != "All of it is here.") {
            assert!(!life.is_finished(), "it is over");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        cancel(&t.engine, ada, first).await.unwrap();
        life.await.unwrap().unwrap();
        let asked = chat.asked().len();
        let second = start(&t.engine, ada, go_on).await.unwrap();
        assert_eq!((second.continues, second.first_speaker), (Some(first), Some(Agent::Summarizer)));
        work_off(&t, ada, second.id).await;
        let told = chat.asked()[asked]["messages"].to_string();
        assert!(told.contains("You are Summarizer") && told.contains("All of it is here."), "{told}");
        let eve = t.sign_up("eve").await.id;
        let stolen = NewRun { continues: Some(first), ..NewRun::default() };
        assert_eq!(refusal(start(&t.engine, eve, stolen).await).fields()[0].field, "continues");
        t.clear().await;
    }
}

#[tokio::test]
async fn work_that_was_handed_over_is_a_task_with_a_priority() {
    let handoff = json!({
        "to": "download", "instructions": "Queue the first.", "item_ids": [1], "phase": "fetch", "priority": "high",
    });
    let script = [
        calls("handoff", handoff),
        passes(),
        calls("queue_download", json!({ "item_id": 1 })),
        says("Done."),
    ];
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let model = Arc::new(Scripted::new(script.to_vec()));
        let Some(t) = TestEngine::with_model(backend, model).await else { continue };
        let ada = t.sign_up("ada").await.id;
        followed(&t, ada, 2).await;
        let run = begin(&t, ada, 2).await;
        work_off(&t, ada, run).await;
        let left = rows_of_downloads::of_run(&t.engine.db, ada, run).await.unwrap();
        assert_eq!(left.iter().map(|download| download.priority).collect::<Vec<_>>(), [3]);
        let handed = of_kind(&said(&t, run).await, MessageKind::Handoff)[0].data.clone();
        assert_eq!((&handed["from"], &handed["phase"]), (&json!("discovery"), &json!("fetch")));
        let id = of_kind(&said(&t, run).await, MessageKind::Handoff)[0].id;
        let frames = told(&t, ada).await.into_iter().filter(|frame| frame.kind == EventKind::TaskUpdate);
        let mut statuses: std::collections::BTreeMap<String, Vec<String>> = Default::default();
        for frame in frames {
            let task = format!("{} {}", frame.text("kind"), frame.number("task_id").unwrap_or_default());
            statuses.entry(task).or_default().push(frame.text("status").to_owned());
        }
        assert_eq!(statuses[&format!("handoff {id}")], ["queued", "running", "completed"]);
        assert_eq!(statuses[&format!("run {run}")], ["queued", "running", "completed"]);
        let download = statuses.keys().find(|task| task.starts_with("download")).unwrap();
        assert_eq!(
            statuses[download],
            ["queued", "queued"],
            "once more with its priority; no worker fetches it"
        );
        t.clear().await;
    }
}

#[both_databases]
async fn what_was_played_before_is_among_the_reasons(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let ids = followed(t, ada, 5).await;
    cached(t, ada, &ids).await;
    for id in &ids[2..] {
        let download = downloads::queue(&t.engine, ada, *id, None).await.unwrap();
        downloads::played(&t.engine, ada, download.id).await.unwrap();
    }
    let run = begin(t, ada, 1).await;
    work_off(t, ada, run).await;
    let picked = crate::engine::artifacts::of_run(&t.engine, ada, run).await.unwrap();
    let reasons = picked[0].content.to_string();
    assert!(reasons.contains("you played 3 of 3 from this source to the end"), "{reasons}");
}
