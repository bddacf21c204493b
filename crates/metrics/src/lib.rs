#![doc = include_str!("../README.md")]

mod families;
pub mod process;
mod responses;
mod scrape;
mod text_format;

pub use prometheus_client::metrics::counter::Counter;
pub use prometheus_client::metrics::histogram::Histogram;
pub use prometheus_client::registry::Registry;

pub use families::{CounterFamily, HistogramFamily};
pub use responses::{ResponseLabels, ResponseTimes};
pub use scrape::Scrape;
pub use text_format::{Encoded, encode};
