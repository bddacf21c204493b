//! Way from the account page of an administrator to those pages.

use leptos::prelude::*;

use crate::{paths, t};

/// Way to the pages of administrators.
#[component]
pub fn Administration() -> impl IntoView {
    view! {
        <section class="card stack" aria-labelledby="administration">
            <h2 id="administration">{t!("Administration")}</h2>
            <p class="muted">{t!("You are an administrator of this server.")}</p>
            <div class="flex flex-wrap gap-2">
                <a class="button button-small" href=paths::USERS>{t!("Manage users")}</a>
                <a class="button button-small" href=paths::SYSTEM>{t!("System")}</a>
                <a class="button button-small" href=paths::AUDIT>{t!("Audit log")}</a>
                <a class="button button-small" href=paths::LIMITS>{t!("Request limits")}</a>
            </div>
        </section>
    }
}
