//! Notices: error messages, empty states, badges and placeholders.

use leptos::prelude::*;

use super::title::PageTitle;
use crate::error::ApiError;
use crate::{language, paths, t};

/// Sets the response status to 404.
pub fn respond_not_found() {
    #[cfg(feature = "ssr")]
    if let Some(options) = use_context::<leptos_axum::ResponseOptions>() {
        options.set_status(http::StatusCode::NOT_FOUND);
    }
}

/// Error message for a part of a page, with a link to what the user can do.
#[component]
pub fn Problem(
    error: ApiError,
    /// Whether the page has no other content: the error then provides its heading and title.
    #[prop(optional)]
    whole: bool,
) -> impl IntoView {
    let here = paths::here();
    let (words, href) = match &error {
        error if error.needs_sign_in() => (t!("Sign in again"), paths::sign_in(&here)),
        error if error.needs_factor() => (t!("Set up a second factor"), paths::FACTOR_SETUP.to_owned()),
        error if error.is_missing() => (t!("Go to the dashboard"), paths::DASHBOARD.to_owned()),
        _ => (t!("Try again"), here),
    };
    if error.is_missing() {
        respond_not_found();
    }
    let heading = whole.then(|| {
        let heading = error.missing().map(|what| {
            let what = capitalised(&language::sentence(what));
            t!("{what} not found", what = what)
        });
        let heading = heading.unwrap_or_else(|| t!("This page could not be loaded").to_owned());
        view! { <PageTitle text=heading.clone() /> <h1>{heading}</h1> }
    });
    let message = match &error {
        ApiError::Unreachable => {
            t!("The server cannot be reached. This page loads again by itself as soon as it answers.")
                .to_owned()
        }
        error => language::sentence(&error.message()),
    };
    view! {
        {heading}
        <div class="alert alert-bad" role="alert">
            <p>{message}</p>
            <a class="button button-small" rel="external" href=href>{words}</a>
        </div>
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Empty state: a title, and the way to get content.
#[component]
pub fn Empty(#[prop(into)] title: String, children: Children) -> impl IntoView {
    view! {
        <div class="empty">
            <p class="empty-title">{title}</p>
            <div class="muted">{children()}</div>
        </div>
    }
}

/// A short label on a coloured background; `tone` is one of the tones in `style/components.css`.
#[component]
pub fn Badge(#[prop(into)] tone: Signal<&'static str>, #[prop(into)] text: Signal<String>) -> impl IntoView {
    view! { <span class="badge" data-tone=tone>{text}</span> }
}

/// Placeholder while content is loading.
#[component]
pub fn Waiting(#[prop(optional)] what: Option<&'static str>) -> impl IntoView {
    let what = what.unwrap_or_else(|| t!("Loading"));
    view! { <div class="waiting" aria-busy="true"><span class="sr-only">{what}</span></div> }
}
