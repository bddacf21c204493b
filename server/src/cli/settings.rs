//! Settings from flags or environment variables.

mod bundles;
mod limits;
mod oidc;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use blobs::StorageLocation;
use clap::{ArgAction, Args, ValueEnum};
use egress::{Allowed, Authorities};
use ipnet::IpNet;
use reqwest::Url;
use smartcache::domain::TimeDelta;
use smartcache::domain::factor_rule::FactorRule;
use smartcache::domain::invite::SignupMode;
use smartcache::engine::Config;
use smartcache::engine::config::{
    Budgets, ChannelSettings, DirectorySettings, Endpoint, ModelTimeouts, PUSH_SERVICES, PodcastIndex,
    PushService, SmtpSettings, TypeRule, Types,
};

use super::Command;
use bundles::BundleFlags;
use limits::LimitFlags;
use oidc::OidcFlags;

use super::values::{
    authorities, breached, contact, directory, endpoint, key, origin, place, proxy, redis, sender, smtp,
};

/// Default log filter, without the migration messages of every start. The relay itself logs what its client
/// complains of.
const LOG: &str = "info,sea_orm_migration=warn,fred=error";

#[derive(Debug, Args)]
pub struct CliSettings {
    /// Where to listen
    #[arg(long, env = "SMARTCACHE_ADDR", default_value = "127.0.0.1:3000", global = true)]
    addr: SocketAddr,
    /// Where everything is kept that has no place of its own
    #[arg(long, env = "SMARTCACHE_DATA_DIR", default_value = "./data", global = true)]
    data_dir: PathBuf,
    /// postgres://… or sqlite://…; SQLite in the data directory, unless given
    #[arg(long, env = "SMARTCACHE_DATABASE_URL", hide_env_values = true, global = true)]
    database_url: Option<String>,
    /// Connections to the database at most; without it 12 for `web`, 38 for `worker`, 46 for `serve`, and one
    /// more for each of SMARTCACHE_TRANSFERS above 6
    #[arg(long, env = "SMARTCACHE_DATABASE_CONNECTIONS", value_name = "NUMBER", global = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(2..=1_000))]
    database_connections: Option<u32>,
    /// redis://… or rediss://…, also of Valkey: relays live frames and caches answers for several processes
    #[arg(long, env = "SMARTCACHE_REDIS_URL", hide_env_values = true, value_name = "URL", value_parser = redis, global = true)]
    redis_url: Option<String>,
    /// A file with a key of 32 bytes or more, for the passwords of private feeds; else one is made in the data directory
    #[arg(long, env = "SMARTCACHE_SECRET_FILE", value_name = "FILE", global = true)]
    secret_file: Option<PathBuf>,
    /// Where verified bytes are kept: a directory, or s3://bucket?endpoint=…&region=…&prefix=… with the keys in
    /// AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; inside the data directory, unless given
    #[arg(long, env = "SMARTCACHE_STORAGE", value_name = "PLACE", value_parser = place, global = true)]
    storage: Option<StorageLocation>,
    /// Megabytes of copies kept in the data directory where SMARTCACHE_STORAGE is a bucket
    #[arg(long, env = "SMARTCACHE_CACHE_MB", default_value_t = 5_000, global = true)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    cache_mb: u64,
    /// Networks allowed besides public addresses on ports 80 and 443: CIDR[:port], separated by commas
    #[arg(
        long,
        env = "SMARTCACHE_EGRESS_ALLOW",
        value_delimiter = ',',
        value_name = "CIDR[:PORT]",
        global = true
    )]
    egress_allow: Vec<Allowed>,
    /// A PEM file of root certificates that are trusted beside the system's own, for publishers in a network with a
    /// certificate authority of its own
    #[arg(long, env = "SMARTCACHE_EGRESS_CA", value_name = "FILE", value_parser = authorities, global = true)]
    egress_ca: Option<Authorities>,
    /// Megabytes an audio or video file may have
    #[arg(long, env = "SMARTCACHE_MAX_FILE_MB", default_value_t = 500, global = true)]
    max_file_mb: u64,
    /// Types of files that are kept, as [kind:]type/subtype with * for any, separated by commas: a kind that is named
    /// keeps nothing else. Without it, sound, pictures, video, PDF, and pages of articles
    #[arg(long, env = "SMARTCACHE_ALLOW_TYPES", value_name = "TYPES", value_delimiter = ',', global = true)]
    allow_types: Vec<TypeRule>,
    /// Types that are never kept, such as podcast:video/*
    #[arg(long, env = "SMARTCACHE_BLOCK_TYPES", value_name = "TYPES", value_delimiter = ',', global = true)]
    block_types: Vec<TypeRule>,
    /// Transfers at once
    #[arg(long, env = "SMARTCACHE_TRANSFERS", default_value_t = 6, global = true)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=128))]
    transfers: u64,
    /// Transfers at once from one host
    #[arg(long, env = "SMARTCACHE_TRANSFERS_PER_HOST", default_value_t = 3, global = true)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=128))]
    transfers_per_host: u64,
    /// Kilobytes a second that all transfers together may take of the line; without it, all there is
    #[arg(long, env = "SMARTCACHE_BANDWIDTH_KBPS", global = true)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    bandwidth_kbps: Option<u64>,
    /// Megabytes that must stay free on the disk: below it nothing new is fetched, and what was used longest ago goes
    #[arg(long, env = "SMARTCACHE_MIN_FREE_MB", default_value_t = 1000, global = true)]
    min_free_mb: u64,
    /// Where a chat model answers that speaks for the agents, as OpenAI's API does: http://127.0.0.1:11434/v1 for Ollama.
    /// Without it, the built-in planner speaks
    #[arg(long, env = "SMARTCACHE_LLM_URL", value_name = "URL", value_parser = endpoint, global = true)]
    #[arg(requires = "llm_model")]
    llm_url: Option<String>,
    /// The model's name there
    #[arg(long, env = "SMARTCACHE_LLM_MODEL", value_name = "NAME", global = true, requires = "llm_url")]
    llm_model: Option<String>,
    /// The key for it, where one is wanted
    #[arg(long, env = "SMARTCACHE_LLM_KEY", hide_env_values = true, value_name = "KEY", global = true)]
    #[arg(value_parser = key, default_value = "", hide_default_value = true)]
    llm_key: String,
    /// Seconds one reply of the model may take; a model in one's own house may need more
    #[arg(long, env = "SMARTCACHE_LLM_SECONDS", default_value_t = 180, global = true)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    llm_seconds: u64,
    /// Where podcasts are searched for in Apple's directory; empty, and it is not asked
    #[arg(long, env = "SMARTCACHE_ITUNES_URL", value_name = "URL", value_parser = directory, global = true)]
    #[arg(default_value = "https://itunes.apple.com")]
    itunes_url: String,
    /// The same of the Podcast Index, which is asked where there is a key for it
    #[arg(long, env = "SMARTCACHE_PODCAST_INDEX_URL", value_name = "URL", value_parser = directory, global = true)]
    #[arg(default_value = "https://api.podcastindex.org/api/1.0")]
    podcast_index_url: String,
    /// The key for it, from https://api.podcastindex.org
    #[arg(
        long,
        env = "SMARTCACHE_PODCAST_INDEX_KEY",
        hide_env_values = true,
        value_name = "KEY",
        global = true
    )]
    #[arg(value_parser = key, requires = "podcast_index_secret")]
    podcast_index_key: Option<String>,
    /// The secret that comes with the key
    #[arg(
        long,
        env = "SMARTCACHE_PODCAST_INDEX_SECRET",
        hide_env_values = true,
        value_name = "SECRET",
        global = true
    )]
    #[arg(value_parser = key, requires = "podcast_index_key")]
    podcast_index_secret: Option<String>,
    /// Mail server for notifications: smtps://user:password@host, or smtp://user:password@host?tls=required.
    /// Without it, there are none by mail
    #[arg(long, env = "SMARTCACHE_SMTP_URL", hide_env_values = true, value_name = "URL", global = true)]
    #[arg(value_parser = smtp, requires = "smtp_from")]
    smtp_url: Option<String>,
    /// Sender of that mail, such as "SmartCache <cache@example.org>"
    #[arg(long, env = "SMARTCACHE_SMTP_FROM", value_name = "ADDRESS", global = true)]
    #[arg(value_parser = sender, requires = "smtp_url")]
    smtp_from: Option<String>,
    /// Push services that browsers may name: hosts with https, *.host for all below one, or https://host:port
    /// for one of your own, separated by commas
    #[arg(
        long,
        env = "SMARTCACHE_PUSH_SERVICES",
        value_name = "HOSTS",
        value_delimiter = ',',
        global = true
    )]
    #[arg(default_value = PUSH_SERVICES)]
    push_services: Vec<PushService>,
    /// Turns that one run of the agents may take
    #[arg(long, env = "SMARTCACHE_RUN_TURNS", default_value_t = 12, global = true)]
    #[arg(value_parser = clap::value_parser!(u64).range(3..=1_000))]
    run_turns: u64,
    /// Tool calls that one run may make
    #[arg(long, env = "SMARTCACHE_RUN_CALLS", default_value_t = 60, global = true)]
    #[arg(value_parser = clap::value_parser!(u64).range(10..=10_000))]
    run_calls: u64,
    /// Minutes that one run may take; waiting for its owner is not counted
    #[arg(long, env = "SMARTCACHE_RUN_MINUTES", default_value_t = 10, global = true)]
    #[arg(value_parser = clap::value_parser!(i64).range(1..=1_440))]
    run_minutes: i64,
    /// Tokens that models may read and write for one run; then the built-in planner goes on
    #[arg(long, env = "SMARTCACHE_RUN_TOKENS", default_value_t = 200_000, global = true)]
    #[arg(value_parser = clap::value_parser!(i64).range(1..))]
    run_tokens: i64,
    /// The same for all runs of a person within 24 hours
    #[arg(long, env = "SMARTCACHE_DAILY_TOKENS", default_value_t = 1_000_000, global = true)]
    #[arg(value_parser = clap::value_parser!(i64).range(1..))]
    daily_tokens: i64,
    /// Tool calls of all runs of a person within 24 hours; then their runs end
    #[arg(long, env = "SMARTCACHE_DAILY_CALLS", default_value_t = 1_000, global = true)]
    #[arg(value_parser = clap::value_parser!(u64).range(10..))]
    daily_calls: u64,
    /// Megabytes that the downloads of one run may come to, as far as sizes are known
    #[arg(long, env = "SMARTCACHE_RUN_MB", default_value_t = 10_000, global = true)]
    #[arg(value_parser = clap::value_parser!(i64).range(1..=1_000_000_000))]
    run_mb: i64,
    /// The same for all runs of a person within 24 hours
    #[arg(long, env = "SMARTCACHE_DAILY_MB", default_value_t = 20_000, global = true)]
    #[arg(value_parser = clap::value_parser!(i64).range(1..=1_000_000_000))]
    daily_mb: i64,
    /// The address people use, where it is not the one listened on: https://smartcache.example.org
    #[arg(long, env = "SMARTCACHE_PUBLIC_URL", value_parser = origin, global = true)]
    public_url: Option<String>,
    /// Passwords that no account may have: sorted SHA-1 hashes, as of Have I Been Pwned
    #[arg(long, env = "SMARTCACHE_BREACHED_PASSWORDS", value_parser = breached, value_name = "FILE", global = true)]
    breached_passwords: Option<PathBuf>,
    /// Whom to tell of a vulnerability, in /.well-known/security.txt: mailto:ada@example.org or https://…
    #[arg(long, env = "SMARTCACHE_SECURITY_CONTACT", value_parser = contact, global = true)]
    security_contact: Option<String>,
    /// Reverse proxies before this server, as CIDR, separated by commas: their X-Forwarded-For says who asks, and their
    /// X-Forwarded-Proto by which scheme
    #[arg(long, env = "SMARTCACHE_TRUSTED_PROXIES", value_delimiter = ',', value_name = "CIDR", value_parser = proxy)]
    #[arg(global = true)]
    trusted_proxies: Vec<IpNet>,
    /// Seconds that a server which was told to stop still serves while /ready fails, for a proxy to notice
    #[arg(long, env = "SMARTCACHE_DRAIN_SECONDS", default_value_t = 0, global = true)]
    #[arg(value_parser = clap::value_parser!(u64).range(0..=300))]
    drain_seconds: u64,
    /// Networks that may read /metrics and /health/detailed, as CIDR, separated by commas
    #[arg(long, env = "SMARTCACHE_METRICS_ALLOW", value_delimiter = ',', value_name = "CIDR", value_parser = proxy)]
    #[arg(default_value = "127.0.0.0/8,::1/128", global = true)]
    metrics_allow: Vec<IpNet>,
    /// Who may open an account
    #[arg(long, env = "SMARTCACHE_SIGNUP", value_enum, default_value_t = Signup::Open, global = true)]
    signup: Signup,
    /// Accounts that one network may open within an hour
    #[arg(long, env = "SMARTCACHE_SIGNUPS_PER_HOUR", default_value_t = 20, global = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    signups_per_hour: u32,
    /// Users who must have a second factor (an authenticator app, or a passkey), within seven days
    #[arg(long, env = "SMARTCACHE_MFA", value_enum, default_value_t = Mfa::Off, global = true)]
    mfa: Mfa,
    #[command(flatten)]
    oidc: OidcFlags,
    #[command(flatten)]
    bundles: BundleFlags,
    #[command(flatten)]
    request_limits: LimitFlags,
    /// Whether the built-in Demo Station is there
    #[arg(long, env = "SMARTCACHE_DEMO", action = ArgAction::Set, default_value_t = true, global = true)]
    demo: bool,
    /// Lines that are logged, to standard error: error, warn, info, debug, trace, or per module
    #[arg(long, env = "SMARTCACHE_LOG", default_value = LOG, global = true)]
    pub log: String,
    /// Lines for people, or JSON objects for programs
    #[arg(long, env = "SMARTCACHE_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, global = true)]
    pub log_format: LogFormat,
    /// Collector of OpenTelemetry that gets traces, such as http://127.0.0.1:4318/v1/traces; only of a
    /// program that was built with the feature `otlp`
    #[arg(long, env = "SMARTCACHE_OTLP_URL", global = true)]
    pub otlp_url: Option<Url>,
    /// The directory of what the browser loads
    #[arg(long, env = "SMARTCACHE_SITE", default_value = "./target/site", global = true)]
    pub site: PathBuf,
    /// Seconds a worker may be silent before its work is given to another
    #[arg(long, env = "SMARTCACHE_LEASE_SECONDS", default_value_t = 30, global = true)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    lease_seconds: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Signup {
    /// Anybody
    Open,
    /// Those with an invitation of an administrator
    Invite,
    /// Nobody; accounts are made with `user add`
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mfa {
    /// No user; all may set one up
    Off,
    /// Administrators
    Admins,
    /// All users
    Everyone,
}

