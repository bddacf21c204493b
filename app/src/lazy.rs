//! Code that is loaded when it is needed: of each page, and of the parts that signed-in users have around it.
//!
//! Each function of `pieces` is a piece that scripts/split.mjs cuts off the program. Nothing else may name
//! what is in a piece: one call from outside moves the code back into the first load of every page.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::LazyRoute;

use crate::api::accounts::SessionInfo;
#[cfg(feature = "hydrate")]
use crate::components::onboarding;
use crate::components::title::PageTitle;
use crate::live::use_live;
use crate::{paths, session, t};

macro_rules! lazy_pages {
    ($($name:ident => $module:ident::$page:ident, $load:ident;)*) => {
        $(
            pub struct $name;

            impl LazyRoute for $name {
                fn data() -> Self {
                    Self
                }

                async fn view(_page: Self) -> AnyView {
                    preload(stringify!($module));
                    match pieces::$module().await {
                        Ok(view) => view! { <Meta name=PIECE content=stringify!($module) /> {view} }.into_any(),
                        Err(_) => without_code().await,
                    }
                }
            }
        )*

        #[cfg(feature = "hydrate")]
        async fn load(piece: &str) -> bool {
            match piece {
                $(stringify!($module) => pieces::$load().await.is_ok(),)*
                _ => true,
            }
        }

        mod pieces {
            use leptos::prelude::*;
            use leptos::wasm_split::{SplitLoaderError, wasm_split};

            use crate::api::accounts::SessionInfo;

            $(
                #[wasm_split($module, wasm_split_path = ::leptos::wasm_split, fallible, preload($load))]
                pub fn $module() -> Result<AnyView, SplitLoaderError> {
                    Ok(view! { <crate::pages::$module::$page /> }.into_any())
                }
            )*

            #[wasm_split(personal, wasm_split_path = ::leptos::wasm_split, fallible, preload(load_personal))]
            pub fn personal(standing: SessionInfo) -> Result<AnyView, SplitLoaderError> {
                Ok(view! { <crate::components::frame::Personal standing /> }.into_any())
            }

            #[cfg(feature = "hydrate")]
            #[wasm_split(offline, wasm_split_path = ::leptos::wasm_split, fallible)]
            pub fn offline() -> Result<(), SplitLoaderError> {
                leptos::mount::mount_to_body(crate::offline::OfflineApp);
                Ok(())
            }
        }
    };
}

/// Name of the document's metadata that tells the piece of its page.
const PIECE: &str = "piece";

lazy_pages! {
    Account => account::AccountPage, load_account;
    Agent => agent::AgentPage, load_agent;
    Agents => agents::Agents, load_agents;
    Announcements => announcements::Announcements, load_announcements;
    ApiKeys => api_keys::ApiKeys, load_api_keys;
    Approvals => approvals::Approvals, load_approvals;
    Audit => audit::Audit, load_audit;
    Bundles => bundles::Bundles, load_bundles;
    Channels => channels::Channels, load_channels;
    Collection => collection::CollectionPage, load_collection;
    Collections => collections::Collections, load_collections;
    Dashboard => dashboard::Dashboard, load_dashboard;
    Devices => devices::Devices, load_devices;
    Device => device::DevicePage, load_device;
    Downloads => downloads::Downloads, load_downloads;
    History => history::HistoryPage, load_history;
    Invites => invites::Invites, load_invites;
    Item => item::ItemPage, load_item;
    Items => items::Items, load_items;
    Jobs => jobs::Jobs, load_jobs;
    Limits => limits::LimitsPage, load_limits;
    Lists => lists::Lists, load_lists;
    Login => login::Login, load_login;
    ManagedSources => managed_sources::ManagedSources, load_managed_sources;
    Notifications => notifications::Notifications, load_notifications;
    Preferences => preferences::PreferencesPage, load_preferences;
    Read => read::ReadPage, load_read;
    Register => register::Register, load_register;
    Requests => requests::Requests, load_requests;
    Run => run::RunPage, load_run;
    Runs => runs::Runs, load_runs;
    Shares => shares::Shares, load_shares;
    Source => source::SourcePage, load_source;
    Sources => sources::Sources, load_sources;
    StepUp => step_up::StepUpPage, load_step_up;
    Subscriptions => subscriptions::Subscriptions, load_subscriptions;
    System => system::System, load_system;
    Tasks => tasks::Tasks, load_tasks;
    Users => users::Users, load_users;
}

