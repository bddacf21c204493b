//! Tests of the listing of items.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;
use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::db::items::{self, NewItem};
use crate::db::sql::{all, is_postgres, row, sql, values};
use crate::db::{sources, subscriptions};
use crate::domain::item::{Availability, ItemContent, ItemFilter, ItemOrder};
use crate::domain::item_position::ItemPosition;
use crate::domain::page::PageQuery;
use crate::domain::source::{Kind, Origin, Policy};
use crate::domain::{DateTime, SourceId, TimeDelta, UserId, Utc};
use crate::testing::{TestEngine, fixtures::chosen};

async fn source(t: &TestEngine, url: &str) -> SourceId {
    let (kind, policy, origin) = (Kind::Podcast, Policy::CacheAllowed, Origin::Directory);
    let new = sources::NewSource { feed_url: url, name: url, kind, policy, origin, added_by: None };
    sources::insert(&t.engine.db, &new, t.engine.now()).await.unwrap().0
}

async fn insert(
    t: &TestEngine,
    source: SourceId,
    title: &str,
    published_at: Option<DateTime<Utc>>,
    duration_seconds: Option<i64>,
) {
    let (identity, title) = (title.to_owned(), title.to_owned());
    let url = Some(format!("http://x/{title}"));
    let content = ItemContent { title, url, published_at, duration_seconds, ..ItemContent::default() };
    let item = chosen(NewItem { identity, ..content.into() });
    items::insert(
        &t.engine.db,
        sources::lock(&t.engine.db, source).await.unwrap(),
        &item,
        "h",
        Availability::Cacheable,
        t.engine.now(),
    )
    .await
    .unwrap();
}

/// Titles over all pages of two rows.
async fn titles(t: &TestEngine, owner: UserId, filter: &ItemFilter) -> Vec<String> {
    let (mut titles, mut cursor): (Vec<String>, Option<String>) = (Vec::new(), None);
    loop {
        let page = PageQuery { limit: Some(2), cursor: cursor.clone() };
        let after = cursor.as_deref().map(|cursor| cursor.parse().expect("a position"));
        let found = items::list(&t.engine.db, owner, filter, None, &page, after.as_ref()).await.unwrap();
        titles.extend(found.data.into_iter().map(|item| item.content.title));
        cursor = found.next_cursor;
        if cursor.is_none() {
            return titles;
        }
    }
}

fn in_order(order: ItemOrder) -> ItemFilter {
    ItemFilter { order: Some(order), ..ItemFilter::default() }
}

/// Two sources, the first of which is followed.
async fn two_sources(t: &TestEngine, owner: UserId) -> [SourceId; 2] {
    let all = [source(t, "http://x/a").await, source(t, "http://x/b").await];
    let now = t.engine.now();
    let days = |days| Some(now - TimeDelta::days(days));
    insert(t, all[0], "a old", days(9), Some(60)).await;
    insert(t, all[0], "a to come", days(-30), Some(600)).await;
    insert(t, all[1], "b older", days(10), None).await;
    insert(t, all[1], "b new", days(1), Some(60)).await;
    t.clock.advance(TimeDelta::days(2));
    insert(t, all[0], "a undated", None, None).await;
    t.clock.advance(TimeDelta::hours(1));
    insert(t, all[0], "a newest", Some(t.engine.now() - TimeDelta::minutes(5)), Some(5)).await;
    subscriptions::upsert(&t.engine.db, owner, all[0], 3, t.engine.now()).await.unwrap();
    all
}

#[derive(Debug)]
struct Detail {
    detail: String,
}
row!(Detail { detail });

/// Query plan for the first page of a list, or for the page after a position.
async fn plan(t: &TestEngine, owner: UserId, filter: &ItemFilter, after: Option<&ItemPosition>) -> String {
    let db = &t.engine.db;
    let (sql, asked) = items::statement(db, owner, filter, None, 51, after).await.unwrap();
    if !is_postgres(db) {
        let plan: Vec<Detail> = all(db, sql!("EXPLAIN QUERY PLAN {sql}"), asked).await.unwrap();
        return plan.into_iter().map(|step| step.detail + "\n").collect();
    }
    // Small tables: PostgreSQL would use no index otherwise.
    let work = db.begin().await.unwrap();
    for method in ["seqscan", "bitmapscan", "sort"] {
        work.execute_unprepared(&format!("SET LOCAL enable_{method} = off")).await.unwrap();
    }
    values::<String>(&work, sql!("EXPLAIN {sql}"), asked).await.unwrap().join("\n")
}

