//! Families of counters and histograms, one for each set of label values, which are words of the program.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Names and values of the labels of one counter.
type LabelSet<const N: usize> = [(&'static str, &'static str); N];

/// Counters with `N` labels.
#[derive(Debug)]
pub struct CounterFamily<const N: usize> {
    labels: [&'static str; N],
    family: Family<LabelSet<N>, Counter>,
}

impl<const N: usize> CounterFamily<N> {
    /// Registers the family. Its samples get the suffix `_total`.
    pub fn new(
        registry: &mut Registry,
        name: &'static str,
        help: &'static str,
        labels: [&'static str; N],
    ) -> Self {
        let family = Family::default();
        registry.register(name, help, family.clone());
        Self { labels, family }
    }

    /// Sets counters that exist from the beginning, at 0: the first increase of any other cannot be seen.
    pub fn known(self, values: impl IntoIterator<Item = [&'static str; N]>) -> Self {
        values.into_iter().for_each(|values| drop(self.of(values)));
        self
    }

    /// Counter of these label values, in the order of the labels.
    pub fn of(&self, values: [&'static str; N]) -> Counter {
        self.family.get_or_create(&label_set(self.labels, values)).clone()
    }

    /// Raises a counter by one.
    pub fn inc(&self, values: [&'static str; N]) {
        self.of(values).inc();
    }
}

/// Histograms of durations with `N` labels.
#[derive(Debug)]
pub struct HistogramFamily<const N: usize> {
    labels: [&'static str; N],
    family: Family<LabelSet<N>, Histogram, fn() -> Histogram>,
}

impl<const N: usize> HistogramFamily<N> {
    /// Registers the family.
    pub fn new(
        registry: &mut Registry,
        name: &'static str,
        help: &'static str,
        labels: [&'static str; N],
        histogram: fn() -> Histogram,
    ) -> Self {
        let family = Family::new_with_constructor(histogram);
        registry.register(name, help, family.clone());
        Self { labels, family }
    }

    /// Adds a duration.
    pub fn observe(&self, values: [&'static str; N], duration: Duration) {
        self.family.get_or_create(&label_set(self.labels, values)).observe(duration.as_secs_f64());
    }
}

fn label_set<const N: usize>(labels: [&'static str; N], values: [&'static str; N]) -> LabelSet<N> {
    std::array::from_fn(|at| (labels[at], values[at]))
}
