//! Menu of a row's further actions.

use leptos::prelude::*;

use super::icons::{self, Icon};

/// A button and the popover that it opens. The browser opens and closes it, by Escape or a click elsewhere
/// too, so that it works without JavaScript.
#[component]
pub fn Menu(
    id: String,
    /// Name of the button and of what it opens.
    #[prop(into)]
    label: Signal<String>,
    children: Children,
) -> impl IntoView {
    let target = id.clone();
    view! {
        <button type="button" class="menu-button" popovertarget=target aria-label=label>
            <Icon path=icons::MORE />
        </button>
        <div id=id popover="auto" class="menu" role="group" aria-label=label on:submit=|event| close(&event)>
            {children()}
        </div>
    }
}

/// Closes the menu once one of its actions was chosen; the focus returns to its button.
fn close(event: &leptos::ev::SubmitEvent) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::{JsCast, JsValue};
        let menu = event.current_target().map(JsValue::from).unwrap_or_default();
        let hide = js_sys::Reflect::get(&menu, &"hidePopover".into()).ok();
        if let Some(hide) = hide.and_then(|hide| hide.dyn_into::<js_sys::Function>().ok()) {
            let _ = hide.call0(&menu);
        }
    }
    let _ = event;
}
