//! Settings of a node between networks.

use std::path::PathBuf;
use std::time::Duration;

use bundle::NodeName;
use clap::{Args, ValueEnum};
use smartcache::domain::bundle::NodeRole;
use smartcache::engine::config::BundleFolders;

#[derive(Debug, Args)]
pub struct BundleFlags {
    /// Part of this server between networks: a gateway makes bundles for sites, and a site has no network
    #[arg(long, env = "SMARTCACHE_ROLE", value_enum, default_value_t = RoleFlag::Alone, global = true)]
    role: RoleFlag,
    /// Name of this server among its peers, such as school-2; a gateway and a site need one
    #[arg(long, env = "SMARTCACHE_NODE", value_name = "NAME", global = true)]
    #[arg(required_if_eq_any([("role", "gateway"), ("role", "site")]))]
    node: Option<NodeName>,
    /// Directory of volumes for other nodes, such as one on a medium that stays; `bundles/out` in the data
    /// directory, unless given
    #[arg(long, env = "SMARTCACHE_BUNDLE_OUT", value_name = "DIR", global = true)]
    bundle_out: Option<PathBuf>,
    /// Hours between two exports for all trusted nodes into that directory; without it, none by themselves
    #[arg(long, env = "SMARTCACHE_BUNDLE_EVERY_HOURS", value_name = "NUMBER", global = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=8_760))]
    bundle_every_hours: Option<u32>,
    /// Drop folder: volumes of trusted nodes that are put there are imported, and moved to done/ or refused/
    #[arg(long, env = "SMARTCACHE_BUNDLE_IN", value_name = "DIR", global = true)]
    bundle_in: Option<PathBuf>,
    /// Days without a bundle from a trusted node after which its page warns
    #[arg(
        long,
        env = "SMARTCACHE_BUNDLE_QUIET_DAYS",
        value_name = "NUMBER",
        default_value_t = 7,
        global = true
    )]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=3_650))]
    bundle_quiet_days: u32,
    /// Sites have no way back to this gateway, as through a data diode: what was written counts as arrived,
    /// and a full bundle is written every 30 days
    #[arg(long, env = "SMARTCACHE_BUNDLE_ONE_WAY", global = true)]
    bundle_one_way: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RoleFlag {
    /// No bundles
    Alone,
    /// Has a network, and serves sites
    Gateway,
    /// Has no network; what is new comes with bundles
    Site,
}

impl BundleFlags {
    /// Role and name of the node, and its folders.
    pub fn into_settings(self) -> (NodeRole, String, BundleFolders) {
        let role = match self.role {
            RoleFlag::Alone => NodeRole::Alone,
            RoleFlag::Gateway => NodeRole::Gateway,
            RoleFlag::Site => NodeRole::Site,
        };
        let folders = BundleFolders {
            out: self.bundle_out,
            every: self.bundle_every_hours.map(|hours| Duration::from_secs(u64::from(hours) * 3_600)),
            drop: self.bundle_in,
            quiet_days: i64::from(self.bundle_quiet_days),
            one_way: self.bundle_one_way,
        };
        (role, self.node.map(|node| node.to_string()).unwrap_or_default(), folders)
    }
}
