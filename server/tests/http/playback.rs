//! Playback over REST, server functions and the live connection: two browsers of a user, and other users.

use both_databases::both_databases;
use reqwest::Method;
use serde_json::{Value, json};
use smartcache::testing::PASSWORD;

use crate::harness::{App, Person, Reply, send};
use crate::live::Line;
use crate::origin::{Manner, Origin};

/// A feed with one episode of 3,000 seconds.
fn feed(origin: &Origin, name: &str) -> String {
    origin.sound(&format!("/{name}.mp3"), 20_000, Manner::Proper);
    let media = origin.url(&format!("/{name}.mp3"));
    let feed = format!(
        "<rss version=\"2.0\" xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\"><channel>\
         <title>{name}</title><item><guid>{name}</guid><title>{name}</title><itunes:duration>3000</itunes:duration>\
         <enclosure url=\"{media}\" length=\"20000\" type=\"audio/mpeg\"/></item></channel></rss>"
    );
    origin.put(&format!("/{name}.xml"), "application/rss+xml", feed, Manner::Proper)
}

/// A user with an episode: the ids of its item and source.
async fn listener(app: &App, name: &str) -> (Person, Value, i64) {
    let person = app.sign_up(name).await;
    let source = person.follow(&feed(&app.origin, &format!("of-{name}"))).await;
    let item = person.item_of(source).await;
    (person, item, source)
}

/// Another browser of a user.
async fn another_browser(app: &App, name: &str) -> Person {
    let person = app.stranger();
    person.post("/api/v1/auth/login", json!({ "username": name, "password": PASSWORD })).await.ok();
    person
}

fn position_of(item: &Value) -> String {
    format!("/api/v1/items/{}/position", item["id"])
}

/// Waits until the server has read the connection's frames. Returns the positions heard until then.
async fn positions(line: &mut Line) -> Vec<Value> {
    line.say(json!({ "type": "ping" })).await;
    let heard = line.hear_until("pong").await;
    heard.into_iter().filter(|frame| frame["type"] == "position_changed").collect()
}

#[both_databases]
async fn a_browser_goes_on_where_the_other_stopped(app: &App) {
    let (phone, item, _) = listener(app, "ada").await;
    let laptop = another_browser(app, "ada").await;
    let path = position_of(&item);
    let start = laptop.get(&path).await.ok();
    assert_eq!((&start["seconds"], &start["rev"], &start["at"]), (&json!(0.0), &json!(0), &json!(null)));
    assert_eq!(start["duration_seconds"], 3_000);
    let new = json!({ "seconds": 1_234.5, "finished": false, "rev": 0, "device": "Phone" });
    let saved = phone.put(&path, new).await.ok();
    assert_eq!(laptop.get(&path).await.ok(), saved);
    assert_eq!(
        (&saved["seconds"], &saved["rev"], &saved["device"]),
        (&json!(1_234.5), &json!(1), &json!("Phone"))
    );
    let unaware = laptop.put(&path, json!({ "seconds": 60, "rev": 0, "device": "Laptop" })).await.ok();
    assert_eq!((&unaware["seconds"], &unaware["rev"]), (&json!(60.0), &json!(2)));
    assert_eq!(
        (&unaware["other"]["seconds"], &unaware["other"]["device"]),
        (&json!(1_234.5), &json!("Phone"))
    );
    let shown = &phone.all("/api/v1/playback/continue").await[0];
    assert_eq!((&shown["item_id"], &shown["seconds"]), (&item["id"], &json!(60.0)));
    assert_eq!((&shown["source_name"], &shown["download_id"]), (&json!("of-ada"), &json!(null)));
}

#[both_databases]
async fn the_last_position_of_a_closed_page_comes_by_post(app: &App) {
    let (ada, item, _) = listener(app, "ada").await;
    let path = position_of(&item);
    ada.put(&path, json!({ "seconds": 100 })).await.ok();
    let beacon =
        ada.request(Method::POST, &path).header("origin", &app.base).json(&json!({ "seconds": 110 }));
    assert_eq!(send(beacon).await.ok()["seconds"], 110.0);
    let foreign = ada.request(Method::POST, &path).header("origin", "https://evil.example");
    assert_eq!(send(foreign.json(&json!({ "seconds": 0 }))).await.status, 403);
    assert_eq!(ada.get(&path).await.ok()["seconds"], 110.0);
}