#[both_databases]
async fn the_newest_come_first_and_nothing_stays_on_top_for_ever(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    two_sources(t, ada).await;
    let newest = ["a newest", "a undated", "a to come", "b new", "a old", "b older"];
    assert_eq!(titles(t, ada, &ItemFilter::default()).await, newest);
    assert_eq!(titles(t, ada, &in_order(ItemOrder::Newest)).await, newest);
    let mut oldest = newest;
    oldest.reverse();
    assert_eq!(titles(t, ada, &in_order(ItemOrder::Oldest)).await, oldest);
}

#[both_databases]
async fn other_orders_are_by_arrival_and_by_length(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    two_sources(t, ada).await;
    let added = ["a newest", "a undated", "b new", "b older", "a to come", "a old"];
    assert_eq!(titles(t, ada, &in_order(ItemOrder::Added)).await, added);
    let longest = ["a to come", "b new", "a old", "a newest", "a undated", "b older"];
    assert_eq!(titles(t, ada, &in_order(ItemOrder::Longest)).await, longest);
    let shortest = ["a newest", "a old", "b new", "a to come", "b older", "a undated"];
    assert_eq!(titles(t, ada, &in_order(ItemOrder::Shortest)).await, shortest);
}

#[both_databases]
async fn every_order_holds_for_followed_sources_and_for_one_source(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let [a, b] = two_sources(t, ada).await;
    for order in ItemOrder::ALL {
        let whole = titles(t, ada, &in_order(*order)).await;
        let of =
            |start: &str| whole.iter().filter(|title| title.starts_with(start)).cloned().collect::<Vec<_>>();
        let followed = |followed| ItemFilter { followed: Some(followed), ..in_order(*order) };
        assert_eq!(titles(t, ada, &followed(true)).await, of("a"), "{order}");
        assert_eq!(titles(t, ada, &followed(false)).await, of("b"), "{order}");
        for (source, start) in [(a, "a"), (b, "b")] {
            let filter = ItemFilter { source_id: Some(source), ..in_order(*order) };
            assert_eq!(titles(t, ada, &filter).await, of(start), "{order}");
        }
    }
    let long = ItemFilter { min_seconds: Some(60), followed: Some(true), ..ItemFilter::default() };
    assert_eq!(titles(t, ada, &long).await, ["a to come", "a old"]);
    let short = ItemFilter { max_seconds: Some(60), ..ItemFilter::default() };
    assert_eq!(titles(t, ada, &short).await, ["a newest", "b new", "a old"]);
}

#[both_databases]
async fn items_that_came_at_one_moment_are_in_neither_two_pages_nor_none(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let source = source(t, "http://x/a").await;
    for n in 0..7 {
        insert(t, source, &format!("{n}"), None, None).await;
    }
    for order in ItemOrder::ALL {
        let mut found = titles(t, ada, &in_order(*order)).await;
        found.sort();
        assert_eq!(found, ["0", "1", "2", "3", "4", "5", "6"], "{order}");
    }
}

#[both_databases]
async fn lists_are_read_off_their_indexes(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let [a, _] = two_sources(t, ada).await;
    let filters = |order: ItemOrder| {
        let plain = in_order(order);
        let cached = ItemFilter { availability: Some(Availability::Cacheable), ..plain.clone() };
        let week = ItemFilter { since: Some(t.engine.now() - TimeDelta::days(7)), ..plain.clone() };
        let followed = ItemFilter { followed: Some(true), ..plain.clone() };
        let of_source = ItemFilter { source_id: Some(a), ..plain.clone() };
        [plain, cached, week, followed, of_source]
    };
    for (order, index) in [
        (ItemOrder::Newest, "item_listed"),
        (ItemOrder::Oldest, "item_listed"),
        (ItemOrder::Longest, "item_longest"),
        (ItemOrder::Shortest, "item_shortest"),
    ] {
        let [plain, cached, week, followed, of_source] = filters(order);
        let mut served = vec![(plain, index)];
        if index == "item_listed" {
            served.extend([(cached, "item_listed_available"), (week, index)]);
            served.extend([(followed, "item_listed_of_source"), (of_source, "item_listed_of_source")]);
        }
        for (filter, index) in served {
            let first = items::list(
                &t.engine.db,
                ada,
                &filter,
                None,
                &PageQuery { limit: Some(1), cursor: None },
                None,
            );
            let after = first.await.unwrap().next_cursor.unwrap().parse().unwrap();
            for after in [None, Some(&after)] {
                let plan = plan(t, ada, &filter, after).await;
                let is_named =
                    plan.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == index);
                assert!(is_named, "{filter:?}: {plan}");
                // Only the rows found are sorted: one page, or one page per source.
                assert!(
                    !plan.contains("SCAN i\n") && !plan.contains("Seq Scan on item "),
                    "{filter:?}: {plan}"
                );
            }
        }
    }
}
