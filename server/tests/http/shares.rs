//! Shares: links that open an item or a collection to strangers, without anything that is not theirs to see.

use both_databases::both_databases;
use serde_json::{Value, json};
use smartcache::db::sql;
use thumbnails::testing::{dimensions, png};

use crate::harness::{App, Person, Reply, until};
use crate::origin::Manner;

const SHARES: &str = "/api/v1/shares";
const GONE: &str = "This link does not exist or was revoked.";

/// Shares a thing. Returns the share and the path that its link opens.
async fn share(app: &App, person: &Person, what: Value) -> (Value, String) {
    let made = person.post(SHARES, what).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    let path = made["url"].as_str().unwrap().strip_prefix(&app.base).unwrap().to_owned();
    assert_eq!(path, format!("/s/{}", made["token"].as_str().unwrap()));
    (made, path)
}

/// Text and headers of a shared page, as a visitor gets them.
async fn shown(visitor: &Person, path: &str) -> String {
    let page = visitor.get(path).await;
    assert_eq!(page.status, 200, "{}", page.text());
    format!("{:?}\n{}", page.headers, page.text())
}

/// Headers that keep the secret of a link.
fn about(reply: &Reply) -> [&str; 3] {
    ["referrer-policy", "x-robots-tag", "cache-control"].map(|name| reply.header(name))
}

/// Publishes a feed with one item. Returns its address.
fn publish(app: &App, path: &str, item: &str, manner: Manner) -> String {
    let o = app.origin.url("");
    app.origin.sound("/e1.mp3", 3_000, Manner::Proper);
    let file =
        format!("<enclosure url=\"{o}/e1.mp3?auth=tok3nvalue99\" length=\"3000\" type=\"audio/mpeg\"/>");
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>Club</title><link>{o}/site</link>\
         <item><guid>1</guid>{item}{file}</item></channel></rss>"
    );
    app.origin.put(path, "application/rss+xml", feed, manner)
}

/// Publishes a feed with a cover, and follows it. Returns its source, and the hash of the cover.
async fn covered(app: &App, person: &Person, name: &str, blue: u8, manner: Manner) -> (i64, String) {
    let cover = app.origin.put(&format!("/{name}.png"), "image/png", png(300, blue), manner.clone());
    app.origin.sound(&format!("/{name}.mp3"), 3_000, manner.clone());
    let file = app.origin.url(&format!("/{name}.mp3"));
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>{name}</title><image><url>{cover}</url></image>\
         <item><guid>1</guid><title>Of {name}</title>\
         <enclosure url=\"{file}\" length=\"3000\" type=\"audio/mpeg\"/></item></channel></rss>"
    );
    let is_private = matches!(manner, Manner::Private(_));
    let feed = app.origin.put(&format!("/{name}.xml"), "application/rss+xml", feed, manner);
    let feed = if is_private { feed.replace("://", "://ada:secret@") } else { feed };
    let source = person.follow(&feed).await;
    let hash = until("the source has a cover", async || {
        let source = person.get(&format!("/api/v1/sources/{source}")).await.ok();
        source["cover"].as_str().map(str::to_owned)
    })
    .await;
    (source, hash)
}

/// A collection whose runs have queued the items of these sources.
async fn collection(app: &App, person: &Person, what: Value, sources: &[i64]) -> Value {
    let collection = person.post("/api/v1/collections", what).await.json()["id"].clone();
    let asked = json!({ "collection_id": collection, "max_items": 1 });
    let run = person.post("/api/v1/runs", asked).await.json()["id"].as_i64().unwrap();
    person.until_run_ends(run).await;
    // All belong to the collection, whichever of them the agents have picked.
    for source in sources {
        let item = person.item_of(*source).await;
        person.post("/api/v1/downloads", json!({ "item_id": item["id"] })).await;
    }
    let belongs = "UPDATE download SET run_id = $1";
    sql::execute(&app.engine.db, belongs, sql::args![run]).await.unwrap();
    collection
}

/// Manner of a private feed: RFC 7617, 2, the pair in Base64.
fn private() -> Manner {
    Manner::Private("Basic YWRhOnNlY3JldA==".into())
}

