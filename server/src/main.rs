//! The binary: parses the settings and runs the command.

use clap::Parser;
use smartcache_server::cli::Cli;

/// Returns freed memory to the system: a password hash takes 19 MB, which the system's allocator would keep.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    match Cli::parse().run().await {
        Ok(code) => code,
        Err(why) => {
            eprintln!("smartcache: {why}");
            std::process::ExitCode::FAILURE
        }
    }
}
