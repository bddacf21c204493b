//! The application that is shown while the server cannot be reached: what is on this device.
//!
//! It is mounted into the static shell of the service worker, not hydrated, and has no routes and no session.

use leptos::prelude::*;

use crate::components::local_copies::{LocalCopies, NothingKept};
use crate::components::local_departures::LocalDepartures;
use crate::components::player::dock::PlayerDock;
use crate::device::{DeviceSupport, use_device};
use crate::language::{self, Language};
use crate::{components, live, t, times};

#[component]
pub fn OfflineApp() -> impl IntoView {
    times::provide_times();
    times::use_times().go_by(times::device_clock());
    live::provide_live();
    components::player::provide_player();
    let device = use_device();
    device.start();
    if language::language() != Language::default() {
        document().set_title(&(t!("On this device").to_owned() + " · SmartCache"));
    }
    // The shell's own, which is stored.
    let icon = document().query_selector("link[rel=icon]").ok().flatten();
    let mark = icon.and_then(|icon| icon.get_attribute("href"));
    // The player looks for its track on this device, so it waits for the list.
    let is_known = Memo::new(move |_| device.view().with(|view| view.support != DeviceSupport::Unknown));
    view! {
        <header class="header">
            <div class="header-row">
                <span class="brand">
                    <img src=mark alt="" width="28" height="28" />
                    <span>"SmartCache"</span>
                </span>
                <span class="header-end"><span class="connection" data-state="disconnected">{t!("Offline")}</span></span>
            </div>
        </header>
        <main id="main" class="page">
            <h1>{t!("You are offline")}</h1>
            <p class="lead">{t!("This is what is on this device.")}</p>
            <p><TryAgain /></p>
            <LocalDepartures />
            <LocalCopies>
                <NothingKept>
                    <p>{t!("Once you are online, choose “Keep on this device” in the menu of something that is ready in your library.")}</p>
                </NothingKept>
            </LocalCopies>
        </main>
        <Show when=move || is_known.get()><PlayerDock /></Show>
    }
}

/// Opens the address of the document once more: from the server, if it is back.
#[component]
fn TryAgain() -> impl IntoView {
    let again = |_| drop(window().location().reload());
    view! { <button type="button" class="button" on:click=again>{t!("Try again")}</button> }
}
