//! SmartCache core library: domain types (`domain`), database queries (`db`) and services (`engine`).

pub mod domain;

#[cfg(feature = "server")]
pub mod db;
#[cfg(feature = "server")]
pub mod engine;
#[cfg(feature = "testing")]
pub mod testing;
