#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;

use super::*;
use crate::db::sql;
use crate::domain::ItemId;
use crate::domain::item::ItemFilter;
use crate::domain::source::NewSubscription;
use crate::engine::{Error, catalog};
use crate::testing::TestEngine;

fn item(id: ItemId) -> NewShare {
    NewShare { item_id: Some(id), collection_id: None }
}

async fn listed(t: &TestEngine, owner: UserId) -> Vec<Share> {
    list(&t.engine, owner, &PageQuery::default()).await.unwrap().data
}

#[both_databases]
async fn a_thing_has_one_link_until_it_is_revoked(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let id = t.item("One", 1_000).await;
    let (share, is_new) = add(&t.engine, ada, item(id)).await.unwrap();
    assert!(is_new && share.title.as_deref() == Some("One") && share.url.ends_with(&share.token));
    assert_eq!(add(&t.engine, ada, item(id)).await.unwrap(), (share.clone(), false));
    assert_eq!(listed(t, ada).await, std::slice::from_ref(&share));
    let (hers, _) = add(&t.engine, eve, item(id)).await.unwrap();
    assert!(hers.token != share.token && revoke(&t.engine, eve, &share.token).await.is_err());
    revoke(&t.engine, ada, &share.token).await.unwrap();
    assert!(revoke(&t.engine, ada, &share.token).await.is_err() && listed(t, ada).await.is_empty());
    assert_eq!(open(&t.engine, &share.token, None).await.unwrap(), None);
    assert!(open(&t.engine, &hers.token, None).await.unwrap().is_some());
}

#[both_databases]
async fn visits_of_others_are_recorded_once_a_minute(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let (share, _) = add(&t.engine, ada, item(t.item("One", 1_000).await)).await.unwrap();
    let visit = async |visitor| {
        open(&t.engine, &share.token, visitor).await.unwrap().unwrap();
        listed(t, ada).await[0].last_read_at
    };
    assert_eq!(visit(Some(ada)).await, None);
    let first = visit(None).await;
    assert_eq!(first, Some(t.engine.now()));
    t.clock.advance(TimeDelta::seconds(59));
    assert_eq!(visit(Some(eve)).await, first);
    t.clock.advance(TimeDelta::seconds(1));
    assert_eq!(visit(Some(eve)).await, Some(t.engine.now()));
}

#[both_databases]
async fn a_link_whose_seal_does_not_open_is_replaced(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let id = t.item("One", 1_000).await;
    let (lost, _) = add(&t.engine, ada, item(id)).await.unwrap();
    sql::execute(&t.engine.db, "UPDATE share SET token = 'v1.00'", Vec::new()).await.unwrap();
    let found = of_target(&t.engine, ada, ShareTarget::Item(id)).await.unwrap().unwrap();
    assert_ne!(found.token, lost.token);
    assert_eq!(listed(t, ada).await, std::slice::from_ref(&found));
    assert_eq!(open(&t.engine, &lost.token, None).await.unwrap(), None);
    assert!(open(&t.engine, &found.token, None).await.unwrap().is_some());
}

#[both_databases]
async fn of_two_requests_that_replace_a_link_one_does(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let target = ShareTarget::Item(t.item("One", 1_000).await);
    add(&t.engine, ada, item(target.item_id().unwrap())).await.unwrap();
    sql::execute(&t.engine.db, "UPDATE share SET token = 'v1.00'", Vec::new()).await.unwrap();
    let read = async || rows::of_target(&t.engine.db, ada, target).await.unwrap().unwrap();
    let (first, second, third) = (read().await, read().await, read().await);
    let first = with_link(&t.engine, &t.engine.db, ada, first).await.unwrap();
    assert_eq!(with_link(&t.engine, &t.engine.db, ada, second).await.unwrap(), first);
    let token = first.unwrap().token;
    assert!(open(&t.engine, &token, None).await.unwrap().is_some());
    revoke(&t.engine, ada, &token).await.unwrap();
    assert_eq!(with_link(&t.engine, &t.engine.db, ada, third).await.unwrap(), None);
}

#[both_databases]
async fn a_page_opens_although_its_visit_cannot_be_recorded(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (share, _) = add(&t.engine, ada, item(t.item("One", 1_000).await)).await.unwrap();
    let refuse = match sql::is_postgres(&t.engine.db) {
        true => "ALTER TABLE share ADD CHECK (last_read_at IS NULL)",
        false => "CREATE TRIGGER full_disk BEFORE UPDATE ON share BEGIN SELECT RAISE(ABORT, 'full'); END",
    };
    sql::execute(&t.engine.db, refuse, Vec::new()).await.unwrap();
    assert!(open(&t.engine, &share.token, None).await.unwrap().is_some());
    assert_eq!(listed(t, ada).await[0].last_read_at, None);
}

#[both_databases]
async fn a_user_has_at_most_five_hundred_shares(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let mut target = ShareTarget::Item(ItemId(0));
    for n in 0..MAX_SHARES {
        target = ShareTarget::Item(t.item(&n.to_string(), 1_000).await);
        let hash = n.to_string();
        rows::insert(&t.engine.db, ada, target, &hash, "", t.engine.now()).await.unwrap();
    }
    let known = NewShare { item_id: target.item_id(), collection_id: None };
    assert!(!add(&t.engine, ada, known).await.unwrap().1);
    let new = item(t.item("new", 1_000).await);
    let Err(Error::Refused(refusal)) = add(&t.engine, ada, new).await else { panic!("too many") };
    assert_eq!(refusal.fields()[0].field, "item_id");
    assert!(add(&t.engine, eve, new).await.unwrap().1);
}

#[both_databases]
async fn a_link_opens_what_its_owner_still_sees(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let asked = NewSubscription { feed_url: Some("https://example.org/feed".into()), ..Default::default() };
    let source = catalog::subscribe(&t.engine, eve, asked.clone()).await.unwrap().source_id;
    let subscription = catalog::subscribe(&t.engine, ada, asked).await.unwrap();
    let feed = "<rss version=\"2.0\"><channel><title>T</title><item><guid>1</guid><title>One</title></item></channel></rss>";
    catalog::store_feed_for_tests(&t.engine, source, feed.as_bytes()).await.unwrap();
    let found = catalog::items(&t.engine, ada, &ItemFilter::default(), &PageQuery::default()).await.unwrap();
    let (share, _) = add(&t.engine, ada, item(found.data[0].id)).await.unwrap();
    assert!(open(&t.engine, &share.token, None).await.unwrap().is_some());
    catalog::unsubscribe(&t.engine, ada, subscription.id).await.unwrap();
    assert_eq!(open(&t.engine, &share.token, Some(eve)).await.unwrap(), None);
    assert_eq!(listed(t, ada).await[0].title, None);
}
