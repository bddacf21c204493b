//! The order of item lists, the visibility of sources, and the time zone of pages.

use both_databases::both_databases;
use serde_json::json;

use crate::harness::{App, Person};
use crate::origin::Manner;

const ITEMS: &str = "/api/v1/items";

/// Follows a feed of entries with title, date and length in seconds. Returns its source.
async fn follow(app: &App, person: &Person, name: &str, entries: &[(&str, &str, Option<i64>)]) -> i64 {
    person.follow(&feed(app, name, entries)).await
}

fn feed(app: &App, name: &str, entries: &[(&str, &str, Option<i64>)]) -> String {
    let item = |(title, date, seconds): &(&str, &str, Option<i64>)| {
        let length = seconds
            .map(|seconds| format!("<itunes:duration>{seconds}</itunes:duration>"))
            .unwrap_or_default();
        format!("<item><guid>{title}</guid><title>{title}</title><pubDate>{date}</pubDate>{length}</item>")
    };
    let all: String = entries.iter().map(item).collect();
    let feed = format!(
        "<rss version='2.0' xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'><channel><title>{name}</title>{all}</channel></rss>"
    );
    app.origin.put(&format!("/{name}.xml"), "application/rss+xml", feed, Manner::Proper)
}

async fn titles(person: &Person, query: &str) -> Vec<String> {
    let (mut titles, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = person.get(&format!("{ITEMS}?limit=2&cursor={cursor}&{query}")).await.ok();
        let rows = page["data"].as_array().unwrap().iter();
        titles.extend(rows.map(|item| item["title"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => return titles,
        }
    }
}

#[both_databases]
async fn items_are_listed_by_their_dates_whichever_feed_was_read_first(app: &App) {
    let ada = app.sign_up("ada").await;
    let mine = follow(
        app,
        &ada,
        "mine",
        &[
            ("new", "Fri, 20 Nov 2026 05:30:00 GMT", Some(600)),
            ("old", "Wed, 20 Nov 2024 05:30:00 GMT", None),
        ],
    )
    .await;
    follow(
        app,
        &ada,
        "later",
        &[
            ("between", "Thu, 20 Nov 2025 05:30:00 GMT", Some(60)),
            ("very old", "Mon, 20 Nov 2023 05:30:00 GMT", Some(3_600)),
        ],
    )
    .await;
    let newest = ["new", "between", "old", "very old"];
    assert_eq!(titles(&ada, "").await, newest);
    assert_eq!(titles(&ada, "followed=true").await, newest);
    assert_eq!(titles(&ada, "order=oldest").await, ["very old", "old", "between", "new"]);
    assert_eq!(titles(&ada, "order=longest").await, ["very old", "new", "between", "old"]);
    assert_eq!(titles(&ada, "order=shortest&followed=true").await, ["between", "new", "very old", "old"]);
    assert_eq!(titles(&ada, "order=added").await, ["between", "very old", "new", "old"]);
    assert_eq!(titles(&ada, &format!("source_id={mine}&order=oldest")).await, ["old", "new"]);
    assert_eq!(
        titles(&ada, "q=old&order=newest").await,
        ["old", "very old"],
        "an order holds for searches, too"
    );
    assert_eq!(ada.get(&format!("{ITEMS}?order=best")).await.fields(), ["order"]);
    let longest = ada.get(&format!("{ITEMS}?limit=2&order=longest")).await.ok()["next_cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(ada.get(&format!("{ITEMS}?order=oldest&cursor={longest}")).await.fields(), ["cursor"]);
    assert_eq!(ada.get(&format!("{ITEMS}?cursor=AAAA")).await.fields(), ["cursor"]);
}

#[both_databases]
async fn the_page_lists_followed_sources_and_others_where_that_is_chosen(app: &App) {
    let ada = app.sign_up("ada").await;
    follow(app, &ada, "mine", &[("Mine", "Fri, 20 Nov 2026 05:30:00 GMT", None)]).await;
    let other = feed(app, "other", &[("Another", "Fri, 20 Nov 2026 05:30:00 GMT", None)]);
    let source = ada.post("/api/v1/sources", json!({ "feed_url": other })).await.ok()["id"].as_i64().unwrap();
    ada.refresh(source).await;
    let page = ada.get("/items").await.text();
    assert!(page.contains(">Mine<") && !page.contains(">Another<"), "{page}");
    let page = ada.get("/items?sources=all").await.text();
    assert!(page.contains(">Mine<") && page.contains(">Another<"), "{page}");
    let page = ada.get(&format!("/items?source_id={source}")).await.text();
    assert!(!page.contains(">Mine<") && page.contains(">Another<"), "{page}");
    assert_eq!(titles(&ada, "followed=true").await, ["Mine"]);
    assert_eq!(titles(&ada, "followed=false").await, ["Another"]);
    assert_eq!(titles(&ada, "").await.len(), 2);
    let page = ada.get("/items?q=another").await.text();
    assert!(page.contains("sources=all"), "the way to look in all sources: {page}");
}

#[both_databases]
async fn pages_show_times_by_the_clock_of_the_users_zone(app: &App) {
    let ada = app.sign_up("ada").await;
    let source = follow(app, &ada, "mine", &[("Mine", "Mon, 20 Jul 2026 22:30:05 GMT", None)]).await;
    let item = ada.item_of(source).await["id"].as_i64().unwrap();
    for (zone, local, difference) in [
        ("Asia/Tokyo", "2026-07-21 07:30", "+09:00"),
        ("America/New_York", "2026-07-20 18:30", "-04:00"),
        ("Asia/Kolkata", "2026-07-21 04:00", "+05:30"),
        ("UTC", "2026-07-20 22:30", "+00:00"),
    ] {
        ada.put("/api/v1/preferences", json!({ "timezone": zone })).await.ok();
        let page = ada.get(&format!("/items/{item}")).await.text();
        let exact = format!("datetime=\"2026-07-20T22:30:05Z\" title=\"{local}:05 UTC{difference}\"");
        assert!(page.contains(&exact) && page.contains(&format!(">{local}<")), "{zone}: {page}");
        let list = ada.get("/items").await.text();
        assert!(list.contains(&format!(">{}<", &local[..10])), "{zone}: {list}");
        assert!(!page.contains(" UTC</time>") && !list.contains(" UTC</time>"), "{zone}");
    }
}
