//! Peers of this node, and the latest volumes.

use std::io::Write;
use std::process::ExitCode;

use bundle::PublicNode;
use smartcache::domain::bundle::NodeRole;
use smartcache::engine::bundles::{self, BundleStatus};
use smartcache::engine::{Config, Result, start};

/// Trusts a node, after a comparison of its fingerprint, which is read from the input if none is given.
pub async fn trust(config: Config, node: &PublicNode, fingerprint: Option<String>) -> Result<ExitCode> {
    let fingerprint = match fingerprint {
        Some(fingerprint) => fingerprint,
        None => {
            print!("Fingerprint that {} shows: ", node.name);
            std::io::stdout().flush()?;
            let mut line = String::new();
            std::io::stdin().read_line(&mut line)?;
            line
        }
    };
    let engine = start::open(config).await?;
    let node = bundles::trust(&engine, &node.to_string(), &fingerprint).await?;
    println!("{} is trusted.", node.name);
    Ok(ExitCode::SUCCESS)
}

/// Keys of the trusted peers. A node that is alone has none, and needs no database.
pub async fn trusted(config: Config) -> Result<Vec<PublicNode>> {
    match config.role {
        NodeRole::Alone => Ok(Vec::new()),
        NodeRole::Gateway | NodeRole::Site => bundles::trusted_keys(&*start::open(config).await?).await,
    }
}

pub async fn revoke(config: Config, name: &str) -> Result<ExitCode> {
    bundles::revoke(&*start::open(config).await?, name).await?;
    println!("{name} is trusted no more.");
    Ok(ExitCode::SUCCESS)
}

pub async fn list(config: Config) -> Result<ExitCode> {
    let BundleStatus { peers, .. } = bundles::status(&*start::open(config).await?).await?;
    for (peer, node) in peers {
        let state = if peer.revoked_at.is_some() { "revoked" } else { "trusted" };
        let fingerprint = node.map(|node| node.fingerprint()).unwrap_or_default();
        println!("{:<32}  {state}  {fingerprint}", peer.name);
    }
    Ok(ExitCode::SUCCESS)
}

pub async fn status(config: Config) -> Result<ExitCode> {
    let BundleStatus { peers, volumes } = bundles::status(&*start::open(config).await?).await?;
    for (peer, _) in peers {
        let last = peer.received_at.map(|at| at.format("%Y-%m-%d %H:%M UTC").to_string());
        let last = last.unwrap_or_else(|| "never".to_owned());
        println!("{}: last heard of {last}, {} bundles sent", peer.name, peer.sent_seq);
    }
    for volume in volumes {
        let error = volume.error.map(|error| format!(": {error}")).unwrap_or_default();
        println!(
            "{}  {} {} {}, volume {} of {}, {} records, {}{error}",
            volume.created_at.format("%Y-%m-%d %H:%M"),
            volume.direction,
            volume.peer,
            volume.seq,
            volume.volume,
            volume.volumes,
            volume.records,
            volume.status
        );
    }
    Ok(ExitCode::SUCCESS)
}
