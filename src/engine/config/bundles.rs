//! Settings of the exchange of bundles by folders.

use std::path::PathBuf;
use std::time::Duration;

/// Folders of volumes, and the interval of exports.
#[derive(Debug, Clone)]
pub struct BundleFolders {
    /// Folder of exports. Inside the data directory, unless given.
    pub out: Option<PathBuf>,
    /// Interval of exports for all trusted peers. None without a schedule.
    pub every: Option<Duration>,
    /// Drop folder, whose volumes are imported.
    pub drop: Option<PathBuf>,
    /// Days without an import after which a peer counts as quiet.
    pub quiet_days: i64,
    /// Whether nothing comes back from the peers, as through a data diode.
    pub one_way: bool,
}

impl Default for BundleFolders {
    fn default() -> Self {
        Self { out: None, every: None, drop: None, quiet_days: 7, one_way: false }
    }
}
