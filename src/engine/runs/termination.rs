//! Termination of a run: pure rules over the stored messages, each with its reason
//! as a sentence for the user.

use std::time::Duration;

use team::condition::Reason;
use team::{Condition, Next};

use super::conversation::Conversation;
use crate::domain::download::{Download, DownloadStatus};
use crate::domain::run::{Agent, MessageKind};
use crate::domain::{DateTime, TimeDelta, Utc};
use crate::engine::config::Budgets;

const MAX_STEPS: i64 = 12;
/// Maximum number of times a call may get the same answer within a turn.
const MAX_REPEATS: u64 = 3;
/// Maximum number of consecutive repairs of a malformed call.
const MAX_REPAIRS: usize = 2;

/// Limits that end every run, whatever it is about.
pub fn limits(budgets: &Budgets) -> Condition {
    Condition::TimeOut(budgets.time)
        | Condition::Calls(budgets.calls)
        | Condition::Repeats(MAX_REPEATS)
        | Condition::Idle { round: budgets.idle_rounds.saturating_mul(Agent::ALL.len() as u64) }
        | Condition::Turns(budgets.turns)
}

/// Returns the reason if one of the limits ends the conversation now.
pub fn limit_reached(talk: &Conversation, now: DateTime<Utc>) -> Option<String> {
    match talk.next(now) {
        Next::End { reason, .. } => Some(sentence(&reason)),
        _ => None,
    }
}

/// Formats a reason as a sentence, with the name of the condition.
fn sentence(reason: &Reason) -> String {
    let mut letters = reason.why.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{} ({}).", letters.as_str(), reason.condition)
}

/// Returns the reason if the run's purpose is achieved or cannot be achieved. Called after a turn:
/// `talk.run.turns` counts it already.
pub fn after_turn(talk: &Conversation, downloads: &[Download]) -> Option<String> {
    found_nothing(talk, downloads)
        .or_else(|| goal_met(talk, downloads))
        .or_else(|| nothing_queued(talk, downloads))
}

/// Minimum time for a reply, so that the last one of a turn has a chance.
const MIN_REPLY: Duration = Duration::from_secs(5);

/// Time limit of the next reply, by the budgets of the turn and of the run.
pub fn time_left(talk: &Conversation, budgets: &Budgets, now: DateTime<Utc>) -> Duration {
    let began = talk.run.started_at.unwrap_or(now);
    let of_run = budgets.time - (now - began - TimeDelta::seconds(talk.run.waited_seconds));
    let of_turn = budgets.turn_time - (now - talk.turn_began());
    of_run.min(of_turn).to_std().unwrap_or_default().max(MIN_REPLY)
}

/// Reason why the next agent has to go on, although this one has not ended its turn. A turn that the planner
/// has taken over from a model gets twice the number of steps.
pub fn turn_is_used_up(talk: &Conversation, budgets: &Budgets, now: DateTime<Utc>) -> Option<String> {
    if talk.is_taken_over() && talk.step() <= 2 * MAX_STEPS {
        return None;
    }
    let agent = talk.speaker().title();
    if now - talk.turn_began() >= budgets.turn_time {
        let minutes = budgets.turn_time.num_minutes();
        return Some(format!("{agent} took {minutes} minutes for its turn; the next agent goes on."));
    }
    if talk.step() > MAX_STEPS {
        return Some(format!("{agent} used all {MAX_STEPS} steps of a turn; the next agent goes on."));
    }
    (talk.malformed_in_a_row() > MAX_REPAIRS).then(|| {
        let tries = MAX_REPAIRS + 1;
        format!("{agent} made {tries} tool calls in a row that make no sense; the next agent goes on.")
    })
}

/// Reason to end if Summarizer has spoken and every download of the run has ended.
fn goal_met(talk: &Conversation, downloads: &[Download]) -> Option<String> {
    let open = downloads.iter().any(|download| download.status.is_open());
    if downloads.is_empty() || open || !finished(talk, Agent::Summarizer) {
        return None;
    }
    let ready = downloads.iter().filter(|d| d.status == DownloadStatus::Ready).count();
    Some(match (ready, downloads.len()) {
        (0, 1) => "The one download of this run has ended, and it is not ready.".into(),
        (0, all) => format!("All {all} downloads of this run have ended, and none is ready."),
        (1, 1) => "The goal is met: the download is ready.".into(),
        (ready, all) => format!("The goal is met: {ready} of {all} downloads are ready."),
    })
}

