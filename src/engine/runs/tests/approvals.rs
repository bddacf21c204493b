//! Tests of approvals: a run waits for its owner, over restarts and for as long as needed, and does
//! exactly what was approved.

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::*;
use crate::db::{accounts, approvals as rows};
use crate::domain::ApprovalId;
use crate::domain::approval::{Approval, ApprovalFilter, ApprovalStatus, Decision, Verdict};
use crate::domain::preference::{ApprovalLimits, Preferences};
use crate::engine::approvals::{self, ExpireApproval};
use crate::engine::models::ModelReply;
use crate::engine::models::scripted::{Scripted, calls, passes, says};
use crate::testing::Backend;

/// A user whose agents ask above 1 MB, with four items of 2 MB and a run that follows a script.
struct Scene {
    t: TestEngine,
    ada: UserId,
    run: RunId,
}

impl Scene {
    async fn with(backend: Backend, script: &[ModelReply]) -> Option<Self> {
        let model = Arc::new(Scripted::new(script.to_vec()));
        let t = TestEngine::with_model(backend, model).await?;
        let ada = t.sign_up("ada").await.id;
        let approval = ApprovalLimits { file_mb: 1, run_mb: 500 };
        let preferences = Preferences { approval, ..Default::default() };
        accounts::set_preferences(&t.engine.db, ada, &preferences).await.unwrap();
        followed(&t, ada, 4).await;
        let run = begin(&t, ada, 3).await;
        Some(Self { t, ada, run })
    }

    /// Lets the team work until it stops, and returns the run.
    async fn work(&self) -> Run {
        work_off(&self.t, self.ada, self.run).await
    }

    async fn asked(&self) -> Approval {
        let page = PageQuery::default();
        let filter = ApprovalFilter { status: Some(ApprovalStatus::Pending), ..Default::default() };
        let open = approvals::list(&self.t.engine, self.ada, &filter, &page).await;
        open.unwrap().data.remove(0)
    }

    async fn decide(&self, id: ApprovalId, action: Verdict, amended: Option<Value>) -> Result<Approval> {
        let decision = Decision { action, comment: None, amended, arguments_sha256: None };
        approvals::decide(&self.t.engine, self.ada, id, decision).await
    }

    async fn answers(&self) -> Vec<(bool, Value)> {
        let all = said(&self.t, self.run).await;
        let of = |m: &&Message| (m.data["ok"].as_bool().unwrap(), m.data["output"].clone());
        of_kind(&all, MessageKind::ToolResult).iter().map(of).collect()
    }

    async fn queued(&self) -> usize {
        rows_of_downloads::of_run(&self.t.engine.db, self.ada, self.run).await.unwrap().len()
    }

    async fn jobs(&self, kind: &str) -> i64 {
        let sql = "SELECT COUNT(*) FROM job WHERE kind = $1 AND state = 'ready'";
        sql::value(&self.t.engine.db, sql, ::sql::args![kind]).await.unwrap().unwrap()
    }
}

fn queue(item_id: i64) -> ModelReply {
    calls("queue_download", json!({ "item_id": item_id }))
}

/// Runs a scene on both databases.
macro_rules! scene {
    ($script:expr, |$scene:ident| $body:block) => {
        for backend in [Backend::Sqlite, Backend::Postgres] {
            let Some($scene) = Scene::with(backend, &$script).await else { continue };
            $body
            $scene.t.clear().await;
        }
    };
}

#[tokio::test]
async fn a_large_file_waits_for_approval_and_is_then_fetched_once() {
    scene!([passes(), queue(1), says("Done.")], |scene| {
        let run = scene.work().await;
        assert_eq!((run.status, scene.queued().await), (RunStatus::WaitingApproval, 0));
        assert_eq!(
            jobs::unfinished(&scene.t.engine.db).await.unwrap(),
            3,
            "the feed, its new items, and the end of patience"
        );
        let asked = scene.asked().await;
        assert_eq!(
            asked.question,
            "May I fetch “Episode 0” (2 MB)? You want to be asked about files above 1 MB."
        );
        assert_eq!((asked.tool.as_str(), &asked.arguments), ("queue_download", &json!({ "item_id": 1 })));

        let decided = scene.decide(asked.id, Verdict::Approve, None).await.unwrap();
        assert_eq!(decided.status, ApprovalStatus::Approved);
        assert_eq!((scene.jobs(RunAgents::KIND).await, scene.jobs(ExpireApproval::KIND).await), (1, 0));
        scene.work().await;
        assert_eq!((scene.queued().await, scene.answers().await.len()), (1, 1));
        let heard = |frames: &[Frame], kind| frames.iter().filter(|f| f.kind == kind).count();
        let frames = told(&scene.t, scene.ada).await;
        assert_eq!(heard(&frames, EventKind::ApprovalRequested), 1);
        assert_eq!(heard(&frames, EventKind::ApprovalDecided), 1);
    });
}

