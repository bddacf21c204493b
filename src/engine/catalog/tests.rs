//! Search, due sources, rules and topics on both databases.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod revisions;

use super::*;
use crate::db::sql;
use crate::domain::TimeDelta;
use crate::domain::media::Wanted;
use crate::domain::rules::{Begin, Rules};
use crate::testing::TestEngine;
use both_databases::both_databases;

/// A followed source with these items: title and text.
async fn followed(t: &TestEngine, owner: UserId, path: &str, items: &[(&str, &str)]) -> SourceId {
    let feed_url = Some(format!("https://example.org/{path}"));
    let source = subscribe(&t.engine, owner, NewSubscription { feed_url, ..Default::default() })
        .await
        .unwrap()
        .source_id;
    store(t, source, items).await;
    source
}

async fn store(t: &TestEngine, source: SourceId, items: &[(&str, &str)]) {
    let item = |(n, (title, text)): (usize, &(&str, &str))| {
        format!(
            "<item><guid>{n}</guid><title>{title}</title><description>{text}</description>
             <pubDate>{}</pubDate><itunes:duration>{}</itunes:duration>
             <enclosure url='/{n}.mp3' length='{}' type='audio/mpeg'/></item>",
            (t.engine.now() - TimeDelta::days(n as i64)).to_rfc2822(),
            600 * (n + 1),
            1_000_000 * (n + 1),
        )
    };
    let all: String = items.iter().enumerate().map(item).collect();
    let feed = format!("<rss version='2.0'><channel><title>Night Radio</title>{all}</channel></rss>");
    store_feed_for_tests(&t.engine, source, feed.as_bytes()).await.unwrap();
}

async fn titles(t: &TestEngine, owner: UserId, filter: ItemFilter) -> Vec<String> {
    let page = items(&t.engine, owner, &filter, &PageQuery::default()).await.unwrap();
    page.data.into_iter().map(|item| item.content.title).collect()
}

async fn found(t: &TestEngine, owner: UserId, q: &str) -> Vec<String> {
    titles(t, owner, ItemFilter { q: Some(q.into()), ..Default::default() }).await
}

const ITEMS: [(&str, &str); 4] = [
    ("Café Zürich", "She said that trains are slow. AI was not mentioned, Ann said."),
    ("Trains at night", "About sleepers."),
    ("Artificial minds", "What AI does to railways and trains."),
    ("東京の駅", "Ein Bahnhof. &lt;p class='secretword'&gt;"),
];

#[both_databases]
async fn items_are_found_by_their_words_the_best_first(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    followed(t, ada, "a", &ITEMS).await;
    assert_eq!(found(t, ada, "trains").await[0], "Trains at night", "a title counts more than a text");
    assert_eq!(found(t, ada, "TRAINS").await.len(), 3);
    assert_eq!(found(t, ada, "trai").await.len(), 3, "the last word may be unfinished");
    assert_eq!(found(t, ada, "trains railways").await, ["Artificial minds"]);
    assert_eq!(found(t, ada, "cafe zurich").await, ["Café Zürich"]);
    assert_eq!(found(t, ada, "東京").await, ["東京の駅"]);
    assert_eq!(found(t, ada, "night radio").await.len(), 4, "the source's name counts, too");
    assert!(found(t, ada, "京東").await.is_empty() && found(t, ada, "secretword").await.is_empty());
}

#[both_databases]
async fn titles_come_first_then_names_then_texts_each_with_the_newest_on_top(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let items = [
        ("Radio of trains", ""),
        ("Ships", "A radio for trains."),
        ("Trains in the morning", ""),
        ("Planes", "Trains, no radio: radio is not all, radio radio radio."),
        ("Trains, and a radio", ""),
    ];
    followed(t, ada, "a", &items).await;
    let best = ["Radio of trains", "Trains, and a radio", "Trains in the morning", "Ships", "Planes"];
    assert_eq!(found(t, ada, "trains radio").await, best);
    assert_eq!(found(t, ada, "radio trai").await, best, "an unfinished word, too");
    let (mut seen, mut cursor) = (Vec::new(), None);
    for rows in [2, 2, 1] {
        let filter = ItemFilter { q: Some("trains radio".into()), ..Default::default() };
        let page =
            super::items(&t.engine, ada, &filter, &PageQuery { limit: Some(2), cursor }).await.unwrap();
        assert_eq!(page.data.len(), rows);
        seen.extend(page.data.into_iter().map(|item| item.content.title));
        cursor = page.next_cursor;
    }
    assert_eq!((seen, cursor), (best.map(String::from).to_vec(), None), "page by page");
}

