//! The command line.

mod backup;
mod bundle;
mod commands;
mod doctor;
mod logging;
mod serve;
mod settings;
mod values;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use smartcache::domain::audit_entry::AuditActor;
use smartcache::domain::source::Kind;
use smartcache::engine::audit::{self, RequestContext};
use smartcache::engine::{Result, start};

use logging::Logging;
use settings::CliSettings;

/// Prepares podcasts, articles and videos for the times without a network.
#[derive(Debug, Parser)]
#[command(name = "smartcache", version, about)]
pub struct Cli {
    #[command(flatten)]
    settings: CliSettings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Web and background work in one process; what happens without a command
    Serve,
    /// The web side alone; some other process must do the work
    Web,
    /// Background work alone
    Worker {
        /// Address that answers /metrics, /health/detailed, /health and /ready of this process, such as
        /// 127.0.0.1:9464; without it, none
        #[arg(long, env = "SMARTCACHE_MONITORING_ADDR")]
        monitoring_addr: Option<SocketAddr>,
    },
    /// Bring the database up to date
    Migrate,
    /// Print the description of the REST API: an OpenAPI document
    Openapi,
    /// Ask a running server on this machine whether it is well; for containers and monitoring
    Health,
    /// Put a directory of sources into the catalogue: the project's own, or a file
    Seed {
        /// Tab-separated: kind, name, feed_url; the first line is the heading
        file: Option<PathBuf>,
    },
    /// Say whether everything is well; with --audit, whether every promise about bytes is kept
    Doctor(doctor::Doctor),
    /// Copy the database and all files into a directory, also while a server runs
    Backup(backup::Backup),
    /// Restore a backup into an empty installation
    Restore(backup::Restore),
    /// Carry records and files to a node without a network: keys, and volumes on a medium
    Bundle {
        #[command(subcommand)]
        action: bundle::BundleAction,
    },
    /// Look after accounts
    User {
        #[command(subcommand)]
        action: UserAction,
    },
    /// Look after the directory of sources
    Source {
        #[command(subcommand)]
        action: SourceAction,
    },
}

#[derive(Debug, Subcommand)]
enum UserAction {
    /// Open an account; the password is the first line of the input
    Add(WithPassword),
    /// Set a new password and end every session; the password is the first line of the input
    ResetPassword(WithPassword),
    /// Print a link by which the user chooses a new password; it works once, within an hour
    ResetLink { name: String },
    /// Remove the second factors of an account whose user has lost them; the password stays
    RemoveFactors { name: String },
    /// Make an account an administrator's
    MakeAdmin { name: String },
}

#[derive(Debug, Args)]
struct WithPassword {
    name: String,
    /// Read the password without asking for it, even at a terminal
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Debug, Subcommand)]
enum SourceAction {
    /// Put a feed into the directory that everybody sees
    Add {
        url: String,
        /// The address, unless given
        #[arg(long)]
        name: Option<String>,
        /// podcast, article, news, video or picture
        #[arg(long, default_value = "article")]
        kind: Kind,
    },
    /// Read a feed now
    Refresh { id: i64 },
}

impl Cli {
    /// Runs the command. Returns the exit code of a command that has other outcomes than success and failure.
    pub async fn run(self) -> Result<ExitCode> {
        // Fails only if a provider is already installed, which is as good.
        rustls::crypto::ring::default_provider().install_default().ok();
        let CliSettings { log, log_format, otlp_url, .. } = &self.settings;
        let logging = Logging::start(log, *log_format, otlp_url.as_ref())?;
        let context = RequestContext::of(AuditActor::Command);
        let done = audit::within(context, self.carry_out()).await;
        logging.end().await;
        done
    }

    async fn carry_out(self) -> Result<ExitCode> {
        let command = self.command.unwrap_or(Command::Serve);
        let (site, config) = (self.settings.site.clone(), self.settings.into_config(&command));
        let done = match command {
            Command::Bundle { action } => return bundle::bundle(config, action).await,
            Command::Serve => serve::serve(config, site, true).await,
            Command::Web => serve::serve(config, site, false).await,
            Command::Worker { monitoring_addr } => serve::work(config, site, monitoring_addr).await,
            Command::Migrate => commands::migrate(config).await,
            Command::Openapi => commands::openapi(),
            Command::Health => commands::health(&config).await,
            Command::Seed { file } => commands::seed(config, file).await,
            Command::Doctor(asked) => doctor::examine(config, asked).await,
            Command::Backup(asked) => backup::backup(config, asked).await,
            Command::Restore(asked) => backup::restore(config, asked).await,
            Command::User { action } => commands::user(config, action).await,
            Command::Source { action } => commands::source(config, action).await,
        };
        done.map(|()| ExitCode::SUCCESS)
    }
}

impl Command {
    /// Default number of database connections: one per running job, and enough for requests and leases.
    fn connections(&self, transfers: usize) -> u32 {
        let slots = start::slots(transfers);
        let connections = match self {
            Self::Serve => 16 + slots,
            Self::Worker { .. } => 8 + slots,
            Self::Web => 12,
            _ => 4,
        };
        connections as u32
    }
}

#[cfg(test)]
mod tests;
