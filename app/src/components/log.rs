//! The agents' conversation as it happens.

use leptos::prelude::*;

use super::measure;
use crate::live::line::Line;
use crate::live::use_live;

/// Lines appear at the end; who reads further up is left in peace.
#[component]
pub fn ConversationLog() -> impl IntoView {
    let live = use_live();
    let log = NodeRef::<leptos::html::Div>::new();
    let lines = move || live.conversation.with(|conversation| conversation.lines.clone());
    Effect::new(move |seen: Option<bool>| {
        live.conversation.track();
        let Some(log) = log.get_untracked() else { return false };
        // Measured before the new lines stand there.
        let left_below = log.scroll_height() - log.scroll_top() - log.client_height();
        if seen != Some(true) || left_below < 160 {
            request_animation_frame(move || log.set_scroll_top(log.scroll_height()));
        }
        true
    });
    let speaking = move || {
        let agent = live.conversation.with(|it| it.run.as_ref()?.speaking);
        agent.map(|agent| {
            view! { <p class="speaking" data-agent=agent.as_str()>"The "{agent.title()}" agent is at work"</p> }
        })
    };
    view! {
        <div class="log" role="log" aria-label="Agent conversation" tabindex="0" node_ref=log>
            <ol>
                <For each=lines key=|line| (line.seq, line.result.is_some()) let:line>
                    <LogLine line />
                </For>
            </ol>
            {speaking}
        </div>
    }
}

#[component]
fn LogLine(line: Line) -> impl IntoView {
    let agent = line.agent.map(|agent| {
        // Which model lent the agent its words is said, not guessed from the text.
        let model = match line.model.as_str() {
            "" => None,
            "builtin" => Some("built-in planner".to_owned()),
            other => Some(other.to_owned()),
        };
        view! {
            <strong class="log-agent">{agent.title()}</strong>
            {model.map(|model| view! { <span class="log-model">{model}</span> })}
        }
    });
    let result = line.result.map(|result| {
        let (word, tone) = if result.ok { ("Result", "good") } else { ("Refused", "bad") };
        view! { <span class="log-result" data-tone=tone><b>{word}</b>" "{result.text}</span> }
    });
    let datetime = measure::datetime(line.at);
    view! {
        <li class="log-line" data-tone=line.tone data-agent=line.agent.map(|agent| agent.as_str())>
            <span class="log-head">
                {agent}
                <time class="log-time" datetime=datetime>{measure::clock(line.at)}</time>
            </span>
            <span class="log-text">{line.text}</span>
            {result}
        </li>
    }
}
