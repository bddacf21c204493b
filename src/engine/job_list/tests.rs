#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;
use sea_orm::ConnectionTrait;

use super::*;
use crate::domain::UserId;
use crate::domain::audit_entry::AuditFilter;
use crate::domain::export::ExportState;
use crate::engine::{audit, exports};
use crate::testing::{TestEngine, refusal};

/// Requests an export, and returns its job.
async fn waiting(t: &TestEngine, owner: UserId) -> ListedJob {
    exports::request(&t.engine, owner).await.unwrap();
    listed(t, JobFilter::default()).await.remove(0)
}

async fn listed(t: &TestEngine, filter: JobFilter) -> Vec<ListedJob> {
    list(&t.engine, &filter, &PageQuery::default()).await.unwrap().data
}

async fn execute(t: &TestEngine, sql: &str) {
    t.engine.db.execute_unprepared(sql).await.unwrap();
}

async fn audited(t: &TestEngine, action: AuditAction) -> Vec<serde_json::Value> {
    let filter = AuditFilter { action: Some(action), ..AuditFilter::default() };
    let entries = audit::list(&t.engine, &filter, &PageQuery::default()).await.unwrap().data;
    entries.into_iter().map(|entry| entry.data).collect()
}

#[both_databases]
async fn jobs_are_listed_without_what_they_are_about(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let job = waiting(t, ada).await;
    assert_eq!(
        (job.kind.as_str(), job.queue.as_str(), job.state),
        ("export_account", "refresh", JobState::Ready)
    );
    assert_eq!((job.attempts, job.max_attempts, &job.last_error, job.finished_at), (0, 5, &None, None));
    assert!(job.run_at >= job.created_at && job.created_at.timestamp() > 1_700_000_000);
    let only = |queue: &str, state| JobFilter { queue: Some(queue.to_owned()), state };
    assert_eq!(listed(t, only("refresh", Some(JobState::Ready))).await, std::slice::from_ref(&job));
    assert_eq!(listed(t, only("runs", None)).await, []);
    let bob = t.sign_up("bob").await.id;
    let newer = waiting(t, bob).await;
    let first = PageQuery { limit: Some(1), cursor: None };
    let Page { data, next_cursor } = list(&t.engine, &JobFilter::default(), &first).await.unwrap();
    assert_eq!((data[0].id, &next_cursor), (newer.id, &Some(newer.id.to_string())));
    let second = PageQuery { cursor: next_cursor, ..first };
    let page = list(&t.engine, &JobFilter::default(), &second).await.unwrap();
    assert_eq!((page.data[0].id, page.next_cursor), (job.id, None));
    execute(t, "UPDATE job SET state = 'done'").await;
    assert_eq!(listed(t, JobFilter::default()).await, []);
    assert_eq!(listed(t, only("refresh", Some(JobState::Done))).await.len(), 2);
}

#[both_databases]
async fn a_job_that_is_cancelled_fails_what_waits_for_it(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let job = waiting(t, ada).await;
    cancel(&t.engine, job.id).await.unwrap();
    assert_eq!(exports::get(&t.engine, ada).await.unwrap().state, ExportState::Failed);
    assert_eq!(listed(t, JobFilter::default()).await, []);
    let [job] = &listed(t, JobFilter { state: Some(JobState::Cancelled), ..JobFilter::default() }).await[..]
    else {
        panic!("the cancelled job is listed when it is asked for")
    };
    assert_eq!(job.last_error.as_deref(), Some(CANCELLED));
    assert_eq!(
        audited(t, AuditAction::JobCancel).await,
        [json!({ "job": job.id, "kind": "export_account" })]
    );
    let over = Refusal::conflict("This job is over.");
    assert_eq!(refusal(cancel(&t.engine, job.id).await), over);
    assert_eq!(refusal(retry(&t.engine, job.id).await), over);
    assert_eq!(refusal(cancel(&t.engine, JobId(999_999)).await), Refusal::missing("job"));
    assert_eq!(refusal(retry(&t.engine, JobId(999_999)).await), Refusal::missing("job"));
}

#[both_databases]
async fn a_failed_job_is_retried_or_dismissed_and_a_running_one_left_alone(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let job = waiting(t, ada).await.id;
    execute(t, "UPDATE job SET state = 'failed', attempts = 5, last_error = 'broken', finished_at = 1.0")
        .await;
    let again = retry(&t.engine, job).await.unwrap();
    assert_eq!((again.state, again.attempts, again.finished_at), (JobState::Ready, 0, None));
    assert_eq!(audited(t, AuditAction::JobRetry).await, [json!({ "job": job, "kind": "export_account" })]);

    execute(t, "UPDATE job SET state = 'failed'").await;
    exports::request(&t.engine, ada).await.unwrap();
    execute(
        t,
        "INSERT INTO job (queue, kind, payload, uniq, max_attempts, run_at, created_at)
        SELECT queue, kind, payload, uniq, max_attempts, run_at, created_at FROM job",
    )
    .await;
    let twin = refusal(retry(&t.engine, job).await);
    assert!(twin.to_string().contains("waits or runs already"), "{twin}");
    cancel(&t.engine, job).await.unwrap();
    assert_eq!(exports::get(&t.engine, ada).await.unwrap().state, ExportState::Preparing, "dismissed alone");

    execute(t, "UPDATE job SET state = 'running' WHERE state = 'ready'").await;
    let [running] = &listed(t, JobFilter::default()).await[..] else { panic!("one job runs") };
    for refused in
        [cancel(&t.engine, running.id).await.map(drop), retry(&t.engine, running.id).await.map(drop)]
    {
        assert!(refusal(refused).to_string().contains("A worker does this job now."));
    }
    assert_eq!(audited(t, AuditAction::JobRetry).await.len(), 1);
    assert_eq!(audited(t, AuditAction::JobCancel).await.len(), 1);
}
