//! The outcome of a run: its obstacles, over REST, on pages and live; and run numbers per user.

use both_databases::both_databases;
use serde_json::{Value, json};
use smartcache::testing::Backend;
use smartcache::testing::chat::{Answer, Chat, short_pauses};

use crate::harness::{App, Person};
use crate::origin::Manner;

async fn over(person: &Person, max_items: i64) -> Value {
    let run = person.start_run(max_items).await;
    person.until_run(run, "completed").await
}

#[both_databases]
async fn a_run_without_a_subscription_says_so_at_once(app: &App) {
    let ada = app.sign_up("ada").await;
    let started = ada.post("/api/v1/runs", json!({})).await;
    assert_eq!(started.status, 202);
    let run = started.json();
    assert_eq!(
        (&run["outcome"]["result"], &run["outcome"]["reason"]),
        (&json!("nothing"), &json!("no_subscriptions"))
    );
    assert!(run["outcome"]["advice"].as_str().unwrap().contains("Follow one"), "{run}");
    let over = ada.until_run(run["id"].as_i64().unwrap(), "completed").await;
    assert_eq!(over["outcome"], run["outcome"]);
    let page = ada.get(&format!("/runs/{}", run["id"])).await.text();
    assert!(page.contains("Nothing prepared") && page.contains("Follow one under Sources"), "{page}");
}

#[both_databases]
async fn a_reached_limit_is_the_outcome_and_not_green(app: &App) {
    let ada = app.sign_up("ada").await;
    let mut wishes = ada.get("/api/v1/preferences").await.ok();
    wishes["max_daily_items"] = json!(1);
    ada.put("/api/v1/preferences", wishes).await.ok();
    for name in ["one", "two"] {
        ada.follow(&app.origin.podcast(name, 9_000, Manner::Proper).0).await;
    }
    let first = over(&ada, 1).await;
    assert_eq!(
        (&first["outcome"]["result"], &first["outcome"]["reason"]),
        (&json!("prepared"), &json!(null))
    );
    let second = over(&ada, 1).await;
    let outcome = &second["outcome"];
    assert_eq!((&outcome["result"], &outcome["reason"]), (&json!("nothing"), &json!("daily_limit")));
    assert_eq!(outcome["message"], "Your limit of 1 items a day is reached.");
    assert_eq!(outcome["advice"], "Raise it in Preferences, or wait until tomorrow.");
    assert!(second["stop_reason"].as_str().unwrap().contains("limit of 1 items a day"), "{second}");
    for path in [format!("/runs/{}", second["id"]), "/runs".into()] {
        let page = ada.get(&path).await.text();
        assert!(page.contains("Nothing prepared") && page.contains("limit of 1 items a day"), "{page}");
    }
}

#[both_databases]
async fn a_run_with_nothing_new_and_one_with_failed_downloads_say_why(app: &App) {
    let ada = app.sign_up("ada").await;
    let (url, _) = app.origin.podcast("only", 9_000, Manner::Proper);
    ada.follow(&url).await;
    over(&ada, 1).await;
    let second = over(&ada, 1).await;
    assert_eq!(second["outcome"]["reason"], "nothing_new");

    let eve = app.sign_up("eve").await;
    let (url, _) = app.origin.podcast("broken", 9_000, Manner::Fails(403));
    eve.follow(&url).await;
    let failed = over(&eve, 1).await;
    let outcome = &failed["outcome"];
    assert_eq!(outcome["result"], "nothing");
    assert!(["downloads_failed", "waiting"].contains(&outcome["reason"].as_str().unwrap()), "{failed}");
    assert!(outcome["message"].as_str().unwrap().contains("403"), "{failed}");
    for download in eve.all("/api/v1/downloads").await {
        assert_eq!(eve.delete(&format!("/api/v1/downloads/{}", download["id"])).await.status, 204);
    }
    let page = eve.get(&format!("/runs/{}", failed["id"])).await.text();
    for words in ["Nothing prepared", "It has no downloads now.", "nothing is kept any more"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("See what failed") && !page.contains("See what is on the way"), "{page}");
}

#[both_databases]
async fn runs_are_numbered_for_each_user(app: &App) {
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let first = over(&ada, 1).await;
    let other = over(&eve, 1).await;
    let second = over(&ada, 1).await;
    assert_eq!((&first["number"], &other["number"], &second["number"]), (&json!(1), &json!(1), &json!(2)));
    assert_ne!(second["id"], second["number"]);
    for path in [format!("/runs/{}", second["id"]), "/runs".into()] {
        // Markers between text nodes serve hydration in the browser.
        let page = ada.get(&path).await.text().replace("<!>", "");
        assert!(page.contains("Run 2") && !page.contains(&format!("Run {}", second["id"])), "{page}");
    }
}

/// A server whose agents use a chat model.
async fn with_model(backend: Backend, chat: &Chat) -> Option<App> {
    App::with(backend, |config| {
        config.llm = Some(chat.endpoint());
        config.llm_timeouts = short_pauses();
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_planner_works_in_the_place_of_a_model_without_effect() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        for answer in [
            Answer::says("I could look for something, if you like."),
            Answer::calls("find_something", json!({})),
            Answer::calls("get_item_details", json!({ "item_id": "the best" })),
        ] {
            let said = answer.clone();
            let chat = Chat::start(move |_| said.clone()).await;
            let Some(app) = with_model(backend, &chat).await else { continue };
            let ada = app.sign_up("ada").await;
            for name in ["one", "two"] {
                ada.follow(&app.origin.podcast(name, 9_000, Manner::Proper).0).await;
            }
            let over = over(&ada, 2).await;
            assert_eq!(
                (&over["outcome"]["result"], &over["summary"]["ready"]),
                (&json!("prepared"), &json!(2)),
                "{over}"
            );
            assert!(over["degraded"].is_string(), "{over}");
            assert!(over["input_tokens"].as_i64().unwrap() > 0);
            app.clear().await;
        }
    }
}
