//! SmartCache's map: what it is about (`domain`), what it remembers (`db`), what it does (`engine`).

pub mod domain;

#[cfg(feature = "server")]
pub mod db;
#[cfg(feature = "server")]
pub mod engine;
#[cfg(feature = "testing")]
pub mod testing;
