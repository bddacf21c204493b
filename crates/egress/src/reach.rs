//! Whether a server without a network of its own has one to an address.

use std::time::Duration;

use url::Host;

use crate::{Egress, NetworkReach};

/// Maximum time for the look-up of a name in the allowed network.
const LOOKUP: Duration = Duration::from_secs(5);

impl Egress {
    /// Whether this server has a network to an address: always, unless it has none but the allowed ones.
    pub async fn reaches(&self, url: &str) -> bool {
        if self.rules.reach == NetworkReach::Internet {
            return true;
        }
        let Ok(url) = self.check(url) else { return false };
        if self.rules.is_demo(&url) {
            return true;
        }
        let port = url.port_or_known_default().unwrap_or_default();
        // A literal has passed already. Without an allowed port no name is looked up.
        let Some(Host::Domain(name)) = url.host() else { return true };
        if !self.rules.allows_port(port) {
            return false;
        }
        let found = tokio::time::timeout(LOOKUP, tokio::net::lookup_host((name, port))).await;
        found.is_ok_and(|found| {
            found.is_ok_and(|mut all| all.any(|address| self.rules.allows(address.ip(), port)))
        })
    }
}
