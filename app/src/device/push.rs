//! Web Push in this browser: the subscription of the service worker, and its channel on the server.

use crate::t;

/// Whether notifications reach this browser while SmartCache is closed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PushState {
    /// Not asked yet, as on the server.
    #[default]
    Unknown,
    Off,
    On,
    /// The user has refused notifications of this site.
    Denied,
    /// The page came by plain http.
    Insecure,
    /// Safari on an iPhone or iPad offers push to apps of the Home Screen alone.
    NeedsHomeScreen,
    /// The browser has no push.
    Unsupported,
    /// The browser or its push service gave no subscription.
    Failed,
}

impl PushState {
    /// Reason why push cannot be turned on here, and the way out.
    pub fn problem(self) -> Option<&'static str> {
        match self {
            Self::Unknown | Self::Off | Self::On => None,
            Self::Denied => Some(t!(
                "You have refused notifications of this site. Allow them in the browser's settings for it, and reload the page."
            )),
            Self::Insecure => Some(t!(
                "Browsers offer push only for sites with HTTPS. Open SmartCache by its https address."
            )),
            Self::NeedsHomeScreen => Some(t!(
                "An iPhone or iPad offers push only to apps on its Home Screen: choose Share, then “Add to Home Screen”, and open SmartCache from there."
            )),
            Self::Unsupported => {
                Some(t!("This browser has no push. Choose another way below, or another browser."))
            }
            Self::Failed => Some(t!(
                "The browser did not get a subscription from its push service. Check the connection and try again."
            )),
        }
    }
}

/// Subscription as the server takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushSubscription {
    pub endpoint: String,
    pub p256dh: String,
    pub auth: String,
}

#[cfg(feature = "hydrate")]
pub use browser::{channel, remember, state, subscribe};

/// Ends the subscription of this browser and removes its channel. Returns after a few seconds at the latest.
pub async fn unsubscribe() {
    #[cfg(feature = "hydrate")]
    browser::unsubscribe().await;
}

#[cfg(feature = "hydrate")]
mod browser {
    use std::time::Duration;

    use domain::ChannelId;
    use futures::future::{Either, select};
    use js_sys::{JSON, Object, Reflect};
    use leptos::prelude::*;
    use serde::Deserialize;
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{Notification, NotificationPermission, ServiceWorkerRegistration};

    use super::{PushState, PushSubscription};
    use crate::api::channels::remove_channel;

    /// Key of the channel of this browser.
    const CHANNEL: &str = "smartcache.push";
    /// Longest wait for the end of a subscription at sign-out.
    const PATIENCE: Duration = Duration::from_secs(3);

    #[derive(Deserialize)]
    struct SubscriptionJson {
        endpoint: String,
        keys: SubscriptionKeys,
    }

    #[derive(Deserialize)]
    struct SubscriptionKeys {
        p256dh: String,
        auth: String,
    }

    fn storage() -> Option<web_sys::Storage> {
        window().local_storage().ok()?
    }

    /// Channel of this browser, if push was turned on here.
    pub fn channel() -> Option<ChannelId> {
        storage()?.get_item(CHANNEL).ok()??.parse().ok()
    }

    pub fn remember(id: ChannelId) {
        if let Some(storage) = storage() {
            let _ = storage.set_item(CHANNEL, &id.to_string());
        }
    }

    fn has(name: &str) -> bool {
        Reflect::has(&window(), &name.into()).unwrap_or(false)
    }

    /// State of push by what the browser offers, without asking the user.
    pub async fn state() -> PushState {
        if !window().is_secure_context() {
            return PushState::Insecure;
        }
        if !has("PushManager") || !has("Notification") {
            let agent = window().navigator().user_agent().unwrap_or_default();
            let is_phone = agent.contains("iPhone") || agent.contains("iPad");
            return if is_phone { PushState::NeedsHomeScreen } else { PushState::Unsupported };
        }
        if Notification::permission() == NotificationPermission::Denied {
            return PushState::Denied;
        }
        let is_on = channel().is_some() && current().await.is_some();
        if is_on { PushState::On } else { PushState::Off }
    }

    /// Asks the user and the push service, in answer to a click.
    pub async fn subscribe(key: &str) -> Result<PushSubscription, PushState> {
        let failed = |_: JsValue| PushState::Failed;
        let asked = JsFuture::from(Notification::request_permission().map_err(failed)?);
        asked.await.map_err(failed)?;
        if Notification::permission() != NotificationPermission::Granted {
            return Err(PushState::Denied);
        }
        let container = window().navigator().service_worker();
        JsFuture::from(container.register("/sw.js")).await.map_err(failed)?;
        let ready = JsFuture::from(container.ready().map_err(failed)?).await.map_err(failed)?;
        let registration: ServiceWorkerRegistration = ready.unchecked_into();
        let options = Object::new();
        let set = |name: &str, value: JsValue| Reflect::set(&options, &name.into(), &value);
        set("userVisibleOnly", true.into()).map_err(failed)?;
        set("applicationServerKey", key.into()).map_err(failed)?;
        let manager = registration.push_manager().map_err(failed)?;
        let subscribed = manager.subscribe_with_options(options.unchecked_ref()).map_err(failed)?;
        read(&JsFuture::from(subscribed).await.map_err(failed)?).ok_or(PushState::Failed)
    }

    fn read(subscription: &JsValue) -> Option<PushSubscription> {
        let text = String::from(JSON::stringify(subscription).ok()?);
        let SubscriptionJson { endpoint, keys } = serde_json::from_str(&text).ok()?;
        Some(PushSubscription { endpoint, p256dh: keys.p256dh, auth: keys.auth })
    }

    /// Subscription of the service worker.
    async fn current() -> Option<web_sys::PushSubscription> {
        let registration = window().navigator().service_worker().get_registration();
        let registration = JsFuture::from(registration).await.ok()?;
        let registration: ServiceWorkerRegistration = registration.dyn_into().ok()?;
        let current = registration.push_manager().ok()?.get_subscription().ok()?;
        JsFuture::from(current).await.ok()?.dyn_into().ok()
    }

    /// Ends the subscription, and removes its channel. Does nothing in a browser that has neither.
    pub async fn unsubscribe() {
        let subscription = async {
            match current().await.map(|current| current.unsubscribe()) {
                Some(Ok(ended)) => JsFuture::from(ended).await.is_ok(),
                Some(Err(_)) => false,
                None => true,
            }
        };
        // The push service tells the server of a channel without a subscription.
        let channel = async {
            if let Some(id) = channel() {
                let _ = remove_channel(id).await;
            }
        };
        let ending = Box::pin(async move {
            let (is_ended, ()) = futures::join!(subscription, channel);
            if let Some(storage) = storage().filter(|_| is_ended) {
                let _ = storage.remove_item(CHANNEL);
            }
        });
        match select(ending, Box::pin(gloo_timers::future::sleep(PATIENCE))).await {
            Either::Left(_) | Either::Right(_) => {}
        }
    }
}
