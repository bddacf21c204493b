//! Multi-line text input with its own errors, like `Field` for one line.

use leptos::prelude::*;

use super::form::{FormResponse, later};
use super::title::rcdata;

/// A text area bound to a signal, so that setting the text always shows. The only `<textarea>` of the pages.
#[component]
pub fn Area(
    answer: FormResponse,
    label: &'static str,
    name: &'static str,
    /// For a page with two forms that have a field of the same name.
    #[prop(optional)]
    id: Option<String>,
    text: RwSignal<String>,
    #[prop(optional)] hint: &'static str,
    rows: i64,
) -> impl IntoView {
    let mark = answer.mark(name);
    let note = Memo::new(move |_| match mark.get() {
        Some(error) => Some((error, "field-error")),
        None => (!hint.is_empty()).then(|| (hint.to_owned(), "hint")),
    });
    let id = id.unwrap_or_else(|| name.to_owned());
    let note_id = id.clone() + "-note";
    let described = note_id.clone();
    // Takes over what was typed before the program had loaded.
    let area = NodeRef::<leptos::html::Textarea>::new();
    Effect::new(move |_| {
        if let Some(typed) = area.get().map(|area| area.value())
            && typed != text.get_untracked()
        {
            text.set(typed);
        }
    });
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <textarea
                node_ref=area
                id=id
                name=name
                rows=rows.to_string()
                prop:value=later(move || text.get())
                on:input=move |typed| text.set(event_target_value(&typed))
                aria-invalid=move || mark.with(Option::is_some).then_some("true")
                aria-describedby=move || note.with(Option::is_some).then(|| described.clone())
            >
                {rcdata(&text.get_untracked())}
            </textarea>
            {move || note.get().map(|(text, class)| view! { <p class=class id=note_id.clone()>{text}</p> })}
        </div>
    }
}
