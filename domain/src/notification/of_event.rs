//! Notification that an event causes. News of sources and the steps of a run cause none: they come too often.

use serde_json::Value;

use super::{NewNotification, NotificationChange, NotificationKind};
use crate::RunId;
use crate::event::EventKind;
use crate::run::CANCELLED_BY_OWNER;

/// Derives the change from an event's data.
pub fn of_event(run: Option<RunId>, kind: EventKind, data: &Value) -> NotificationChange {
    let new = match kind {
        EventKind::ExecutionComplete => run.and_then(|run| ended(run, data)),
        EventKind::ApprovalRequested => run.map(|run| approval(run, data)),
        EventKind::DownloadReady => Some(ready(run, data)),
        EventKind::DownloadFailed => failed(run, data),
        EventKind::System => notice(data),
        _ => None,
    };
    let settles = matches!(kind, EventKind::ApprovalDecided | EventKind::ExecutionComplete);
    let ready = data["ready"].as_str().filter(|_| kind == EventKind::PlanChanged);
    let ready = ready.or(data["settles"].as_str().filter(|_| kind == EventKind::System));
    let settled = run.filter(|_| settles).map(approval_group).or(ready.map(str::to_owned));
    NotificationChange { settled, new }
}

fn approval_group(run: RunId) -> String {
    format!("approval:{run}")
}

/// Group of the notification that a listener's run waits for its guardian.
pub fn run_request_group(run: RunId) -> String {
    format!("run_request:{run}")
}

/// Path of the run's page, or of the downloads with a status.
fn downloads_link(run: Option<RunId>, status: &str) -> String {
    run.map_or(format!("/downloads?status={status}"), |run| format!("/runs/{run}"))
}

/// None if its owner has cancelled it.
fn ended(run: RunId, data: &Value) -> Option<NewNotification> {
    if text(data, "stop_reason") == CANCELLED_BY_OWNER {
        return None;
    }
    let ready = data["summary"]["ready"].as_i64().unwrap_or_default();
    let title = match text(data, "status") {
        "failed" => "The run failed".to_owned(),
        "cancelled" => "The run was cancelled".to_owned(),
        _ if data["outcome"]["result"] == "nothing" => "The run prepared nothing".to_owned(),
        _ if ready > 0 => format!("The run is complete: {ready} ready"),
        _ => "The run is complete".to_owned(),
    };
    let new = NewNotification::new(NotificationKind::RunEnded, format!("run:{run}"), format!("/runs/{run}"));
    Some(new.titled(title).saying(text(data, "stop_reason")))
}

fn approval(run: RunId, data: &Value) -> NewNotification {
    let (kind, group) = (NotificationKind::ApprovalNeeded, approval_group(run));
    let question = text(data, "question");
    NewNotification::new(kind, group, "/approvals".to_owned())
        .titled("Approval needed")
        .named(question)
        .saying(question)
}

/// In the run's group, so that the end of the run replaces it.
fn ready(run: Option<RunId>, data: &Value) -> NewNotification {
    let group = run.map_or("ready".to_owned(), |run| format!("run:{run}"));
    let name = text(data, "title");
    NewNotification::new(NotificationKind::DownloadReady, group, downloads_link(run, "ready"))
        .titled(format!("Ready: {name}"))
        .named(name)
}

/// None for an attempt that is repeated within the transfer, and for later rounds of one outage.
fn failed(run: Option<RunId>, data: &Value) -> Option<NewNotification> {
    let is_round = text(data, "status") == "failed";
    let is_later = data["round"].as_i64().is_some_and(|round| round > 1) && data["will_retry"] == true;
    if !is_round || is_later {
        return None;
    }
    let group = run.map_or("failed".to_owned(), |run| format!("failed:{run}"));
    let name = text(data, "title");
    let next = if data["will_retry"] == true { " It is tried again by itself." } else { "" };
    let new = NewNotification::new(NotificationKind::DownloadFailed, group, downloads_link(run, "failed"));
    Some(
        new.titled(format!("Failed to load: {name}"))
            .named(name)
            .saying(text(data, "error").to_owned() + next),
    )
}

/// System frames that say what they are about in `notice`.
fn notice(data: &Value) -> Option<NewNotification> {
    let kind: NotificationKind = text(data, "notice").parse().ok()?;
    let name = text(data, "title");
    let (title, link) = match kind {
        NotificationKind::SourceGone => {
            (format!("A source is gone: {name}"), format!("/sources/{}", data["source_id"].as_i64()?))
        }
        NotificationKind::DownloadRemoved => {
            (format!("Removed: {name}"), "/downloads?status=expired".to_owned())
        }
        NotificationKind::DownloadLost => (format!("Fetched again: {name}"), "/downloads".to_owned()),
        NotificationKind::CommuteReminder => {
            (format!("Before {name}: open SmartCache on {}", text(data, "device")), "/device".to_owned())
        }
        NotificationKind::KeyExpires => (format!("An API key expires soon: {name}"), "/api-keys".to_owned()),
        NotificationKind::Security => (name.to_owned(), "/account".to_owned()),
        NotificationKind::ApprovalNeeded => (format!("{name} wants to start a run"), "/approvals".to_owned()),
        _ => return None,
    };
    let group = match kind {
        NotificationKind::SourceGone => "source".to_owned() + &link,
        NotificationKind::CommuteReminder | NotificationKind::ApprovalNeeded => {
            text(data, "group").to_owned()
        }
        // Each of its own, because a merged one would tell less.
        NotificationKind::Security => format!("{kind}: {name}: {}", text(data, "message")),
        _ => kind.to_string(),
    };
    let new = NewNotification::new(kind, group, link);
    // The title of a request says all but its goal.
    let body = if kind == NotificationKind::ApprovalNeeded { "goal" } else { "message" };
    Some(new.titled(title).named(name).saying(text(data, body)))
}

