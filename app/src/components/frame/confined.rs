//! Header of a user who must set up a second factor first.

use leptos::prelude::*;

use crate::api::accounts::SessionInfo;
use crate::components::language_switch::LanguageSwitch;
use crate::components::sign_out::SignOutForm;
use crate::components::theme::{DocumentTheme, use_theme};

/// Nothing that asks the server for more.
#[component]
pub fn Confined(standing: SessionInfo) -> impl IntoView {
    use_theme().set(standing.theme);
    view! {
        <DocumentTheme />
        <div class="header-end">
            <LanguageSwitch />
            <SignOutForm />
        </div>
    }
}
