//! Second step: suggested sources, all of them chosen at first.

use domain::onboarding::{Step, Suggestion};
use leptos::prelude::*;

use super::SkipButton;
use crate::api::onboarding::FollowSources;
use crate::components::cover::Cover;
use crate::components::form::{FormAlert, FormResponse};
use crate::components::source_row::kind_words;
use crate::{paths, t};

#[component]
pub fn SourcesStep(
    suggestions: Vec<Suggestion>,
    /// Topics of the user.
    topics: Vec<String>,
    action: ServerAction<FollowSources>,
) -> impl IntoView {
    let answer = FormResponse::of(action);
    let back = view! { <a class="link" href=paths::onboarding(Step::Topics)>{t!("Change topics")}</a> };
    if suggestions.is_empty() {
        return view! {
            <p>
                {t!("The directory of this server is empty.")} " "
                <a href=paths::SUBSCRIPTIONS>{t!("Add a source by its address")}</a>
            </p>
            <p class="first-steps-actions">{back} <SkipButton /></p>
        }
        .into_any();
    }
    let is_chosen = |it: &Suggestion| answer.chosen("sources", &it.source_id.to_string(), true);
    let count = RwSignal::new(suggestions.iter().filter(|it| is_chosen(it)).count());
    let mark = answer.mark("sources");
    let rows: Vec<_> = suggestions
        .iter()
        .map(|it| view! { <SuggestionRow suggestion=it.clone() topics=topics.clone() is_chosen=is_chosen(it) count mark /> })
        .collect();
    let pending = action.pending();
    view! {
        <FormAlert answer fields=&["sources"] />
        <ActionForm action attr:class="stack" attr:novalidate=true>
            <fieldset>
                <legend class="sr-only">{t!("Sources to follow")}</legend>
                <div class="suggestions">{rows}</div>
                {move || mark.get().map(|why| view! { <p class="field-error" id="sources-note">{why}</p> })}
            </fieldset>
            <div class="first-steps-actions">
                <button type="submit" class="button button-main" disabled=pending>
                    {move || if pending.get() { t!("Following…") } else { t!("Follow") }}
                    // Without a script nothing could count.
                    <span class="needs-script">" "{move || count.get().to_string()}</span>
                </button>
                {back}
                <SkipButton />
            </div>
        </ActionForm>
    }
    .into_any()
}

#[component]
fn SuggestionRow(
    suggestion: Suggestion,
    topics: Vec<String>,
    is_chosen: bool,
    count: RwSignal<usize>,
    mark: Signal<Option<String>>,
) -> impl IntoView {
    let facts = facts(&suggestion, &topics);
    let Suggestion { source_id, name, cover, .. } = suggestion;
    let input = NodeRef::<leptos::html::Input>::new();
    // The box may have changed before the program was loaded.
    let known = StoredValue::new(is_chosen);
    let follow_box = move || {
        let Some(is_now) = input.get_untracked().map(|input| input.checked()) else { return };
        match (known.get_value(), is_now) {
            (false, true) => count.update(|count| *count += 1),
            (true, false) => count.update(|count| *count = count.saturating_sub(1)),
            _ => {}
        }
        known.set_value(is_now);
    };
    Effect::new(move |_| follow_box());
    view! {
        <label class="suggestion">
            <input
                node_ref=input
                type="checkbox"
                name="sources[]"
                value=source_id.to_string()
                checked=is_chosen
                on:change=move |_| follow_box()
                aria-invalid=move || mark.with(Option::is_some).then_some("true")
                aria-describedby=move || mark.with(Option::is_some).then_some("sources-note")
            />
            <Cover hash=cover name=name.clone() size=56 />
            <span class="suggestion-words">
                <span class="suggestion-name">{name}</span>
                <span class="muted">{facts}</span>
            </span>
        </label>
    }
}

/// "Podcast · Space, Physics": those of its topics first that the user has chosen.
fn facts(suggestion: &Suggestion, chosen: &[String]) -> String {
    let is_chosen = |topic: &&String| chosen.iter().any(|other| other.to_lowercase() == topic.to_lowercase());
    let (mine, others): (Vec<_>, Vec<_>) = suggestion.topics.iter().partition(is_chosen);
    let topics: Vec<_> = mine.into_iter().chain(others).take(2).map(String::as_str).collect();
    let kind = kind_words(suggestion.kind).to_owned();
    if topics.is_empty() { kind } else { kind + " · " + &topics.join(", ") }
}

#[cfg(test)]
mod tests {
    use domain::SourceId;
    use domain::source::Kind;

    use super::*;

    #[test]
    fn a_suggestion_names_the_topics_of_the_user_first() {
        let topics = ["Space", "Physics", "Astronomy"].map(str::to_owned).to_vec();
        let (name, kind) = ("StarTalk".to_owned(), Kind::Podcast);
        let suggestion = Suggestion { source_id: SourceId(1), name, kind, cover: None, topics };
        assert_eq!(facts(&suggestion, &["astronomy".to_owned()]), "Podcast · Astronomy, Space");
        assert_eq!(facts(&Suggestion { topics: Vec::new(), ..suggestion }, &[]), "Podcast");
    }
}