impl From<Mfa> for FactorRule {
    fn from(mfa: Mfa) -> Self {
        match mfa {
            Mfa::Off => Self::Off,
            Mfa::Admins => Self::Admins,
            Mfa::Everyone => Self::Everyone,
        }
    }
}

impl From<Signup> for SignupMode {
    fn from(signup: Signup) -> Self {
        match signup {
            Signup::Open => Self::Open,
            Signup::Invite => Self::Invite,
            Signup::Closed => Self::Closed,
        }
    }
}

/// Access to the Podcast Index, if neither its address nor its keys are empty.
fn podcast_index(url: String, keys: Option<(String, String)>) -> Option<PodcastIndex> {
    let (key, secret) = keys?;
    let is_complete = ![&url, &key, &secret].iter().any(|value| value.is_empty());
    is_complete.then_some(PodcastIndex { url, key, secret })
}

impl CliSettings {
    fn budgets(&self) -> Budgets {
        Budgets {
            turns: self.run_turns,
            calls: self.run_calls,
            time: TimeDelta::minutes(self.run_minutes),
            // Half of the run's time, so that no single agent uses it up.
            turn_time: TimeDelta::seconds(self.run_minutes * 30),
            tokens: self.run_tokens,
            daily_tokens: self.daily_tokens,
            daily_calls: self.daily_calls,
            bytes: self.run_mb * 1_000_000,
            daily_bytes: self.daily_mb * 1_000_000,
            ..Budgets::default()
        }
    }

