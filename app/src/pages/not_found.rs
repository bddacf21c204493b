//! Page for URLs without a page.

use leptos::prelude::*;

use crate::components::notice::{Empty, respond_not_found};
use crate::components::title::PageTitle;
use crate::paths;

#[component]
pub fn NotFound() -> impl IntoView {
    respond_not_found();
    view! {
        <PageTitle text="Page not found" />
        <h1>"Page not found"</h1>
        <Empty title="There is no page at this address.">
            <p>
                "It may have moved, or the address has a typing error. "
                <a href=paths::DASHBOARD>"Go to the dashboard"</a>"."
            </p>
        </Empty>
    }
}
