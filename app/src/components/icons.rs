//! Line icons beside text, hidden from screen readers.

use leptos::prelude::*;

/// An icon of 24 by 24 units, given as an SVG path.
#[component]
pub fn Icon(path: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d=path />
        </svg>
    }
}

pub const HOME: &str = "M4 11l8-7 8 7v8a1 1 0 0 1-1 1h-4v-6H9v6H5a1 1 0 0 1-1-1z";
pub const FEED: &str = "M5 19h.01M5 12a7 7 0 0 1 7 7M5 5a14 14 0 0 1 14 14";
pub const DOWN: &str = "M12 4v11m0 0l-4.5-4.5M12 15l4.5-4.5M5 20h14";
pub const LIST: &str = "M9 6h11M9 12h11M9 18h11M4.5 6h.01M4.5 12h.01M4.5 18h.01";
pub const SLIDERS: &str = "M4 7h9m4 0h3M4 17h3m4 0h9M15 4.5v5M9 14.5v5";
pub const SPARK: &str = "M12 3l1.9 5.6L19.5 10.5l-5.6 1.9L12 18l-1.9-5.6L4.5 10.5l5.6-1.9zM19 16v4m2-2h-4";
pub const ASK: &str = "M5 5h14a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1h-7l-4 3.5V17H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM8.5 11l2.5 2.5L15.5 9";
