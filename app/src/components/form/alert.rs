//! Error above a form.

use leptos::prelude::*;

use super::FormResponse;
use crate::components::step_up::StepUpForm;

/// Error of a form as a whole: [`FormResponse::alert`]. Asks for the password where the action needs a
/// step-up.
#[component]
pub fn FormAlert(answer: FormResponse, fields: &'static [&'static str]) -> impl IntoView {
    view! {
        <div role="alert">
            {move || match answer.needs_step_up() {
                true => view! { <div class="alert"><StepUpForm /></div> }.into_any(),
                false => {
                    answer.alert(fields).map(|text| view! { <p class="alert alert-bad">{text}</p> }).into_any()
                }
            }}
        </div>
    }
}
