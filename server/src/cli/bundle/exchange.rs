//! Export, import and tidying of volumes.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bundle::VolumeName;
use clap::Args;
use smartcache::domain::size::size;
use smartcache::engine::bundles::{self, ExportOptions, ImportedVolume};
use smartcache::engine::{Config, Error, Result, start};

/// Exit code of an import that found nothing new.
const NOTHING_NEW: u8 = 3;

#[derive(Debug, Args)]
pub struct ExportFlags {
    /// Peer that it is for; all trusted peers, unless given
    #[arg(long, value_name = "NODE")]
    to: Option<String>,
    /// Directory of the volumes
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Megabytes of a volume at most; 3900 unless given, for FAT32
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    volume_mb: Option<u64>,
    /// Megabytes of the whole bundle at most
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    budget_mb: Option<u64>,
    /// Tell everything, also what the peer has
    #[arg(long)]
    full: bool,
    /// Tell records alone, without files
    #[arg(long)]
    no_blobs: bool,
    /// Also tell the accounts of this gateway with hashes of their passwords: their users can sign in at the
    /// site. Accounts that are not told any more are disabled there
    #[arg(long)]
    accounts: bool,
    /// Sites have no way back to this gateway, as through a data diode: what is written counts as arrived,
    /// and a full bundle is written every 30 days
    #[arg(long)]
    one_way: bool,
    /// Do not read the volumes back from the medium
    #[arg(long)]
    no_read_back: bool,
}

#[derive(Debug, Args)]
pub struct ImportFlags {
    /// Volumes, or directories with volumes
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub struct TidyFlags {
    /// Volumes, or directories with volumes
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

pub async fn export(config: Config, asked: ExportFlags) -> Result<ExitCode> {
    let engine = start::open(config).await?;
    let peers = match &asked.to {
        Some(name) => vec![name.clone()],
        None => bundles::trusted_names(&engine).await?,
    };
    let megabytes = |number: Option<u64>| number.map(|number| number * 1_000_000);
    let options = ExportOptions {
        volume_bytes: megabytes(asked.volume_mb),
        budget_bytes: megabytes(asked.budget_mb),
        is_full: asked.full,
        has_blobs: !asked.no_blobs,
        has_accounts: asked.accounts,
        read_back: !asked.no_read_back,
        is_one_way: asked.one_way,
        ..ExportOptions::into_directory(asked.out)
    };
    for peer in peers {
        let made = bundles::export(&engine, &peer, &options).await?;
        let bytes = size(i64::try_from(made.bytes).unwrap_or(i64::MAX));
        println!("For {peer}: {} records, {}, {bytes}", made.records, files(made.files));
        if made.left > 0 {
            println!("  {} did not fit and will go with the next bundle", files(made.left));
        }
        for volume in made.volumes {
            println!("  {}", volume.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn files(number: u64) -> String {
    if number == 1 { "1 file".into() } else { format!("{number} files") }
}

/// Imports all volumes that can be imported, and fails with the first refusal.
pub async fn import(config: Config, asked: ImportFlags) -> Result<ExitCode> {
    let engine = start::open(config).await?;
    let (mut news, mut first_error) = (false, None);
    for path in volumes(&asked.paths)? {
        match bundles::import(&engine, &path).await {
            Ok(imported) => {
                news |= imported.known_since.is_none();
                println!("{}", in_words(&imported));
            }
            Err(error) => {
                eprintln!("{}: {error}", path.display());
                first_error.get_or_insert(error);
            }
        }
    }
    match first_error {
        Some(error) => Err(error),
        None => Ok(if news { ExitCode::SUCCESS } else { ExitCode::from(NOTHING_NEW) }),
    }
}

/// Deletes the volumes that their receiver has.
pub async fn tidy(config: Config, asked: TidyFlags) -> Result<ExitCode> {
    let engine = start::open(config).await?;
    let tidied = bundles::tidy(&engine, volumes(&asked.paths)?).await?;
    for path in &tidied.removed {
        println!("Removed {}", path.display());
    }
    println!("Removed: {}. Left: {}.", tidied.removed.len(), tidied.kept);
    Ok(ExitCode::SUCCESS)
}

fn in_words(imported: &ImportedVolume) -> String {
    let ImportedVolume { peer, seq, volume, volumes, records, files: number, known_since, .. } = imported;
    let outcome = match known_since {
        Some(since) => format!("already here since {}", since.format("%Y-%m-%d %H:%M UTC")),
        None => format!("{records} records, {}", files(u64::try_from(*number).unwrap_or_default())),
    };
    format!("Bundle {seq} of {peer}, volume {volume} of {volumes}: {outcome}")
}

/// The named files, and the volumes in the named directories by their names.
fn volumes(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for path in paths {
        if !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        let mut found: Vec<_> =
            std::fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<Result<_, Error>>()?;
        found.retain(|path| is_volume(path));
        found.sort();
        all.extend(found);
    }
    Ok(all)
}

fn is_volume(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.parse::<VolumeName>().is_ok())
}
