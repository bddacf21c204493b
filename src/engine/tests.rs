//! Tests of the engine on both databases.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use super::*;
use crate::domain::account::Credentials;
use crate::domain::download::DownloadStatus;
use crate::domain::page::PageQuery;
use crate::domain::preference::Preferences;
use crate::domain::source::{Kind, NewSource, NewSubscription, SourceFilter};
use crate::domain::{Refusal, UserId};
use crate::testing::{PASSWORD, TestEngine, client, refusal};
use both_databases::both_databases;

fn typed(username: &str, password: &str) -> Credentials {
    Credentials { username: username.into(), password: password.into() }
}

fn fields(refusal: &Refusal) -> Vec<&str> {
    refusal.fields().iter().map(|f| f.field.as_str()).collect()
}

/// A followed source with `n` items that can be fetched.
async fn followed(t: &TestEngine, owner: UserId, n: usize) -> Vec<crate::domain::ItemId> {
    let subscribe =
        NewSubscription { feed_url: Some("https://example.org/feed".into()), ..Default::default() };
    let source = catalog::subscribe(&t.engine, owner, subscribe).await.unwrap().source_id;
    let items: String = (0..n)
        .map(|i| format!(r#"<item><guid>{i}</guid><title>E{i}</title><enclosure url="/{i}.mp3" length="1000000" type="audio/mpeg"/></item>"#))
        .collect();
    let feed = format!(r#"<rss version="2.0"><channel><title>T</title>{items}</channel></rss>"#);
    catalog::store_feed_for_tests(&t.engine, source, feed.as_bytes()).await.unwrap();
    let page = PageQuery { limit: Some(200), cursor: None };
    let all = catalog::items(&t.engine, owner, &Default::default(), &page).await.unwrap();
    all.data.into_iter().map(|i| i.id).collect()
}

#[both_databases]
async fn a_name_is_taken_whatever_its_case(t: &TestEngine) {
    t.sign_up("Ada").await;
    let second =
        accounts::register(&t.engine, typed("ada", PASSWORD), Preferences::default(), None, &client()).await;
    assert_eq!(fields(&refusal(second)), ["username"]);
}

#[both_databases]
async fn weak_passwords_are_refused_with_a_reason(t: &TestEngine) {
    let weak = |password: &str| accounts::create(&t.engine, typed("ada", password), Preferences::default());
    for password in ["password12", "smartcache1", "qwertyuiop", "adaadaadaada"] {
        assert_eq!(fields(&refusal(weak(password).await)), ["password"], "{password}");
    }
    assert!(weak(&"correct-horse-77".repeat(8)).await.is_ok());
}

#[both_databases]
async fn a_wrong_name_and_a_wrong_password_get_the_same_answer(t: &TestEngine) {
    t.sign_up("ada").await;
    let wrong_password = refusal(accounts::sign_in(&t.engine, &typed("ada", "not-the-one"), &client()).await);
    let wrong_name = refusal(accounts::sign_in(&t.engine, &typed("eve", PASSWORD), &client()).await);
    assert_eq!(wrong_password, wrong_name);
}

#[both_databases]
async fn a_sign_in_lasts_until_it_is_ended_or_has_run_out(t: &TestEngine) {
    t.sign_up("ada").await;
    let first = accounts::sign_in(&t.engine, &typed("ADA", PASSWORD), &client()).await.unwrap();
    let second = accounts::sign_in(&t.engine, &typed("ada", PASSWORD), &client()).await.unwrap();
    assert_ne!(first.token, second.token);
    accounts::sign_out(&t.engine, &first.token).await.unwrap();
    assert!(accounts::caller(&t.engine, &first.token).await.unwrap().is_none());
    assert_eq!(accounts::caller(&t.engine, &second.token).await.unwrap().unwrap().user.username, "ada");
    t.clock.advance(chrono::TimeDelta::days(31));
    assert!(accounts::caller(&t.engine, &second.token).await.unwrap().is_none());
}

#[both_databases]
async fn every_wrong_preference_names_its_field(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let wrong = Preferences { max_daily_items: 0, timezone: "Mars/Base".into(), ..Default::default() };
    assert_eq!(
        fields(&refusal(accounts::set_preferences(&t.engine, ada, wrong).await)),
        ["max_daily_items", "timezone"]
    );
}

#[both_databases]
async fn inward_addresses_are_refused_before_anything_is_stored(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    for feed_url in ["http://127.0.0.1/feed", "http://[::1]/", "ftp://example.org/", "", "not a url"] {
        let new = NewSource { feed_url: feed_url.into(), ..Default::default() };
        assert_eq!(
            fields(&refusal(catalog::add_source(&t.engine, ada, new).await)),
            ["feed_url"],
            "{feed_url}"
        );
    }
    let all = catalog::sources(&t.engine, ada, &Default::default(), &PageQuery::default()).await.unwrap();
    assert!(all.data.is_empty());
}

#[both_databases]
async fn the_directory_is_loaded_once(t: &TestEngine) {
    assert_eq!(catalog::seed(&t.engine, None).await.unwrap(), 184);
    assert_eq!(catalog::seed(&t.engine, None).await.unwrap(), 0);
}

#[both_databases]
async fn the_directory_tells_news_from_articles_also_where_it_was_loaded_before(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let of_kind = async |kind| {
        let filter = SourceFilter { kind: Some(kind), ..SourceFilter::default() };
        let page = PageQuery { limit: Some(200), cursor: None };
        let found = catalog::sources(&t.engine, ada, &filter, &page).await.unwrap();
        found.data.into_iter().map(|source| source.name).collect::<Vec<_>>()
    };
    let before =
        "kind\tname\tfeed_url\narticle\tBBC World News\thttps://feeds.bbci.co.uk/news/world/rss.xml\n";
    assert_eq!(catalog::seed(&t.engine, Some(before)).await.unwrap(), 1);
    assert_eq!(catalog::seed(&t.engine, None).await.unwrap(), 183);
    let (news, articles, videos) =
        (of_kind(Kind::News).await, of_kind(Kind::Article).await, of_kind(Kind::Video).await);
    assert!(
        news.iter().any(|name| name == "BBC World News")
            && !articles.iter().any(|name| name == "BBC World News")
    );
    assert!(articles.iter().any(|name| name == "Ars Technica"));
    assert!(news.len() >= 80 && videos.len() >= 20, "{} and {}", news.len(), videos.len());
}

#[both_databases]
async fn fifty_requests_into_room_for_ten_grant_exactly_ten(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let items = followed(t, ada, 50).await;
    let asked = items.into_iter().map(|item| {
        let engine = t.engine.clone();
        tokio::spawn(async move { downloads::queue(&engine, ada, item, None).await.is_ok() })
    });
    let granted = futures::future::join_all(asked).await.into_iter().filter(|g| *g.as_ref().unwrap()).count();
    assert_eq!(granted, 10);
    assert_eq!(crate::db::accounts::stats(&t.engine.db, ada).await.unwrap().downloads, 10);
}

#[both_databases]
async fn asked_for_twice_it_is_the_same_download(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let item = followed(t, ada, 1).await[0];
    let first = downloads::queue(&t.engine, ada, item, None).await.unwrap();
    let second = downloads::queue(&t.engine, ada, item, None).await.unwrap();
    assert_eq!(first.id, second.id);
    let cancelled = downloads::cancel(&t.engine, ada, first.id).await.unwrap();
    assert_eq!(cancelled.status, DownloadStatus::Cancelled);
    assert!(matches!(refusal(downloads::cancel(&t.engine, ada, first.id).await), Refusal::Conflict { .. }));
    assert_eq!(downloads::retry(&t.engine, ada, first.id).await.unwrap().status, DownloadStatus::Queued);
}

#[both_databases]
async fn strangers_things_look_missing(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let item = followed(t, ada, 1).await[0];
    let download = downloads::queue(&t.engine, ada, item, None).await.unwrap().id;
    let is_missing = |refusal: Refusal| matches!(refusal, Refusal::NotFound { .. });
    assert!(is_missing(refusal(downloads::get(&t.engine, eve, download).await)));
    assert!(is_missing(refusal(downloads::cancel(&t.engine, eve, download).await)));
    assert!(is_missing(refusal(downloads::retry(&t.engine, eve, download).await)));
    assert!(is_missing(refusal(downloads::delete(&t.engine, eve, download).await)));
    assert!(is_missing(refusal(downloads::file(&t.engine, eve, download).await)));
    assert!(is_missing(refusal(downloads::queue(&t.engine, eve, item, None).await)));
    assert!(is_missing(refusal(catalog::item(&t.engine, eve, item).await)));
}
