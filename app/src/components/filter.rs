//! Filter form of a list. Its state is in the URL: it can be shared, and works without JavaScript.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use leptos_router::params::ParamsMap;

use super::form::{Choice, later};
use super::source_row::kind_options;
use crate::t;

/// Value of a query parameter; empty if absent.
pub fn value(query: Memo<ParamsMap>, name: &str) -> String {
    query.with(|query| query.get(name).unwrap_or_default())
}

/// Search field and kind, with the list's other filters as children.
#[component]
pub fn Filter(
    path: &'static str,
    query: Memo<ParamsMap>,
    placeholder: &'static str,
    button: &'static str,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let typed = move || value(query, "q");
    let kind = Signal::derive(move || value(query, "kind"));
    view! {
        <FilterForm path button>
            <div class="field filter-words">
                <label for="q">{t!("Search")}</label>
                <input id="q" name="q" type="search" value=typed prop:value=later(typed) placeholder=placeholder />
            </div>
            {children.map(|children| children())}
            <Choice label=t!("Kind") name="kind" any=t!("Any kind") options=kind_options() chosen=kind />
        </FilterForm>
    }
}

/// The form around the filters. With JavaScript it navigates on the client.
#[component]
pub fn FilterForm(path: &'static str, button: &'static str, children: Children) -> impl IntoView {
    let navigate = use_navigate();
    let go = move |event: leptos::ev::SubmitEvent| {
        if let Some(asked) = sent(&event) {
            event.prevent_default();
            navigate(
                &(path.to_owned() + "?" + &asked),
                leptos_router::NavigateOptions { scroll: false, ..Default::default() },
            );
        }
    };
    view! {
        <search>
            <form method="get" action=path class="filter" on:submit=go>
                {children()}
                <button type="submit" class="button">{button}</button>
            </form>
        </search>
    }
}

/// Submits the form of a changed field at once.
pub fn submit_on_change(event: leptos::ev::Event) {
    use leptos::wasm_bindgen::JsCast;
    let field =
        event.target().and_then(|target| target.dyn_into::<leptos::web_sys::HtmlSelectElement>().ok());
    if let Some(form) = field.and_then(|field| field.form()) {
        let _ = form.request_submit();
    }
}

/// Query string that the form would submit.
fn sent(event: &leptos::ev::SubmitEvent) -> Option<String> {
    use leptos::wasm_bindgen::JsCast;
    use leptos::web_sys::{FormData, HtmlFormElement, UrlSearchParams};
    let form = event.target()?.dyn_into::<HtmlFormElement>().ok()?;
    let data = FormData::new_with_form(&form).ok()?;
    UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?.to_string().as_string()
}
