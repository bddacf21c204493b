//! Browser entry points: hydrating the server-rendered HTML, and the application without a server.
#![cfg(target_arch = "wasm32")]

#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(async {
        let (page, messages) =
            futures::join!(smartcache_app::lazy::load_page(), smartcache_app::language::load());
        if !(page && messages) {
            return;
        }
        leptos::mount::hydrate_from_async(leptos::tachys::dom::body(), smartcache_app::App).await.forget();
        mark_interactive();
    });
}

/// Shows what is on this device, in the shell that the service worker answers with while the server is away.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn device() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(async {
        // Without its messages, the shell is in English.
        let _ = smartcache_app::language::load().await;
        smartcache_app::lazy::mount_offline().await;
        mark_interactive();
    });
}

/// From here on the page answers: its style sheet lets controls be pressed that need a script, and the
/// benchmarks read the User Timing mark.
fn mark_interactive() {
    let Some(window) = web_sys::window() else { return };
    if let Some(root) = window.document().and_then(|document| document.document_element()) {
        let _ = root.set_attribute("data-interactive", "");
    }
    if let Some(performance) = window.performance() {
        let _ = performance.mark("interactive");
    }
}
