//! The commands `backup` and `restore`.

use std::path::PathBuf;

use clap::Args;
use smartcache::domain::size::size;
use smartcache::engine::backup::{self, FileMode};
use smartcache::engine::{Config, Result, start};

#[derive(Debug, Args)]
pub struct Backup {
    /// Where to; the directory of an earlier backup is brought up to date
    directory: PathBuf,
    /// Leave the files where they are, and name them only: for storage that is backed up otherwise. A bucket
    /// always is
    #[arg(long)]
    without_files: bool,
    /// Copy the key of sealed passwords into a file of its own; keep it apart from the backup
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Restore {
    /// The directory of the backup
    directory: PathBuf,
    /// The file that `backup --key` wrote
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

/// Makes a backup, also beside a running server.
pub async fn backup(config: Config, asked: Backup) -> Result<()> {
    let engine = start::open(config).await?;
    let files = if asked.without_files { FileMode::Referenced } else { FileMode::of(&engine.config.storage) };
    let made = backup::backup(&engine, &asked.directory, files).await?;
    let kept = match made.files {
        FileMode::Copied => "copied",
        FileMode::Referenced => "named, and left in the storage",
    };
    let bytes = size(i64::try_from(made.bytes).unwrap_or(i64::MAX));
    println!("The database and {} files ({bytes}; {kept}) are in {}.", made.count, asked.directory.display());
    if !made.unreadable.is_empty() {
        println!(
            "{} files could not be read: `smartcache doctor --audit` names them.",
            made.unreadable.len()
        );
    }
    match asked.key {
        Some(file) => {
            backup::backup_key(&engine.config, &file)?;
            println!("The key is in {}. Keep it apart from the backup.", file.display());
        }
        None => println!("The key of private feeds' passwords is not in it: --key FILE copies that."),
    }
    Ok(())
}

/// Restores a backup into an empty installation.
pub async fn restore(config: Config, asked: Restore) -> Result<()> {
    let restored = backup::restore(&config, &asked.directory, asked.key.as_deref()).await?;
    // Brings the database up to date.
    let engine = start::open(config).await?;
    println!("The backup of {} is restored.", restored.manifest.made_at.format("%Y-%m-%d %H:%M UTC"));
    match restored.manifest.files {
        FileMode::Copied => println!("{} files were copied into the storage.", restored.copied),
        FileMode::Referenced => println!("Its files are expected in the storage."),
    }
    let lost = restored.damaged.len() + restored.manifest.unreadable.len();
    if lost > 0 {
        println!(
            "{lost} files are damaged or missing: `smartcache doctor --audit --repair` fetches them again."
        );
    }
    if asked.key.is_none() && engine.config.secret_file.is_none() {
        println!("Without --key, passwords of private feeds have to be entered again.");
    }
    Ok(())
}
