//! When a run is over, as pure rules over what is stored; each gives its reason as a sentence for the person.

use chrono::TimeDelta;
use serde_json::Value;

use super::conversation::Conversation;
use crate::domain::download::{Download, DownloadStatus};
use crate::domain::run::{Agent, Message, MessageKind};
use crate::domain::{DateTime, Utc};

pub const TURNS_MOST: i64 = 12;
pub const STEPS_MOST: i64 = 12;
pub const CALLS_MOST: usize = 60;
pub const TIME_MOST: TimeDelta = TimeDelta::minutes(10);
/// How often a call may be answered alike within a turn.
const REPEATS_MOST: usize = 3;

/// Looked at when a turn has ended: `talk.run.turns` counts it already.
pub fn after_turn(talk: &Conversation, downloads: &[Download]) -> Option<String> {
    found_nothing(talk, downloads)
        .or_else(|| goal_met(talk, downloads))
        .or_else(|| nothing_queued(talk, downloads))
        .or_else(|| nobody_has_anything(talk))
        .or_else(|| turn_budget(talk))
}

/// Looked at before every step.
pub fn before_step(talk: &Conversation, now: DateTime<Utc>) -> Option<String> {
    time_budget(talk, now).or_else(|| {
        // What was asked for is answered first.
        if talk.unanswered().next().is_some() {
            None
        } else {
            call_budget(talk).or_else(|| repeated_call(talk))
        }
    })
}

/// Summarizer has spoken, and every download of the run has ended.
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

/// Discovery has looked, and there was nothing to pick.
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

/// Items were asked for and each was refused; asking again would change nothing.
fn nothing_queued(talk: &Conversation, downloads: &[Download]) -> Option<String> {
    let asked = talk.calls().any(|call| call.text == "queue_download");
    (asked && downloads.is_empty() && finished(talk, Agent::Summarizer))
        .then(|| "None of the picks could be queued.".into())
}

/// A whole round without a call or a handoff.
fn nobody_has_anything(talk: &Conversation) -> Option<String> {
    let round = Agent::ALL.len() as i64;
    let idle = |turn| !talk.in_turn(turn).any(|message| message.kind != MessageKind::Text);
    let last = talk.run.turns;
    (last >= round && (last - round + 1..=last).all(idle)).then(|| "Nobody has anything left to do.".into())
}

fn turn_budget(talk: &Conversation) -> Option<String> {
    (talk.run.turns >= TURNS_MOST)
        .then(|| format!("The team took {TURNS_MOST} turns, the most a run may take."))
}

fn call_budget(talk: &Conversation) -> Option<String> {
    (talk.calls().count() >= CALLS_MOST)
        .then(|| format!("The team made {CALLS_MOST} tool calls, the most a run may make."))
}

fn time_budget(talk: &Conversation, now: DateTime<Utc>) -> Option<String> {
    let started = talk.run.started_at.unwrap_or(talk.run.created_at);
    let waited = TimeDelta::seconds(talk.run.waited_seconds);
    (now - started - waited >= TIME_MOST)
        .then(|| format!("The run took {} minutes, the longest it may take.", TIME_MOST.num_minutes()))
}

/// The same call answered alike again and again: the model goes round in circles.
fn repeated_call(talk: &Conversation) -> Option<String> {
    let turn = talk.turn();
    let calls: Vec<(&Message, Option<&Value>)> = talk
        .calls()
        .filter(|call| call.turn == turn)
        .map(|call| (call, talk.result_of(call).map(|result| &result.data)))
        .collect();
    let (last, answer) = calls.last()?;
    let alike = |(call, result): &&(&Message, Option<&Value>)| {
        call.text == last.text && call.data == last.data && result == answer
    };
    (calls.iter().filter(alike).count() >= REPEATS_MOST).then(|| {
        let agent = last.agent.title();
        format!("{agent} made the same call ({}) {REPEATS_MOST} times and learned nothing new.", last.text)
    })
}

/// Whether the turn that has just ended was this agent's.
fn finished(talk: &Conversation, agent: Agent) -> bool {
    talk.run.turns > 0 && talk.speaker_of(talk.run.turns) == agent
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::conversation::tests::{after, call, handoff, result};
    use super::*;
    use crate::domain::source::Kind;
    use crate::domain::{DownloadId, ItemId, RunId};
    use Agent::*;

    fn download(status: DownloadStatus) -> crate::domain::download::Download {
        crate::domain::download::Download {
            id: DownloadId(1),
            item_id: ItemId(1),
            run_id: Some(RunId(1)),
            title: "T".into(),
            source_name: "S".into(),
            kind: Kind::Podcast,
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
            priority: 0,
            wanted_by: None,
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
        assert_eq!(after_turn(&after(2, vec![]), &[]), None);
        assert_eq!(after_turn(&after(3, vec![]), &[]).as_deref(), Some("Nobody has anything left to do."));
        assert_eq!(after_turn(&after(3, looked(json!([1]))), &[]), None);
    }

    #[test]
    fn a_run_takes_twelve_turns_at_most() {
        let busy =
            (1..=12).map(|turn| call(turn, Discovery, "x", &format!("t{turn}s1c1"), json!({}))).collect();
        assert_eq!(
            after_turn(&after(12, busy), &[]).as_deref(),
            Some("The team took 12 turns, the most a run may take.")
        );
    }

    #[test]
    fn a_run_makes_sixty_calls_at_most_and_answers_each() {
        let mut said: Vec<_> =
            (0..60).map(|n| call(1, Discovery, "x", &format!("t1s{n}c1"), json!({ "n": n }))).collect();
        assert_eq!(before_step(&after(0, said.clone()), DateTime::UNIX_EPOCH), None);
        said.extend((0..60).map(|n| result(1, Discovery, "x", &format!("t1s{n}c1"), json!({}))));
        assert!(
            before_step(&after(0, said), DateTime::UNIX_EPOCH)
                .is_some_and(|why| why.contains("60 tool calls"))
        );
    }

    #[test]
    fn a_run_takes_ten_minutes_at_most() {
        let at = |minutes| before_step(&after(0, vec![]), DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes));
        assert_eq!(at(9), None);
        assert!(at(10).is_some_and(|why| why.contains("10 minutes")));
    }

    #[test]
    fn the_same_call_with_the_same_answer_is_made_three_times_at_most() {
        let rounds = |answers: [i64; 3]| {
            let said = answers.iter().enumerate().flat_map(|(n, answer)| {
                let id = format!("t1s{n}c1");
                let asked = call(1, Discovery, "get_item_details", &id, json!({ "item_id": 1 }));
                [asked, result(1, Discovery, "get_item_details", &id, json!({ "n": answer }))]
            });
            before_step(&after(0, said.collect()), DateTime::UNIX_EPOCH)
        };
        assert_eq!(rounds([1, 2, 3]), None);
        assert!(rounds([1, 1, 1]).is_some_and(|why| why.contains("get_item_details")));
    }
}
