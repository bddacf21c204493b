//! Settings of a process, which the binary fills from flags and environment variables.

mod budgets;
mod bundles;
mod channels;
mod directories;
mod endpoint;
mod oidc;
mod request_limits;
mod types;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use blobs::StorageLocation;
use egress::{Allowed, Authorities, Timeouts};
use ipnet::IpNet;

use crate::domain::bundle::NodeRole;
use crate::domain::factor_rule::FactorRule;
use crate::domain::invite::SignupMode;

pub use budgets::Budgets;
pub use bundles::BundleFolders;
pub use channels::{ChannelSettings, PUSH_SERVICES, PushService, SmtpSettings};
pub use directories::{DirectorySettings, PodcastIndex};
pub use endpoint::{Endpoint, ModelTimeouts};
pub use oidc::{OidcSettings, OidcSignup, RoleClaim};
pub use request_limits::RoleLimits;
pub use types::{TypeRule, Types};

#[derive(Debug, Clone)]
pub struct Config {
    /// Part of this node between networks.
    pub role: NodeRole,
    /// Name of this node among its peers. Empty where it is alone.
    pub node: String,
    /// Folders of volumes, and the interval of exports.
    pub bundle_folders: BundleFolders,
    pub addr: SocketAddr,
    pub data_dir: PathBuf,
    pub database_url: String,
    /// Maximum number of connections to the database. A worker needs one per job that runs and some for its
    /// leases: it must never wait for a connection to renew one.
    pub database_connections: u32,
    /// Redis server that relays live frames between processes and holds answers that they cache. Without it
    /// frames come through the database, and each process caches for itself.
    pub redis_url: Option<String>,
    /// File with the administrator's key for secrets sealed in the database. Without it a key is
    /// generated in the data directory.
    pub secret_file: Option<PathBuf>,
    /// Storage backend of verified bytes.
    pub storage: StorageLocation,
    /// Size limit in megabytes of the local cache of a remote store.
    pub cache_mb: u64,
    /// Destinations allowed besides public addresses on ports 80 and 443.
    pub egress_allow: Vec<Allowed>,
    /// Extra root certificates trusted for outgoing TLS, beside the system's.
    pub egress_ca: Authorities,
    pub max_file_mb: u64,
    /// File types that are accepted.
    pub types: Types,
    /// Maximum number of concurrent transfers in this process, and of those from one host.
    pub transfers: usize,
    pub transfers_per_host: u64,
    /// Bandwidth limit of all transfers of this process together, in kilobytes per second.
    pub bandwidth_kbps: Option<u64>,
    pub timeouts: Timeouts,
    pub ranges: Ranges,
    /// Free disk space in megabytes below which nothing new is fetched.
    pub min_free_mb: u64,
    /// Base URL that users visit, without a trailing slash.
    pub public_url: String,
    /// Address for reports of vulnerabilities.
    pub security_contact: Option<String>,
    /// Reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` headers are trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// Time for which a process that was told to stop still serves, while `/ready` fails.
    pub drain: Duration,
    /// Networks that may read `/metrics` and `/health/detailed`.
    pub metrics_allow: Vec<IpNet>,
    /// Sorted file of SHA-1 hashes of passwords that no account may have.
    pub breached_passwords: Option<PathBuf>,
    /// Ways in which new accounts are opened.
    pub signup: SignupMode,
    /// Maximum number of accounts that one network may create per hour.
    pub signups_per_hour: u32,
    /// Accounts that must have a second factor.
    pub mfa: FactorRule,
    /// OpenID Connect provider that users may sign in with.
    pub oidc: Option<OidcSettings>,
    /// Limits of requests to the REST API.
    pub request_limits: RoleLimits,
    pub demo: bool,
    /// Time without a renewal after which a job's lease expires and another worker takes the job over.
    pub lease: Duration,
    /// Chat endpoint that speaks for the agents. Without one the built-in planner does.
    pub llm: Option<Endpoint>,
    pub llm_timeouts: ModelTimeouts,
    pub budgets: Budgets,
    /// External podcast directories that are searched.
    pub directories: DirectorySettings,
    /// Ways by which notifications leave the server.
    pub channels: ChannelSettings,
}

/// Settings of downloads in several concurrent byte ranges.
#[derive(Debug, Clone)]
pub struct Ranges {
    /// Duration of the initial phase with one connection, and of the trial with several.
    pub trial: Duration,
    /// Size of one range: small enough that little is lost with the process, large enough
    /// for a request of its own.
    pub bytes: u64,
}

impl Default for Ranges {
    fn default() -> Self {
        Self { trial: Duration::from_secs(3), bytes: 8 << 20 }
    }
}

impl Config {
    /// Whether users connect over HTTPS, so that cookies carry `Secure`.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// Bytes that must stay free on the disk.
    pub fn min_free(&self) -> u64 {
        self.min_free_mb.saturating_mul(1_000_000)
    }

    /// Directory of incomplete downloads.
    pub fn incoming(&self) -> PathBuf {
        self.data_dir.join("incoming")
    }

    /// Base URL of the built-in Demo Station: always the listener itself, never a proxy in front of it.
    pub fn demo_url(&self) -> String {
        let ip = if self.addr.ip().is_unspecified() {
            std::net::Ipv4Addr::LOCALHOST.into()
        } else {
            self.addr.ip()
        };
        format!("http://{}", SocketAddr::new(ip, self.addr.port()))
    }
}
