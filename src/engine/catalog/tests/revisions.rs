//! Revisions of sources and items: each change that another node must learn has a number above all before.

use super::*;
use crate::db::sql::{all, args, row, value, values};
use crate::domain::source::Policy;

/// Revisions by title, and the source's own.
async fn revisions(t: &TestEngine, source: SourceId) -> (i64, Vec<(String, i64)>) {
    struct Row {
        title: String,
        rev: i64,
    }
    row!(Row { title, rev });
    let items = "SELECT title, rev FROM item WHERE source_id = $1 ORDER BY title";
    let rows: Vec<Row> = all(&t.engine.db, items, args![source]).await.unwrap();
    let own = value(&t.engine.db, "SELECT rev FROM source WHERE id = $1", args![source]).await;
    (own.unwrap().unwrap(), rows.into_iter().map(|row| (row.title, row.rev)).collect())
}

#[both_databases]
async fn new_and_changed_items_have_a_revision_above_all_before(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let source = followed(t, ada, "a", &[("One", "a"), ("Two", "b")]).await;
    let (first, before) = revisions(t, source).await;
    assert!(before.iter().all(|(_, rev)| *rev == first), "{before:?} of {first}");
    store(t, source, &[("One", "a"), ("Two, corrected", "b"), ("Zero", "c")]).await;
    let (second, after) = revisions(t, source).await;
    assert!(second > first);
    let named = |title: &str, rev| (title.to_owned(), rev);
    assert_eq!(after, [named("One", first), named("Two, corrected", second), named("Zero", second)]);
}

#[both_databases]
async fn every_change_of_a_source_raises_its_revision(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let source = followed(t, ada, "a", &[("One", "a")]).await;
    let mut last = revisions(t, source).await.0;
    let changes = [
        SourceChange { name: Some("By day".into()), ..SourceChange::default() },
        SourceChange { kind: Some(Kind::Article), ..SourceChange::default() },
        SourceChange { policy: Some(Policy::MetadataOnly), ..SourceChange::default() },
    ];
    for change in changes {
        change_source(&t.engine, ada, source, change).await.unwrap();
        let now = revisions(t, source).await.0;
        assert!(now > last, "{now} after {last}");
        last = now;
    }
    assert!(sources::move_to(&t.engine.db, source, "https://example.org/moved").await.unwrap());
    assert!(revisions(t, source).await.0 > last);
}

#[both_databases]
async fn a_deleted_source_leaves_its_tombstone(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let source = followed(t, ada, "a", &[("One", "a")]).await;
    let key: String =
        value(&t.engine.db, "SELECT key FROM source WHERE id = $1", args![source]).await.unwrap().unwrap();
    assert_eq!(key.len(), 32);
    remove_source(&t.engine, ada, source).await.unwrap();
    let left: Vec<String> = values(&t.engine.db, "SELECT source_key FROM tombstone", args![]).await.unwrap();
    assert_eq!(left, [key]);
}
