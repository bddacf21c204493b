//! The web server: routes, sessions, the live connection, and the command line of the binary.

mod audited;
mod auth;
pub mod cli;
mod client_info;
mod compression;
mod conditional_requests;
pub mod connections;
pub mod demo;
mod drain_body;
mod health;
mod installation;
mod metrics;
mod oidc;
mod openapi;
mod problem;
mod protective_headers;
mod rendering;
mod request_id;
mod request_limits;
mod rest;
pub mod route_rights;
mod router;
mod same_origin;
mod session_cookies;
mod shared_links;
mod site;
mod web;
mod well_known;
mod ws;

use std::path::PathBuf;

use smartcache::engine::SharedEngine;

pub use router::{monitoring_router, router};
pub use web::Web;

/// The complete web application over an engine, as served by `serve` and by in-process tests.
pub fn app(engine: SharedEngine, site: PathBuf) -> axum::Router {
    router(Web::new(engine, site))
}
