//! Form that asks for the password again, before a sensitive action.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::api::accounts::StepUp;
use crate::components::form::{FormResponse, Submit};
use crate::components::passkey_button::{PasskeyButton, PasskeyUse};
use crate::session::Session;
use crate::{paths, session, t};

/// `next` is the page to open then; without it, the user repeats the action on the page that shows this.
#[component]
pub fn StepUpForm(#[prop(optional)] next: Option<String>) -> impl IntoView {
    let action = ServerAction::<StepUp>::new();
    let ways = expect_context::<Session>().step_up;
    let here = use_location().pathname;
    let here = move || here.get_untracked();
    let answer = FormResponse::of(action);
    let leads_on = next.is_some();
    let next = StoredValue::new(next.unwrap_or_default());
    let by_passkey = RwSignal::new(false);
    let is_done =
        Memo::new(move |_| by_passkey.get() || action.value().with(|value| matches!(value, Some(Ok(_)))));
    let go_on = Callback::new(move |path: String| match leads_on {
        true => session::load(&path),
        false => by_passkey.set(true),
    });
    Effect::new(move |_| {
        if let (true, Some(Ok(path))) = (leads_on, action.value().get()) {
            session::load(&path);
        }
    });
    let (wrong, wrong_code) = (answer.mark("current_password"), answer.mark("code"));
    let refused = move || {
        let alert = answer.alert(&["current_password", "code"]);
        alert.filter(|_| wrong.with(Option::is_none) && wrong_code.with(Option::is_none))
    };
    let form = move || {
        view! {
            <ActionForm action attr:class="stack-slim" attr:novalidate=true>
                <input type="hidden" name="next" value=next.get_value() />
                <label class="field">
                    {t!("Current password")}
                    <input
                        name="current_password"
                        type="password"
                        autocomplete="current-password"
                        aria-invalid=move || wrong.with(Option::is_some).then_some("true")
                    />
                    {move || wrong.get().map(|text| view! { <span class="field-error">{text}</span> })}
                </label>
                {move || ways.get().asks_code.then(|| view! { <CodeField wrong=wrong_code /> })}
                {move || refused().map(|text| view! { <p class="field-error">{text}</p> })}
                <div class="flex flex-wrap items-center gap-3">
                    <Submit answer text=t!("Confirm") busy=t!("Confirming…") />
                    {(!leads_on).then(|| view! { <a href=paths::step_up(&here())>{t!("Other ways")}</a> })}
                </div>
            </ActionForm>
            {move || ways.get().has_passkey.then(|| view! {
                <PasskeyButton next=next.get_value() purpose=PasskeyUse::StepUp done=go_on />
            })}
        }
    };
    view! {
        {move || match is_done.get() {
            true => view! { <p>{t!("Confirmed for ten minutes. Repeat the action now.")}</p> }.into_any(),
            false => form().into_any(),
        }}
    }
    .into_any()
}

/// Code of a second factor.
#[component]
fn CodeField(wrong: Signal<Option<String>>) -> impl IntoView {
    view! {
        <label class="field">
            {t!("Code of your authenticator app, or a recovery code")}
            <input
                name="code"
                type="text"
                autocomplete="one-time-code"
                aria-invalid=move || wrong.with(Option::is_some).then_some("true")
            />
            {move || wrong.get().map(|text| view! { <span class="field-error">{text}</span> })}
        </label>
    }
}
