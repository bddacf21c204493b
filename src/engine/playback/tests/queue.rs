//! The play queue.

use both_databases::both_databases;

use super::{at, episode, later, refusal};
use crate::db::sql::{self, args};
use crate::domain::playback::NewPlayQueue;
use crate::domain::{ItemId, UserId};
use crate::engine::Result;
use crate::engine::playback::{queue, replace_queue};
use crate::testing::TestEngine;

async fn replace(t: &TestEngine, owner: UserId, items: &[ItemId]) -> Result<Vec<ItemId>> {
    let new = NewPlayQueue { item_ids: items.to_vec() };
    Ok(replace_queue(&t.engine, owner, new).await?.item_ids)
}

/// Message about `item_ids`.
async fn complaint(t: &TestEngine, owner: UserId, items: &[ItemId]) -> String {
    let refusal = refusal(replace(t, owner, items).await);
    assert_eq!(refusal.fields()[0].field, "item_ids");
    refusal.fields()[0].message.clone()
}

async fn set_availability(t: &TestEngine, item: ItemId, availability: &str) {
    let sql = "UPDATE item SET availability = $2 WHERE id = $1";
    sql::execute(&t.engine.db, sql, args![item, availability]).await.unwrap();
}

#[both_databases]
async fn the_queue_keeps_its_order_and_each_item_once(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let (one, download) = episode(t, ada, "one").await;
    let (two, three) = (t.item("two", 1_000).await, t.item("three", 1_000).await);
    later(t, ada, one, 10, at(70.0)).await;
    assert_eq!(replace(t, ada, &[three, one, three, two, one]).await.unwrap(), [three, one, two]);
    let known = queue(&t.engine, ada).await.unwrap();
    assert_eq!(known.item_ids, [three, one, two]);
    assert_eq!((known.items[1].seconds, known.items[1].download_id), (70.0, Some(download)));
    assert!(queue(&t.engine, eve).await.unwrap().item_ids.is_empty());
    assert_eq!(replace(t, ada, &[two, three]).await.unwrap(), [two, three]);
    assert!(replace(t, ada, &[]).await.unwrap().is_empty());
}

#[both_databases]
async fn what_cannot_be_played_is_named_and_changes_nothing(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (held, _) = episode(t, ada, "held").await;
    let gone = t.item("gone", 1_000).await;
    let text = t.item("text", 1_000).await;
    sql::execute(&t.engine.db, "UPDATE item SET wanted = 'page' WHERE id = $1", args![text]).await.unwrap();
    set_availability(t, gone, "unavailable").await;
    set_availability(t, held, "unavailable").await;
    assert_eq!(replace(t, ada, &[held]).await.unwrap(), [held], "its bytes are here");
    assert_eq!(complaint(t, ada, &[held, ItemId(999)]).await, "There is no item 999.");
    assert!(complaint(t, ada, &[gone, held]).await.contains("“gone”"));
    assert!(complaint(t, ada, &[text]).await.contains("no audio or video"));
    assert!(complaint(t, ada, &[held; 501]).await.contains("at most 500 items, not 501"));
    assert_eq!(queue(&t.engine, ada).await.unwrap().item_ids, [held]);
}

#[both_databases]
async fn a_queue_of_500_items_is_stored(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let mut items = Vec::new();
    for n in 0..500 {
        items.push(t.item(&n.to_string(), 1_000).await);
    }
    items.reverse();
    assert_eq!(replace(t, ada, &items).await.unwrap(), items);
}

#[both_databases]
async fn what_became_unavailable_in_the_queue_can_still_be_moved(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (one, two) = (t.item("one", 1_000).await, t.item("two", 1_000).await);
    replace(t, ada, &[one, two]).await.unwrap();
    set_availability(t, one, "unavailable").await;
    assert_eq!(replace(t, ada, &[two, one]).await.unwrap(), [two, one]);
    replace(t, ada, &[two]).await.unwrap();
    assert!(complaint(t, ada, &[one]).await.contains("not available"));
}
