#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;

use super::*;
use crate::db::sql::{self, SafeSql, args, sql};
use crate::domain::TimeDelta;
use crate::domain::managed_user::UserChange;
use crate::domain::source::PRIORITY_DEFAULT;
use crate::engine::{accounts as people, api_keys, exports as made_exports, invites, personal_feed, users};
use crate::testing::schema::references_to_accounts;
use crate::testing::{TestEngine, refusal};

async fn enable(t: &TestEngine, id: UserId) {
    let change = UserChange { disabled: Some(false), ..UserChange::default() };
    users::change(&t.engine, id, change).await.unwrap();
}

/// Number of rows that refer to a user, by table and column.
async fn references(t: &TestEngine, id: UserId) -> Vec<(String, i64)> {
    let mut found = Vec::new();
    for (table, column) in references_to_accounts(&t.engine.db).await {
        let name = format!("{table}.{column}");
        let sql = SafeSql::new(Box::leak(
            format!("SELECT COUNT(*) FROM {table} WHERE {column} = $1").into_boxed_str(),
        ));
        let rows: i64 = sql::value(&t.engine.db, sql, args![id]).await.unwrap().unwrap();
        found.push((name, rows));
    }
    found
}

/// A user with rows in many tables, and a source that no other user follows.
async fn settled(t: &TestEngine) -> UserId {
    let ada = t.sign_up("ada").await;
    let e = &t.engine;
    people::make_admin(e, "ada").await.unwrap();
    let work = e.begin().await.unwrap();
    let new = crate::db::sources::NewSource::by(ada.id, "https://ada.example/feed", "Ada's own");
    let source = crate::db::sources::insert(&*work, &new, e.now()).await.unwrap().0;
    crate::db::subscriptions::upsert(&*work, ada.id, source, PRIORITY_DEFAULT, e.now()).await.unwrap();
    work.commit().await.unwrap();
    personal_feed::open(e, ada.id).await.unwrap();
    invites::make(e, ada.id, Default::default()).await.unwrap();
    made_exports::request(e, ada.id).await.unwrap();
    people::make_reset_link_by_name(e, "ada").await.unwrap();
    let scopes = vec![crate::domain::api_key::KeyScope::Read];
    let key = crate::domain::api_key::NewApiKey { name: "script".into(), scopes, expires_at: None };
    let user = people::user(e, ada.id).await.unwrap();
    api_keys::add(e, &user, key).await.unwrap();
    ada.id
}

#[both_databases]
async fn after_the_grace_no_row_refers_to_the_user_and_others_keep_theirs(t: &TestEngine) {
    let (e, ada) = (&t.engine, settled(t).await);
    let root = t.sign_up("root").await.id;
    people::make_admin(e, "root").await.unwrap();
    invites::make(e, root, Default::default()).await.unwrap();
    let before = references(t, ada).await;
    assert!(before.len() > 35, "{before:?}");
    assert!(before.iter().filter(|(_, rows)| *rows > 0).count() >= 6, "{before:?}");
    let until = request_deletion(e, ada, " ADA ").await.unwrap();
    assert_eq!(until, e.now() + DELETION_GRACE);
    let row = users::get(e, ada).await.unwrap();
    assert!(row.disabled_at.is_some() && row.sessions == 0 && row.api_keys == 0);
    assert_eq!(row.delete_after.map(|at| at.timestamp()), Some(until.timestamp()));
    assert!(made_exports::find(e, ada).await.unwrap().is_none());
    t.clock.advance(TimeDelta::days(7) - TimeDelta::minutes(1));
    delete_due(e).await.unwrap();
    assert!(users::get(e, ada).await.is_ok(), "not before its time");
    t.clock.advance(TimeDelta::minutes(2));
    delete_due(e).await.unwrap();
    let left: Vec<_> = references(t, ada).await.into_iter().filter(|(_, rows)| *rows > 0).collect();
    assert_eq!(left, []);
    assert!(matches!(refusal(users::get(e, ada).await), Refusal::NotFound { .. }));
    let sources: Option<i64> =
        sql::value(&e.db, "SELECT COUNT(*) FROM source WHERE feed_url = 'https://ada.example/feed'", args![])
            .await
            .unwrap();
    assert_eq!(sources, Some(0), "its address can be a secret of the user");
    assert!(references(t, root).await.iter().any(|(name, rows)| name == "invite.made_by" && *rows == 1));
}

#[both_databases]
async fn an_administrator_undoes_a_deletion_by_enabling_the_account(t: &TestEngine) {
    let (e, ada) = (&t.engine, t.sign_up("ada").await.id);
    request_deletion(e, ada, "ada").await.unwrap();
    enable(t, ada).await;
    assert_eq!(users::get(e, ada).await.unwrap().delete_after, None);
    t.clock.advance(TimeDelta::days(8));
    delete_due(e).await.unwrap();
    assert!(users::get(e, ada).await.is_ok());
}

#[both_databases]
async fn the_last_administrator_stays_and_a_wrong_name_deletes_nothing(t: &TestEngine) {
    let (e, root) = (&t.engine, t.sign_up("root").await.id);
    people::make_admin(e, "root").await.unwrap();
    assert!(matches!(refusal(request_deletion(e, root, "root").await), Refusal::Conflict { .. }));
    let ada = t.sign_up("ada").await.id;
    assert_eq!(refusal(request_deletion(e, ada, "root").await).fields()[0].field, "username");
    assert!(users::get(e, ada).await.unwrap().disabled_at.is_none());
    assert!(users::get(e, root).await.unwrap().disabled_at.is_none());
}

#[both_databases]
async fn a_name_that_is_written_without_the_id_goes_too(t: &TestEngine) {
    let (e, ada) = (&t.engine, t.sign_up("ada").await.id);
    let insert = sql!(
        "INSERT INTO agent_version (agent, version, prompt, changed_by, created_at)
         VALUES ('discovery', 99, 'p', 'ada', $1)"
    );
    sql::execute(&e.db, insert, args![e.now()]).await.unwrap();
    request_deletion(e, ada, "ada").await.unwrap();
    t.clock.advance(TimeDelta::days(8));
    delete_due(e).await.unwrap();
    let named = "SELECT COUNT(*) FROM agent_version WHERE changed_by = 'ada'";
    assert_eq!(sql::value::<i64>(&e.db, named, args![]).await.unwrap(), Some(0));
}
