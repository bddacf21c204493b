//! A running process of an installation.

use serde::{Deserialize, Serialize};

use crate::words::words;

words! {
    /// Tasks of a process.
    Role {
        /// Web and background work.
        Serve = "serve",
        Web = "web",
        Worker = "worker",
    }
}

impl Role {
    /// Whether the process does background work.
    pub fn works(self) -> bool {
        self != Self::Web
    }
}

/// A process as its last heartbeat described it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Process {
    pub id: String,
    /// Name of its machine.
    pub host: String,
    pub role: Role,
    pub version: String,
    pub uptime_seconds: f64,
    /// Time since the heartbeat.
    pub silent_seconds: f64,
    /// Open live connections.
    pub connections: i64,
    /// Maximum number of jobs that run at once.
    pub slots: i64,
    /// Free space for arriving files, if it is known.
    pub free_bytes: Option<i64>,
}