/// Reason to end if Discovery has searched and found nothing to pick.
fn found_nothing(talk: &Conversation, downloads: &[Download]) -> Option<String> {
    if !finished(talk, Agent::Discovery) || !downloads.is_empty() || talk.handoff_in(talk.run.turns).is_some()
    {
        return None;
    }
    let lists = |tool: &'static str, list: &'static str| {
        let results =
            talk.in_turn(talk.run.turns).filter(move |m| m.kind == MessageKind::ToolResult && m.text == tool);
        results.filter_map(move |m| Some(m.data.get("output")?.get(list)?.as_array()?.len()))
    };
    let mut looked =
        lists("recommend_content", "candidates").chain(lists("search_catalog", "items")).peekable();
    if looked.peek().is_some() {
        return looked.all(|found| found == 0).then(|| "Discovery found nothing new to fetch.".into());
    }
    lists("get_subscriptions", "subscriptions")
        .any(|found| found == 0)
        .then(|| "There is nothing to pick from: you follow no source yet.".into())
}

/// Reason to end if downloads were requested and all refused: another request would change nothing.
fn nothing_queued(talk: &Conversation, downloads: &[Download]) -> Option<String> {
    let asked = talk.calls().any(|call| call.text == "queue_download");
    (asked && downloads.is_empty() && finished(talk, Agent::Summarizer))
        .then(|| "None of the picks could be queued.".into())
}

