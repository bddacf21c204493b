//! Tests of the queries on both databases.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;
use serde_json::json;

use crate::db::items::NewItem;
use crate::db::media::Blob;
use crate::db::*;
use crate::domain::download::{DownloadStatus, Provider};
use crate::domain::download_filter::DownloadFilter;
use crate::domain::event::EventKind;
use crate::domain::item::{Availability, Enclosure, ItemContent, ItemFilter};
use crate::domain::page::PageQuery;
use crate::domain::run::{Agent, MessageKind, NewRun, RunStatus, RunSummary};
use crate::domain::source::{Kind, Listing, Origin, Policy, SourceFilter};
use crate::domain::{ItemId, SourceId, UserId};
use crate::testing::TestEngine;
use crate::testing::fixtures::chosen;

async fn source(t: &TestEngine, url: &str, origin: Origin, added_by: Option<UserId>) -> SourceId {
    let new = sources::NewSource {
        feed_url: url,
        name: url,
        kind: Kind::Podcast,
        policy: Policy::CacheAllowed,
        origin,
        added_by,
    };
    sources::insert(&t.engine.db, &new, t.engine.now()).await.unwrap().0
}

fn episode(guid: &str, title: &str) -> NewItem {
    let content = ItemContent {
        guid: guid.into(),
        title: title.into(),
        authors: vec!["Ada".into()],
        duration_seconds: Some(60),
        explicit: Some(true),
        episode: Some(3),
        enclosures: vec![Enclosure {
            url: format!("http://x/{guid}.mp3"),
            bytes: Some(10_000),
            ..Enclosure::default()
        }],
        ..ItemContent::default()
    };
    chosen(NewItem { identity: format!("guid:{guid}"), ..content.into() })
}

async fn insert(t: &TestEngine, source: SourceId, item: &NewItem) -> ItemId {
    items::insert(
        &t.engine.db,
        sources::lock(&t.engine.db, source).await.unwrap(),
        item,
        "h1",
        Availability::Cacheable,
        t.engine.now(),
    )
    .await
    .unwrap()
}

async fn one_episode(t: &TestEngine, guid: &str) -> ItemId {
    let source = source(t, "http://x/feed", Origin::Directory, None).await;
    insert(t, source, &episode(guid, guid)).await
}

fn titles(sources: &[crate::domain::source::Source]) -> Vec<&str> {
    sources.iter().map(|s| s.name.as_str()).collect()
}

#[both_databases]
async fn events_are_numbered_without_gaps_and_per_person(t: &TestEngine) {
    let (ada, bob) = (t.sign_up("ada").await.id, t.sign_up("bob").await.id);
    for (owner, n) in [(ada, 1), (bob, 1), (ada, 2)] {
        let mut work = t.engine.begin().await.unwrap();
        work.record(owner, None, EventKind::System, json!({ "n": n })).await.unwrap();
        work.commit().await.unwrap();
    }
    let mut undone = t.engine.begin().await.unwrap();
    undone.record(ada, None, EventKind::System, json!({})).await.unwrap();
    drop(undone);
    let seqs: Vec<_> = events::after(&t.engine.db, ada, 0, 9).await.unwrap().iter().map(|f| f.seq).collect();
    assert_eq!(seqs, [Some(1), Some(2)]);
    assert_eq!(events::range(&t.engine.db, bob).await.unwrap(), (1, 1));
}

#[both_databases]
async fn a_page_begins_with_the_events_of_its_run_up_to_a_number(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let run = runs::insert(&t.engine.db, ada, &NewRun::default(), None, RunStatus::Queued, t.engine.now())
        .await
        .unwrap()
        .unwrap()
        .id;
    for (of, n) in [(Some(run), 1), (None, 2), (Some(run), 3), (Some(run), 4)] {
        let mut work = t.engine.begin().await.unwrap();
        work.record(ada, of, EventKind::System, json!({ "n": n })).await.unwrap();
        work.commit().await.unwrap();
    }
    let frames = events::of_run(&t.engine.db, ada, run, 3).await.unwrap();
    assert_eq!(frames.iter().map(|frame| frame.seq).collect::<Vec<_>>(), [Some(1), Some(3)]);
}

