//! State of the live connection in the header.

use leptos::prelude::*;

use crate::live::{ConnectionState, use_live};
use crate::t;

/// State of the live connection, in one word.
#[component]
pub fn ConnectionBadge() -> impl IntoView {
    let connection = use_live().connection;
    let words = move || match connection.get() {
        ConnectionState::Connecting => (t!("Connecting"), t!("Opening the live connection.")),
        ConnectionState::Connected => (t!("Connected"), t!("News arrives as it happens.")),
        ConnectionState::Disconnected => {
            (t!("Disconnected"), t!("The server does not answer. This page keeps trying."))
        }
        ConnectionState::Error => {
            (t!("Error"), t!("The server refuses the live connection. This page keeps trying."))
        }
    };
    view! {
        <span class="connection" role="status" data-state=move || connection.get().as_str() title=move || words().1>
            {move || words().0}
        </span>
    }
}