    /// Configuration of the engine for a command.
    pub fn into_config(self, command: &Command) -> Config {
        let budgets = self.budgets();
        let sqlite = || format!("sqlite://{}?mode=rwc", self.data_dir.join("smartcache.db").display());
        let database_url = self.database_url.unwrap_or_else(sqlite);
        let (key, named) = (self.llm_key, self.llm_url.zip(self.llm_model));
        let llm = named.map(|(url, model)| Endpoint { url, model, key });
        let whole = Duration::from_secs(self.llm_seconds);
        let spoken = ModelTimeouts::default();
        let llm_timeouts = ModelTimeouts { whole, idle: spoken.idle.min(whole), ..spoken };
        let keys = self.podcast_index_key.zip(self.podcast_index_secret);
        let podcast_index = podcast_index(self.podcast_index_url, keys);
        let (role, node, bundle_folders) = self.bundles.into_settings();
        let mut config = Config {
            role,
            node,
            bundle_folders,
            addr: self.addr,
            storage: self
                .storage
                .unwrap_or_else(|| StorageLocation::Directory(self.data_dir.join("storage"))),
            cache_mb: self.cache_mb,
            data_dir: self.data_dir,
            database_url,
            redis_url: self.redis_url,
            database_connections: self
                .database_connections
                .unwrap_or_else(|| command.connections(self.transfers as usize)),
            secret_file: self.secret_file,
            egress_allow: self.egress_allow,
            egress_ca: self.egress_ca.unwrap_or_default(),
            max_file_mb: self.max_file_mb,
            transfers: self.transfers as usize,
            transfers_per_host: self.transfers_per_host,
            bandwidth_kbps: self.bandwidth_kbps,
            types: Types { allowed: self.allow_types, blocked: self.block_types },
            timeouts: Default::default(),
            ranges: Default::default(),
            min_free_mb: self.min_free_mb,
            public_url: String::new(),
            breached_passwords: self.breached_passwords,
            security_contact: self.security_contact,
            trusted_proxies: self.trusted_proxies,
            drain: Duration::from_secs(self.drain_seconds),
            metrics_allow: self.metrics_allow,
            signups_per_hour: self.signups_per_hour,
            mfa: self.mfa.into(),
            oidc: self.oidc.into_settings(),
            signup: self.signup.into(),
            request_limits: self.request_limits.into_limits(),
            demo: self.demo,
            lease: Duration::from_secs(self.lease_seconds),
            llm,
            llm_timeouts,
            budgets,
            directories: DirectorySettings {
                itunes_url: self.itunes_url,
                podcast_index,
                ..DirectorySettings::default()
            },
            channels: ChannelSettings {
                push_services: self.push_services,
                smtp: self.smtp_url.zip(self.smtp_from).map(|(url, from)| SmtpSettings { url, from }),
            },
        };
        config.public_url = self.public_url.unwrap_or_else(|| config.demo_url());
        config
    }
}
