//! Every route in one list, and the middleware around all of them.

use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, Uri, header};
use axum::routing::{any, delete, get, patch, post, put};
use axum::{Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;
use tracing::info_span;

use crate::compression::compression;
use crate::request_id::{self, RequestId};
use crate::rest::{
    accounts, admin, agents, api_keys, approvals, auth, channels, collections, commute, covers, devices,
    directory, downloads, history, items, notifications, personal_feed, plans, playback, preferences,
    ratings, runs, sessions, shares, sources, subscriptions, tasks, vaults,
};
use crate::{
    Web, client_info, demo, drain_body, health, installation, metrics, problem, protective_headers, rest,
    same_origin, session_cookies, shared_links, site, well_known, ws,
};

/// Limit of a request body, in bytes. Subscription lists and pages have `MAX_LIST`.
const MAX_BODY: usize = 1024 * 1024;
const MAX_LIST: usize = 8 * 1024 * 1024;

pub fn router(web: Web) -> Router {
    let lists = lists().merge(site::pages(&web)).layer(RequestBodyLimitLayer::new(MAX_LIST));
    let forms = api().layer(RequestBodyLimitLayer::new(MAX_BODY));
    let texts = forms.merge(lists).merge(monitoring(&web)).layer(compression());
    let mut router = texts.merge(plain()).fallback_service(site::files(&web)).with_state(web.clone());
    if web.engine().config.demo {
        router = router.nest("/demo", demo::router(web.engine().config.demo_url()));
    }
    around(router, &web)
}

/// Routes of a process that only works: whether it is well, and what it has done.
pub fn monitoring_router(web: Web) -> Router {
    around(probes().merge(monitoring(&web)).with_state(web.clone()), &web)
}

fn probes() -> Router<Web> {
    Router::new().route("/health", get(health::alive)).route("/ready", get(health::ready))
}

fn api() -> Router<Web> {
    probes()
        .route("/api/v1/auth/register", post(auth::register))
        .route("/api/v1/auth/login", post(auth::login))
        .route("/api/v1/auth/logout", post(auth::logout))
        .route("/api/v1/auth/me", get(auth::me))
        .route("/api/v1/account", get(accounts::show).patch(accounts::change))
        .route("/api/v1/account/password", post(accounts::change_password))
        .route("/api/v1/sessions", get(sessions::list).delete(sessions::end_others))
        .route("/api/v1/sessions/{id}", delete(sessions::end))
        .route("/api/v1/api-keys", get(api_keys::list).post(api_keys::add))
        .route("/api/v1/api-keys/{id}", get(api_keys::show).delete(api_keys::revoke))
        .route("/api/v1/preferences", get(preferences::show).put(preferences::replace))
        .route("/api/v1/commute-windows", get(commute::list).post(commute::add))
        .route("/api/v1/commute-windows/{id}", put(commute::change).delete(commute::remove))
        .route("/api/v1/sources", get(sources::list).post(sources::add))
        .route("/api/v1/sources/discover", post(sources::discover))
        .route("/api/v1/sources/{id}", get(sources::show).patch(sources::change).delete(sources::remove))
        .route("/api/v1/sources/{id}/refresh", post(sources::refresh))
        .route("/api/v1/sources/{id}/older", post(sources::older))
        .route("/api/v1/sources/{id}/standing", get(sources::standing))
        .route("/api/v1/sources/{id}/test", post(sources::test))
        .route("/api/v1/sources/{id}/speed", get(playback::speed).put(playback::save_speed))
        .route("/api/v1/directory", get(directory::search))
        .route("/api/v1/subscriptions", get(subscriptions::list).post(subscriptions::add))
        .route("/api/v1/subscriptions/export", get(subscriptions::export))
        .route("/api/v1/subscriptions/{id}", patch(subscriptions::change).delete(subscriptions::remove))
        .route("/api/v1/subscriptions/{id}/restore", post(subscriptions::restore))
        .route("/api/v1/items", get(items::list))
        .route("/api/v1/items/{id}", get(items::show))
        .route("/api/v1/items/{id}/dismissal", delete(items::take_back))
        .route("/api/v1/items/{id}/rating", put(ratings::rate_item).delete(ratings::unrate_item))
        .route("/api/v1/items/{id}/chapters", get(items::chapters))
        .route("/api/v1/items/{id}/transcript", get(items::transcript))
        // `navigator.sendBeacon`, the last word of a page that is closed, can only POST.
        .route(
            "/api/v1/items/{id}/position",
            get(playback::position).put(playback::save_position).post(playback::save_position),
        )
        .route("/api/v1/queue", get(playback::queue).put(playback::replace_queue))
        .route("/api/v1/playback/continue", get(playback::continue_listening))
        .route("/api/v1/runs", get(runs::list).post(runs::start))
        .route("/api/v1/runs/{id}", get(runs::show))
        .route("/api/v1/runs/{id}/messages", get(runs::messages))
        .route("/api/v1/runs/{id}/artifacts", get(runs::artifacts))
        .route(
            "/api/v1/runs/{id}/agents/{name}/rating",
            put(ratings::rate_agent).delete(ratings::unrate_agent),
        )
        .route("/api/v1/runs/{id}/downloads", get(runs::downloads))
        .route("/api/v1/runs/{id}/cancel", post(runs::cancel))
        .route("/api/v1/runs/{id}/pause", post(runs::pause))
        .route("/api/v1/runs/{id}/resume", post(runs::resume))
        .route("/api/v1/runs/stop", post(runs::stop_all))
        .route("/api/v1/admin/users", get(admin::users))
        .route("/api/v1/admin/users/{id}", get(admin::user).patch(admin::change_user))
        .route("/api/v1/admin/users/{id}/sessions", delete(admin::end_user_sessions))
        .route("/api/v1/admin/announcements", get(admin::announcements).post(admin::announce))
        .route("/api/v1/admin/cache/stats", get(admin::cache_stats))
        .route("/api/v1/admin/cache/clear", delete(admin::clear_cache))
        .route("/api/v1/admin/cache/user/{id}", delete(admin::clear_cache_of_user))
        .route("/api/v1/agents", get(agents::list))
        .route("/api/v1/agents/{name}", get(agents::show).put(agents::change))
        .route("/api/v1/agents/{name}/versions", get(agents::versions))
        .route("/api/v1/collections", get(collections::list).post(collections::add))
        .route(
            "/api/v1/collections/{id}",
            get(collections::show).patch(collections::change).delete(collections::remove),
        )
        .route("/api/v1/collections/{id}/artifacts", get(collections::artifacts))
        .route("/api/v1/approvals", get(approvals::list))
        .route("/api/v1/approvals/{id}", get(approvals::show))
        .route("/api/v1/approvals/{id}/decision", post(approvals::decide))
        .route("/api/v1/shares", get(shares::list).post(shares::add))
        .route("/api/v1/shares/{token}", delete(shares::revoke))
        .route("/api/v1/devices", get(devices::list).post(devices::register))
        .route("/api/v1/devices/{id}", get(devices::show).patch(devices::change).delete(devices::revoke))
        .route("/api/v1/devices/{id}/contact", post(devices::contact))
        .route("/api/v1/devices/{id}/proof", post(devices::prove))
        .route("/api/v1/devices/{id}/copies", get(devices::copies).post(devices::keep))
        .route("/api/v1/devices/{id}/copies/{download_id}", delete(devices::remove))
        .route("/api/v1/plans", get(plans::list))
        .route("/api/v1/plans/outcomes", get(plans::outcomes))
        .route("/api/v1/tasks", get(tasks::list))
        .route("/api/v1/devices/vault", get(vaults::show))
        .route("/api/v1/notifications", get(notifications::list))
        .route("/api/v1/notifications/read", post(notifications::read_all))
        .route("/api/v1/notifications/{id}/read", post(notifications::read))
        .route("/api/v1/notifications/channels", get(channels::list).post(channels::add))
        .route("/api/v1/notifications/channels/key", get(channels::key))
        .route("/api/v1/notifications/channels/{id}", patch(channels::change).delete(channels::remove))
        .route("/api/v1/notifications/channels/{id}/test", post(channels::test))
        .route("/api/v1/downloads", get(downloads::list).post(downloads::queue))
        .route("/api/v1/downloads/totals", get(downloads::totals))
        .route("/api/v1/downloads/bulk", post(downloads::bulk))
        .route("/api/v1/downloads/evictions", get(downloads::evictions))
        .route("/api/v1/downloads/pause", post(downloads::pause_all))
        .route("/api/v1/downloads/resume", post(downloads::resume_all))
        .route("/api/v1/downloads/cancel", post(downloads::cancel_all))
        .route("/api/v1/downloads/retry", post(downloads::retry_all))
        .route(
            "/api/v1/downloads/{id}",
            get(downloads::show).patch(downloads::change).delete(downloads::remove),
        )
        .route("/api/v1/downloads/{id}/text", get(downloads::text))
        .route("/api/v1/downloads/{id}/restore", post(downloads::restore))
        .route("/api/v1/downloads/{id}/retry", post(downloads::retry))
        .route("/api/v1/downloads/{id}/pause", post(downloads::pause))
        .route("/api/v1/downloads/{id}/resume", post(downloads::resume))
        .route("/api/v1/downloads/{id}/cancel", post(downloads::cancel))
        .route("/api/v1/downloads/{id}/pin", post(downloads::pin))
        .route("/api/v1/downloads/{id}/unpin", post(downloads::unpin))
        .route("/api/v1/downloads/{id}/played", post(downloads::played))
        .route(
            "/api/v1/personal-feed",
            get(personal_feed::show).post(personal_feed::open).delete(personal_feed::close),
        )
        .route("/feed/{token}", get(personal_feed::read))
        .route("/languages/{file}", get(site::catalogue))
        .route("/.well-known/security.txt", get(well_known::security))
        .route("/robots.txt", get(well_known::robots))
        .route("/api/v1/analytics/downloads", get(history::downloads))
        .route("/api/v1/analytics/listening", get(playback::listening))
        .route("/api", any(problem::no_such_path))
        .route("/api/{*path}", any(problem::no_such_path))
        .method_not_allowed_fallback(problem::wrong_method)
        .layer(unless_set(header::CACHE_CONTROL, "no-store"))
}

/// Routes that only the administrator's networks may read.
fn monitoring(web: &Web) -> Router<Web> {
    Router::new()
        .route("/health/detailed", get(health::detailed))
        .route("/metrics", get(metrics::metrics))
        .method_not_allowed_fallback(problem::wrong_method)
        .layer(middleware::from_fn_with_state(web.clone(), health::only_for_monitoring))
        .layer(unless_set(header::CACHE_CONTROL, "no-store"))
}

/// Routes that accept a whole list.
fn lists() -> Router<Web> {
    Router::new()
        .route("/api/v1/subscriptions/import", post(subscriptions::import))
        .method_not_allowed_fallback(problem::wrong_method)
        .layer(DefaultBodyLimit::disable())
}

/// Uncompressed routes: compression would only enlarge media, and ranges count the original bytes.
fn plain() -> Router<Web> {
    Router::new()
        .route("/api/v1/downloads/{id}/file", get(rest::file))
        .route("/feed/{token}/files/{id}", get(personal_feed::file))
        .route("/covers/{hash}", get(covers::show))
        .route("/s/{token}/covers/{hash}", get(covers::shared))
        .route("/ws", get(ws::open))
        .method_not_allowed_fallback(problem::wrong_method)
}

/// Wraps the router in middleware, innermost first: the last layer sees the request first.
fn around(router: Router, web: &Web) -> Router {
    router
        .layer(middleware::from_fn_with_state(web.clone(), same_origin::guard))
        .layer(middleware::from_fn(problem::in_one_form))
        .layer(middleware::from_fn(drain_body::read_on))
        .layer(middleware::from_fn_with_state(web.clone(), installation::mark))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(middleware::from_fn(shared_links::keep_secret))
        .layer(middleware::from_fn_with_state(web.clone(), protective_headers::protect))
        .layer(middleware::from_fn_with_state(web.clone(), session_cookies::translate))
        .layer(middleware::from_fn_with_state(web.clone(), client_info::note))
        .layer(TraceLayer::new_for_http().make_span_with(|request: &Request| {
            // Without the query, which may hold a search term of the user.
            let id = request.extensions().get::<RequestId>().map(RequestId::as_str).unwrap_or_default();
            info_span!("request", id, method = %request.method(), path = spoken(request.uri()))
        }))
        .layer(middleware::from_fn(request_id::assign))
        .layer(middleware::from_fn_with_state(web.clone(), metrics::measure))
}

/// Path as it appears in logs, without the secret token of a personal feed or of a shared link.
fn spoken(uri: &Uri) -> &str {
    if shared_links::shared_path(uri).is_some() {
        return "/s/…";
    }
    let secret = [("/feed/", "/feed/…"), ("/api/v1/shares/", "/api/v1/shares/…")];
    let path = uri.path();
    secret.into_iter().find(|(root, _)| path.starts_with(root)).map_or(path, |(_, spoken)| spoken)
}

fn unless_set(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