/// Whether the turn that has just ended was this agent's.
fn finished(talk: &Conversation, agent: Agent) -> bool {
    talk.spoke_last() == Some(agent)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::conversation::tests::{after, call, handoff, result};
    use super::*;
    use crate::domain::run::Message;
    use crate::domain::source::Kind;
    use crate::domain::{DownloadId, ItemId, RunId, SourceId};
    use Agent::*;

    /// Reason why the limits end a conversation after this time.
    fn over(talk: &Conversation, after: TimeDelta) -> Option<String> {
        limit_reached(talk, DateTime::<Utc>::UNIX_EPOCH + after)
    }

    const AT_ONCE: TimeDelta = TimeDelta::zero();

    fn download(status: DownloadStatus) -> crate::domain::download::Download {
        crate::domain::download::Download {
            id: DownloadId(1),
            item_id: ItemId(1),
            run_id: Some(RunId(1)),
            title: "T".into(),
            source_id: SourceId(1),
            source_name: "S".into(),
            kind: Kind::Podcast,
            duration_seconds: None,
            cover: None,
            status,
            bytes_total: None,
            bytes_done: 0,
            speed_bps: None,
            eta_seconds: None,
            attempts: 0,
            error: None,
            next_attempt_at: None,
            sha256: None,
            mime_type: None,
            provider: None,
            created_at: DateTime::UNIX_EPOCH,
            ready_at: None,
            expires_at: None,
            pinned: false,
            last_used_at: None,
            played_at: None,
            rating: None,
            priority: 0,
            wanted_by: None,
            waiting_for: None,
        }
    }

    fn looked(list: Value) -> Vec<Message> {
        vec![
            call(1, Discovery, "recommend_content", "t1s1c1", json!({})),
            result(1, Discovery, "recommend_content", "t1s1c1", json!({ "candidates": list })),
        ]
    }

    #[test]
    fn the_goal_is_met_once_summarizer_spoke_after_all_downloads_ended() {
        let talk = |turns| after(turns, looked(json!([1])));
        let both = [download(DownloadStatus::Ready), download(DownloadStatus::Failed)];
        assert_eq!(
            after_turn(&talk(3), &both).as_deref(),
            Some("The goal is met: 1 of 2 downloads are ready.")
        );
        assert_eq!(after_turn(&talk(2), &both), None);
        assert_eq!(after_turn(&talk(3), &[download(DownloadStatus::Downloading)]), None);
    }

    #[test]
    fn downloads_that_all_failed_are_not_called_a_success() {
        let reason = after_turn(&after(3, looked(json!([1]))), &[download(DownloadStatus::Failed)]);
        assert_eq!(reason.as_deref(), Some("The one download of this run has ended, and it is not ready."));
    }

    #[test]
    fn a_run_ends_when_discovery_finds_nothing() {
        assert_eq!(
            after_turn(&after(1, looked(json!([]))), &[]).as_deref(),
            Some("Discovery found nothing new to fetch.")
        );
        assert_eq!(after_turn(&after(1, looked(json!([1]))), &[]), None);
        let follows =
            |list| vec![result(1, Discovery, "get_subscriptions", "a", json!({ "subscriptions": list }))];
        assert!(after_turn(&after(1, follows(json!([]))), &[]).is_some());
        assert_eq!(after_turn(&after(1, follows(json!([1]))), &[]), None);
    }

    #[test]
    fn a_run_ends_when_every_pick_was_refused() {
        let mut said = looked(json!([1]));
        said.push(handoff(1, Discovery, Download, json!([1])));
        said.push(call(2, Download, "queue_download", "t2s1c1", json!({ "item_id": 1 })));
        assert_eq!(after_turn(&after(3, said), &[]).as_deref(), Some("None of the picks could be queued."));
    }

    #[test]
    fn a_run_ends_after_a_round_in_which_nobody_did_anything() {
        assert_eq!(over(&after(2, vec![]), AT_ONCE), None);
        let why = "Nobody called or handed over anything for a whole round (nothing left to do).";
        assert_eq!(over(&after(3, vec![]), AT_ONCE).as_deref(), Some(why));
        assert_eq!(over(&after(3, looked(json!([1]))), AT_ONCE), None);
    }

    #[test]
    fn a_run_takes_twelve_turns_at_most() {
        let busy = (1..=12).flat_map(|turn| {
            let id = format!("t{turn}s1c1");
            [call(turn, Discovery, "x", &id, json!({})), result(turn, Discovery, "x", &id, json!({}))]
        });
        let talk = after(12, busy.collect());
        assert_eq!(
            over(&talk, AT_ONCE).as_deref(),
            Some("The team took 12 turns, the most it may take (turn count).")
        );
    }

    #[test]
    fn a_run_makes_sixty_calls_at_most_and_answers_each() {
        let mut said: Vec<_> =
            (0..60).map(|n| call(1, Discovery, "x", &format!("t1s{n}c1"), json!({ "n": n }))).collect();
        assert_eq!(over(&after(0, said.clone()), AT_ONCE), None);
        said.extend((0..60).map(|n| result(1, Discovery, "x", &format!("t1s{n}c1"), json!({}))));
        assert!(over(&after(0, said), AT_ONCE).is_some_and(|why| why.contains("60 tool calls")));
    }

    #[test]
    fn a_run_takes_ten_minutes_at_most_and_its_owners_time_is_not_counted() {
        assert_eq!(over(&after(0, vec![]), TimeDelta::minutes(9)), None);
        assert!(
            over(&after(0, vec![]), TimeDelta::minutes(10)).is_some_and(|why| why.contains("10 minutes"))
        );
        let mut waited = after(0, vec![]);
        waited.run.waited_seconds = 120;
        assert_eq!(over(&waited, TimeDelta::minutes(11)), None);
    }

    #[test]
    fn the_same_call_with_the_same_answer_is_made_three_times_at_most() {
        let rounds = |answers: [i64; 3]| {
            let said = answers.iter().enumerate().flat_map(|(n, answer)| {
                let id = format!("t1s{n}c1");
                let asked = call(1, Discovery, "get_item_details", &id, json!({ "item_id": 1 }));
                [asked, result(1, Discovery, "get_item_details", &id, json!({ "n": answer }))]
            });
            over(&after(0, said.collect()), AT_ONCE)
        };
        assert_eq!(rounds([1, 2, 3]), None);
        assert!(rounds([1, 1, 1]).is_some_and(|why| why.contains("get_item_details")));
    }

    #[test]
    fn a_turn_ends_when_three_steps_in_a_row_made_no_sense() {
        let step = |n: i64, malformed: bool| {
            let id = format!("t1s{n}c1");
            let mut answer = result(1, Discovery, "x", &id, json!({}));
            answer.data["malformed"] = malformed.into();
            [call(1, Discovery, "x", &id, json!({ "n": n })), answer]
        };
        let talk = |steps: &[bool]| {
            let said = steps.iter().zip(1..).flat_map(|(malformed, n)| step(n, *malformed));
            turn_is_used_up(&after(0, said.collect()), &Budgets::default(), DateTime::UNIX_EPOCH)
        };
        assert!(talk(&[true, true, true]).is_some_and(|why| why.contains("make no sense")));
        assert_eq!(talk(&[true, true]), None);
        assert_eq!(talk(&[true, true, false, true]), None, "a call that makes sense begins anew");
    }
}
