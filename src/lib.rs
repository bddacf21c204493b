//! SmartCache's engine: what the program does, independent of HTTP routes and pages. The domain's types and
//! the queries come from `smartcache-domain`.

pub use domain;
pub use domain::db;

pub mod engine;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(all(test, feature = "testing"))]
mod tests;
