//! Page of a reset link: the user chooses a new password. Rendered by the server alone.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::api::reset_links::{ResetPassword, open_reset_link};
use crate::components::form::{Field, FormAlert, FormResponse, Submit};
use crate::components::live_query::{Loaded, live_query};
use crate::components::notice::{Empty, respond_not_found};
use crate::components::title::PageTitle;
use crate::t;

#[component]
pub fn Reset() -> impl IntoView {
    let params = use_params_map();
    let token = Memo::new(move |_| params.with(|params| params.get("token").unwrap_or_default()));
    let kept = live_query(move || token.get(), open_reset_link);
    let content = move |username: Option<String>| match username {
        Some(username) => view! { <ChooseForm token=token.get_untracked() username /> }.into_any(),
        None => view! { <NoLink /> }.into_any(),
    };
    view! {
        <Loaded kept what=t!("Loading the link") whole=true>
            {move || kept.value.get().map(content)}
        </Loaded>
    }
}

/// A link that is unknown, used, replaced or expired.
#[component]
fn NoLink() -> impl IntoView {
    respond_not_found();
    view! {
        <PageTitle text=t!("Link not found") />
        <h1>{t!("Link not found")}</h1>
        <Empty title=t!("This link was used, or is too old.")>
            <p>{t!("Ask an administrator of this server for a new one.")}</p>
        </Empty>
    }
}

#[component]
fn ChooseForm(token: String, username: String) -> impl IntoView {
    let action = ServerAction::<ResetPassword>::new();
    let answer = FormResponse::of(action);
    view! {
        <PageTitle text=t!("Choose a new password") />
        <div class="door card">
            <h1>{t!("Choose a new password")}</h1>
            <p class="muted">
                {t!("For the account {name}. All its sessions end, and you sign in with the new password.", name = username.clone())}
            </p>
            <FormAlert answer fields=&["new_password"] />
            <ActionForm action attr:class="stack" attr:novalidate=true>
                <input type="hidden" name="token" value=token />
                // For password managers, which store a password under a name.
                <input type="text" autocomplete="username" value=username readonly=true hidden=true />
                <Field
                    answer
                    label=t!("New password")
                    name="new_password"
                    kind="password"
                    autocomplete="new-password"
                    hint=t!("At least 10 characters; a few unusual words work well.")
                />
                <Submit answer text=t!("Save the password") busy=t!("Saving…") />
            </ActionForm>
        </div>
    }
}