/// The only item of a feed that a user follows.
async fn item(person: &Person, feed: &str) -> Value {
    person.item_of(person.follow(feed).await).await["id"].clone()
}

#[both_databases]
async fn a_stranger_reads_a_shared_item_until_its_link_is_revoked(app: &App) {
    let (ada, eve, stranger) = (app.sign_up("ada").await, app.sign_up("eve").await, app.stranger());
    let station = ada.all("/api/v1/sources?q=demo").await[0].clone();
    ada.refresh(station["id"].as_i64().unwrap()).await;
    let item = ada.all(&format!("/api/v1/items?source_id={}", station["id"])).await[0].clone();
    let (made, path) = share(app, &ada, json!({ "item_id": item["id"] })).await;
    assert_eq!((&made["kind"], &made["title"]), (&json!("item"), &item["title"]));
    let page = stranger.get(&path).await;
    let kept = ["no-referrer", "noindex", "private, no-store"];
    assert_eq!((page.status, about(&page)), (200, kept));
    for other in [format!("{path}/"), format!("{path}//")] {
        let other = stranger.get(&other).await;
        assert_eq!((other.status, other.header("location"), about(&other)), (308, path.as_str(), kept));
    }
    for unknown in [format!("{path}/more"), "/s/".to_owned()] {
        let unknown = stranger.get(&unknown).await;
        assert_eq!((unknown.status, about(&unknown)), (404, kept));
    }
    let text = page.text();
    for part in [&item["title"], &station["name"]] {
        assert!(text.contains(part.as_str().unwrap()), "{part}: {text}");
    }
    let own_page = format!("href=\"/items/{}\"", item["id"]);
    assert!(!text.contains(&own_page) && !text.contains("Signed in as"), "{text}");
    assert!(!text.contains(station["feed_url"].as_str().unwrap()), "{text}");
    assert!(shown(&eve, &path).await.contains(&own_page), "every user sees that station");
    assert!(ada.all(SHARES).await[0]["last_read_at"].is_string());

    let link = format!("{SHARES}/{}", made["token"].as_str().unwrap());
    assert_eq!((eve.delete(&link).await.status, stranger.delete(&link).await.status), (404, 401));
    assert_eq!((ada.delete(&link).await.status, ada.delete(&link).await.status), (204, 404));
    for dead in [path.as_str(), "/s/unknown"] {
        for visitor in [&stranger, &ada] {
            let page = visitor.get(dead).await;
            assert_eq!((page.status, about(&page)), (404, kept), "{dead}");
            assert!(page.text().contains(GONE), "{}", page.text());
        }
    }
    assert!(ada.all(SHARES).await.is_empty());
}

#[both_databases]
async fn a_thing_has_one_link_and_lists_are_the_users_own(app: &App) {
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let feed = publish(app, "/club.xml", "<title>One</title>", Manner::Proper);
    let item = item(&ada, &feed).await;
    let collection = ada.post("/api/v1/collections", json!({ "name": "Trip" })).await.json()["id"].clone();
    let (first, _) = share(app, &ada, json!({ "item_id": item })).await;
    let (second, _) = share(app, &ada, json!({ "collection_id": collection })).await;
    assert_eq!((&second["kind"], &second["title"]), (&json!("collection"), &json!("Trip")));
    let again = ada.post(SHARES, json!({ "item_id": item })).await;
    assert_eq!((again.status, again.json()), (200, first.clone()));
    let page = ada.get(&format!("{SHARES}?limit=1")).await.ok();
    assert_eq!(page["data"], json!([second]));
    let cursor = page["next_cursor"].as_str().unwrap();
    let page = ada.get(&format!("{SHARES}?limit=1&cursor={cursor}")).await.ok();
    assert_eq!(page, json!({ "data": [first], "next_cursor": null }));
    let listed = ada.get("/shares").await.text();
    assert!(listed.contains(first["url"].as_str().unwrap()) && listed.contains("Trip"), "{listed}");

    for (what, field) in [
        (json!({}), "item_id"),
        (json!({ "item_id": item, "collection_id": collection }), "collection_id"),
        (json!({ "item_id": "one" }), "item_id"),
    ] {
        assert_eq!(ada.post(SHARES, what).await.fields(), [field]);
    }
    assert_eq!(ada.post(SHARES, json!({ "item_id": item, "user_id": 1 })).await.status, 422);
    for what in
        [json!({ "item_id": item }), json!({ "collection_id": collection }), json!({ "item_id": 99_999 })]
    {
        assert_eq!(eve.post(SHARES, what).await.status, 404);
    }
    assert!(eve.all(SHARES).await.is_empty());
    for path in [SHARES.to_owned(), format!("{SHARES}?limit=1")] {
        assert_eq!(app.stranger().get(&path).await.code(), "sign_in_required");
    }
    assert_eq!(app.stranger().post(SHARES, json!({ "item_id": item })).await.code(), "sign_in_required");
}