#[both_databases]
async fn positions_reach_the_other_pages_of_the_user_and_nobody_else(app: &App) {
    let (ada, item, _) = listener(app, "ada").await;
    let eve = app.sign_up("eve").await;
    let (mut other_page, mut of_eve) =
        (Line::open(&another_browser(app, "ada").await).await, Line::open(&eve).await);
    assert!(positions(&mut other_page).await.is_empty() && positions(&mut of_eve).await.is_empty());
    let saved = ada.put(&position_of(&item), json!({ "seconds": 77, "device": "Phone" })).await.ok();
    let heard = other_page.hear_until("position_changed").await.pop().unwrap();
    let wanted = json!({
        "item_id": item["id"], "seconds": 77.0, "finished": false, "at": saved["at"], "rev": 1, "device": "Phone"
    });
    assert_eq!((&heard["data"], &heard["seq"]), (&wanted, &json!(null)));
    assert!(positions(&mut of_eve).await.is_empty());
    ada.put(&position_of(&item), json!({ "seconds": 77, "at": saved["at"], "rev": 0 })).await.ok();
    assert!(positions(&mut other_page).await.is_empty(), "nothing has changed");
}

#[both_databases]
async fn a_position_reaches_a_page_that_watches_a_run(app: &App) {
    let (ada, item, _) = listener(app, "ada").await;
    let run = ada.start_run(1).await;
    ada.until_run_ends(run).await;
    let mut line = Line::open(&ada).await;
    line.say(json!({ "type": "subscribe", "run_id": run })).await;
    positions(&mut line).await;
    ada.put(&position_of(&item), json!({ "seconds": 5 })).await.ok();
    line.hear_until("position_changed").await;
}

#[both_databases]
async fn what_is_wrong_is_named(app: &App) {
    let (ada, item, source) = listener(app, "ada").await;
    let path = position_of(&item);
    for (body, field) in [
        (json!({}), "seconds"),
        (json!({ "seconds": -1 }), "seconds"),
        (json!({ "seconds": "NaN" }), "seconds"),
        (json!({ "seconds": null }), "seconds"),
        (json!({ "seconds": 1e300 }), "seconds"),
        (json!({ "seconds": 1, "at": "yesterday" }), "at"),
        (json!({ "seconds": 1, "speed": 9 }), "speed"),
        (json!({ "seconds": 1, "rev": -1 }), "rev"),
        (json!({ "seconds": 1, "finished": true, "reopen": true }), "reopen"),
        (json!({ "seconds": 1, "device": "x".repeat(61) }), "device"),
    ] {
        for method in [Method::PUT, Method::POST] {
            assert_eq!(send(ada.request(method, &path).json(&body)).await.fields(), [field], "{body}");
        }
    }
    let unknown = ada.put(&path, json!({ "seconds": 1, "position": 2 })).await;
    assert!(unknown.status == 422 && unknown.text().contains("position"), "{}", unknown.text());
    let speed = format!("/api/v1/sources/{source}/speed");
    for wrong in [json!(0.45), json!(3.05), json!(1.01), json!(null), json!("fast")] {
        assert_eq!(ada.put(&speed, json!({ "speed": wrong })).await.fields(), ["speed"], "{wrong}");
    }
    let report = "/api/v1/analytics/listening";
    for days in ["0", "366", "x"] {
        assert_eq!(ada.get(&format!("{report}?days={days}")).await.fields(), ["days"]);
    }
    assert_eq!(ada.get(&path).await.ok()["rev"], 0);
}

#[both_databases]
async fn a_time_in_the_future_and_a_place_beyond_the_end_are_clamped(app: &App) {
    let (ada, item, _) = listener(app, "ada").await;
    let path = position_of(&item);
    let saved = ada.put(&path, json!({ "seconds": 99_999, "at": "2999-01-01T00:00:00Z" })).await.ok();
    assert_eq!((&saved["seconds"], &saved["finished"]), (&json!(3_600.0), &json!(true)));
    assert!(!saved["at"].as_str().unwrap().starts_with("2999"), "{saved}");
    let next = ada.put(&path, json!({ "seconds": 30, "reopen": true })).await.ok();
    assert_eq!((&next["seconds"], &next["finished"]), (&json!(30.0), &json!(false)));
}

#[both_databases]
async fn the_end_is_seen_on_the_download(app: &App) {
    let (ada, item, _) = listener(app, "ada").await;
    let download = ada.queue(&item).await;
    ada.until_download(download, "ready").await;
    ada.put(&position_of(&item), json!({ "seconds": 1_000 })).await.ok();
    let shown = &ada.all("/api/v1/playback/continue").await[0];
    assert_eq!((&shown["download_id"], &shown["mime_type"]), (&json!(download), &json!("audio/mpeg")));
    assert_eq!(ada.download(download).await["played_at"], json!(null));
    ada.put(&position_of(&item), json!({ "seconds": 2_900 })).await.ok();
    assert!(ada.download(download).await["played_at"].is_string());
    assert!(ada.all("/api/v1/playback/continue").await.is_empty());
    let report = ada.get("/api/v1/analytics/listening?days=7").await.ok();
    assert_eq!((&report["finished"], &report["per_day"].as_array().unwrap().len()), (&json!(1), &7));
}

