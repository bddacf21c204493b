//! Page of this device: copies that play without a connection, and the browser's storage.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::auth_guard::RequireSignIn;
use crate::components::fill_device::FillDevice;
use crate::components::local_copies::{LocalCopies, NothingKept};
use crate::components::player::use_player;
use crate::components::title::PageTitle;
use crate::device::{DeviceSupport, use_device};
use crate::{measure, parts, paths, t};

#[component]
pub fn DevicePage() -> impl IntoView {
    view! {
        <PageTitle text=t!("This device") />
        <RequireSignIn>
            <h1>{t!("This device")}</h1>
            <p class="lead">{t!("Copies that play and open in this browser without a connection.")}</p>
            <div class="without-script">
                <p class="alert">
                    {t!("Keeping copies in this browser needs JavaScript. Without it, save files from your library to your device.")}
                </p>
            </div>
            <Content />
        </RequireSignIn>
    }
}

#[component]
fn Content() -> impl IntoView {
    let device = use_device();
    Effect::new(move |_| device.start());
    view! {
        <FillDevice />
        <section class="stack needs-script" aria-label=t!("Copies")>
            <LocalCopies>
                <NothingKept>
                    <p>{parts!(
                        "Choose “Keep on this device” in the menu of something that is ready in {library}.",
                        library = view! { <a href=paths::DOWNLOADS>{t!("your library")}</a> }
                    )}</p>
                </NothingKept>
            </LocalCopies>
        </section>
        <Storage />
        <Limits />
    }
}

/// Bytes in use, the browser's promise, and the deletion of everything.
#[component]
fn Storage() -> impl IntoView {
    let device = use_device();
    let is_known = Memo::new(move |_| device.view().with(|view| view.support == DeviceSupport::Supported));
    let used = move || {
        let size = device.view().with(|view| measure::size(view.state.used as i64));
        t!("{size} in use.", size = size)
    };
    let has_shell = Memo::new(move |_| device.view().with(|view| view.has_shell));
    let shell = move || match has_shell.get() {
        true => t!("This page opens without a connection."),
        false => t!("This page does not open without a connection yet. Stay online for a moment."),
    };
    let is_persisted = Memo::new(move |_| device.view().with(|view| view.state.is_persisted));
    let promise = move || match is_persisted.get() {
        true => t!("The browser has promised not to delete it by itself."),
        false => {
            t!(
                "The browser may delete it when the device runs out of storage, or if you do not come back for some days."
            )
        }
    };
    move || {
        is_known.get().then(|| {
            view! {
                <section class="part" aria-labelledby="storage">
                    <h2 id="storage">{t!("Storage of this browser")}</h2>
                    <p role="status">{shell}</p>
                    <p>{used} " " {promise}</p>
                    <Forget />
                </section>
            }
        })
    }
}

/// Deletes everything on this device, once the user has confirmed it.
#[component]
fn Forget() -> impl IntoView {
    let (device, player) = (use_device(), use_player());
    let (asks, is_busy) = (RwSignal::new(false), RwSignal::new(false));
    let forget = move |_| {
        is_busy.set(true);
        player.close();
        spawn_local(async move {
            device.purge().await;
            let _ = is_busy.try_set(false);
            let _ = asks.try_set(false);
        });
    };
    view! {
        <div class="local-forget">
            <Show
                when=move || asks.get()
                fallback=move || view! {
                    <button type="button" class="button button-small button-bad" on:click=move |_| asks.set(true)>
                        {t!("Forget everything on this device")}
                    </button>
                }
            >
                <p>{t!("All copies in this browser are deleted. Your library on the server stays as it is.")}</p>
                <button type="button" class="button button-small button-bad" disabled=is_busy on:click=forget>
                    {t!("Delete all copies")}
                </button>
                <button type="button" class="button button-small" on:click=move |_| asks.set(false)>
                    {t!("Keep them")}
                </button>
            </Show>
        </div>
    }
}

/// Limits of each kind of browser, for display: what a site may do there, and how long copies stay.
fn limits() -> [(&'static str, &'static str, &'static str); 5] {
    [
        (
            t!("Android, Chrome, installed"),
            t!("Copies arrive while SmartCache is open, and for a while in the background."),
            t!("They are rarely deleted."),
        ),
        (
            t!("iPhone or iPad, on the Home Screen"),
            t!("Copies arrive while SmartCache is in the foreground and the screen is on."),
            t!("They stay, up to 60 % of the disk."),
        ),
        (
            t!("iPhone or iPad, in Safari"),
            t!("Copies arrive while SmartCache is in the foreground."),
            t!("All are deleted after seven days of using Safari without opening SmartCache."),
        ),
        (
            t!("Firefox"),
            t!("Copies arrive while SmartCache is open."),
            t!("Up to 10 % of the disk and 10 GB; more if you allow it when Firefox asks."),
        ),
        (
            t!("Chrome, Edge and others on a computer"),
            t!("Copies arrive while SmartCache is open."),
            t!("They are rarely deleted, if the browser has made its promise."),
        ),
    ]
}

#[component]
fn Limits() -> impl IntoView {
    let rows = limits().map(|(browser, arrival, stay)| {
        view! { <li><b>{browser}</b>": " {arrival} " " {stay}</li> }
    });
    view! {
        <details class="part">
            <summary class="link">{t!("What browsers allow")}</summary>
            <p class="muted">
                {t!("No browser opens SmartCache by itself. Open it once before you leave, and wait until everything says “On this device”.")}
            </p>
            <ul class="local-limits">{rows.into_iter().collect_view()}</ul>
        </details>
    }
}
