//! The binary: reads the settings and does what it is told.

use clap::Parser;
use smartcache_server::cli::Cli;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    match Cli::parse().run().await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("smartcache: {why}");
            std::process::ExitCode::FAILURE
        }
    }
}
