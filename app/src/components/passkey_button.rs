//! Use of a passkey: on the sign-in page, and in the form of a step-up.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::passkeys::{
    ChallengeText, begin_passkey_sign_in, begin_passkey_step_up, sign_in_with_passkey, step_up_with_passkey,
};
use crate::components::form::FormResponse;
use crate::device::passkey;
use crate::error::ApiError;
use crate::t;

/// Purpose of a passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasskeyUse {
    SignIn,
    StepUp,
}

/// Shown with JavaScript alone: passkeys need it. `next` is the page to open afterwards, which `done` gets.
#[component]
pub fn PasskeyButton(next: String, purpose: PasskeyUse, done: Callback<String>) -> impl IntoView {
    let (busy, trouble) = (RwSignal::new(false), RwSignal::new(None::<ApiError>));
    let answer = FormResponse::of_script(trouble, busy);
    let press = move |_| {
        let next = next.clone();
        busy.set(true);
        trouble.set(None);
        spawn_local(async move {
            let answer = match purpose {
                PasskeyUse::SignIn => sign_in(next).await,
                PasskeyUse::StepUp => step_up(next).await,
            };
            match answer {
                Ok(path) => done.run(path),
                Err(error) => drop(trouble.try_set(Some(error))),
            }
            let _ = busy.try_set(false);
        });
    };
    view! {
        <div class="stack-slim needs-script">
            <button type="button" class="button" disabled=move || busy.get() on:click=press>
                {t!("Use a passkey")}
            </button>
            <div role="alert">
                {move || answer.alert(&[]).map(|text| view! { <p class="alert alert-bad">{text}</p> })}
            </div>
        </div>
    }
}

async fn sign_in(next: String) -> Result<String, ApiError> {
    let ChallengeText { ceremony, options } = begin_passkey_sign_in().await?;
    let credential = passkey::get(&options).await.ok_or_else(passkey::no_answer)?;
    sign_in_with_passkey(ceremony, credential, next).await
}

async fn step_up(next: String) -> Result<String, ApiError> {
    let ChallengeText { ceremony, options } = begin_passkey_step_up().await?;
    let credential = passkey::get(&options).await.ok_or_else(passkey::no_answer)?;
    step_up_with_passkey(ceremony, credential, next).await
}
