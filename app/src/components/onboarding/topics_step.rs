//! First step: topics as chips, and others as typed.

use leptos::prelude::*;

use super::SkipButton;
use crate::api::onboarding::ChooseTopics;
use crate::components::form::{Field, FormAlert, FormResponse, Submit};
use crate::t;

#[component]
pub fn TopicsStep(
    offered: Vec<String>,
    /// Stored topics.
    chosen: Vec<String>,
    action: ServerAction<ChooseTopics>,
) -> impl IntoView {
    let answer = FormResponse::of(action);
    let is_offered = |topic: &&String| offered.iter().any(|other| is_same(other, topic));
    let typed: Vec<_> = chosen.iter().filter(|topic| !is_offered(topic)).cloned().collect();
    let chip = move |topic: String| {
        let is_chosen = chosen.iter().any(|other| is_same(other, &topic));
        view! {
            <label class="choice-chip">
                <input
                    type="checkbox"
                    name="chosen[]"
                    value=topic.clone()
                    checked=answer.chosen("chosen", &topic, is_chosen)
                />
                {topic}
            </label>
        }
    };
    let chips = offered.into_iter().map(chip).collect_view();
    view! {
        <FormAlert answer fields=&["topics"] />
        <ActionForm action attr:class="stack" attr:novalidate=true>
            <fieldset>
                <legend class="sr-only">{t!("Topics")}</legend>
                <div class="choice-chips">{chips}</div>
            </fieldset>
            <Field
                answer
                label=t!("Other topics")
                name="topics"
                value=typed.join(", ")
                placeholder=t!("night trains, jazz")
                hint=t!("Separated by commas.")
            />
            <div class="first-steps-actions">
                <Submit answer text=t!("Continue") busy=t!("Saving…") />
                <SkipButton />
            </div>
        </ActionForm>
    }
}

fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}
