//! Metrics that are read at a scrape and exist for its response only.

use std::sync::atomic::AtomicU64;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

type GaugeF64 = Gauge<f64, AtomicU64>;

/// Values at the time of a scrape. Counters get the suffix `_total` when they are written.
#[derive(Default)]
pub struct Scrape(Registry);

impl Scrape {
    /// The registry to encode.
    pub fn registry(&self) -> &Registry {
        &self.0
    }

    /// Adds a gauge.
    pub fn gauge(&mut self, name: &'static str, help: &'static str, value: i64) {
        let gauge: Gauge = Gauge::default();
        gauge.set(value);
        self.0.register(name, help, gauge);
    }

    /// Adds a gauge of a fraction.
    pub fn gauge_f64(&mut self, name: &'static str, help: &'static str, value: f64) {
        let gauge = GaugeF64::default();
        gauge.set(value);
        self.0.register(name, help, gauge);
    }

    /// Adds a counter.
    pub fn counter(&mut self, name: &'static str, help: &'static str, value: u64) {
        let counter: Counter = Counter::default();
        counter.inc_by(value);
        self.0.register(name, help, counter);
    }

    /// Adds a counter of a fraction.
    pub fn counter_f64(&mut self, name: &'static str, help: &'static str, value: f64) {
        let counter = Counter::<f64, AtomicU64>::default();
        counter.inc_by(value);
        self.0.register(name, help, counter);
    }

    /// Adds a counter for each set of label values.
    pub fn counters<const N: usize>(
        &mut self,
        name: &'static str,
        help: &'static str,
        labels: [&'static str; N],
        values: impl IntoIterator<Item = ([String; N], u64)>,
    ) {
        let family = Family::<[(&'static str, String); N], Counter>::default();
        for (words, value) in values {
            family.get_or_create(&label_set(labels, words)).inc_by(value);
        }
        self.0.register(name, help, family);
    }

    /// Adds a gauge for each set of label values.
    pub fn gauges<const N: usize>(
        &mut self,
        name: &'static str,
        help: &'static str,
        labels: [&'static str; N],
        values: impl IntoIterator<Item = ([String; N], i64)>,
    ) {
        let family = Family::<[(&'static str, String); N], Gauge>::default();
        for (words, value) in values {
            family.get_or_create(&label_set(labels, words)).set(value);
        }
        self.0.register(name, help, family);
    }

    /// Like `gauges`, for fractions.
    pub fn gauges_f64<const N: usize>(
        &mut self,
        name: &'static str,
        help: &'static str,
        labels: [&'static str; N],
        values: impl IntoIterator<Item = ([String; N], f64)>,
    ) {
        let family = Family::<[(&'static str, String); N], GaugeF64>::default();
        for (words, value) in values {
            family.get_or_create(&label_set(labels, words)).set(value);
        }
        self.0.register(name, help, family);
    }
}

fn label_set<const N: usize>(labels: [&'static str; N], words: [String; N]) -> [(&'static str, String); N] {
    let mut labels = labels.into_iter();
    words.map(|word| (labels.next().unwrap_or_default(), word))
}
