//! Push in this browser: turned on and off, or the reason why it cannot be.

use domain::channel::NotificationChannel;
use leptos::prelude::*;

use crate::device::push::PushState;
use crate::t;

/// `key` is the server's key for push subscriptions, and `known` the user's channels, once they are loaded.
/// `pushes` is raised when this browser's has changed.
#[component]
pub fn ThisBrowser(
    key: Option<String>,
    known: Signal<Option<Vec<NotificationChannel>>>,
    pushes: RwSignal<u32>,
) -> impl IntoView {
    let (state, is_busy) = (RwSignal::new(PushState::default()), RwSignal::new(false));
    let problem = RwSignal::new(None::<String>);
    let key = StoredValue::new(key);
    #[cfg(feature = "hydrate")]
    browser::watch(state, known);
    #[cfg(not(feature = "hydrate"))]
    let _ = known;
    let switch = move |_| {
        is_busy.set(true);
        problem.set(None);
        #[cfg(feature = "hydrate")]
        leptos::task::spawn_local(async move {
            let has_changed = browser::switch(state, problem, key).await;
            is_busy.try_set(false);
            if has_changed {
                pushes.try_update(|pushes| *pushes += 1);
            }
        });
        let _ = (key, pushes);
    };
    let has_key = key.with_value(Option::is_some);
    let words = move || match state.get() {
        _ if !has_key => t!("This server cannot send to browsers. Its owner finds the reason in the log."),
        PushState::On => t!("Notifications reach this browser, also while SmartCache is closed."),
        PushState::Unknown => t!("Push needs JavaScript in this browser."),
        other => other
            .problem()
            .unwrap_or(t!("Notifications do not reach this browser while SmartCache is closed.")),
    };
    let button = move || {
        let text = match state.get() {
            PushState::On => t!("Turn push off"),
            PushState::Off | PushState::Failed => t!("Turn push on"),
            _ => return None,
        };
        has_key.then(|| {
            view! {
                <button type="button" class="button" disabled=is_busy on:click=switch>{text}</button>
            }
        })
    };
    view! {
        <section class="card stack max-w-3xl" aria-labelledby="here">
            <h2 id="here">{t!("This browser")}</h2>
            <p>{words}</p>
            <div role="alert">
                {move || problem.get().map(|text| view! { <p class="alert alert-bad">{text}</p> })}
            </div>
            <div>{button}</div>
        </section>
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use domain::channel::NotificationChannel;
    use domain::user_agent;
    use leptos::prelude::*;

    use crate::api::channels::add_push_channel;
    use crate::device::push::{self, PushState, PushSubscription};
    use crate::language;

    /// Reads the state now and whenever the user's channels have changed.
    pub fn watch(state: RwSignal<PushState>, known: Signal<Option<Vec<NotificationChannel>>>) {
        Effect::new(move |_| {
            known.track();
            leptos::task::spawn_local(async move {
                let (now, here) = (push::state().await, push::channel());
                let is_missing = |known: &Option<Vec<NotificationChannel>>| {
                    known.as_ref().is_some_and(|known| known.iter().all(|row| Some(row.id) != here))
                };
                // The channel may have been removed on another device.
                let is_removed = now == PushState::On && known.try_with_untracked(is_missing) == Some(true);
                state.try_set(if is_removed { PushState::Off } else { now });
            });
        });
    }

    /// Turns push on or off. False if nothing has changed; what the server refuses is the problem.
    pub async fn switch(
        state: RwSignal<PushState>,
        problem: RwSignal<Option<String>>,
        key: StoredValue<Option<String>>,
    ) -> bool {
        if state.get_untracked() == PushState::On {
            push::unsubscribe().await;
            return true;
        }
        let subscribed = push::subscribe(&key.get_value().unwrap_or_default()).await;
        let PushSubscription { endpoint, p256dh, auth } = match subscribed {
            Ok(subscription) => subscription,
            Err(why) => {
                state.try_set(why);
                return false;
            }
        };
        let agent = window().navigator().user_agent().unwrap_or_default();
        let name = user_agent::device_name(&agent);
        match add_push_channel(endpoint, p256dh, auth, name).await {
            Ok(id) => {
                push::remember(id);
                true
            }
            Err(error) => {
                problem.try_set(Some(language::sentence(&error.message())));
                false
            }
        }
    }
}
