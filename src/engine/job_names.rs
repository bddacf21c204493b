//! Names of the jobs that floors below their own push. Their code is where the name is used as `KIND`.

use jobs::JobName;

/// Puts the waiting transfers in order (`downloads`).
pub const ORDER_TRANSFERS: JobName = JobName::new("order_transfers", "refresh");
/// Queues the failed downloads that are due (`downloads`).
pub const RETRY_FAILED: JobName = JobName::new("retry_failed", "refresh");
/// Plans the prefetching of a source (`downloads`); `{ "source_id": … }`.
pub const PREFETCH: JobName = JobName::new("keep_ahead", "refresh");
/// Queues new items for followers with automatic downloads (`downloads`); `{ "source_id": …, "items": [ … ]
/// }`.
pub const QUEUE_ARRIVALS: JobName = JobName::new("queue_arrivals", "refresh");
/// Lets a run's agents speak (`runs`); `{ "run_id": … }`. The attempts are enough for a database that is
/// unavailable for minutes, and for many crashes of the process. A run that takes too long ends by its time
/// budget.
pub const RUN_AGENTS: JobName =
    JobName { max_attempts: 40, runs_again: false, ..JobName::new("run_agents", "runs") };
