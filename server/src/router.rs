//! Every route in one list, and the middleware around all of them.

use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::routing::{any, get};
use axum::{Extension, Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;
use tracing::info_span;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::compression::compression;
use crate::openapi::Description;
use crate::request_id::{self, RequestId};
use crate::rest::{
    accounts, admin, agents, api_keys, approvals, auth, channels, collections, commute, covers, devices,
    directory, downloads, file, history, items, notifications, personal_feed, plans, playback, preferences,
    ratings, runs, sessions, shares, sources, subscriptions, tasks, vaults,
};
use crate::{
    Web, client_info, demo, drain_body, health, installation, metrics, openapi, problem, protective_headers,
    same_origin, session_cookies, shared_links, site, well_known, ws,
};

/// Limit of a request body, in bytes. Subscription lists and pages have `MAX_LIST`.
const MAX_BODY: usize = 1024 * 1024;
const MAX_LIST: usize = 8 * 1024 * 1024;

pub fn router(web: Web) -> Router {
    let pages = site::pages(&web).layer(RequestBodyLimitLayer::new(MAX_LIST));
    let lists =
        served(lists()).layer(DefaultBodyLimit::disable()).layer(RequestBodyLimitLayer::new(MAX_LIST));
    let forms = served(api()).merge(beside_api()).layer(unless_set(header::CACHE_CONTROL, "no-store"));
    let texts = forms
        .layer(Extension(DESCRIPTION))
        .layer(RequestBodyLimitLayer::new(MAX_BODY))
        .merge(lists)
        .merge(pages)
        .merge(monitoring(&web))
        .layer(compression());
    let plain = served(files()).merge(beside_files());
    let mut router = texts.merge(plain).fallback_service(site::files(&web)).with_state(web.clone());
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

fn api() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(auth::register))
        .routes(routes!(auth::login))
        .routes(routes!(auth::logout))
        .routes(routes!(auth::me))
        .routes(routes!(accounts::show, accounts::change))
        .routes(routes!(accounts::change_password))
        .routes(routes!(sessions::list, sessions::end_others))
        .routes(routes!(sessions::end))
        .routes(routes!(api_keys::list, api_keys::add))
        .routes(routes!(api_keys::show, api_keys::revoke))
        .routes(routes!(preferences::show, preferences::replace))
        .routes(routes!(commute::list, commute::add))
        .routes(routes!(commute::change, commute::remove))
        .routes(routes!(sources::list, sources::add))
        .routes(routes!(sources::discover))
        .routes(routes!(sources::show, sources::change, sources::remove))
        .routes(routes!(sources::refresh))
        .routes(routes!(sources::older))
        .routes(routes!(sources::standing))
        .routes(routes!(sources::test))
        .routes(routes!(playback::speed, playback::save_speed))
        .routes(routes!(directory::search))
        .routes(routes!(subscriptions::list, subscriptions::add))
        .routes(routes!(subscriptions::export))
        .routes(routes!(subscriptions::change, subscriptions::remove))
        .routes(routes!(subscriptions::restore))
        .routes(routes!(items::list))
        .routes(routes!(items::show))
        .routes(routes!(items::take_back))
        .routes(routes!(ratings::rate_item, ratings::unrate_item))
        .routes(routes!(items::chapters))
        .routes(routes!(items::transcript))
        // `navigator.sendBeacon`, the last word of a page that is closed, can only POST.
        .routes(routes!(playback::position, playback::save_position))
        .routes(routes!(playback::queue, playback::replace_queue))
        .routes(routes!(playback::continue_listening))
        .routes(routes!(runs::list, runs::start))
        .routes(routes!(runs::show))
        .routes(routes!(runs::messages))
        .routes(routes!(runs::artifacts))
        .routes(routes!(ratings::rate_agent, ratings::unrate_agent))
        .routes(routes!(runs::downloads))
        .routes(routes!(runs::cancel))
        .routes(routes!(runs::pause))
        .routes(routes!(runs::resume))
        .routes(routes!(runs::stop_all))
        .routes(routes!(admin::users))
        .routes(routes!(admin::user, admin::change_user))
        .routes(routes!(admin::end_user_sessions))
        .routes(routes!(admin::announcements, admin::announce))
        .routes(routes!(admin::cache_stats))
        .routes(routes!(admin::clear_cache))
        .routes(routes!(admin::clear_cache_of_user))
        .routes(routes!(agents::list))
        .routes(routes!(agents::show, agents::change))
        .routes(routes!(agents::versions))
        .routes(routes!(collections::list, collections::add))
        .routes(routes!(collections::show, collections::change, collections::remove))
        .routes(routes!(collections::artifacts))
        .routes(routes!(approvals::list))
        .routes(routes!(approvals::show))
        .routes(routes!(approvals::decide))
        .routes(routes!(shares::list, shares::add))
        .routes(routes!(shares::revoke))
        .routes(routes!(devices::list, devices::register))
        .routes(routes!(devices::show, devices::change, devices::revoke))
        .routes(routes!(devices::contact))
        .routes(routes!(devices::prove))
        .routes(routes!(devices::copies, devices::keep))
        .routes(routes!(devices::remove))
        .routes(routes!(plans::list))
        .routes(routes!(plans::outcomes))
        .routes(routes!(tasks::list))
        .routes(routes!(vaults::show))
        .routes(routes!(notifications::list))
        .routes(routes!(notifications::read_all))
        .routes(routes!(notifications::read))
        .routes(routes!(channels::list, channels::add))
        .routes(routes!(channels::key))
        .routes(routes!(channels::change, channels::remove))
        .routes(routes!(channels::test))
        .routes(routes!(downloads::list, downloads::queue))
        .routes(routes!(downloads::totals))
        .routes(routes!(downloads::bulk))
        .routes(routes!(downloads::evictions))
        .routes(routes!(downloads::pause_all))
        .routes(routes!(downloads::resume_all))
        .routes(routes!(downloads::cancel_all))
        .routes(routes!(downloads::retry_all))
        .routes(routes!(downloads::show, downloads::change, downloads::remove))
        .routes(routes!(downloads::text))
        .routes(routes!(downloads::restore))
        .routes(routes!(downloads::retry))
        .routes(routes!(downloads::pause))
        .routes(routes!(downloads::resume))
        .routes(routes!(downloads::cancel))
        .routes(routes!(downloads::pin))
        .routes(routes!(downloads::unpin))
        .routes(routes!(downloads::played))
        .routes(routes!(personal_feed::show, personal_feed::open, personal_feed::close))
        .routes(routes!(personal_feed::read))
        .routes(routes!(history::downloads))
        .routes(routes!(playback::listening))
        .routes(routes!(openapi::show))
}