#[both_databases]
async fn a_persons_source_is_seen_by_its_followers_alone(t: &TestEngine) {
    let (ada, bob) = (t.sign_up("ada").await.id, t.sign_up("bob").await.id);
    source(t, "http://x/open", Origin::Directory, None).await;
    let secret = source(t, "http://x/secret?token=1", Origin::Person, Some(ada)).await;
    let item = insert(t, secret, &episode("g", "Secret")).await;
    let (now, filter) = (t.engine.now(), SourceFilter::default());
    let all = async |owner| {
        sources::list(&t.engine.db, owner, &filter, &PageQuery::default(), now).await.unwrap().data
    };
    assert_eq!(titles(&all(ada).await), ["http://x/open", "http://x/secret?token=1"]);
    assert_eq!(titles(&all(bob).await), ["http://x/open"]);
    assert!(sources::get(&t.engine.db, bob, secret, now).await.unwrap().is_none());
    assert!(items::get(&t.engine.db, bob, item).await.unwrap().is_none());
    subscriptions::upsert(&t.engine.db, bob, secret, 3, t.engine.now()).await.unwrap();
    assert!(items::get(&t.engine.db, bob, item).await.unwrap().is_some());
}

#[both_databases]
async fn lists_are_filtered_and_cut_into_pages(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    for (kind, name) in
        [(Kind::Podcast, "100% Space"), (Kind::Article, "Space News"), (Kind::Article, "Rails")]
    {
        let listing =
            Listing { kind, name: name.into(), feed_url: format!("http://x/{name}"), topics: Vec::new() };
        sources::seed(&t.engine.db, &listing, t.engine.now()).await.unwrap();
    }
    let find = |kind, limit, cursor| {
        let (filter, page) = (SourceFilter { kind, ..Default::default() }, PageQuery { limit, cursor });
        async move { sources::list(&t.engine.db, ada, &filter, &page, t.engine.now()).await.unwrap() }
    };
    assert_eq!(titles(&find(Some(Kind::Article), None, None).await.data), ["Space News", "Rails"]);
    let first = find(None, Some(2), None).await;
    assert_eq!(titles(&find(None, Some(2), first.next_cursor).await.data), ["Rails"]);
}

#[both_databases]
async fn an_item_is_added_once_and_updated_when_it_changes(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let source = source(t, "http://x/feed", Origin::Directory, None).await;
    let id = insert(t, source, &episode("1", "Old")).await;
    let revision = sources::lock(&t.engine.db, source).await.unwrap();
    items::change(&t.engine.db, id, revision, &episode("1", "New"), "h2", Availability::Cacheable)
        .await
        .unwrap();
    let known = items::known(&t.engine.db, source).await.unwrap();
    assert_eq!((known.len(), known[0].content_hash.as_str(), known[0].title.as_str()), (1, "h2", "New"));
    let all = items::list(&t.engine.db, ada, &ItemFilter::default(), None, &PageQuery::default(), None)
        .await
        .unwrap()
        .data;
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].title.as_str(), all[0].explicit, all[0].episode), ("New", Some(true), Some(3)));
    assert_eq!(all[0].authors, ["Ada"]);
}

#[both_databases]
async fn candidates_are_followed_fetchable_and_not_given_before(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let item = one_episode(t, "1").await;
    let candidates = || async { items::candidates(&t.engine.db, ada, 5, 10).await.unwrap() };
    assert!(candidates().await.is_empty());
    let feed = items::get(&t.engine.db, ada, item).await.unwrap().unwrap().source_id;
    subscriptions::upsert(&t.engine.db, ada, feed, 5, t.engine.now()).await.unwrap();
    let found = candidates().await;
    assert_eq!((found[0].item.id, found[0].priority), (item, 5));
    items::set_availability(&t.engine.db, "http://x/1.mp3", Availability::Unavailable, Some("gone"), None)
        .await
        .unwrap();
    assert!(candidates().await.is_empty());
    items::set_availability(&t.engine.db, "http://x/1.mp3", Availability::Cacheable, None, None)
        .await
        .unwrap();
    downloads::queue(&t.engine.db, ada, item, None, "http://x/1.mp3", None, t.engine.now()).await.unwrap();
    assert!(candidates().await.is_empty());
}

