#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;
use futures::TryStreamExt;
use sea_orm::ConnectionTrait;

use super::*;
use crate::domain::audit_entry::AuditActor;
use crate::engine::rights::Caller;
use crate::testing::TestEngine;

async fn write(t: &TestEngine, n: i64) {
    let mut work = t.engine.begin().await.unwrap();
    work.audit(AuditAction::CacheClear, Some(UserId(n)), json!({ "n": n }));
    work.commit().await.unwrap();
}

async fn read(t: &TestEngine, filter: AuditFilter) -> Vec<AuditEntry> {
    list(&t.engine, &filter, &PageQuery::default()).await.unwrap().data
}

async fn execute(t: &TestEngine, sql: &str) {
    t.engine.db.execute_unprepared(sql).await.unwrap();
}

/// The first broken entry, and the number of whole ones before it.
async fn broken(t: &TestEngine) -> (usize, Option<i64>) {
    let ChainCheck { entries, broken } = verify(&t.engine).await.unwrap();
    (entries, broken.map(|(id, _)| id.0))
}

#[both_databases]
async fn an_entry_is_written_with_what_it_tells_and_by_whom(t: &TestEngine) {
    let ada = t.sign_up("ada").await;
    let before = read(t, AuditFilter::default()).await.len();
    let mut undone = t.engine.begin().await.unwrap();
    undone.audit(AuditAction::CacheClear, None, json!({}));
    drop(undone);
    assert_eq!(read(t, AuditFilter::default()).await.len(), before, "nothing was done");
    let context = RequestContext::of_request("r-1", "192.0.2.0/24".into(), &"x".repeat(500));
    within(context, async {
        identify(&Caller::of_session(ada.clone(), t.engine.now()));
        write(t, ada.id.0).await;
    })
    .await;
    write(t, 99).await;
    let entries =
        read(t, AuditFilter { action: Some(AuditAction::CacheClear), ..AuditFilter::default() }).await;
    let [server, session] = &entries[..] else { panic!("{entries:?}") };
    assert_eq!(
        (session.actor, session.actor_id, session.actor_name.as_deref()),
        (AuditActor::Session, Some(ada.id), Some("ada"))
    );
    assert_eq!(
        (session.request_id.as_str(), session.network.as_str(), session.user_agent.len()),
        ("r-1", "192.0.2.0/24", 200)
    );
    assert_eq!((session.about_name.as_deref(), &session.data), (Some("ada"), &json!({ "n": ada.id.0 })));
    assert_eq!(
        (server.actor, server.actor_id, server.about_name.as_deref()),
        (AuditActor::Server, None, None)
    );
    let hers = read(t, AuditFilter { user_id: Some(ada.id), ..AuditFilter::default() }).await;
    assert!(hers.iter().all(|entry| [entry.actor_id, entry.about_id].contains(&Some(ada.id))));
    assert!(hers.len() < read(t, AuditFilter::default()).await.len());
}

#[both_databases]
async fn whatever_is_done_to_the_log_is_found(t: &TestEngine) {
    for n in 0..1_010 {
        write(t, n).await;
    }
    assert_eq!(broken(t).await, (1_010, None));
    let mend = "DELETE FROM audit_entry WHERE id > 1010; UPDATE audit_entry SET about_id = id - 1, data = '{\"n\":' || (id - 1) || '}'";
    for (sql, found) in [
        ("UPDATE audit_entry SET data = '{}' WHERE id = 7", 7),
        ("UPDATE audit_entry SET about_id = NULL WHERE id = 1004", 1_004),
        ("UPDATE audit_entry SET data = (SELECT e.data FROM audit_entry e WHERE e.id = 4) WHERE id = 3", 3),
    ] {
        execute(t, sql).await;
        assert_eq!(broken(t).await.1, Some(found), "{sql}");
        execute(t, mend).await;
        assert_eq!(broken(t).await.1, None, "{sql}");
    }
    execute(t, "DELETE FROM audit_entry WHERE id = 500").await;
    assert_eq!(broken(t).await, (499, Some(500)));
    execute(t, "DELETE FROM audit_entry WHERE id >= 500").await;
    assert_eq!(broken(t).await, (499, Some(500)), "the end is missing");
    execute(t, "UPDATE audit_chain SET last_id = 499").await;
    assert_eq!(broken(t).await, (499, Some(499)), "its digest is not that of the last one");
}

