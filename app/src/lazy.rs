//! Code that is loaded when it is needed: of each page, and of the parts that signed-in users have around it.
//!
//! Each function of `pieces` is a piece that scripts/split.mjs cuts off the program. Nothing else may name
//! what is in a piece: one call from outside moves the code back into the first load of every page.

use leptos::prelude::*;
use leptos_router::LazyRoute;

use crate::api::accounts::SessionInfo;
use crate::{paths, session};

macro_rules! lazy_pages {
    ($($name:ident => $module:ident::$page:ident),* $(,)?) => {
        $(
            pub struct $name;

            impl LazyRoute for $name {
                fn data() -> Self {
                    Self
                }

                async fn view(_page: Self) -> AnyView {
                    preload(stringify!($module));
                    match pieces::$module().await {
                        Ok(view) => view,
                        Err(_) => leave_to_browser().await,
                    }
                }
            }
        )*

        mod pieces {
            use leptos::prelude::*;
            use leptos::wasm_split::{SplitLoaderError, wasm_split};

            use crate::api::accounts::SessionInfo;

            $(
                #[wasm_split($module, wasm_split_path = ::leptos::wasm_split, fallible)]
                pub fn $module() -> Result<AnyView, SplitLoaderError> {
                    Ok(view! { <crate::pages::$module::$page /> }.into_any())
                }
            )*

            #[wasm_split(personal, wasm_split_path = ::leptos::wasm_split, fallible, preload(load_personal))]
            pub fn personal(standing: SessionInfo) -> Result<AnyView, SplitLoaderError> {
                Ok(view! { <crate::components::frame::Personal standing /> }.into_any())
            }
        }
    };
}

lazy_pages! {
    Agent => agent::AgentPage,
    Agents => agents::Agents,
    Approvals => approvals::Approvals,
    Collection => collection::CollectionPage,
    Collections => collections::Collections,
    Dashboard => dashboard::Dashboard,
    Downloads => downloads::Downloads,
    History => history::HistoryPage,
    Item => item::ItemPage,
    Items => items::Items,
    Lists => lists::Lists,
    Login => login::Login,
    Notifications => notifications::Notifications,
    Preferences => preferences::PreferencesPage,
    Read => read::ReadPage,
    Register => register::Register,
    Run => run::RunPage,
    Runs => runs::Runs,
    Source => source::SourcePage,
    Sources => sources::Sources,
    Subscriptions => subscriptions::Subscriptions,
    Tasks => tasks::Tasks,
}

/// Parts that signed-in users have around every page.
pub async fn personal(standing: SessionInfo) -> AnyView {
    preload("personal");
    pieces::personal(standing).await.unwrap_or_else(|_| ().into_any())
}

/// Loads the code of the server's page outside of its route, which hydration does not wait for. Returns false
/// if that fails: the page must then stay as it is.
#[cfg(feature = "hydrate")]
pub async fn load_frame() -> bool {
    let is_personal = document().get_elements_by_class_name("nav").length() > 0;
    !is_personal || pieces::load_personal().await.is_ok()
}

/// Lets the server's page name the files of a piece in its head.
fn preload(piece: &'static str) {
    #[cfg(feature = "ssr")]
    leptos::prefetch_lazy_fn_on_server(piece);
    let _ = piece;
}

/// Replaces a page whose code did not load: the browser opens it as without JavaScript. Where it has just
/// done so, the server's page stays.
async fn leave_to_browser() -> AnyView {
    #[cfg(feature = "hydrate")]
    if Owner::current_shared_context().is_some_and(|context| context.during_hydration()) {
        stand_aside();
    } else {
        session::load(&paths::here());
    }
    let _ = (session::load, paths::here);
    std::future::pending().await
}

/// Keeps clicks and forms from the hydrated parts of this page, so that the browser follows them itself.
#[cfg(feature = "hydrate")]
fn stand_aside() {
    use wasm_bindgen::prelude::*;

    let stop =
        Closure::<dyn Fn(web_sys::Event)>::new(|event: web_sys::Event| event.stop_immediate_propagation());
    let listener = stop.as_ref().unchecked_ref();
    for kind in ["click", "submit"] {
        let _ = window().add_event_listener_with_callback_and_bool(kind, listener, true);
    }
    stop.forget();
}
