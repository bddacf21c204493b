//! Pages of SmartCache: the routes, the document around them, and the application.

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::Router;

pub mod api;
pub mod components;
#[cfg(feature = "ssr")]
mod cookies;
pub mod device;
#[cfg(feature = "ssr")]
mod document;
pub mod error;
mod header;
pub mod language;
pub mod lazy;
pub mod live;
pub mod measure;
#[cfg(feature = "hydrate")]
mod offline;
pub mod pages;
pub mod paths;
pub mod routes;
#[cfg(feature = "ssr")]
pub mod server_side;
pub mod session;
pub mod timeline;
pub mod times;

use components::title::SiteTitle;
#[cfg(feature = "ssr")]
pub use document::shell;
use header::{Header, SkipLink};

/// The application: the content of the document's body.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    times::provide_times();
    session::provide_session();
    live::provide_live();
    components::player::provide_player();
    components::theme::provide_theme();
    components::troubles::provide_troubles();
    view! {
        <SiteTitle />
        <Router>
            <SkipLink />
            <Header />
            <routes::Pages />
        </Router>
    }
}