#[tokio::test]
async fn what_was_turned_down_is_not_fetched_and_the_agent_is_told() {
    scene!([passes(), queue(1), says("A pity.")], |scene| {
        scene.work().await;
        let decision = Decision {
            action: Verdict::Reject,
            comment: Some(" too long ".into()),
            amended: None,
            arguments_sha256: None,
        };
        approvals::decide(&scene.t.engine, scene.ada, scene.asked().await.id, decision).await.unwrap();
        let run = scene.work().await;
        let why = "The person was asked and said no. They said: too long";
        assert_eq!(scene.answers().await, [(false, json!(why))]);
        assert_eq!((run.status, scene.queued().await), (RunStatus::Completed, 0));
    });
}

#[tokio::test]
async fn small_items_do_not_wait_for_the_large_one() {
    let both = queue(1).and_calls("queue_download", json!({ "item_id": 2 }));
    let script = [passes(), both, says("Done.")];
    scene!(script, |scene| {
        cached(&scene.t, scene.ada, &[ItemId(2)]).await;
        assert_eq!(scene.work().await.status, RunStatus::WaitingApproval);
        assert_eq!((scene.queued().await, scene.answers().await.len()), (1, 1));
    });
}

#[tokio::test]
async fn a_run_asks_before_it_fetches_more_in_all_than_its_owner_allows() {
    scene!([passes(), queue(1), queue(2), says("Done.")], |scene| {
        let approval = ApprovalLimits { file_mb: 3, run_mb: 3 };
        let preferences = Preferences { approval, ..Default::default() };
        accounts::set_preferences(&scene.t.engine.db, scene.ada, &preferences).await.unwrap();
        assert_eq!(scene.work().await.status, RunStatus::WaitingApproval);
        let question = scene.asked().await.question;
        assert!(question.ends_with("With it this run fetches 4 MB, and you want to be asked above 3 MB."));
        assert_eq!(scene.queued().await, 1);
    });
}

#[tokio::test]
async fn an_agents_own_question_comes_back_with_the_answer() {
    let ask = calls("request_approval", json!({ "question": "Which?", "options": ["the short one", " "] }));
    let ask = ask.and_calls("queue_download", json!({ "item_id": 1 }));
    let script = [passes(), ask, says("Done.")];
    scene!(script, |scene| {
        cached(&scene.t, scene.ada, &[ItemId(1)]).await;
        scene.work().await;
        assert_eq!(scene.queued().await, 0, "what was asked comes before the rest");
        let asked = scene.asked().await;
        assert_eq!((asked.question.as_str(), &asked.options), ("Which?", &vec!["the short one".to_owned()]));
        scene.decide(asked.id, Verdict::Amend, Some(json!("the short one"))).await.unwrap();
        scene.work().await;
        let answer = json!({ "decision": "amended", "answer": "the short one", "comment": null });
        assert_eq!(scene.answers().await[0], (true, answer));
        assert_eq!(scene.queued().await, 1);
    });
}

#[tokio::test]
async fn of_two_answers_at_once_exactly_one_counts() {
    scene!([passes(), queue(1), says("Done.")], |scene| {
        scene.work().await;
        let id = scene.asked().await.id;
        let both = futures::join!(
            scene.decide(id, Verdict::Approve, None),
            scene.decide(id, Verdict::Reject, None),
        );
        let fine = usize::from(both.0.is_ok()) + usize::from(both.1.is_ok());
        assert_eq!((fine, scene.jobs(RunAgents::KIND).await), (1, 1));
        let late = refusal(scene.decide(id, Verdict::Approve, None).await).to_string();
        assert!(late.starts_with("This request was "), "{late}");
    });
}

#[tokio::test]
async fn a_stranger_neither_sees_nor_answers_a_request() {
    scene!([passes(), queue(1)], |scene| {
        scene.work().await;
        let (eve, id) = (scene.t.sign_up("eve").await.id, scene.asked().await.id);
        let decision =
            Decision { action: Verdict::Approve, comment: None, amended: None, arguments_sha256: None };
        let tried = approvals::decide(&scene.t.engine, eve, id, decision).await;
        assert!(matches!(refusal(tried), Refusal::NotFound { .. }));
        let page = PageQuery::default();
        assert!(
            approvals::list(&scene.t.engine, eve, &Default::default(), &page).await.unwrap().data.is_empty()
        );
        assert!(approvals::of_run(&scene.t.engine, eve, scene.run).await.unwrap().is_empty());
        assert_eq!(approvals::pending(&scene.t.engine, eve).await.unwrap(), 0);
        assert_eq!(approvals::pending(&scene.t.engine, scene.ada).await.unwrap(), 1);
        assert_eq!(scene.asked().await.status, ApprovalStatus::Pending);
    });
}

