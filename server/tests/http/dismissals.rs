//! Dismissed items: runs ignore them, and a dismissal can be revoked.

use crate::harness::App;
use both_databases::both_databases;
use serde_json::{Value, json};

use crate::harness::Person;
use crate::origin::{Manner, Origin};

/// A feed of this many episodes of 9 kB, each announced with `said` bytes.
fn feed(origin: &Origin, name: &str, episodes: usize, said: u64) -> String {
    let media: Vec<String> = (0..episodes)
        .map(|n| {
            let path = format!("/{name}-{n}.mp3");
            origin.sound(&path, 9_000, Manner::Proper);
            origin.url(&path)
        })
        .collect();
    let item = |(n, url): (usize, &String)| {
        format!(
            "<item><title>{name} {n}</title><guid>{name}-{n}</guid><pubDate>Mon, {:02} Jun 2026 10:00:00 GMT</pubDate>\
             <enclosure url=\"{url}\" length=\"{said}\" type=\"audio/mpeg\"/></item>",
            n + 1
        )
    };
    let items: String = media.iter().enumerate().map(item).collect();
    let feed = format!("<rss version=\"2.0\"><channel><title>{name}</title>{items}</channel></rss>");
    origin.put(&format!("/{name}.xml"), "application/rss+xml", feed, Manner::Proper)
}

/// Runs the team to its end. Returns the run and the titles that it queued.
async fn run(person: &Person, max_items: i64) -> (Value, Vec<String>) {
    let run = person.start_run(max_items).await;
    let over = person.until_run(run, "completed").await;
    let mut all = person.all("/api/v1/downloads").await;
    all.retain(|download| download["run_id"] == run);
    let mut titles: Vec<_> =
        all.iter().map(|download| download["title"].as_str().unwrap().to_owned()).collect();
    titles.sort();
    (over, titles)
}

#[both_databases]
async fn what_was_deleted_is_not_picked_again_until_it_is_taken_back(app: &App) {
    let ada = app.sign_up("ada").await;
    ada.follow(&feed(&app.origin, "gone", 3, 9_000)).await;
    assert_eq!(run(&ada, 3).await.1, ["gone 0", "gone 1", "gone 2"]);
    let all = ada.all("/api/v1/downloads").await;
    let played = &all[0];
    ada.post(&format!("/api/v1/downloads/{}/played", played["id"]), json!({})).await.ok();
    for download in &all {
        assert_eq!(ada.delete(&format!("/api/v1/downloads/{}", download["id"])).await.status, 204);
    }
    let (over, titles) = run(&ada, 3).await;
    assert!(titles.is_empty(), "{titles:?}");
    assert_eq!(
        (&over["outcome"]["result"], &over["outcome"]["reason"]),
        (&json!("nothing"), &json!("nothing_new"))
    );
    assert!(over["stop_reason"].as_str().unwrap().contains("You said no to 2 of them."), "{over}");

    let path = |download: &Value| format!("/api/v1/items/{}", download["item_id"]);
    assert_eq!(ada.get(&path(played)).await.ok()["dismissed"]["reason"], "played");
    let item = ada.get(&path(&all[1])).await.ok();
    assert_eq!(item["dismissed"]["reason"], "removed");
    let page = ada.get(&format!("/items/{}", item["id"])).await.text();
    assert!(page.contains("Let agents pick it again"), "{page}");
    let thumb = format!("{}/rating", path(&all[1]));
    ada.put(&thumb, json!({ "verdict": "down" })).await.ok();
    let page = ada.get(&format!("/items/{}", item["id"])).await.text();
    assert!(!page.contains("Let agents pick it again") && page.contains("Agents do not pick it again."));
    assert_eq!(ada.delete(&thumb).await.status, 204);
    let back = format!("{}/dismissal", path(&all[1]));
    assert_eq!(app.sign_up("eve").await.delete(&back).await.status, 404);
    assert_eq!(ada.delete(&back).await.status, 204);
    assert_eq!(ada.get(&path(&all[1])).await.ok()["dismissed"], json!(null));
    assert_eq!(run(&ada, 3).await.1, [item["title"].as_str().unwrap()]);

    let asked = ada.get(&path(&all[2])).await.ok();
    ada.until_ended(ada.queue(&asked).await).await;
    assert_eq!(ada.get(&path(&all[2])).await.ok()["dismissed"], json!(null), "asking for it is a yes");
}

#[both_databases]
async fn what_was_cancelled_is_not_picked_again_when_its_row_is_gone(app: &App) {
    let ada = app.sign_up("ada").await;
    let (url, _) = app.origin.podcast("slow", 900_000, Manner::Slow(5_000));
    let source = ada.follow(&url).await;
    let item = ada.item_of(source).await;
    let id = ada.queue(&item).await;
    ada.post(&format!("/api/v1/downloads/{id}/cancel"), json!({})).await.ok();
    assert_eq!(
        ada.get(&format!("/api/v1/items/{}", item["id"])).await.ok()["dismissed"]["reason"],
        "cancelled"
    );
    ada.delete(&format!("/api/v1/downloads/{id}")).await;
    assert!(run(&ada, 1).await.1.is_empty());
}

#[both_databases]
async fn what_was_rejected_is_not_asked_for_again(app: &App) {
    let ada = app.sign_up("ada").await;
    ada.follow(&feed(&app.origin, "large", 1, 300_000_000)).await;
    let run_id = ada.start_run(1).await;
    ada.until_run(run_id, "waiting_approval").await;
    let approval = ada.all("/api/v1/approvals?status=pending").await.remove(0);
    assert_eq!(approval["run_number"], 1);
    let decide = format!("/api/v1/approvals/{}/decision", approval["id"]);
    ada.post(&decide, json!({ "action": "reject" })).await.ok();
    let over = ada.until_run(run_id, "completed").await;
    assert_eq!(
        (&over["outcome"]["result"], &over["outcome"]["reason"]),
        (&json!("nothing"), &json!("rejected"))
    );
    let (over, _) = run(&ada, 1).await;
    assert_eq!(ada.all("/api/v1/approvals").await.len(), 1, "it does not ask again");
    assert_eq!(over["outcome"]["reason"], "nothing_new");
    let item = approval["arguments"]["item_id"].clone();
    assert_eq!(ada.get(&format!("/api/v1/items/{item}")).await.ok()["dismissed"]["reason"], "rejected");
}
