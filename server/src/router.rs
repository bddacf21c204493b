//! Every route in one list, and the middleware around all of them.

mod api;

use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderValue, header};
use axum::routing::{any, get};
use axum::{Extension, Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;
use tracing::info_span;
use utoipa_axum::router::OpenApiRouter;

use api::{api, files, lists};

use crate::compression::compression;
use crate::openapi::Description;
use crate::request_id::{self, RequestId};
use crate::rest::covers;
use crate::{
    Web, audited, client_info, demo, drain_body, health, installation, metrics, oidc, openapi, problem,
    protective_headers, request_limits, same_origin, session_cookies, shared_links, site, well_known, ws,
};

/// Limit of a request body, in bytes. Subscription lists and pages have `MAX_LIST`.
const MAX_BODY: usize = 1024 * 1024;
const MAX_LIST: usize = 8 * 1024 * 1024;

pub fn router(web: Web) -> Router {
    let pages = site::pages(&web).layer(RequestBodyLimitLayer::new(MAX_LIST));
    let lists =
        served(lists()).layer(DefaultBodyLimit::disable()).layer(RequestBodyLimitLayer::new(MAX_LIST));
    let forms = served(api()).merge(beside_api()).layer(not_stored());
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
    around(health::probes().merge(monitoring(&web)).with_state(web.clone()), &web)
}

/// Routes beside the REST API whose answers are not cached either.
fn beside_api() -> Router<Web> {
    health::probes()
        .route("/languages/{file}", get(site::catalogue))
        .route("/.well-known/security.txt", get(well_known::security))
        .route("/robots.txt", get(well_known::robots))
        .route("/oidc/start", get(oidc::start))
        .route("/oidc/callback", get(oidc::callback))
        .route("/oidc/logout", get(oidc::logout))
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
        .layer(not_stored())
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
        .layer(middleware::from_fn_with_state(web.clone(), request_limits::limit))
        .layer(middleware::from_fn_with_state(web.clone(), same_origin::guard))
        .layer(middleware::from_fn(problem::in_one_form))
        .layer(middleware::from_fn(drain_body::read_on))
        .layer(middleware::from_fn_with_state(web.clone(), installation::mark))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(middleware::from_fn(shared_links::keep_secret))
        .layer(middleware::from_fn_with_state(web.clone(), protective_headers::protect))
        .layer(middleware::from_fn_with_state(web.clone(), session_cookies::translate))
        .layer(middleware::from_fn(audited::note_origin))
        .layer(middleware::from_fn_with_state(web.clone(), client_info::note))
        .layer(TraceLayer::new_for_http().make_span_with(|request: &Request| {
            // Without the query, which may hold a search term of the user.
            let id = request.extensions().get::<RequestId>().map(RequestId::as_str).unwrap_or_default();
            info_span!("request", id, method = %request.method(), path = shared_links::spoken(request.uri()))
        }))
        .layer(middleware::from_fn(request_id::assign))
        .layer(middleware::from_fn_with_state(web.clone(), metrics::measure))
}

fn not_stored() -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
}
