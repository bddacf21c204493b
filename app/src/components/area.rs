//! Several lines to type into, with their own errors, as a `Field` has for one.

use leptos::prelude::*;

use super::form::Answer;

/// What is typed is followed, so that setting the text always shows.
#[component]
pub fn Area(
    answer: Answer,
    label: &'static str,
    name: &'static str,
    text: RwSignal<String>,
    hint: &'static str,
    rows: i64,
) -> impl IntoView {
    let mark = answer.mark(name);
    let note = Memo::new(move |_| match mark.get() {
        Some(error) => (error, "field-error"),
        None => (hint.to_owned(), "hint"),
    });
    let note_id = name.to_owned() + "-note";
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <textarea
                id=name
                name=name
                rows=rows.to_string()
                prop:value=text
                on:input=move |typed| text.set(event_target_value(&typed))
                aria-invalid=move || mark.with(Option::is_some).then_some("true")
                aria-describedby=note_id.clone()
            >
                {text.get_untracked()}
            </textarea>
            <p class=move || note.get().1 id=note_id>{move || note.get().0}</p>
        </div>
    }
}
