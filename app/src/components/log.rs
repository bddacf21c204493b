//! The agents' conversation as it happens.

use leptos::prelude::*;
use smartcache::domain::RunId;

use super::follow_end::follow_within;
use super::time::LogTime;
use crate::live::line::Line;
use crate::live::use_live;

/// Lines appear at the end; who reads further up is left in peace.
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
        <div class="log" role="log" aria-label="Agent conversation" tabindex="0" node_ref=log on:scroll=scrolled>
            <ol>
                <For each=lines key=|line| (line.seq, line.result.is_some()) let:line>
                    <LogLine line />
                </For>
            </ol>
            {move || run.get().map(|run| view! { <AtWork run /> })}
        </div>
    }
}

/// Who is at work in a run; while they write, the words so far.
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
        // Words that come four times a second are for the eyes; whole ones are read out when they are there.
        let words = move || match is_writing.get() {
            true => view! { {agent.title()}" is writing: "<span class="writing">{text}</span> }.into_any(),
            false => view! { "The "{agent.title()}" agent is at work" }.into_any(),
        };
        Some(view! { <p class="speaking" data-agent=agent.as_str() aria-live="off">{words}</p> })
    }
}

/// Which model lent an agent its words: said, not guessed from the text.
pub fn model_words(model: &str) -> String {
    if model == "builtin" { "built-in planner".to_owned() } else { model.to_owned() }
}

#[component]
fn LogLine(line: Line) -> impl IntoView {
    let agent = line.agent.map(|agent| {
        let model = (!line.model.is_empty()).then(|| model_words(&line.model));
        view! {
            <strong class="log-agent">{agent.title()}</strong>
            {model.map(|model| view! { <span class="log-model">{model}</span> })}
        }
    });
    let result = line.result.map(|result| {
        let (word, tone) = if result.ok { ("Result", "good") } else { ("Refused", "bad") };
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
