//! Form that makes an API key, and the key that it has made.

use domain::api_key::KeyScope;
use leptos::prelude::*;

use super::NewKey;
use crate::api::api_keys::AddApiKey;
use crate::components::form::{Choice, Field, FormAlert, FormResponse, Submit, Tick};
use crate::t;

/// `made` is the key of a form that was submitted without JavaScript.
#[component]
pub fn AddKeyForm(add: ServerAction<AddApiKey>, is_admin: bool, made: Option<String>) -> impl IntoView {
    let answer = FormResponse::of(add);
    let form = NodeRef::<leptos::html::Form>::new();
    let key = move || add.value().with(|value| Some(value.as_ref()?.as_ref().ok()?.key.clone()));
    Effect::new(move |_| {
        if let (Some(_), Some(form)) = (key(), form.get_untracked()) {
            form.reset();
        }
    });
    let shown = move || key().or_else(|| made.clone()).map(|key| view! { <NewKey key /> });
    let mark = answer.mark("scopes");
    let ticks: Vec<_> = KeyScope::ALL
        .iter()
        .filter(|scope| is_admin || !scope.is_for_administrators())
        .map(|scope| {
            let id = format!("scope-{scope}");
            let value = *scope == KeyScope::Read;
            view! { <Tick answer id label=in_words(*scope) name=scope.as_str() value /> }
        })
        .collect();
    let days =
        vec![("30", t!("30 days")), ("90", t!("90 days")), ("365", t!("One year")), ("730", t!("Two years"))];
    let chosen = answer.typed_or("days", "365");
    view! {
        <section class="card stack max-w-3xl" aria-labelledby="add">
            <h2 id="add">{t!("Make a key")}</h2>
            <div role="status">{shown}</div>
            <FormAlert answer fields=&["name", "scopes", "expires_at"] />
            <ActionForm action=add node_ref=form attr:class="stack" attr:novalidate=true>
                <Field answer label=t!("Name") name="name" hint=t!("The program that will use the key.") />
                <fieldset class="ticks" aria-describedby="scopes-error">
                    <legend>{t!("What the key may do")}</legend>
                    {ticks}
                    <div id="scopes-error">
                        {move || mark.get().map(|text| view! { <p class="field-error">{text}</p> })}
                    </div>
                </fieldset>
                <Choice label=t!("Works for") name="days" options=days chosen=Signal::stored(chosen) />
                <div><Submit answer text=t!("Make the key") busy=t!("Making…") /></div>
            </ActionForm>
        </section>
    }
}

fn in_words(scope: KeyScope) -> &'static str {
    match scope {
        KeyScope::Read => t!("Read: everything that you see"),
        KeyScope::Listen => t!("Listen: files, positions, the play queue and devices"),
        KeyScope::Write => t!("Write: sources, subscriptions, downloads and preferences"),
        KeyScope::Run => t!("Run: start and steer runs, and decide on approvals"),
        KeyScope::Admin => t!("Admin: administer the server"),
        KeyScope::Bundles => t!("Bundles: exchange bundles with the nodes that are trusted"),
        KeyScope::Metrics => t!("Metrics: read the metrics of the server"),
    }
}