/// Public page of a share. The server alone renders it: visitors load no code for it.
pub struct SharedPage;

impl LazyRoute for SharedPage {
    fn data() -> Self {
        Self
    }

    async fn view(_page: Self) -> AnyView {
        #[cfg(feature = "ssr")]
        return view! { <crate::pages::share::SharePage /> }.into_any();
        #[cfg(not(feature = "ssr"))]
        without_code().await
    }
}

/// Page of a reset link, with the form of a new password. The server alone renders it, like that of a share.
pub struct ResetPage;

impl LazyRoute for ResetPage {
    fn data() -> Self {
        Self
    }

    async fn view(_page: Self) -> AnyView {
        #[cfg(feature = "ssr")]
        return view! { <crate::pages::reset::Reset /> }.into_any();
        #[cfg(not(feature = "ssr"))]
        without_code().await
    }
}

/// Parts that signed-in users have around every page.
pub async fn personal(standing: SessionInfo) -> AnyView {
    preload("personal");
    pieces::personal(standing).await.unwrap_or_else(|_| ().into_any())
}

/// Builds the application that is shown without the server, into an empty document.
#[cfg(feature = "hydrate")]
pub async fn mount_offline() {
    let _ = pieces::offline().await;
}

/// Loads all code that the server's page needs before it is hydrated: hydration must not be interrupted, or
/// the page would change under it. Returns false if that fails: the page must then stay as the server
/// rendered it, with links and forms that the browser follows itself.
#[cfg(feature = "hydrate")]
pub async fn load_page() -> bool {
    let piece = document().query_selector("meta[name=piece]").ok().flatten();
    let piece = piece.and_then(|meta| meta.get_attribute("content")).unwrap_or_default();
    // Every frame of a signed-in user ends its header so, also that without navigation.
    let is_personal = document().get_elements_by_class_name("header-end").length() > 0;
    let frame = async { !is_personal || pieces::load_personal().await.is_ok() };
    let (page, frame, step) = futures::join!(load(&piece), frame, onboarding::is_step_loaded());
    page && frame && step
}

/// Names the files of a piece in the head of the server's page. Their priority is low: they are much larger
/// than all that the first paint needs, and would share the line with it.
fn preload(piece: &'static str) {
    #[cfg(feature = "ssr")]
    if let Some(split) = use_context::<leptos::WasmSplitManifest>()
        && let Some(split) = split.0.try_read_value()
    {
        let (directory, pieces, loader) = &*split;
        let link = |rel: &'static str, file: String, kind: Option<&'static str>| {
            // Registers the link with the page's metadata.
            let href = format!("{directory}/{file}");
            let _ = view! {
                <leptos_meta::Link
                    rel
                    href
                    as_=kind.unwrap_or("script")
                    crossorigin="anonymous"
                    fetchpriority="low"
                />
            }
            .to_html();
        };
        for file in pieces.get(piece).into_iter().flatten() {
            link("preload", format!("{file}.wasm"), Some("fetch"));
        }
        link("modulepreload", loader.clone(), None);
    }
    let _ = piece;
}

/// Replaces a page whose code did not load: the browser opens it as without JavaScript, unless the server is
/// away.
async fn without_code() -> AnyView {
    let here = paths::here();
    #[cfg(feature = "hydrate")]
    if is_server_there().await {
        session::load(&here);
        return std::future::pending().await;
    }
    view! { <NotLoaded here /> }.into_any()
}

#[cfg(feature = "hydrate")]
async fn is_server_there() -> bool {
    wasm_bindgen_futures::JsFuture::from(window().fetch_with_str("/health")).await.is_ok()
}

/// Shown in place of a page that was never opened before, while the server is away.
#[component]
fn NotLoaded(here: String) -> impl IntoView {
    let greetings = use_live().greetings;
    Effect::new(move |before: Option<u32>| {
        let now = greetings.get();
        if before.is_some_and(|before| before != now) {
            session::load(&here);
        }
        now
    });
    view! {
        <PageTitle text=t!("Not loaded") />
        <h1>{t!("Not loaded")}</h1>
        <p class="alert" role="alert">
            {t!(
                "The server cannot be reached, and this page was not opened before. It opens by itself when \
                 the connection is back."
            )}
        </p>
    }
}