#[both_databases]
async fn entries_go_after_400_days_and_the_rest_still_proves_itself(t: &TestEngine) {
    for n in 0..3 {
        write(t, n).await;
    }
    t.clock.advance(TimeDelta::days(399));
    write(t, 3).await;
    tidy(&t.engine).await.unwrap();
    assert_eq!(broken(t).await, (4, None));
    t.clock.advance(TimeDelta::days(2));
    tidy(&t.engine).await.unwrap();
    assert_eq!(broken(t).await, (1, None));
    execute(t, "DELETE FROM audit_entry").await;
    assert_eq!(broken(t).await, (0, Some(4)));
}

#[both_databases]
async fn entries_at_the_same_time_make_one_chain(t: &TestEngine) {
    futures::future::join_all((0..40).map(|n| write(t, n))).await;
    assert_eq!(broken(t).await, (40, None));
}

#[both_databases]
async fn a_hundred_refusals_a_minute_are_written_and_no_more(t: &TestEngine) {
    for _ in 0..130 {
        refused(&t.engine, AuditAction::SignIn, None, json!({})).await;
    }
    let refusals = async || {
        let filter = AuditFilter { outcome: Some(AuditOutcome::Refused), ..AuditFilter::default() };
        let page = PageQuery { limit: Some(200), cursor: None };
        list(&t.engine, &filter, &page).await.unwrap().data.len()
    };
    assert_eq!(refusals().await, 100);
    t.clock.advance(TimeDelta::minutes(1));
    refused(&t.engine, AuditAction::SignIn, None, json!({})).await;
    assert_eq!(refusals().await, 101);
}

/// Lines of an export.
async fn exported(t: &TestEngine, filter: AuditFilter) -> Vec<Value> {
    let stream = export(&t.engine, filter).await.unwrap();
    let parts: Vec<_> = stream.try_collect().await.unwrap();
    let text = String::from_utf8(parts.concat()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Digest of an exported line, as docs/security.md tells how to compute it.
fn digest_of(line: &Value) -> String {
    let fields = [
        "previous",
        "id",
        "at",
        "actor",
        "actor_id",
        "action",
        "outcome",
        "about_id",
        "data",
        "request_id",
        "network",
        "user_agent",
    ];
    let fields: Vec<_> = fields.iter().map(|name| line[name].clone()).collect();
    hex::encode(Sha256::digest(Value::from(fields).to_string()))
}

#[both_databases]
async fn an_export_has_all_entries_in_order_with_the_digests_of_the_chain(t: &TestEngine) {
    for n in 0..1_010 {
        write(t, n).await;
    }
    let lines = exported(t, AuditFilter::default()).await;
    assert_eq!(lines.len(), 1_011, "the export is the last entry");
    let mut previous = Value::from("");
    for (n, line) in lines.iter().enumerate() {
        assert_eq!((&line["id"], &line["previous"]), (&json!(n + 1), &previous));
        assert_eq!(line["digest"], digest_of(line));
        previous = line["digest"].clone();
    }
    let last = &lines[1_010];
    assert_eq!((&last["action"], &last["data"]), (&json!("audit_export"), &json!("{}")));
    assert_eq!(broken(t).await, (1_011, None));
}

#[both_databases]
async fn each_line_of_a_narrowed_export_proves_itself(t: &TestEngine) {
    let ada = t.sign_up("ada").await;
    for n in [ada.id.0, 7, ada.id.0] {
        write(t, n).await;
    }
    t.clock.advance(TimeDelta::days(401));
    write(t, ada.id.0).await;
    tidy(&t.engine).await.unwrap();
    let filter = AuditFilter {
        action: Some(AuditAction::CacheClear),
        outcome: Some(AuditOutcome::Done),
        user_id: Some(ada.id),
    };
    let lines = exported(t, filter).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["digest"], digest_of(&lines[0]), "its predecessor was deleted for its age");
    assert_eq!(lines[0]["data"], json!({ "n": ada.id }).to_string());
    let told =
        read(t, AuditFilter { action: Some(AuditAction::AuditExport), ..AuditFilter::default() }).await;
    assert_eq!(told[0].data, json!({ "action": "cache_clear", "outcome": "done", "user": ada.id }));
}
