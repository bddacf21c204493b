//! One turn of a run's conversation: the agent, its messages, and the result of each tool call.

use domain::run::{Handoff, Priority};
use leptos::prelude::*;
use serde_json::Value;

use super::agent_card::agent_title;
use super::approval_card::{decision_words, reply_words};
use super::live_query::Each;
use super::log::{is_builtin, model_words};
use super::run_row::tokens;
use super::time::LogTime;
use crate::live::line::compact;
use crate::timeline::{Call, CallOutcome, TimelineEntry, TimelineText, TimelineTurn};
use crate::{language, parts, t, tn};

#[component]
pub fn TurnCard(row: Signal<TimelineTurn>) -> impl IntoView {
    let models = move || {
        let models = row.with(|turn| turn.models.iter().map(|model| model_words(model)).collect::<Vec<_>>());
        models.join(t!(", then "))
    };
    let entries = Signal::derive(move || row.with(|turn| turn.entries.clone()));
    let agent = move || row.with(|turn| turn.agent);
    let is_ours = move || {
        row.with_untracked(|turn| {
            !turn.models.is_empty() && turn.models.iter().all(|model| is_builtin(model))
        })
    };
    view! {
        <li class="turn" data-agent=move || agent().as_str()>
            <h3 class="turn-head">
                <span>{move || t!("Turn {number}: ", number = row.with(|turn| turn.number))}</span>
                <span class="turn-agent">{move || agent_title(agent())}</span>
                <span class="log-model">{models}</span>
            </h3>
            <ul class="entries">
                <Each list=entries key=|entry| entry.id row=move |row| view! { <EntryRow row is_ours=is_ours() /> } />
            </ul>
        </li>
    }
}

/// Text of an agent: of the program's templates, or as a model wrote it.
fn told(text: &str, is_ours: bool) -> String {
    if is_ours { language::sentence(text) } else { text.to_owned() }
}

/// An entry. Only a call changes after it is rendered, so that an open `<details>` stays open.
#[component]
fn EntryRow(row: Signal<TimelineEntry>, is_ours: bool) -> impl IntoView {
    let first = row.get_untracked();
    let said = match first.said {
        TimelineText::Text(text) => view! { <p class="log-text">{told(&text, is_ours)}</p> }.into_any(),
        TimelineText::Asked { model, read, written, estimated } => {
            let about = if estimated { t!(" (estimated)") } else { "" };
            view! { <p class="muted">{model_words(&model)} ": " {tokens(read, written)} {about}</p> }
                .into_any()
        }
        TimelineText::Handoff(handoff) => view! { <HandoffLine handoff is_ours /> }.into_any(),
        TimelineText::Call(_) => {
            let call = Memo::new(move |before: Option<&Option<Call>>| match row.get().said {
                TimelineText::Call(call) => Some(*call),
                _ => before.cloned().flatten(),
            });
            view! { <CallRow call is_ours /> }.into_any()
        }
    };
    view! {
        <li class="entry">
            <LogTime at=first.at />
            <div class="entry-said">{said}</div>
        </li>
    }
}

#[component]
fn CallRow(call: Memo<Option<Call>>, is_ours: bool) -> impl IntoView {
    let of = move |part: fn(&Call) -> String| call.with(|call| call.as_ref().map(part).unwrap_or_default());
    // A hand-off is shown as text instead of its arguments and result.
    let name = move || {
        of(|call| match call.handoff {
            Some(_) => call.tool.clone(),
            None => format!("{}({})", call.tool, compact(&call.arguments)),
        })
    };
    let handoff = Memo::new(move |_| call.with(|call| call.as_ref()?.handoff.clone()));
    let answer = Memo::new(move |_| call.with(|call| call.as_ref()?.answer.clone()));
    let approval = Memo::new(move |_| call.with(|call| call.as_ref()?.approval.clone()));
    let decision = move || {
        approval.get().map(|approval| {
            let reply = reply_words(&approval);
            let decision = decision_words(approval.status).0;
            let words = parts!(
                "Asked you: {question} {decision} {reply}",
                question = language::sentence(&approval.question),
                decision = view! { <b>{decision}</b> },
                reply = reply
            );
            view! { <p class="entry-ask">{words}</p> }
        })
    };
    view! {
        <p class="entry-call">{name}</p>
        {decision}
        {move || handoff.get().map(|handoff| view! { <HandoffLine handoff is_ours /> })}
        {move || handoff.with(Option::is_none).then(|| view! { <AnswerLine answer=answer.get() /> })}
        <details class="disclosure">
            <summary>
                {t!("Arguments and result")}
                <span class="sr-only">{move || t!(" of {name}", name = of(|call| call.tool.clone()))}</span>
            </summary>
            <Json name=t!("Arguments") value=Signal::derive(move || of(|call| pretty(&call.arguments))) />
            {move || answer.get().map(|answer| view! {
                <Json name=t!("Result") value=Signal::stored(pretty(&answer.output)) />
            })}
        </details>
    }
}

/// Result of a call in one line; the full reason if it was refused.
#[component]
fn AnswerLine(answer: Option<CallOutcome>) -> impl IntoView {
    let (word, tone, text) = match answer {
        None => (t!("No result yet"), "calm", String::new()),
        Some(CallOutcome { ok: true, output }) => (t!("Result"), "good", compact(&output)),
        Some(CallOutcome { ok: false, output: Value::String(why) }) => {
            (t!("Refused"), "bad", language::sentence(&why))
        }
        Some(CallOutcome { ok: false, output }) => (t!("Refused"), "bad", compact(&output)),
    };
    view! { <p class="log-result" data-tone=tone><b>{word}</b> " " {text}</p> }
}

#[component]
fn HandoffLine(handoff: Handoff, is_ours: bool) -> impl IntoView {
    let Handoff { to, phase, instructions, item_ids, expected, priority, .. } = handoff;
    let items = tn!(item_ids.len() as i64, "{n} item", "{n} items");
    let soon = match priority {
        Priority::Low => Some(t!(" Priority: low.")),
        Priority::Normal => None,
        Priority::High => Some(t!(" Priority: high.")),
    };
    let phase = (!phase.is_empty()).then(|| t!(" Phase: {phase}.", phase = told(&phase, is_ours)));
    let expected =
        (!expected.is_empty()).then(|| t!(" Expected: {expected}", expected = told(&expected, is_ours)));
    view! {
        <p class="entry-handoff">
            <b>{t!("Hands over to {agent}", agent = agent_title(to))}</b>
            ": " {told(&instructions, is_ours)} " (" {items} ")"
            <span class="muted">{phase} {soon}</span>
            {expected.map(|expected| view! { <span class="muted">{expected}</span> })}
        </p>
    }
}

/// A JSON value in full.
#[component]
pub fn Json(name: &'static str, #[prop(into)] value: Signal<String>) -> impl IntoView {
    view! {
        <p class="json-name">{name}</p>
        <pre class="json">{value}</pre>
    }
}

pub fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