#[both_databases]
async fn a_picture_that_is_attached_is_kept_and_not_fetched(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let source = followed(t, ada, "a", &[]).await;
    let item = |n, enclosures| {
        format!("<item><guid>{n}</guid><link>/{n}</link><title>{n}</title>{enclosures}</item>")
    };
    let (picture, sound) =
        ("<enclosure url='/a.jpg' type='image/jpeg'/>", "<enclosure url='/a.mp3' type='audio/mpeg'/>");
    let items = [item(1, picture.to_owned()), item(2, format!("{picture}{sound}"))].concat();
    let feed = format!("<rss version='2.0'><channel><title>Night Radio</title>{items}</channel></rss>");
    store_feed_for_tests(&t.engine, source, feed.as_bytes()).await.unwrap();
    let mut all =
        super::items(&t.engine, ada, &ItemFilter::default(), &PageQuery::default()).await.unwrap().data;
    all.sort_by_key(|item| item.guid.clone());
    let told = |item: &Item| (item.enclosures.len(), item.media().unwrap().url);
    assert_eq!(told(&all[0]), (1, "https://example.org/1".into()));
    assert_eq!(told(&all[1]), (2, "https://example.org/a.mp3".into()));
    let of = async |url| crate::db::downloads::wants(&t.engine.db, url).await.unwrap()[0].wanted;
    assert_eq!(of("https://example.org/1").await, Wanted::Page);
    assert_eq!(of("https://example.org/a.mp3").await, Wanted::Media);
}

#[both_databases]
async fn a_phrase_ends_where_a_title_does_and_a_word_may_be_long(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let long = "x".repeat(5_000);
    followed(t, ada, "a", &[("Slow-trains", "night"), ("Trains", &long)]).await;
    assert_eq!(found(t, ada, "slow-trains").await, ["Slow-trains"]);
    assert!(found(t, ada, "trains-night").await.is_empty(), "the source is called Night Radio");
    assert_eq!(found(t, ada, &long).await, ["Trains"]);
}

#[both_databases]
async fn a_short_word_is_no_part_of_another(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    followed(t, ada, "a", &ITEMS).await;
    assert_eq!(found(t, ada, "AI").await.len(), 2);
    assert!(found(t, ada, "ain").await.is_empty());
}

#[both_databases]
async fn a_query_cannot_say_anything_to_the_database(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    followed(t, ada, "a", &ITEMS).await;
    for odd in
        ["\"", "trains\" OR \"x", "NEAR(", "title:trains", "*", "a'b", "a & b | !c", "<->", "%", "\u{0}"]
    {
        found(t, ada, odd).await;
    }
    assert!(found(t, ada, "\"").await.is_empty());
    assert_eq!(found(t, ada, "trains) NOT (").await, ["Café Zürich"], "words like any other");
}

#[both_databases]
async fn strangers_find_nothing_of_a_persons_source(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    followed(t, ada, "a", &ITEMS).await;
    assert!(found(t, eve, "trains").await.is_empty());
}

#[both_databases]
async fn what_changes_is_found_by_its_new_words_alone(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let source = followed(t, ada, "a", &[("Old words", "old")]).await;
    store(t, source, &[("New letters", "new")]).await;
    assert!(found(t, ada, "words").await.is_empty());
    assert_eq!(found(t, ada, "letters").await, ["New letters"]);
    remove_source(&t.engine, ada, source).await.unwrap();
    assert!(found(t, ada, "letters").await.is_empty());
}

#[both_databases]
async fn hits_come_in_pages_without_gaps(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let titles: Vec<String> = (0..25).map(|n| format!("Trains {n}")).collect();
    let all: Vec<_> = titles.iter().map(|title| (title.as_str(), "")).collect();
    followed(t, ada, "a", &all).await;
    let filter = ItemFilter { q: Some("trains ".into()), ..Default::default() };
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = PageQuery { limit: Some(10), cursor };
        let found = items(&t.engine, ada, &filter, &page).await.unwrap();
        seen.extend(found.data.into_iter().map(|item| item.content.title));
        cursor = found.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    seen.sort();
    let mut titles = titles;
    titles.sort();
    assert_eq!(seen, titles);
}

