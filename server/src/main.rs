//! The binary: reads the settings and does what it is told.

use clap::Parser;
use smartcache_server::cli::Cli;

/// Gives memory back when it is free again: a password's hash takes 19 MB, which the system's allocator keeps for ever.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

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
