//! Times in the user's time zone: relative near the present, with the exact time for machines and on hover.

use domain::{DateTime, Utc};
use leptos::prelude::*;

use crate::measure;
use crate::times::{now, use_times};

/// A time: "today 09:30", "2026-07-18 09:30".
#[component]
pub fn When(at: DateTime<Utc>) -> impl IntoView {
    let times = use_times();
    view! { <Exact at words=Signal::derive(move || measure::when(times.local(at), times.now())) /> }
}

/// Time of an event, where no preposition precedes it: "8 min ago", "yesterday 09:30".
#[component]
pub fn Ago(at: DateTime<Utc>) -> impl IntoView {
    let times = use_times();
    view! { <Exact at words=Signal::derive(move || measure::ago(times.local(at), times.now())) /> }
}

/// Day of an event: "8 min ago", "yesterday", "2026-07-18".
#[component]
pub fn Day(at: DateTime<Utc>) -> impl IntoView {
    let times = use_times();
    view! { <Exact at words=Signal::derive(move || measure::day_of(times.local(at), times.now())) /> }
}

/// A time of day with seconds, for a log.
#[component]
pub fn LogTime(at: DateTime<Utc>) -> impl IntoView {
    let times = use_times();
    view! {
        <time class="log-time" datetime=measure::datetime(at) title=move || measure::exact(times.local(at))>
            {move || measure::clock(times.local(at))}
        </time>
    }
}

#[component]
fn Exact(at: DateTime<Utc>, words: Signal<String>) -> impl IntoView {
    let times = use_times();
    view! {
        <time datetime=measure::datetime(at) title=move || measure::exact(times.local(at))>{move || words.get()}</time>
    }
}

/// Time left until `at`. Only in the browser: the server's rendering has no clock.
#[component]
pub fn Ahead(at: DateTime<Utc>) -> impl IntoView {
    let left = RwSignal::new(None::<i64>);
    Effect::new(move |_| {
        let look = move || left.set(now().map(|now| (at - now).num_seconds()));
        look();
        if let Ok(clock) = set_interval_with_handle(look, std::time::Duration::from_secs(30)) {
            on_cleanup(move || clock.clear());
        }
    });
    move || left.get().map(|left| format!(" ({})", measure::ahead(left)))
}