#[both_databases]
async fn the_address_of_a_feed_that_a_user_added_and_its_secret_are_nowhere(app: &App) {
    let (ada, stranger, o) = (app.sign_up("ada").await, app.stranger(), app.origin.url(""));
    let notes = format!(
        "<title>At sea</title><link>{o}/episodes/1</link><description>&lt;p&gt;The tide at length, \
         &lt;a href=\"{o}/map\"&gt;a map&lt;/a&gt; and &lt;a href=\"{o}/e1.mp3?auth=tok3nvalue99\"&gt;a file&lt;/a&gt;. \
         Your feed: {o}/members?auth=tok3nvalue99&lt;/p&gt;</description>"
    );
    let feed = publish(app, "/members", &notes, Manner::Proper) + "?auth=tok3nvalue99";
    let (_, path) = share(app, &ada, json!({ "item_id": item(&ada, &feed).await })).await;
    let page = shown(&stranger, &path).await;
    for part in ["At sea", "Club", "The tide at length", &format!("{o}/episodes/1"), &format!("{o}/map")] {
        assert!(page.contains(part), "{part}: {page}");
    }
    for secret in ["tok3nvalue99", &format!("{o}/members"), &format!("{o}/site"), ".mp3"] {
        assert!(!page.contains(secret), "{secret}: {page}");
    }
}

#[both_databases]
async fn a_secret_is_nowhere_however_it_is_written(app: &App) {
    let (ada, stranger, o) = (app.sign_up("ada").await, app.stranger(), app.origin.url(""));
    let notes = format!(
        "<title>At sea</title><description>A true story of Joanna. Yours: {o}/members?auth=Zm9v%2FYmFyMTIz%3D%3D, \
         in plain words Zm9v/YmFyMTIz==, or Zm9v%2fYmFyMTIz==</description>"
    );
    let feed = publish(app, "/members", &notes, Manner::Proper)
        + "?auth=Zm9v%2FYmFyMTIz%3D%3D&user=true&username=anna";
    let source = ada.follow(&feed).await;
    let item = ada.item_of(source).await;
    let (_, path) = share(app, &ada, json!({ "item_id": item["id"] })).await;
    let page = shown(&stranger, &path).await;
    for part in ["At sea", "A true story of Joanna", "Club"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("YmFyMTIz"), "{page}");
    // As a feed without a title is named, after a redirect for good.
    let named = "UPDATE source SET name = $1 WHERE id = $2";
    let values = sql::args!["https://before.example/3f9a1c77d0", source];
    sql::execute(&app.engine.db, named, values).await.unwrap();
    let page = shown(&stranger, &path).await;
    assert!(page.contains("At sea") && !page.contains("before.example"), "{page}");
}