#[both_databases]
async fn what_is_not_ones_own_is_missing(app: &App) {
    let (ada, item, source) = listener(app, "ada").await;
    let eve = app.sign_up("eve").await;
    ada.put(&position_of(&item), json!({ "seconds": 100 })).await.ok();
    let replies = [
        eve.get(&position_of(&item)).await,
        eve.put(&position_of(&item), json!({ "seconds": 1 })).await,
        eve.post(&position_of(&item), json!({ "seconds": 1 })).await,
        eve.get("/api/v1/items/x/position").await,
        eve.get(&format!("/api/v1/sources/{source}/speed")).await,
        eve.put(&format!("/api/v1/sources/{source}/speed"), json!({ "speed": 2 })).await,
    ];
    assert!(replies.iter().all(|reply| reply.status == 404));
    let queued = eve.put("/api/v1/queue", json!({ "item_ids": [item["id"]] })).await;
    assert_eq!(queued.fields(), ["item_ids"]);
    assert!(queued.text().contains(&format!("There is no item {}.", item["id"])), "{}", queued.text());
    assert_eq!(ada.get(&position_of(&item)).await.ok()["seconds"], 100.0);
    // Of an item that both see, each has a position of their own.
    let shared = app.sign_up("bob").await;
    shared.follow(&feed(&app.origin, "of-ada")).await;
    assert_eq!(shared.get(&position_of(&item)).await.ok()["seconds"], 0.0);
    assert!(shared.all("/api/v1/playback/continue").await.is_empty());
}

#[both_databases]
async fn the_queue_and_the_speed_are_kept(app: &App) {
    let (ada, item, source) = listener(app, "ada").await;
    let other = ada.item_of(ada.follow(&feed(&app.origin, "second")).await).await;
    let (one, two) = (&item["id"], &other["id"]);
    let put = async |ids: Value| ada.put("/api/v1/queue", json!({ "item_ids": ids })).await;
    let doubled = put(json!([two, one, two])).await.ok();
    assert_eq!((&doubled["item_ids"], &doubled["items"][0]["title"]), (&json!([two, one]), &json!("second")));
    assert_eq!(ada.get("/api/v1/queue").await.ok(), doubled);
    assert_eq!(put(json!(["x"])).await.fields(), ["item_ids[0]"]);
    assert_eq!(put(json!(vec![1; 501])).await.fields(), ["item_ids"]);
    assert_eq!(put(json!([999_999])).await.fields(), ["item_ids"]);
    assert_eq!(ada.put("/api/v1/queue", json!({})).await.fields(), ["item_ids"]);
    assert_eq!(ada.get("/api/v1/queue").await.ok(), doubled, "a refused list changes nothing");
    let speed = format!("/api/v1/sources/{source}/speed");
    assert_eq!(ada.get(&speed).await.ok(), json!({ "speed": 1.0 }));
    assert_eq!(ada.put(&speed, json!({ "speed": 1.25 })).await.ok(), json!({ "speed": 1.25 }));
    assert_eq!(another_browser(app, "ada").await.get(&speed).await.ok(), json!({ "speed": 1.25 }));
}

/// Calls a server function as the pages' program does.
async fn call(person: &Person, name: &str, form: String) -> Reply {
    let request = person
        .request(Method::POST, &format!("/api/ui/{name}"))
        .header("accept", "application/json")
        .header("content-type", "application/x-www-form-urlencoded");
    send(request.body(form)).await
}

#[both_databases]
async fn the_functions_of_the_pages_take_and_give_the_same(app: &App) {
    let (ada, item, source) = listener(app, "ada").await;
    let id = item["id"].as_i64().unwrap();
    let form = format!("item_id={id}&new[seconds]=12.5&new[finished]=false&new[speed]=1.5&new[device]=Phone");
    let saved = call(&ada, "save_position", form).await.ok();
    assert_eq!(saved, ada.get(&position_of(&item)).await.ok());
    assert_eq!(call(&ada, "position", format!("item_id={id}")).await.ok(), saved);
    let wrong = call(&ada, "save_position", format!("item_id={id}&new[seconds]=NaN")).await;
    assert!(wrong.status == 422 && wrong.text().contains("seconds"), "{} {}", wrong.status, wrong.text());
    assert_eq!(call(&ada, "continue_listening", String::new()).await.ok()[0]["item_id"], id);
    let queue = call(&ada, "save_queue", format!("item_ids[0]={id}")).await.ok();
    assert_eq!(queue["item_ids"], json!([id]));
    assert_eq!(call(&ada, "play_queue", String::new()).await.ok(), queue);
    assert_eq!(call(&ada, "save_queue", String::new()).await.ok()["item_ids"], json!([]));
    assert_eq!(call(&ada, "save_speed", format!("source_id={source}&speed=0.75")).await.ok(), 0.75);
    assert_eq!(call(&ada, "speed", format!("source_id={source}")).await.ok(), 0.75);
    assert_eq!(call(&app.stranger(), "play_queue", String::new()).await.status, 401);
}
