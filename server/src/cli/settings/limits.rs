//! Settings of request limits.

use clap::Args;
use smartcache::engine::config::RoleLimits;

#[derive(Debug, Args)]
pub struct LimitFlags {
    /// Requests to the REST API per minute, hour and day that a user, a key, or a network without either is
    /// promised: MINUTE/HOUR/DAY or off, or a value for each of the roles admin, user, listener and stranger,
    /// such as admin=off,stranger=10/100/1000. Without it, 120/2000/20000, and 60/600/6000 for strangers
    #[arg(long, env = "SMARTCACHE_REQUEST_LIMITS", value_name = "LIMITS", global = true)]
    request_limits: Option<RoleLimits>,
    /// Percent of these limits beyond which requests are refused
    #[arg(
        long,
        env = "SMARTCACHE_REQUEST_HARD_PERCENT",
        value_name = "PERCENT",
        default_value_t = 120,
        global = true
    )]
    #[arg(value_parser = clap::value_parser!(i64).range(100..=1_000))]
    request_hard_percent: i64,
}

impl LimitFlags {
    pub fn into_limits(self) -> RoleLimits {
        self.request_limits.unwrap_or_default().with_hard_percent(self.request_hard_percent)
    }
}