fn text<'a>(data: &'a Value, name: &str) -> &'a str {
    data[name].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const RUN: Option<RunId> = Some(RunId(7));

    fn new(run: Option<RunId>, kind: EventKind, data: Value) -> Option<NewNotification> {
        of_event(run, kind, &data).new
    }

    fn arrived(title: &str) -> NewNotification {
        new(RUN, EventKind::DownloadReady, json!({ "title": title })).expect("a notification")
    }

    #[test]
    fn a_burst_is_one_notification_that_names_the_things() {
        let first = arrived("One");
        assert_eq!((first.title.as_str(), first.link.as_str()), ("Ready: One", "/runs/7"));
        let all = arrived("Three").merged(Some(arrived("Two").merged(Some(first))));
        assert_eq!((all.title.as_str(), all.body.as_str()), ("3 downloads are ready", "Three, Two, One"));
    }

    #[test]
    fn the_end_of_a_run_replaces_its_downloads_and_keeps_its_words() {
        let data = json!({ "status": "completed", "stop_reason": "All done.", "summary": { "ready": 2 } });
        let end = new(RUN, EventKind::ExecutionComplete, data).expect("a notification");
        let end = end.merged(Some(arrived("One")));
        assert_eq!((end.title.as_str(), end.body.as_str()), ("The run is complete: 2 ready", "All done."));
        let later = arrived("Three").merged(Some(end));
        assert_eq!((later.kind, later.facts), (NotificationKind::RunEnded, 1));
        assert_eq!(later.body, "Ready since: Three. All done.");
    }

    #[test]
    fn an_approval_is_settled_by_its_decision_and_by_the_end_of_the_run() {
        for kind in [EventKind::ApprovalDecided, EventKind::ExecutionComplete] {
            let settled = of_event(RUN, kind, &json!({})).settled;
            assert_eq!(settled.as_deref(), Some("approval:7"), "{kind}");
        }
        let asked = new(RUN, EventKind::ApprovalRequested, json!({ "question": "Fetch 300 MB?" }));
        let asked = asked.expect("a notification");
        assert_eq!((asked.group.as_str(), asked.body.as_str()), ("approval:7", "Fetch 300 MB?"));
    }

    #[test]
    fn an_outage_is_told_once_and_a_final_failure_always() {
        let failed = |data: Value| new(None, EventKind::DownloadFailed, data).map(|new| new.body);
        let round = |round, again| json!({ "status": "failed", "title": "One", "error": "Gone.", "round": round, "will_retry": again });
        assert_eq!(failed(round(1, true)).as_deref(), Some("Gone. It is tried again by itself."));
        assert_eq!(failed(round(2, true)), None);
        assert_eq!(failed(round(2, false)).as_deref(), Some("Gone."));
        assert_eq!(failed(json!({ "title": "One", "will_retry": true })), None, "it is an attempt");
    }

    #[test]
    fn a_cancellation_is_told_unless_it_was_the_owners() {
        let ended = |why: &str| {
            let data = json!({ "status": "cancelled", "stop_reason": why });
            new(RUN, EventKind::ExecutionComplete, data).map(|new| new.title)
        };
        assert_eq!(ended(CANCELLED_BY_OWNER), None);
        assert_eq!(ended("Stopped by an administrator.").as_deref(), Some("The run was cancelled"));
    }

    #[test]
    fn a_run_of_a_listener_is_told_to_the_guardian_until_it_is_answered() {
        let group = run_request_group(RunId(9));
        let data = json!({ "notice": "approval_needed", "title": "child", "goal": "Trains", "group": group });
        let asked = new(None, EventKind::System, data).expect("a notification");
        assert_eq!((asked.title.as_str(), asked.body.as_str()), ("child wants to start a run", "Trains"));
        assert_eq!((asked.link.as_str(), &asked.group), ("/approvals", &group));
        let answered = of_event(None, EventKind::System, &json!({ "message": "…", "settles": group }));
        assert_eq!((answered.settled, answered.new), (Some(group), None));
    }

    #[test]
    fn a_security_notice_that_comes_again_keeps_its_words() {
        let notice = || {
            let data = json!({ "notice": "security", "title": "A new device", "message": "It was curl." });
            new(None, EventKind::System, data).expect("a notification")
        };
        let again = notice().merged(Some(notice()));
        assert_eq!((again.title.as_str(), again.body.as_str()), ("A new device", "It was curl."));
    }

    #[test]
    fn what_comes_often_causes_none() {
        let news = json!({ "message": "Night Trains: 3 items new", "level": "info" });
        assert_eq!(new(None, EventKind::System, news), None);
        assert_eq!(of_event(RUN, EventKind::AgentMessage, &json!({})), NotificationChange::default());
    }

    #[test]
    fn a_strangers_name_is_cut() {
        let long = arrived(&"ü".repeat(900));
        assert!(long.title.chars().count() <= 161 && long.names.chars().count() <= 161);
    }
}