#[both_databases]
async fn no_link_leads_to_a_file(app: &App) {
    let (ada, eve, stranger) = (app.sign_up("ada").await, app.sign_up("eve").await, app.stranger());
    let o = app.origin.url("");
    for (name, link) in [("/one.xml", "/play/7"), ("/two.xml", "/two.ogg")] {
        let feed = format!(
            "<rss version=\"2.0\"><channel><title>Club</title><item><guid>1</guid><title>At sea</title>\
             <link>{o}{link}</link><enclosure url=\"{o}/play/7\" length=\"3000\" type=\"audio/mpeg\"/>\
             <description>&lt;a href=\"{o}/map\"&gt;A map&lt;/a&gt;, &lt;a href=\"{o}/play/7\"&gt;a file&lt;/a&gt;, \
             &lt;a href=\"{o}/more.m4a\"&gt;another&lt;/a&gt;</description></item></channel></rss>"
        );
        let feed = app.origin.put(name, "application/rss+xml", feed, Manner::Proper);
        let (_, path) = share(app, &ada, json!({ "item_id": item(&ada, &feed).await })).await;
        for page in [shown(&stranger, &path).await, shown(&eve, &path).await] {
            assert!(page.contains("At sea") && page.contains(&format!("{o}/map")), "{page}");
            for file in ["/play/7", "/two.ogg", "/more.m4a"] {
                assert!(!page.contains(file), "{file}: {page}");
            }
        }
    }
}

#[both_databases]
async fn of_a_private_feed_the_title_alone_is_shown(app: &App) {
    let (ada, stranger, o) = (app.sign_up("ada").await, app.stranger(), app.origin.url(""));
    let notes = format!(
        "<title>For members</title><link>{o}/vault/1</link><description>The words of the vault</description>"
    );
    let feed = publish(app, "/vault.xml", &notes, private());
    app.origin.change("/e1.mp3", private());
    let source = ada.follow(&feed.replace("://", "://ada:secret@")).await;
    let hidden = ada.item_of(source).await;
    let (_, path) = share(app, &ada, json!({ "item_id": hidden["id"] })).await;

    let plain = publish(app, "/open.xml", "<title>For all</title>", Manner::Proper);
    let open = ada.follow(&plain).await;
    let name = json!({ "name": "Trip", "notes": "By </script><b data-planted>night</b>" });
    let collection = collection(app, &ada, name, &[source, open]).await;
    let (_, whole) = share(app, &ada, json!({ "collection_id": collection })).await;

    let page = shown(&stranger, &whole).await;
    assert!(page.contains("For all") && page.contains("Trip") && page.contains("Club"), "{page}");
    assert!(!page.contains("<b data-planted>"), "{page}");
    for page in [page, shown(&stranger, &path).await] {
        assert!(page.contains("For members") && page.contains("From a private feed"), "{page}");
        for secret in ["/vault", "of the vault", "secret", "#private-", ".mp3"] {
            assert!(!page.contains(secret), "{secret}: {page}");
        }
    }
    let own_page = format!("href=\"/collections/{collection}\"");
    assert!(shown(&ada, &whole).await.contains(&own_page));
    assert!(!shown(&app.sign_up("eve").await, &whole).await.contains(&own_page));
}

#[both_databases]
async fn hostile_texts_stay_texts_and_pictures_of_notes_are_left_out(app: &App) {
    let (ada, stranger) = (app.sign_up("ada").await, app.stranger());
    let title = "&lt;/title&gt;&lt;/script&gt;&lt;script data-planted&gt;x()&lt;/script&gt;";
    let notes = "&lt;p onclick=\"x()\" data-planted&gt;Hello&lt;/p&gt;&lt;img data-planted src=\"https://spy.example/1.png\" \
        onerror=\"x()\"&gt;&lt;script data-planted&gt;x()&lt;/script&gt;&lt;a href=\"javascript:x()\"&gt;here&lt;/a&gt;";
    let text = format!("<title>{title}</title><link>javascript:x()</link><description>{notes}</description>");
    let feed = publish(app, "/hostile.xml", &text, Manner::Proper);
    let (_, path) = share(app, &ada, json!({ "item_id": item(&ada, &feed).await })).await;
    let page = shown(&stranger, &path).await;
    assert!(page.contains("Hello"), "{page}");
    for planted in
        ["<script data-planted", "<p onclick", "<img data-planted", "spy.example", "javascript:x()"]
    {
        assert!(!page.contains(planted), "{planted}: {page}");
    }
}