#[both_databases]
async fn words_are_found_in_one_source_alone_where_that_is_asked(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (many, one) =
        (followed(t, ada, "a", &ITEMS).await, followed(t, ada, "b", &[("Other trains", "")]).await);
    let of =
        |source_id| ItemFilter { source_id: Some(source_id), q: Some("trains".into()), ..Default::default() };
    assert_eq!(titles(t, ada, of(one)).await, ["Other trains"]);
    assert_eq!((titles(t, ada, of(many)).await.len(), found(t, ada, "trains").await.len()), (3, 4));
    assert!(found(t, ada, &format!("\u{e000}{one}")).await.is_empty(), "no word that anybody wrote");
}

#[both_databases]
async fn lists_are_narrowed_by_length_size_and_date(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    followed(t, ada, "a", &ITEMS).await;
    let now = t.engine.now();
    let filter = |change: fn(&mut ItemFilter)| {
        let mut filter = ItemFilter::default();
        change(&mut filter);
        filter
    };
    assert_eq!(titles(t, ada, filter(|f| f.max_seconds = Some(600))).await, ["Café Zürich"]);
    assert_eq!(titles(t, ada, filter(|f| f.min_seconds = Some(2_400))).await, ["東京の駅"]);
    assert_eq!(
        titles(t, ada, filter(|f| (f.min_bytes, f.max_bytes) = (Some(1_500_000), Some(2_500_000)))).await,
        ["Trains at night"]
    );
    let since = ItemFilter { since: Some(now - TimeDelta::hours(30)), ..Default::default() };
    assert_eq!(titles(t, ada, since).await.len(), 2);
    let until = ItemFilter {
        until: Some(now - TimeDelta::hours(30)),
        q: Some("trains".into()),
        ..Default::default()
    };
    assert_eq!(titles(t, ada, until).await, ["Artificial minds"]);
}

#[both_databases]
async fn items_from_before_there_was_a_search_are_found_once_they_are_indexed(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    followed(t, ada, "a", &ITEMS).await;
    // As a migration does it that changes what is indexed.
    let empty = match ::sql::is_postgres(&t.engine.db) {
        true => "TRUNCATE item_text",
        false => "INSERT INTO item_text (item_text) VALUES ('delete-all')",
    };
    sql::execute(&t.engine.db, empty, ::sql::args![]).await.unwrap();
    assert!(found(t, ada, "trains").await.is_empty());
    search::index_all(&t.engine).await.unwrap();
    assert_eq!(found(t, ada, "trains").await.len(), 3);
}

#[both_databases]
async fn sources_from_before_there_was_a_search_are_indexed_with_their_descriptions(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let source = followed(t, ada, "a", &ITEMS).await;
    let about = "UPDATE source SET description = 'Marmots of the high valleys' WHERE id = $1";
    sql::execute(&t.engine.db, about, ::sql::args![source]).await.unwrap();
    let empty = match ::sql::is_postgres(&t.engine.db) {
        true => "TRUNCATE source_text",
        false => "INSERT INTO source_text (source_text) VALUES ('delete-all')",
    };
    sql::execute(&t.engine.db, empty, ::sql::args![]).await.unwrap();
    search::index_all(&t.engine).await.unwrap();
    let filter = SourceFilter { q: Some("marmots".into()), ..Default::default() };
    let found = sources(&t.engine, ada, &filter, &PageQuery::default()).await.unwrap();
    assert_eq!(found.data.iter().map(|source| source.id).collect::<Vec<_>>(), [source]);
}

#[both_databases]
async fn what_is_gone_is_not_due_any_more(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let source = followed(t, ada, "a", &ITEMS).await;
    let later = t.engine.now() + TimeDelta::days(30);
    let due = async || sources::due(&t.engine.db, later, 10).await.unwrap().len();
    assert_eq!(due().await, 1);
    let (now, next) = (t.engine.now(), t.engine.now());
    sources::record_poll_failure(&t.engine.db, source, Health::Gone, "HTTP 410", now, next).await.unwrap();
    assert_eq!(due().await, 0);
}

