//! Page for URLs without a page.

use leptos::prelude::*;

use crate::components::notice::{Empty, respond_not_found};
use crate::components::title::PageTitle;
use crate::{parts, paths, t};

#[component]
pub fn NotFound() -> impl IntoView {
    respond_not_found();
    view! {
        <PageTitle text=t!("Page not found") />
        <h1>{t!("Page not found")}</h1>
        <Empty title=t!("There is no page at this address.")>
            <p>
                {parts!(
                    "It may have moved, or the address has a typing error. {link}.",
                    link = view! { <a href=paths::DASHBOARD>{t!("Go to the dashboard")}</a> },
                )}
            </p>
        </Empty>
    }
}
