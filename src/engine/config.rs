//! The settings of a process; the binary fills them from flags and environment.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use super::catalog::directories;
use super::downloads::Types;
use super::egress::{Allowed, Authorities, Patience};
use super::models::openai;
use super::runs::Budgets;
use super::storage::Place;

#[derive(Debug, Clone)]
pub struct Config {
    pub addr: SocketAddr,
    pub data_dir: PathBuf,
    pub database_url: String,
    /// A key of the operator's for what is sealed in the database; else one is made in the data directory.
    pub secret_file: Option<PathBuf>,
    /// Where verified bytes are kept.
    pub storage: Place,
    /// Megabytes of the copies that are kept near where the store is remote.
    pub cache_mb: u64,
    /// What may be reached beyond public addresses on 80 and 443.
    pub egress_allow: Vec<Allowed>,
    /// Who is believed about publishers' names besides the system's own authorities.
    pub egress_ca: Authorities,
    pub max_file_mb: u64,
    /// Which types of files are kept.
    pub types: Types,
    /// Transfers at once in this process, and of those from one host.
    pub transfers: usize,
    pub transfers_per_host: u64,
    /// Kilobytes a second that all transfers of this process take together at the most.
    pub bandwidth_kbps: Option<u64>,
    pub patience: Patience,
    pub ranges: Ranges,
    /// Below this much free space on the disk nothing new is fetched.
    pub min_free_mb: u64,
    /// The address people use, without a slash at the end.
    pub public_url: String,
    /// Reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` count.
    pub trusted_proxies: Vec<IpNet>,
    pub signup_open: bool,
    /// Accounts that one network may open within an hour.
    pub signups_per_hour: u32,
    pub demo: bool,
    /// How long a worker may be silent before its jobs are taken over.
    pub lease: Duration,
    /// The chat endpoint that speaks for the agents; without one the built-in planner does.
    pub llm: Option<openai::Endpoint>,
    pub llm_patience: openai::Patience,
    pub budgets: Budgets,
    /// Where podcasts are searched for that are not known here.
    pub directories: directories::Settings,
}

/// When a large file is asked for in several ranges at once.
#[derive(Debug, Clone)]
pub struct Ranges {
    /// So long it comes over one connection first; so long is the trial of several.
    pub trial: Duration,
    /// Of one range: few enough that little is lost with the process, and many enough for a request of their own.
    pub bytes: u64,
}

impl Default for Ranges {
    fn default() -> Self {
        Self { trial: Duration::from_secs(3), bytes: 8 << 20 }
    }
}

impl Config {
    /// Cookies carry `Secure` where people come by https.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// The directory for bytes that are still arriving.
    pub fn incoming(&self) -> PathBuf {
        self.data_dir.join("incoming")
    }

    /// The base of the built-in Demo Station's addresses. Always the listener itself, never a proxy before it.
    pub fn demo_url(&self) -> String {
        let ip = if self.addr.ip().is_unspecified() {
            std::net::Ipv4Addr::LOCALHOST.into()
        } else {
            self.addr.ip()
        };
        format!("http://{}", SocketAddr::new(ip, self.addr.port()))
    }
}