#[both_databases]
async fn a_cover_is_served_with_the_link_that_shows_it(app: &App) {
    let (ada, eve, stranger) = (app.sign_up("ada").await, app.sign_up("eve").await, app.stranger());
    let (source, hash) = covered(app, &eve, "club", 61, Manner::Proper).await;
    let (_, elsewhere) = covered(app, &ada, "other", 62, Manner::Proper).await;
    let asked = json!({ "feed_url": app.origin.url("/club.xml") });
    let subscription = ada.post("/api/v1/subscriptions", asked.clone()).await.ok();
    let item = ada.item_of(source).await;
    let (made, path) = share(app, &ada, json!({ "item_id": item["id"] })).await;
    let picture = |hash: &str| format!("{path}/covers/{hash}?size=64");
    let file = stranger.get(&picture(&hash)).await;
    assert_eq!((file.status, dimensions(&file.body)), (200, Some((64, 64))));
    assert_eq!(about(&file), ["no-referrer", "noindex", "private, max-age=31536000, immutable"]);
    assert!(shown(&stranger, &path).await.contains(&format!("{path}/covers/{hash}?size=")));
    assert_eq!(stranger.get(&format!("/covers/{hash}?size=64")).await.status, 401);
    for unseen in [elsewhere, "0".repeat(64)] {
        for visitor in [&stranger, &eve, &ada] {
            let file = visitor.get(&picture(&unseen)).await;
            assert_eq!((file.status, about(&file)), (404, ["no-referrer", "noindex", "private, no-store"]));
        }
    }
    // The user does not see it any more; another still does.
    assert_eq!(ada.delete(&format!("/api/v1/subscriptions/{}", subscription["id"])).await.status, 204);
    assert_eq!(stranger.get(&picture(&hash)).await.status, 404);
    ada.post("/api/v1/subscriptions", asked).await.ok();
    assert_eq!(stranger.get(&picture(&hash)).await.status, 200);
    ada.delete(&format!("{SHARES}/{}", made["token"].as_str().unwrap())).await;
    assert_eq!(stranger.get(&picture(&hash)).await.status, 404);
}

#[both_databases]
async fn a_link_of_a_collection_opens_the_covers_that_its_page_shows(app: &App) {
    let (ada, eve, stranger) = (app.sign_up("ada").await, app.sign_up("eve").await, app.stranger());
    let (open, shown) = covered(app, &ada, "club", 61, Manner::Proper).await;
    let (closed, hidden) = covered(app, &ada, "vault", 62, private()).await;
    let collection = collection(app, &ada, json!({ "name": "Trip" }), &[open, closed]).await;
    let (_, elsewhere) = covered(app, &ada, "other", 63, Manner::Proper).await;
    let (_, path) = share(app, &ada, json!({ "collection_id": collection })).await;
    for (hash, status) in [(shown, 200), (hidden, 404), (elsewhere, 404)] {
        for visitor in [&stranger, &eve, &ada] {
            assert_eq!(visitor.get(&format!("{path}/covers/{hash}?size=64")).await.status, status, "{hash}");
        }
    }
}

#[both_databases]
async fn a_link_ends_with_the_thing_it_opens(app: &App) {
    let (ada, stranger) = (app.sign_up("ada").await, app.stranger());
    let feed = publish(app, "/club.xml", "<title>One</title>", Manner::Proper);
    let item = item(&ada, &feed).await;
    let source = ada.get(&format!("/api/v1/items/{item}")).await.ok()["source_id"].clone();
    let collection = ada.post("/api/v1/collections", json!({ "name": "Trip" })).await.json()["id"].clone();
    let (_, one) = share(app, &ada, json!({ "item_id": item })).await;
    let (_, other) = share(app, &ada, json!({ "collection_id": collection })).await;
    assert!(shown(&stranger, &other).await.contains("Nothing in it yet"));
    assert_eq!(ada.delete(&format!("/api/v1/collections/{collection}")).await.status, 204);
    assert_eq!(ada.delete(&format!("/api/v1/sources/{source}")).await.status, 204);
    for path in [one, other] {
        let page = stranger.get(&path).await;
        assert!(page.status == 404 && page.text().contains(GONE), "{}", page.text());
    }
    assert!(ada.all(SHARES).await.is_empty());
}
