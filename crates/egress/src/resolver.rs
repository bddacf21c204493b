//! DNS resolver of the SSRF guard: a name with even one private address is refused.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::task_local;
use tokio::time::{Instant, sleep_until};

use super::{EgressError, SsrfGuard, closed_to_us};

/// Minimum duration of a refusal, so that its timing does not reveal whether a name is known here.
const REFUSAL: Duration = Duration::from_millis(250);

task_local! {
    /// Port of the request whose name is resolved: reqwest does not pass it to the resolver.
    static PORT: u16;
}

/// Runs a request with the port by which its names are judged.
pub(super) async fn for_port<T>(port: Option<u16>, request: impl Future<Output = T>) -> T {
    PORT.scope(port.unwrap_or_default(), request).await
}

pub(super) struct GuardedResolver {
    rules: Arc<SsrfGuard>,
}

impl GuardedResolver {
    pub fn new(rules: Arc<SsrfGuard>) -> Self {
        Self { rules }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let rules = self.rules.clone();
        // Without a port, only public addresses are allowed.
        let port = PORT.try_with(|port| *port).unwrap_or(80);
        Box::pin(async move {
            let began = Instant::now();
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let addresses: Vec<SocketAddr> = match found {
                Ok(found) => found.collect(),
                Err(error) => {
                    tracing::info!(name = name.as_str(), %error, "a name could not be resolved");
                    Vec::new()
                }
            };
            let inward = addresses.iter().find(|address| !rules.allows(address.ip(), port));
            if let Some(inward) = inward {
                tracing::info!(name = name.as_str(), port, address = %inward.ip(), "a name leads inward: refused");
            }
            if inward.is_some() || addresses.is_empty() {
                sleep_until(began + REFUSAL).await;
                // Retried later like any name: behind a captive portal every name has a private address.
                return Err(EgressError::Unreachable(closed_to_us(name.as_str())).into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