#[both_databases]
async fn rules_say_what_is_recommended_and_where_to_go_on(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let source = followed(t, ada, "a", &ITEMS).await;
    let subscription = subscriptions::of_source(&t.engine.db, ada, source).await.unwrap().unwrap();
    let recommended = async |rules: Rules| {
        let change = SubscriptionChange { rules: Some(rules), ..Default::default() };
        change_subscription(&t.engine, ada, subscription.id, change).await.unwrap();
        let found = candidates(&t.engine, ada, 3, 100).await.unwrap();
        found.into_iter().map(|candidate| candidate.item.content.title).collect::<Vec<_>>()
    };
    assert_eq!(recommended(Rules::default()).await, ["Café Zürich", "Trains at night", "Artificial minds"]);
    let trains =
        Rules { include: vec!["train".into(), "minds".into()], max_seconds: Some(1_300), ..Rules::default() };
    assert_eq!(recommended(trains).await, ["Trains at night"]);
    let serial = Rules { begin: Some(Begin::Stopped), ..Rules::default() };
    assert_eq!(
        recommended(serial.clone()).await,
        ["東京の駅", "Artificial minds", "Trains at night", "Café Zürich"]
    );
    let played = found(t, ada, "minds").await;
    assert_eq!(played, ["Artificial minds"]);
    let sql = "INSERT INTO download (user_id, item_id, media_url, status, created_at, played_at)
        SELECT $1, id, media_url, 'ready', $2, $2 FROM item WHERE title = 'Artificial minds'";
    sql::execute(&t.engine.db, sql, ::sql::args![ada, t.engine.now()]).await.unwrap();
    assert_eq!(recommended(serial).await, ["Trains at night", "Café Zürich"]);
    let since = Rules { begin: Some(Begin::Subscribed), ..Rules::default() };
    assert!(recommended(since).await.is_empty(), "all of them are older than the subscription");
}

#[both_databases]
async fn items_have_topics_and_are_listed_by_them(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    followed(t, ada, "a", &ITEMS).await;
    let by_topic = async |topic: &str, q: Option<&str>| {
        let (topic, q) = (Some(topic.to_owned()), q.map(str::to_owned));
        titles(t, ada, ItemFilter { topic, q, ..Default::default() }).await
    };
    assert_eq!(by_topic("AI", None).await, ["Café Zürich", "Artificial minds"], "the newest first");
    assert_eq!(by_topic("railways", None).await, ["Artificial minds"]);
    assert_eq!(by_topic("artificial intelligence", Some("trai")).await.len(), 2);
    assert!(by_topic("rail", None).await.is_empty(), "a topic is a whole word");
    let filter = ItemFilter { q: Some("minds".into()), ..Default::default() };
    let found = items(&t.engine, ada, &filter, &PageQuery::default()).await.unwrap().data.remove(0);
    assert_eq!(found.topics, ["Railways", "Artificial intelligence"], "what most words tell comes first");
    let hits: Vec<_> =
        found.found.unwrap().title.into_iter().filter(|piece| piece.is_hit).map(|piece| piece.text).collect();
    assert_eq!(hits, ["minds"]);
}

#[both_databases]
async fn sources_are_found_by_their_words_the_best_first(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    seed(&t.engine, Some("kind\tname\tfeed_url\npodcast\tNight Radio\thttps://night.example/a\nnews\tDaily Radio\thttps://daily.example/b\n")).await.unwrap();
    followed(t, ada, "private-feed", &ITEMS).await;
    let named = async |owner, filter: SourceFilter| {
        let page = sources(&t.engine, owner, &filter, &PageQuery::default()).await.unwrap();
        page.data.into_iter().map(|source| source.feed_url).collect::<Vec<_>>()
    };
    let by = |q: &str| SourceFilter { q: Some(q.into()), ..Default::default() };
    assert_eq!(named(ada, by("radio")).await.len(), 3, "the name that its feed tells counts");
    assert_eq!(named(eve, by("radio")).await.len(), 2, "what others added is theirs");
    assert_eq!(named(eve, by("daily rad")).await, ["https://daily.example/b"]);
    assert_eq!(named(eve, by("night.example")).await, ["https://night.example/a"]);
    assert_eq!(
        named(eve, SourceFilter { kind: Some(Kind::News), ..by("radio") }).await,
        ["https://daily.example/b"]
    );
    assert_eq!(
        named(ada, SourceFilter { subscribed: Some(true), ..by("radio") }).await,
        ["https://example.org/private-feed"]
    );
    assert!(named(ada, by("adio")).await.is_empty() && named(ada, by("?")).await.is_empty());
}
