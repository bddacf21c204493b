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
pub const PLAY: &str = "M8 5.5v13l11-6.5z";
pub const PAUSE: &str = "M8 5v14M16 5v14";
pub const BACK: &str = "M4.5 5v4.5H9M5 9.5A8 8 0 1 1 4.2 14";
pub const FORWARD: &str = "M19.5 5v4.5H15M19 9.5A8 8 0 1 0 19.8 14";
pub const CLOSE: &str = "M6 6l12 12M18 6L6 18";
pub const UPWARD: &str = "M6 15l6-6 6 6";
pub const DOWNWARD: &str = "M6 9l6 6 6-6";
pub const COMPASS: &str = "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM15.5 8.5l-2 5-5 2 2-5z";
pub const SEARCH: &str = "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l4.5 4.5";
pub const MORE: &str = "M5 12h.01M12 12h.01M19 12h.01";
pub const STACK: &str = "M12 4l8 4-8 4-8-4zM4 12l8 4 8-4M4 16l8 4 8-4";
pub const TEAM: &str = "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM3.5 19a5.5 5.5 0 0 1 11 0M16 5.5a3 3 0 0 1 0 5.5M17 14a5.5 5.5 0 0 1 3.5 5";
pub const PERSON: &str = "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20a7.5 7.5 0 0 1 15 0";
pub const BELL: &str = "M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 2h-15zM10 18.5a2 2 0 0 0 4 0";
pub const CHECK: &str = "M5 12.5l4.5 4.5L19 7.5";
pub const TASKS: &str =
    "M4 7l1.5 1.5L8 6M4 13l1.5 1.5L8 12M4 19l1.5 1.5L8 18M11.5 7.5H20M11.5 13.5H20M11.5 19.5H20";
pub const CHART: &str = "M5 19V10M12 19V5M19 19v-6";
pub const PIN: &str = "M9 4h6l-1 6 3 3H7l3-3zM12 13v7";
pub const PHONE: &str = "M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM11 18h2";
pub const CLOCK: &str = "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 8v4.5l3 2";
pub const ALERT: &str = "M12 4l9 15.5H3zM12 10v4.5M12 17h.01";
pub const HOURGLASS: &str = "M7 4h10M7 20h10M8 4c0 5 8 5 8 8s-8 3-8 8m8 0c0-5-8-5-8-8s8-3 8-8";
pub const THUMB_UP: &str =
    "M8 11l4-7a2 2 0 0 1 2.5 2.3L14 10h4.5a1.5 1.5 0 0 1 1.5 1.8l-1.3 6.7a2 2 0 0 1-2 1.5H8zM8 11H4.5v9H8";
pub const THUMB_DOWN: &str =
    "M8 13l4 7a2 2 0 0 0 2.5-2.3L14 14h4.5a1.5 1.5 0 0 0 1.5-1.8l-1.3-6.7a2 2 0 0 0-2-1.5H8zM8 13H4.5V4H8";
pub const PLUS: &str = "M12 5v14M5 12h14";
