#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;

use super::*;
use crate::db::sources::NewSource;
use crate::db::{sql, subscriptions};
use crate::domain::UserId;
use crate::domain::audit_entry::AuditFilter;
use crate::engine::audit;
use crate::testing::{TestEngine, refusal};

const TOKEN: &str = "https://feeds.example.org/rss?auth=Zm9vYmFyMTIz";

/// Adds a source, in the directory or by a user, which that user follows.
async fn add(t: &TestEngine, by: Option<UserId>, feed_url: &str, name: &str) -> SourceId {
    let (db, now) = (&t.engine.db, t.engine.now());
    let owner = by.unwrap_or(UserId(0));
    let new = NewSource { origin: Origin::Directory, added_by: None, ..NewSource::by(owner, feed_url, name) };
    let new = if by.is_some() { NewSource::by(owner, feed_url, name) } else { new };
    let id = rows::insert(db, &new, now).await.unwrap().0;
    if by.is_some() {
        subscriptions::upsert(db, owner, id, 3, now).await.unwrap();
    }
    id
}

async fn add_private(t: &TestEngine, owner: UserId) -> SourceId {
    let (db, now) = (&t.engine.db, t.engine.now());
    let new = NewSource::by(owner, "https://premium.example.org/feed", "For Ada alone");
    rows::private::insert(db, owner, &new, "#private-1", "sealed", now).await.unwrap()
}

async fn listed(t: &TestEngine, filter: ManagedSourceFilter) -> Vec<ManagedSource> {
    list(&t.engine, &filter, &PageQuery::default()).await.unwrap().data
}

#[both_databases]
async fn sources_are_shown_without_addresses_and_without_names_of_private_feeds(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    add(t, None, "https://radio.example.org:8443/feed", "Radio").await;
    add(t, Some(ada), TOKEN, "Members of Ada's club").await;
    add_private(t, ada).await;
    add(t, Some(ada), "https://news.example.org/rss", "").await;
    let all = listed(t, ManagedSourceFilter::default()).await;
    let told: Vec<_> =
        all.iter().map(|it| (it.name.as_deref(), it.host.as_str(), it.is_private, it.followers)).collect();
    assert_eq!(
        told,
        [
            (Some("Radio"), "radio.example.org:8443", false, 0),
            (None, "feeds.example.org", true, 1),
            (None, "premium.example.org", true, 0),
            (None, "news.example.org", false, 1),
        ]
    );
    let text = serde_json::to_string(&all).unwrap();
    assert!(["Zm9v", "Ada", "/rss", "#private"].iter().all(|secret| !text.contains(secret)), "{text}");
}

#[both_databases]
async fn the_list_is_narrowed_by_health_and_followers_and_has_pages(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let quiet = add(t, None, "https://a.example.org/feed", "Quiet").await;
    let failing = add(t, Some(ada), "https://b.example.org/feed", "Failing").await;
    let (now, later) = (t.engine.now(), t.engine.now() + chrono::TimeDelta::hours(1));
    let why = "The server answers with an error (HTTP 503).";
    rows::record_poll_failure(&t.engine.db, failing, Health::Failing, why, now, later).await.unwrap();
    let ids = async |health, followed| {
        let found = listed(t, ManagedSourceFilter { health, followed }).await;
        found.into_iter().map(|it| it.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(Some(Health::Failing), None).await, [failing]);
    assert_eq!(ids(Some(Health::New), Some(false)).await, [quiet]);
    assert_eq!(ids(None, Some(true)).await, [failing]);
    assert_eq!(ids(Some(Health::Gone), Some(true)).await, []);
    let page = PageQuery { limit: Some(1), cursor: None };
    let first = list(&t.engine, &ManagedSourceFilter::default(), &page).await.unwrap();
    assert_eq!((first.data[0].id, first.data[0].next_refresh_at), (quiet, None));
    let page = PageQuery { cursor: first.next_cursor, ..page };
    let second = list(&t.engine, &ManagedSourceFilter::default(), &page).await.unwrap();
    let ManagedSource { id, failures, last_error, next_refresh_at, .. } = &second.data[0];
    assert_eq!(
        (*id, *failures, last_error.as_deref(), *next_refresh_at, second.next_cursor),
        (failing, 1, Some(why), Some(later), None)
    );
}

#[both_databases]
async fn a_refresh_is_queued_for_any_source_and_told_in_the_log(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let source = add_private(t, ada).await;
    request_refresh(&t.engine, source).await.unwrap();
    let queued: Vec<String> =
        sql::values(&t.engine.db, "SELECT uniq FROM job WHERE kind = 'refresh_source'", Vec::new())
            .await
            .unwrap();
    assert_eq!(queued, [source.to_string()]);
    let filter = AuditFilter { action: Some(AuditAction::SourceRefresh), ..AuditFilter::default() };
    let told = audit::list(&t.engine, &filter, &PageQuery::default()).await.unwrap().data;
    assert_eq!((told.len(), &told[0].data), (1, &json!({ "source": source })));
    for missing in [
        request_refresh(&t.engine, SourceId(999_999)).await.map(drop),
        refresh_now(&t.engine, SourceId(999_999)).await.map(drop),
    ] {
        assert_eq!(refusal(missing), Refusal::missing("source"));
    }
}
