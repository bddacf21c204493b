//! Response times by method, route and status.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Upper bounds in seconds.
const BUCKETS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Labels of a response.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ResponseLabels {
    /// Method of the request; one word for all unknown methods.
    pub method: &'static str,
    /// Pattern of the route, such as `/items/{id}`; never a path.
    pub route: String,
    /// Status code.
    pub status: u16,
}

/// Histograms of the time until a response began.
#[derive(Debug)]
pub struct ResponseTimes(Family<ResponseLabels, Histogram, fn() -> Histogram>);

impl ResponseTimes {
    /// Registers the histograms.
    pub fn new(registry: &mut Registry, name: &'static str) -> Self {
        let family = Family::new_with_constructor((|| Histogram::new(BUCKETS)) as fn() -> Histogram);
        registry.register(name, "Time until a response began", family.clone());
        Self(family)
    }

    /// Adds a response.
    pub fn observe(&self, labels: &ResponseLabels, duration: Duration) {
        self.0.get_or_create(labels).observe(duration.as_secs_f64());
    }
}
