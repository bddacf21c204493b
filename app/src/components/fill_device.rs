//! Offer to make this browser a device that copies are planned for.

use leptos::prelude::*;

use crate::device::use_device;
use crate::t;

/// Nothing in a browser that is a device already, or that cannot be one.
#[component]
pub fn FillDevice() -> impl IntoView {
    let device = use_device();
    let is_offered = Memo::new(move |_| device.can_register());
    view! {
        <Show when=move || is_offered.get()>
            <p class="ready-words">
                <button type="button" class="button button-small" on:click=move |_| device.register()>
                    {t!("Prepare this device for your commutes")}
                </button>
                " "
                <span class="muted">{t!("What you need comes here by itself while SmartCache is open.")}</span>
            </p>
        </Show>
    }
}
