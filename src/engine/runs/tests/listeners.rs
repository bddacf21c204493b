//! Tests of listeners' runs: each waits for the guardian, and picks from what the guardian follows.

use chrono::TimeDelta;

use super::*;
use crate::db::items;
use crate::domain::account::{AccountRole, User};
use crate::domain::approval::{ApprovalStatus, Verdict};
use crate::domain::managed_user::UserChange;
use crate::domain::notification::{NotificationFilter, NotificationKind};
use crate::domain::run_request::{RunRequest, RunRequestDecision, RunRequestFilter};
use crate::engine::{accounts, notifications, users};

/// A guardian, a listener of theirs, and another user.
async fn family(t: &TestEngine) -> (User, User, User) {
    let [root, ada, child] = [t.sign_up("root").await, t.sign_up("ada").await, t.sign_up("child").await];
    accounts::make_admin(&t.engine, "root").await.unwrap();
    entrust(t, &child, Some(&ada)).await;
    (ada, child, root)
}

async fn entrust(t: &TestEngine, child: &User, guardian: Option<&User>) {
    let role = Some(AccountRole::Listener);
    let guardian_id = Some(guardian.map(|guardian| guardian.id));
    let change = UserChange { role, guardian_id, ..UserChange::default() };
    users::change(&t.engine, child.id, change).await.unwrap();
}

fn wish(goal: &str) -> NewRun {
    NewRun { goal: Some(goal.into()), max_items: 2, ..NewRun::default() }
}

async fn requests(t: &TestEngine, owner: &User) -> Vec<RunRequest> {
    let page = PageQuery::default();
    guardian::list(&t.engine, owner.id, RunRequestFilter::default(), &page).await.unwrap().data
}

async fn decide(t: &TestEngine, owner: &User, run: RunId, action: Verdict) -> Result<RunRequest> {
    guardian::decide(&t.engine, owner.id, run, RunRequestDecision { action }).await
}

async fn waiting(t: &TestEngine, owner: &User) -> usize {
    let filter = NotificationFilter { unread: Some(true) };
    let all = notifications::list(&t.engine, owner.id, &filter, &PageQuery::default()).await.unwrap().data;
    all.iter().filter(|one| one.kind == NotificationKind::ApprovalNeeded).count()
}

#[both_databases]
async fn a_listeners_run_waits_for_the_guardian_and_picks_from_what_they_follow(t: &TestEngine) {
    let (ada, child, root) = family(t).await;
    let known = followed(t, ada.id, 3).await;
    cached(t, ada.id, &known).await;
    let explicit = "UPDATE item SET explicit = TRUE WHERE id = $1";
    sql::execute(&t.engine.db, explicit, ::sql::args![known[2]]).await.unwrap();
    let run = start(&t.engine, child.id, wish("Trains")).await.unwrap();
    assert_eq!((run.status, run.outcome), (RunStatus::WaitingApproval, None));
    let asked = requests(t, &ada).await;
    assert_eq!((asked.len(), asked[0].status), (1, ApprovalStatus::Pending));
    assert_eq!((asked[0].listener.as_str(), asked[0].goal.as_deref()), ("child", Some("Trains")));
    assert_eq!((asked[0].max_items, waiting(t, &ada).await), (2, 1));
    assert_eq!(crate::engine::approvals::pending(&t.engine, ada.id).await.unwrap(), 1);
    for stranger in [&root, &child] {
        assert_eq!(requests(t, stranger).await, []);
        let refused = refusal(decide(t, stranger, run.id, Verdict::Approve).await);
        assert!(matches!(refused, Refusal::NotFound { .. }), "{refused:?}");
    }
    assert!(matches!(refusal(get(&t.engine, ada.id, run.id).await), Refusal::NotFound { .. }));
    assert_eq!(refusal(decide(t, &ada, run.id, Verdict::Amend).await).fields()[0].field, "action");
    let decided = decide(t, &ada, run.id, Verdict::Approve).await.unwrap();
    assert_eq!((decided.status, waiting(t, &ada).await), (ApprovalStatus::Approved, 0));
    assert!(matches!(refusal(decide(t, &ada, run.id, Verdict::Reject).await), Refusal::Conflict { .. }));
    let done = work_off(t, child.id, run.id).await;
    assert_eq!((done.status, done.summary.unwrap().queued), (RunStatus::Completed, 2), "{done:?}");
    assert!(items::get(&t.engine.db, child.id, known[2]).await.unwrap().is_none(), "it is explicit");
}

#[both_databases]
async fn a_guardian_who_says_no_or_nothing_ends_the_run(t: &TestEngine) {
    let (ada, child, _) = family(t).await;
    let run = start(&t.engine, child.id, wish("Trains")).await.unwrap();
    let again = refusal(start(&t.engine, child.id, wish("More trains")).await);
    assert!(matches!(again, Refusal::Conflict { .. }), "one at a time: {again:?}");
    decide(t, &ada, run.id, Verdict::Reject).await.unwrap();
    let ended = get(&t.engine, child.id, run.id).await.unwrap();
    assert_eq!(
        (ended.status, ended.stop_reason.as_deref()),
        (RunStatus::Cancelled, Some("Your guardian said no."))
    );
    let unanswered = start(&t.engine, child.id, wish("Trains")).await.unwrap();
    guardian::expire(&t.engine, unanswered.id).await.unwrap();
    assert_eq!(get(&t.engine, child.id, unanswered.id).await.unwrap().status, RunStatus::WaitingApproval);
    t.clock.advance(TimeDelta::days(1));
    let late = refusal(decide(t, &ada, unanswered.id, Verdict::Approve).await);
    assert!(matches!(late, Refusal::Conflict { .. }), "{late:?}");
    guardian::expire(&t.engine, unanswered.id).await.unwrap();
    guardian::expire(&t.engine, unanswered.id).await.unwrap();
    assert_eq!(get(&t.engine, child.id, unanswered.id).await.unwrap().status, RunStatus::Cancelled);
    let withdrawn = start(&t.engine, child.id, wish("Trains")).await.unwrap();
    cancel(&t.engine, child.id, withdrawn.id).await.unwrap();
    let states: Vec<_> = requests(t, &ada).await.into_iter().map(|request| request.status).collect();
    assert_eq!(states, [ApprovalStatus::Expired, ApprovalStatus::Expired, ApprovalStatus::Rejected]);
    assert_eq!(guardian::pending(&t.engine, ada.id).await.unwrap(), 0);
}

#[both_databases]
async fn a_run_waits_for_the_guardian_of_the_moment_and_hides_no_words(t: &TestEngine) {
    let (ada, child, root) = family(t).await;
    let hidden = NewRun { messages: vec!["Something else".into()], ..wish("Trains") };
    assert_eq!(refusal(start(&t.engine, child.id, hidden).await).fields()[0].field, "messages");
    let run = start(&t.engine, child.id, wish("Trains")).await.unwrap();
    entrust(t, &child, Some(&root)).await;
    assert!(matches!(refusal(decide(t, &ada, run.id, Verdict::Approve).await), Refusal::NotFound { .. }));
    let both = [Verdict::Approve, Verdict::Reject].map(|action| decide(t, &root, run.id, action));
    let done = futures::future::join_all(both).await;
    assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1, "{done:?}");
    // Over already, if the guardian said no first.
    cancel(&t.engine, child.id, run.id).await.ok();
    entrust(t, &child, None).await;
    let alone = refusal(start(&t.engine, child.id, wish("Trains")).await);
    assert!(matches!(&alone, Refusal::Conflict { why } if why.contains("no guardian")), "{alone:?}");
}
