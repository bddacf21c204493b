//! Resolves names for the egress guard: a name that leads inward, even by one of its addresses, leads nowhere.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{EgressError, Rules};

pub(super) struct GuardedResolver {
    rules: Arc<Rules>,
}

impl GuardedResolver {
    pub fn new(rules: Arc<Rules>) -> Self {
        Self { rules }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let rules = self.rules.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let addresses: Vec<SocketAddr> = match found {
                Ok(found) => found.collect(),
                Err(_) => {
                    let why = format!("The name {} could not be found.", name.as_str());
                    return Err(EgressError::Unreachable(why).into());
                }
            };
            if let Some(inward) = addresses.iter().find(|a| !rules.allows_resolved(a.ip())) {
                let why =
                    format!("The name {} points into a private network ({}).", name.as_str(), inward.ip());
                return Err(EgressError::Refused(why).into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