#[both_databases]
async fn one_person_has_one_open_run(t: &TestEngine) {
    let (ada, bob) = (t.sign_up("ada").await.id, t.sign_up("bob").await.id);
    let (db, now) = (&t.engine.db, t.engine.now());
    let run = runs::insert(db, ada, &NewRun::default(), None, RunStatus::Queued, now).await.unwrap().unwrap();
    assert!(runs::insert(db, ada, &NewRun::default(), None, RunStatus::Queued, now).await.unwrap().is_none());
    assert!(runs::insert(db, bob, &NewRun::default(), None, RunStatus::Queued, now).await.unwrap().is_some());
    assert!(runs::advance(db, run.id, RunStatus::Queued, RunStatus::Running, now).await.unwrap());
    assert!(!runs::advance(db, run.id, RunStatus::Queued, RunStatus::Running, now).await.unwrap());
    let end = |to| {
        runs::end(
            db,
            run.id,
            to,
            "Done.",
            None,
            const { &RunSummary { queued: 1, ready: 1, failed: 0, skipped: 0, bytes: 5 } },
            None,
            now,
        )
    };
    assert!(end(RunStatus::Completed).await.unwrap());
    assert!(!end(RunStatus::Cancelled).await.unwrap());
    let ended = runs::get(db, ada, run.id).await.unwrap().unwrap();
    assert_eq!((ended.status, ended.summary.unwrap().bytes), (RunStatus::Completed, 5));
    assert!(runs::get(db, bob, run.id).await.unwrap().is_none());
    assert!(runs::insert(db, ada, &NewRun::default(), None, RunStatus::Queued, now).await.unwrap().is_some());
}

#[both_databases]
async fn a_repeated_step_leaves_one_message(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (db, now) = (&t.engine.db, t.engine.now());
    let run =
        runs::insert(db, ada, &NewRun::default(), None, RunStatus::Queued, now).await.unwrap().unwrap().id;
    let data = json!({ "max_items": 5 });
    let call = messages::NewMessage {
        turn: 1,
        agent: Agent::Discovery,
        model: "builtin",
        kind: MessageKind::ToolCall,
        text: "recommend_content",
        call_id: Some("t1s1c1"),
        data: &data,
    };
    assert!(messages::insert(db, run, &call, now).await.unwrap().is_some());
    assert!(messages::insert(db, run, &call, now).await.unwrap().is_none());
    assert_eq!(messages::of_run(db, run).await.unwrap()[0].data, data);
}

#[both_databases]
async fn a_download_moves_only_from_where_it_is(t: &TestEngine) {
    let (ada, bob) = (t.sign_up("ada").await.id, t.sign_up("bob").await.id);
    let (db, now, url) = (&t.engine.db, t.engine.now(), "http://x/1.mp3");
    let item = one_episode(t, "1").await;
    let id = downloads::queue(db, ada, item, None, url, Some(10), now).await.unwrap().unwrap();
    assert_eq!(downloads::queue(db, ada, item, None, url, Some(10), now).await.unwrap(), None);
    assert!(downloads::get(db, bob, id).await.unwrap().is_none());
    let to = |from, to| downloads::advance(db, ada, id, from, to);
    assert!(!to(DownloadStatus::Downloading, DownloadStatus::Cancelled).await.unwrap());
    assert!(
        !downloads::advance(db, bob, id, DownloadStatus::Queued, DownloadStatus::Cancelled).await.unwrap()
    );
    assert!(to(DownloadStatus::Queued, DownloadStatus::Cancelled).await.unwrap());
    assert_eq!(downloads::queue(db, ada, item, None, url, Some(10), now).await.unwrap(), Some(id));
}