/// Routes beside the REST API whose answers are not cached either.
fn beside_api() -> Router<Web> {
    probes()
        .route("/languages/{file}", get(site::catalogue))
        .route("/.well-known/security.txt", get(well_known::security))
        .route("/robots.txt", get(well_known::robots))
        .route("/api/docs", get(openapi::docs))
        .route("/api", any(problem::no_such_path))
        .route("/api/{*path}", any(problem::no_such_path))
        .method_not_allowed_fallback(problem::wrong_method)
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
fn lists() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(subscriptions::import))
}

/// Uncompressed routes: compression would only enlarge media, and ranges count the original bytes.
fn files() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(file::send))
        .routes(routes!(personal_feed::file))
        .routes(routes!(covers::show))
}

fn beside_files() -> Router<Web> {
    Router::new()
        .route("/s/{token}/covers/{hash}", get(covers::shared))
        .route("/ws", get(ws::open))
        .method_not_allowed_fallback(problem::wrong_method)
}

/// Description of all routes of the REST API.
pub const DESCRIPTION: Description = Description(|| api().merge(lists()).merge(files()).into_openapi());

fn served(described: OpenApiRouter<Web>) -> Router<Web> {
    Router::from(described).method_not_allowed_fallback(problem::wrong_method)
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
            info_span!("request", id, method = %request.method(), path = shared_links::spoken(request.uri()))
        }))
        .layer(middleware::from_fn(request_id::assign))
        .layer(middleware::from_fn_with_state(web.clone(), metrics::measure))
}

fn unless_set(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
