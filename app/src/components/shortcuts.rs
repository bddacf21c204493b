//! Keyboard shortcuts of all pages, and the dialogs that they open.

#[cfg(feature = "hydrate")]
mod keys;
mod overlay;
mod palette;

use leptos::prelude::*;

use crate::t;

/// Dialog over a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlay {
    /// Places and searches to choose from.
    Palette,
    /// Table of the shortcuts.
    Help,
}

/// Letters that open a page after `g`. None is a key of the player.
fn places() -> [(&'static str, &'static str, &'static str); 6] {
    [
        ("h", t!("Home"), crate::paths::DASHBOARD),
        ("d", t!("Library"), crate::paths::DOWNLOADS),
        ("i", t!("Items"), crate::paths::ITEMS),
        ("s", t!("Subscriptions"), crate::paths::SUBSCRIPTIONS),
        ("r", t!("Runs"), crate::paths::RUNS),
        ("p", t!("Preferences"), crate::paths::PREFERENCES),
    ]
}

/// Handles the keys, and shows a dialog, whose code is loaded when one is first opened.
#[component]
pub fn Shortcuts(open: RwSignal<Option<Overlay>>) -> impl IntoView {
    #[cfg(feature = "hydrate")]
    keys::listen(open);
    let dialog = move || {
        open.get().map(|which| {
            // A boundary of its own, or the header's would take the player away meanwhile.
            view! {
                <Suspense>
                    {move || Suspend::new(async move {
                        overlay::overlay(which, open).await.unwrap_or_else(|_| ().into_any())
                    })}
                </Suspense>
            }
        })
    };
    view! { <div class="needs-script">{dialog}</div> }
}