#[both_databases]
async fn bytes_are_shared_and_stay_while_somebody_holds_them(t: &TestEngine) {
    let (ada, bob) = (t.sign_up("ada").await.id, t.sign_up("bob").await.id);
    let (db, now, url) = (&t.engine.db, t.engine.now(), "http://x/1.mp3");
    let item = one_episode(t, "1").await;
    let blob = Blob { sha256: "ab".repeat(32), bytes: 10, mime_type: "audio/mpeg".into() };
    media::keep(db, url, &blob, now).await.unwrap();
    media::keep(db, url, &blob, now).await.unwrap();
    assert_eq!(media::at(db, url).await.unwrap(), Some(blob.clone()));
    for owner in [ada, bob] {
        let id = downloads::queue(db, owner, item, None, url, None, now).await.unwrap().unwrap();
        assert!(downloads::ready(db, id, &blob, Provider::Cache, now, now).await.unwrap());
        assert!(!downloads::ready(db, id, &blob, Provider::Cache, now, now).await.unwrap());
    }
    let later = now + chrono::TimeDelta::hours(1);
    assert!(media::unheld(db, later, false, 9).await.unwrap().is_empty());
    for (owner, id) in downloads::expiring(db, later).await.unwrap() {
        assert!(downloads::expire(db, owner, id).await.unwrap());
    }
    assert_eq!(media::unheld(db, later, false, 9).await.unwrap(), std::slice::from_ref(&blob.sha256));
    assert!(media::drop_blob(db, &blob.sha256).await.unwrap());
    assert_eq!(media::at(db, url).await.unwrap(), None);
}

#[both_databases]
async fn bytes_that_are_lost_are_waited_for_by_everybody_who_held_them(t: &TestEngine) {
    let (ada, bob) = (t.sign_up("ada").await.id, t.sign_up("bob").await.id);
    let (db, now, url) = (&t.engine.db, t.engine.now(), "http://x/1.mp3");
    let item = one_episode(t, "1").await;
    let blob = Blob { sha256: "ab".repeat(32), bytes: 10, mime_type: "audio/mpeg".into() };
    media::keep(db, url, &blob, now).await.unwrap();
    for owner in [ada, bob] {
        let id = downloads::queue(db, owner, item, None, url, None, now).await.unwrap().unwrap();
        downloads::ready(db, id, &blob, Provider::Origin, now, now).await.unwrap();
    }
    let holders = downloads::holding(db, &blob.sha256).await.unwrap();
    assert_eq!(
        holders.iter().map(|h| (h.user_id, h.media_url.as_str())).collect::<Vec<_>>(),
        [(ada, url), (bob, url)]
    );
    assert!(!downloads::lose(db, bob, holders[0].id, &blob.sha256, "lost").await.unwrap());
    assert!(!downloads::lose(db, ada, holders[0].id, "other bytes", "lost").await.unwrap());
    for holder in &holders {
        assert!(downloads::lose(db, holder.user_id, holder.id, &blob.sha256, "lost").await.unwrap());
        assert!(!downloads::lose(db, holder.user_id, holder.id, &blob.sha256, "lost").await.unwrap());
    }
    let lost = downloads::get(db, ada, holders[0].id).await.unwrap().unwrap();
    assert_eq!(
        (lost.status, lost.sha256, lost.error.as_deref()),
        (DownloadStatus::Queued, None, Some("lost"))
    );
    assert_eq!(downloads::waiting(db, url).await.unwrap().len(), 2);
    assert!(downloads::holding(db, &blob.sha256).await.unwrap().is_empty());
    assert!(media::drop_blob(db, &blob.sha256).await.unwrap());
}

#[both_databases]
async fn what_a_person_uses_is_counted(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (db, now) = (&t.engine.db, t.engine.now());
    for guid in ["1", "2", "3"] {
        let item = one_episode(t, guid).await;
        downloads::queue(db, ada, item, None, guid, Some(100), now).await.unwrap();
    }
    let last =
        downloads::list(db, ada, &DownloadFilter::default(), &PageQuery::default()).await.unwrap().data[0].id;
    downloads::advance(db, ada, last, DownloadStatus::Queued, DownloadStatus::Cancelled).await.unwrap();
    let used = downloads::usage(db, ada, now, 50).await.unwrap();
    assert_eq!((used.items, used.bytes), (2, 200));
    assert_eq!(downloads::usage(db, ada, now + chrono::TimeDelta::seconds(1), 50).await.unwrap().items, 0);
    assert_eq!(accounts::stats(db, ada).await.unwrap().downloads, 3);
}
