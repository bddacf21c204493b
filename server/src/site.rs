//! The site for browsers: server-rendered pages and static files.

use std::sync::LazyLock;

use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Router, middleware};
use leptos::nonce::{Nonce, use_nonce};
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{
    AxumRouteListing, LeptosRoutes, ResponseOptions, generate_route_list, render_app_async_with_context,
};
use smartcache::domain::language::Language;
use smartcache_app::{App, language, shell};
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::client_info::ClientInfo;
use crate::compression::compression;
use crate::{Web, rendering};

/// Default content security policy; pages add to it.
pub const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
    object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// For files whose name stands for their content.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Content security policy of the shell. It is the same for all users, so its scripts have no nonce.
const SHELL_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
    script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; media-src 'self' blob:; worker-src 'self'; \
    manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const WORKER_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Routes of the app, generated once before the router exists: generation suppresses resource loading in the
/// whole process, and a page rendered meanwhile would wait forever (leptos-rs/leptos, issue 4773).
static ROUTES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(App));

/// The pages and their server functions.
pub fn pages(web: &Web) -> Router<Web> {
    let options = web.leptos().clone();
    Router::new()
        .leptos_routes_with_context(web, ROUTES.clone(), context(web), move || shell(options.clone()))
        .layer(middleware::from_fn(rendering::on_one_thread))
        .layer(unless_set("no-store"))
}

/// Directory of the current build's files: `pkg/BUILD`, or `pkg` of a site that is built in place.
pub fn package_directory(site: &std::path::Path) -> String {
    let current = std::fs::read_to_string(site.join("pkg/current")).unwrap_or_default();
    let build = current.trim();
    if is_build(build) && !is_watched() { format!("pkg/{build}") } else { "pkg".to_owned() }
}

/// Whether `cargo leptos watch` builds the site in place.
fn is_watched() -> bool {
    std::env::var_os("LEPTOS_WATCH").is_some()
}

/// Whether a directory's name stands for the content of its files.
fn is_build(name: &str) -> bool {
    name.len() == 16 && name.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

/// Catalogue of a language, under the name that stands for its content.
pub async fn catalogue(Path(file): Path<String>) -> Response {
    let address = format!("/languages/{file}");
    let known =
        Language::ALL.iter().find(|language| language::address(**language).as_deref() == Some(&address));
    match known.and_then(|language| language::compact(*language)) {
        Some(text) => ([(header::CACHE_CONTROL, FOREVER)], text).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Lets browsers keep the files of a build for good. All others keep their names over versions, and browsers
/// ask for them again.
async fn kept_for_good(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let build = ["/pkg/", "/_shell/"].iter().find_map(|root| path.strip_prefix(root)?.split('/').next());
    let is_of_build = build.is_some_and(is_build);
    let policy = policy_of_file(path);
    let mut response = next.run(request).await;
    // The headers of a 304 replace those of the stored response.
    if !response.status().is_success() && response.status() != StatusCode::NOT_MODIFIED {
        return response;
    }
    name_charset(response.headers_mut());
    if let Some(policy) = policy {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    }
    if is_of_build {
        response.headers_mut().insert(header::CACHE_CONTROL, FOREVER);
    }
    response
}

/// All texts of the site are in UTF-8.
fn name_charset(headers: &mut HeaderMap) {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("text/")
        && !kind.contains("charset")
        && let Ok(whole) = HeaderValue::from_str(&format!("{kind}; charset=utf-8"))
    {
        headers.insert(header::CONTENT_TYPE, whole);
    }
}

/// Content security policy of a static file that needs another one than [`POLICY`]: the shell that is shown
/// without the server, and the device worker. A worker obeys the policy of its own response, not of its page.
fn policy_of_file(path: &str) -> Option<&'static str> {
    if path.starts_with("/_shell/") && path.ends_with(".html") {
        return Some(SHELL_POLICY);
    }
    path.ends_with("/device-worker.js").then_some(WORKER_POLICY)
}

/// Static files, and the not-found page for unknown addresses.
pub fn files(web: &Web) -> Router {
    let nowhere = Router::new()
        .fallback(nowhere)
        .layer(middleware::from_fn(rendering::on_one_thread))
        .layer(compression())
        .layer(unless_set("no-store"))
        .with_state(web.clone());
    let files = ServeDir::new(web.site())
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
        .fallback(nowhere);
    Router::new()
        .fallback_service(files)
        .layer(middleware::from_fn(kept_for_good))
        .layer(unless_set("private, no-cache"))
}

/// Renders the app's not-found page with status 404.
async fn nowhere(State(web): State<Web>, request: Request) -> Response {
    let options = web.leptos().clone();
    let mut page =
        render_app_async_with_context(context(&web), move || shell(options.clone()))(request).await;
    if page.status() == StatusCode::OK {
        *page.status_mut() = StatusCode::NOT_FOUND;
    }
    page
}

/// Caching of answers that do not set it. Pages are not stored, because they hold what a user follows and
/// hears; files of the site are revalidated.
fn unless_set(cache_control: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    let value = HeaderValue::from_static(cache_control);
    SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, value)
}

/// Provides the context of pages and server functions.
fn context(web: &Web) -> impl Fn() + Clone + Send + Sync + 'static {
    let web = web.clone();
    move || {
        provide_context(web.engine().clone());
        if let Some(parts) = use_context::<Parts>() {
            provide_context(ClientInfo::of(&parts).address);
            provide_context(language::of_request(&parts.headers));
        }
        if let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>())
            && let Ok(policy) = HeaderValue::from_str(&page_policy(&nonce))
        {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
    }
}

/// Content security policy of a page. Scripts need the page's nonce.
fn page_policy(nonce: &Nonce) -> String {
    // `cargo leptos watch` reloads the page over a WebSocket of its own.
    let reload = if is_watched() { " ws:" } else { "" };
    format!(
        "{POLICY}; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; media-src 'self' blob:; worker-src 'self'; \
         manifest-src 'self'; connect-src 'self'{reload}"
    )
}
