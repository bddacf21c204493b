//! Live log of the agents' conversation.

use std::time::Duration;

use domain::RunId;
use leptos::prelude::*;

use super::agent_card::agent_title;
use super::follow_end::follow_within;
use super::time::LogTime;
use crate::live::line::LogLine;
use crate::live::use_live;
use crate::{parts, t};

/// The log, which follows new lines at its end unless the user has scrolled up.
#[component]
pub fn ConversationLog() -> impl IntoView {
    let live = use_live();
    let log = NodeRef::<leptos::html::Div>::new();
    let lines = move || live.conversation.with(|conversation| conversation.lines.clone());
    let scrolled = follow_within(log, move || {
        live.conversation.track();
        live.writing.track();
    });
    let run = Memo::new(move |_| live.conversation.with(|it| it.run.as_ref().map(|run| run.id)));
    view! {
        // A run can add dozens of lines a second. `Announcements` reads them out in groups instead.
        <div
            class="log"
            role="log"
            aria-live="off"
            aria-label=t!("Agent conversation")
            tabindex="0"
            node_ref=log
            on:scroll=scrolled
        >
            <ol>
                <For each=lines key=|line| (line.seq, line.result.is_some()) let:line>
                    <LogLine line />
                </For>
            </ol>
            {move || run.get().map(|run| view! { <AtWork run /> })}
        </div>
        <Announcements />
    }
}

/// Delay that collects new lines for one announcement, and maximum number of lines it reads out in full.
const ANNOUNCED_EVERY: Duration = Duration::from_secs(3);
const MAX_READ_OUT: usize = 2;

/// New lines for a screen reader, in groups.
#[component]
fn Announcements() -> impl IntoView {
    let live = use_live();
    let announced = RwSignal::new(String::new());
    let (last, is_due) = (StoredValue::new(0i64), StoredValue::new(false));
    let newest = move || live.conversation.with(|it| it.lines.last().map_or(0, |line| line.seq));
    let announce = move || {
        if is_due.try_set_value(false).is_some() {
            return;
        }
        let since = last.get_value();
        last.set_value(untrack(newest));
        live.conversation.with_untracked(|it| {
            let new: Vec<_> = it.lines.iter().filter(|line| line.seq > since).collect();
            if !new.is_empty() {
                announced.set(announcement(&new));
            }
        });
    };
    Effect::new(move |before: Option<i64>| {
        let newest = newest();
        match before {
            // Lines that are present when the page loads are not announced.
            None => last.set_value(newest),
            Some(before) if before != newest && !is_due.get_value() => {
                is_due.set_value(true);
                set_timeout(announce, ANNOUNCED_EVERY);
            }
            Some(_) => {}
        }
        newest
    });
    view! { <p class="sr-only" role="status" aria-label=t!("New in the conversation")>{announced}</p> }
}

/// Reads out a few lines in full; of more lines, only their number and the last one.
fn announcement(lines: &[&LogLine]) -> String {
    let words = |line: &&LogLine| match line.agent {
        Some(agent) => format!("{}: {}", agent_title(agent), line.text),
        None => line.text.clone(),
    };
    if lines.len() <= MAX_READ_OUT {
        return lines.iter().map(words).collect::<Vec<_>>().join(" ");
    }
    let last = lines.last().map(words).unwrap_or_default();
    t!("{n} new lines. The last one: {last}", n = lines.len(), last = last)
}

/// The agent at work in a run and, while it writes, its text so far.
#[component]
pub fn AtWork(run: RunId) -> impl IntoView {
    let live = use_live();
    let writing = Memo::new(move |_| live.writing.get().filter(|writing| writing.run == run));
    let agent =
        Memo::new(move |_| writing.with(|it| it.as_ref().map(|it| it.agent)).or(live.speaking_in(run)));
    let text = move || writing.with(|it| it.as_ref().map(|it| it.text.clone()));
    move || {
        let agent = agent.get()?;
        let is_writing = Memo::new(move |_| writing.with(Option::is_some));
        // Text that grows four times a second is not announced; complete lines are.
        let words = move || match is_writing.get() {
            true => parts!(
                "{agent} is writing: {text}",
                agent = agent_title(agent),
                text = view! { <span class="writing">{text}</span> },
            )
            .into_any(),
            false => t!("The {agent} agent is at work", agent = agent_title(agent)).into_any(),
        };
        Some(view! { <p class="speaking" data-agent=agent.as_str() aria-live="off">{words}</p> })
    }
}

/// Display name of the model that wrote a message, as reported by the server.
pub fn model_words(model: &str) -> String {
    if is_builtin(model) { t!("built-in planner").to_owned() } else { model.to_owned() }
}

/// Whether the program wrote a message itself, by its templates.
pub fn is_builtin(model: &str) -> bool {
    model == "builtin"
}

#[component]
fn LogLine(line: LogLine) -> impl IntoView {
    let agent = line.agent.map(|agent| {
        let model = (!line.model.is_empty()).then(|| model_words(&line.model));
        view! {
            <strong class="log-agent">{agent_title(agent)}</strong>
            {model.map(|model| view! { <span class="log-model">{model}</span> })}
        }
    });
    let result = line.result.map(|result| {
        let (word, tone) = if result.ok { (t!("Result"), "good") } else { (t!("Refused"), "bad") };
        view! { <span class="log-result" data-tone=tone><b>{word}</b>" "{result.text}</span> }
    });
    view! {
        <li class="log-line" data-tone=line.tone data-agent=line.agent.map(|agent| agent.as_str())>
            <span class="log-head">
                {agent}
                <LogTime at=line.at />
            </span>
            <span class="log-text">{line.text}</span>
            {result}
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::event::{EventKind, Frame};
    use domain::{DateTime, RunId};

    #[test]
    fn many_lines_are_one_announcement() {
        let line = |seq: i64| {
            let data = serde_json::json!({ "agent": "download", "message": format!("Line {seq}.") });
            let frame = Frame::fleeting(DateTime::UNIX_EPOCH, EventKind::AgentMessage, data);
            let frame = Frame { seq: Some(seq), run_id: Some(RunId(1)), ..frame };
            crate::live::line::line(&frame).expect("a line")
        };
        let lines: Vec<LogLine> = (1..=55).map(line).collect();
        let all: Vec<&LogLine> = lines.iter().collect();
        assert_eq!(announcement(&all[..2]), "Download: Line 1. Download: Line 2.");
        assert_eq!(announcement(&all), "55 new lines. The last one: Download: Line 55.");
    }
}
