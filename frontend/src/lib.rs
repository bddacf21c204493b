//! Wakes the server's HTML up in the browser; nothing else lives here.
#![cfg(target_arch = "wasm32")]

#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(smartcache_app::App);
    // User Timing: from here on a click does something. The benchmarks read it.
    if let Some(performance) = web_sys::window().and_then(|window| window.performance()) {
        let _ = performance.mark("interactive");
    }
}
