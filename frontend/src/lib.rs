//! Browser entry point: hydrates the server-rendered HTML.
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
        // User Timing mark: the page is interactive from here on. Read by the benchmarks.
        if let Some(performance) = web_sys::window().and_then(|window| window.performance()) {
            let _ = performance.mark("interactive");
        }
    });
}
