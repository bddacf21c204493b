//! Username and password fields of a private feed.

use leptos::prelude::*;

use super::form::{Field, FormResponse};
use crate::session::Session;
use crate::t;

#[component]
pub fn LoginFields(answer: FormResponse) -> impl IntoView {
    let hint = match expect_context::<Session>().is_site.get_untracked() {
        true => t!(
            "As its publisher gave them to you. They are kept sealed, carried to the gateway encrypted, given to the \
             feed's own server alone, and never shown again."
        ),
        false => t!(
            "As its publisher gave them to you. They are kept sealed, sent to the feed's own server alone, and never shown again."
        ),
    };
    view! {
        <Field answer label=t!("Name") name="username" id="login-username".to_owned() />
        <Field
            answer
            label=t!("Password")
            name="password"
            id="login-password".to_owned()
            kind="password"
            autocomplete="new-password"
            hint
        />
    }
}
