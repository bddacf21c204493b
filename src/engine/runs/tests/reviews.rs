//! Tests of model reviews: structured, private to one user, and always with a fallback.

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::db::habits;
use crate::domain::item::Item;
use crate::engine::models::FallbackModel;
use crate::testing::Backend;
use crate::testing::chat::{Answer, Chat, VERDICT, diligent, short_pauses};

/// Plays a run with a chat endpoint that fills forms with `clerk`.
async fn play(clerk: fn(&Value) -> Answer, check: impl AsyncFn(&TestEngine, UserId, &Chat, Run)) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let chat = Chat::start(diligent).await;
        chat.fills(clerk);
        let voices = FallbackModel::new(Some(chat.endpoint()), &short_pauses()).unwrap();
        let Some(t) = TestEngine::with_model(backend, Arc::new(voices)).await else { continue };
        let ada = t.sign_up("ada").await.id;
        let ids = followed(&t, ada, 2).await;
        cached(&t, ada, &ids).await;
        let run = begin(&t, ada, 2).await;
        let run = work_off(&t, ada, run).await;
        assert_eq!(run.status, RunStatus::Completed, "{:?}", run.stop_reason);
        check(&t, ada, &chat, run).await;
        t.clear().await;
    }
}

async fn seen(t: &TestEngine, owner: UserId, run: RunId) -> Vec<Item> {
    let mut items = Vec::new();
    for download in rows_of_downloads::of_run(&t.engine.db, owner, run).await.unwrap() {
        items.push(items::get(&t.engine.db, owner, download.item_id).await.unwrap().unwrap());
    }
    items
}

async fn analysed(t: &TestEngine, run: RunId) -> Value {
    let all = said(t, run).await;
    let mut results = of_kind(&all, MessageKind::ToolResult).into_iter();
    results.rfind(|m| m.text == "analyze_content_batch").unwrap().data["output"]["items"][0].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn summaries_and_quality_come_from_the_model_and_are_one_persons_own() {
    play(
        |_| Answer::says(VERDICT),
        async |t, ada, chat, run| {
            for item in seen(t, ada, run.id).await {
                assert_eq!(item.summary.as_deref(), Some("In short: a night train."));
                assert_eq!(
                    (item.quality_score, &item.quality_reasons[..]),
                    (Some(0.83), &["told calmly".to_owned()][..])
                );
            }
            assert_eq!(analysed(t, run.id).await["model"], "small-talk");
            let (asked, forms) = (chat.asked().len(), chat.forms());
            assert_eq!(run.input_tokens, 100 * (asked + forms.len()) as i64, "forms are counted, too");
            assert_eq!(forms.len(), 2);
            assert_eq!(
                forms[0]["response_format"]["json_schema"]["schema"]["required"],
                json!(["summary", "quality", "reasons"])
            );
            assert!(
                habits::of(&t.engine.db, ada).await.unwrap()[0]
                    .quality
                    .is_some_and(|q| (q - 0.83).abs() < 0.001)
            );
            // Eve follows the same source and sees nothing of the reviews.
            let eve = t.sign_up("eve").await.id;
            followed(t, eve, 2).await;
            let (filter, page) = (Default::default(), PageQuery::default());
            let items = catalog::items(&t.engine, eve, &filter, &page).await.unwrap().data;
            assert!(items.iter().all(|item| item.summary.is_none() && item.quality_score.is_none()));
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_text_is_judged_once() {
    play(
        |_| Answer::says(VERDICT),
        async |t, ada, chat, run| {
            let again = NewRun { continues: Some(run.id), ..NewRun::default() };
            let again = start(&t.engine, ada, again).await.unwrap();
            cancel(&t.engine, ada, again.id).await.unwrap();
            let item = seen(t, ada, run.id).await.remove(0);
            let text = crate::engine::reading::text_of(&t.engine, &item).await.unwrap();
            let cx = crate::engine::tools::ToolContext {
                engine: &t.engine,
                owner: ada,
                run: &run,
                agent: Agent::Summarizer,
                call_id: "t9s1c1",
                said: &[],
                spent: None,
            };
            let asked = crate::engine::tools::review::of(&cx, &item, &text).await.unwrap();
            assert!(asked.review.is_some() && asked.usage.is_none());
            assert_eq!(chat.forms().len(), 2);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fits_no_form_leaves_the_programs_own_view_and_says_why() {
    let clerks: [fn(&Value) -> Answer; 5] = [
        |_| Answer::says("I would rather not."),
        |_| Answer::says(r#"{"summary": "", "quality": 0.5, "reasons": []}"#),
        |_| Answer::says(r#"{"summary": "Fine.", "quality": 7, "reasons": []}"#),
        |_| Answer::Status(500, ""),
        |_| Answer::BreakOff,
    ];
    for clerk in clerks {
        play(clerk, async |t, ada, _, run| {
            for item in seen(t, ada, run.id).await {
                assert!(item.summary.is_some_and(|summary| TEXT.contains(&summary[..20])));
                assert!(item.quality_score.is_some());
            }
            let first = analysed(t, run.id).await;
            assert!(first["without_model"].as_str().is_some_and(|why| !why.is_empty()), "{first}");
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_knows_no_schemas_is_asked_for_plain_json() {
    let clerk = |request: &Value| match request.get("response_format") {
        Some(_) => Answer::Status(400, r#"{"error":{"message":"unknown field response_format"}}"#),
        None => Answer::says(&format!("Here you are:\n```json\n{VERDICT}\n```")),
    };
    play(clerk, async |t, ada, chat, run| {
        assert!(seen(t, ada, run.id).await.iter().all(|item| item.quality_score == Some(0.83)));
        let with_schema = chat.forms().iter().filter(|form| form.get("response_format").is_some()).count();
        assert_eq!((with_schema, chat.forms().len()), (1, 3), "it is not asked with a schema again");
        assert_eq!(run.degraded, None, "a form says nothing of how the model speaks");
    })
    .await;
}
