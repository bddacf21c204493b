//! The backend: one module per capability, independent of HTTP routes and pages.

use std::sync::Arc;

use sea_orm::DatabaseConnection;

pub mod accounts;
pub mod agents;
pub mod announcements;
pub mod api_keys;
pub mod approvals;
pub mod articles;
pub mod artifacts;
pub mod attachments;
pub mod audit;
pub mod backup;
pub mod bundles;
pub mod catalog;
pub mod channels;
pub mod clock;
pub mod collections;
pub mod commute;
pub mod config;
pub mod devices;
pub mod doctor;
pub mod downloads;
pub mod error;
pub mod exports;
pub mod history;
pub mod invites;
pub mod job_list;
pub mod job_names;
pub mod live;
pub mod local_time;
pub mod metrics;
pub mod models;
pub mod notifications;
pub mod oidc;
pub mod onboarding;
pub mod personal_feed;
pub mod pictures;
pub mod planner;
pub mod playback;
pub mod processes;
pub mod quality;
pub mod rate_limit;
pub mod ratings;
pub mod reading;
pub mod request_limits;
pub mod response_cache;
pub mod rights;
pub mod roster;
pub mod runs;
pub mod secrets;
pub mod shares;
pub mod start;
pub mod system;
pub mod tasks;
pub mod tools;
pub mod ttl_cache;
pub mod users;
pub mod vaults;
pub mod work;

pub use config::Config;
pub use error::{Error, Result};
pub use work::Work;

/// Shared state of all capabilities. One per process, shared through an `Arc`.
pub struct Engine {
    pub config: Config,
    pub db: DatabaseConnection,
    pub clock: clock::Clock,
    pub hub: live::Hub,
    pub hasher: accounts::Hasher,
    pub login_limiter: accounts::LoginLimiter,
    pub refusals: audit::RefusalQuota,
    pub egress: egress::Egress,
    pub store: blobs::Store,
    pub throttle: downloads::Throttle,
    pub host_connections: downloads::HostConnections,
    pub completion_queue: downloads::CompletionQueue,
    pub attachments: attachments::AttachmentCache,
    pub decoder: pictures::Decoder,
    pub model: models::FallbackModel,
    pub notifier: jobs::Notifier,
    /// Answers that are dear to get, of this process and, with Redis, of all.
    pub response_cache: response_cache::ResponseCache,
    /// A lock per feed, so that one refresh of a feed runs at a time (single flight).
    pub feed_flights: blobs::SingleFlight,
    /// Counters of requests, of this process and, with Redis, of all.
    pub request_limiter: request_limits::RequestLimiter,
    /// Files that this process has seen in the drop folder of bundles.
    pub drop_folder_looks: bundles::DropFolderLooks,
    pub secrets: secrets::SecretBox,
    pub oidc: Option<oidc::OidcProvider>,
    /// Connection to the other processes, if Redis is configured.
    pub relay: Option<relay::Relay<live::RelayMessage>>,
    pub metrics: Arc<metrics::Metrics>,
    /// Id of this process among those of the installation.
    pub process_id: String,
}

pub type SharedEngine = Arc<Engine>;

#[cfg(all(test, feature = "testing"))]
mod tests;
