//! Form that makes an invitation, and the link that it has made.

use domain::UserId;
use leptos::prelude::*;

use crate::api::invites::MakeInvite;
use crate::components::form::{Choice, Field, FormAlert, FormResponse, Submit};
use crate::components::share_link::LinkField;
use crate::t;

const FIELDS: &[&str] = &["guardian_id", "uses", "expires_at"];

/// `made` is the link of a form that was submitted without JavaScript.
#[component]
pub fn MakeForm(
    make: ServerAction<MakeInvite>,
    guardians: Vec<(UserId, String)>,
    made: Option<String>,
) -> impl IntoView {
    let answer = FormResponse::of(make);
    let url = move || make.value().with(|value| Some(value.as_ref()?.as_ref().ok()?.url.clone()));
    let shown = move || url().or_else(|| made.clone()).map(|url| view! { <NewLink url /> });
    let roles = vec![("user", t!("User")), ("listener", t!("Listener")), ("admin", t!("Administrator"))];
    let days = vec![("1", t!("One day")), ("7", t!("7 days")), ("30", t!("30 days")), ("90", t!("90 days"))];
    let (role, lasts) = (answer.typed_or("role", "user"), answer.typed_or("days", "7"));
    view! {
        <section class="card stack max-w-3xl" aria-labelledby="make">
            <h2 id="make">{t!("Make an invitation")}</h2>
            <div role="status">{shown}</div>
            <FormAlert answer fields=FIELDS />
            <ActionForm action=make attr:class="stack" attr:novalidate=true>
                <div class="pair">
                    <Choice label=t!("Role") name="role" options=roles chosen=Signal::stored(role) />
                    <GuardianChoice answer guardians />
                    <Field
                        answer
                        label=t!("Accounts that it opens")
                        name="uses"
                        kind="number"
                        bounds=(1, 100)
                        value="1"
                        hint=t!("1 to 100.")
                    />
                    <Choice label=t!("Works for") name="days" options=days chosen=Signal::stored(lasts) />
                </div>
                <div><Submit answer text=t!("Make the invitation") busy=t!("Making…") /></div>
            </ActionForm>
        </section>
    }
}

#[component]
fn GuardianChoice(answer: FormResponse, guardians: Vec<(UserId, String)>) -> impl IntoView {
    let chosen = answer.typed_or("guardian_id", "");
    let options: Vec<_> = guardians
        .into_iter()
        .map(|(id, name)| {
            let value = id.to_string();
            view! { <option value=value.clone() selected=value == chosen>{name}</option> }
        })
        .collect();
    let mark = answer.mark("guardian_id");
    view! {
        <div class="field">
            <label for="guardian_id">{t!("Guardian of a listener")}</label>
            <select
                id="guardian_id"
                name="guardian_id"
                aria-invalid=move || mark.with(Option::is_some).then_some("true")
                aria-describedby=move || mark.with(Option::is_some).then_some("guardian_id-note")
            >
                <option value="">{t!("None")}</option>
                {options}
            </select>
            {move || mark.get().map(|text| view! { <p class="field-error" id="guardian_id-note">{text}</p> })}
        </div>
    }
}

/// A new link to copy, shown this once.
#[component]
fn NewLink(url: String) -> impl IntoView {
    view! {
        <div class="alert stack-slim">
            <p>{t!("The new invitation. Its link is shown this once: copy it now.")}</p>
            <LinkField url label=t!("New invitation") />
        </div>
    }
}