#[tokio::test]
async fn nobody_waits_longer_than_a_day_and_the_time_is_not_the_teams() {
    scene!([passes(), queue(1), says("Done.")], |scene| {
        scene.work().await;
        let id = scene.asked().await.id;
        let expire = async || approvals::expire(&scene.t.engine, id).await;
        scene.t.clock.advance(TimeDelta::hours(23));
        expire().await.unwrap();
        assert_eq!(scene.asked().await.id, id, "not before its time");
        scene.t.clock.advance(TimeDelta::hours(1));
        let late = refusal(scene.decide(id, Verdict::Approve, None).await).to_string();
        assert_eq!(late, "This request has run out.");
        expire().await.unwrap();
        let run = scene.work().await;
        assert_eq!(run.waited_seconds, 24 * 3_600);
        assert_eq!(
            run.stop_reason.as_deref(),
            Some(
                "None of the picks could be queued. It asked you, and there was no answer in time. Start a run again and answer under Approvals, or raise the limits above which you are asked in Preferences."
            )
        );
        let why = "The person was asked and did not answer in time.";
        assert_eq!(scene.answers().await, [(false, json!(why))]);
    });
}

#[tokio::test]
async fn a_run_that_is_cancelled_asks_nothing_any_more() {
    scene!([passes(), queue(1)], |scene| {
        scene.work().await;
        let id = scene.asked().await.id;
        cancel(&scene.t.engine, scene.ada, scene.run).await.unwrap();
        let request = rows::get(&scene.t.engine.db, scene.ada, id).await.unwrap().unwrap();
        assert_eq!((request.status, scene.jobs(ExpireApproval::KIND).await), (ApprovalStatus::Expired, 0));
        assert!(matches!(refusal(scene.decide(id, Verdict::Approve, None).await), Refusal::Conflict { .. }));
        assert_eq!(scene.jobs(RunAgents::KIND).await, 0, "nobody takes the run up again");
    });
}

#[tokio::test]
async fn another_item_may_be_fetched_instead_of_the_one_that_was_asked_about() {
    scene!([passes(), queue(1), says("Done.")], |scene| {
        scene.work().await;
        let id = scene.asked().await.id;
        for wrong in [json!({ "item_id": 99 }), json!("the second"), json!({})] {
            let why = refusal(scene.decide(id, Verdict::Amend, Some(wrong)).await);
            assert_eq!(why.fields()[0].field, "amended");
        }
        cached(&scene.t, scene.ada, &[ItemId(2)]).await;
        scene.decide(id, Verdict::Amend, Some(json!({ "item_id": 2 }))).await.unwrap();
        scene.work().await;
        let left = rows_of_downloads::of_run(&scene.t.engine.db, scene.ada, scene.run).await.unwrap();
        assert_eq!(left.iter().map(|download| download.item_id).collect::<Vec<_>>(), [ItemId(2)]);
    });
}

#[tokio::test]
async fn what_has_changed_since_it_was_asked_is_not_decided_and_not_done() {
    scene!([passes(), queue(1), says("Done.")], |scene| {
        scene.work().await;
        let asked = scene.asked().await;
        let saw = Decision {
            action: Verdict::Approve,
            comment: None,
            amended: None,
            arguments_sha256: Some("another".into()),
        };
        let db = &scene.t.engine.db;
        assert!(matches!(
            refusal(approvals::decide(&scene.t.engine, scene.ada, asked.id, saw.clone()).await),
            Refusal::Conflict { .. }
        ));
        let change = |item: i64| {
            let sql = "UPDATE message SET data = $2 WHERE run_id = $1 AND kind = 'tool_call'";
            sql::execute(db, sql, ::sql::args![scene.run, format!("{{\"item_id\":{item}}}")])
        };
        change(3).await.unwrap();
        assert!(matches!(
            refusal(scene.decide(asked.id, Verdict::Approve, None).await),
            Refusal::Conflict { .. }
        ));
        change(1).await.unwrap();
        let seen = Decision { arguments_sha256: asked.arguments_sha256.clone(), ..saw };
        approvals::decide(&scene.t.engine, scene.ada, asked.id, seen).await.unwrap();
        change(3).await.unwrap();
        scene.work().await;
        assert_eq!(scene.queued().await, 0);
        assert_eq!(
            scene.answers().await[0].1,
            "The arguments are not those that the person was asked about."
        );
    });
}
