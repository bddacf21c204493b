//! Names by which lower floors enqueue jobs of higher floors. The code of a job is where its name is used as
//! `KIND`.

use jobs::JobName;

/// Puts the waiting transfers in order (`downloads`).
pub const ORDER_TRANSFERS: JobName = JobName::new("order_transfers", "refresh");
/// Queues the failed downloads that are due (`downloads`).
pub const RETRY_FAILED: JobName = JobName::new("retry_failed", "refresh");
/// Plans the prefetching of a source (`downloads`); `{ "source_id": … }`. Its kind is older than the name.
pub const PREFETCH: JobName = JobName::new("keep_ahead", "refresh");
/// Queues new items for followers with automatic downloads (`downloads`); `{ "source_id": …, "items": [ … ]
/// }`.
pub const QUEUE_ARRIVALS: JobName = JobName::new("queue_arrivals", "refresh");
/// Plans for the devices that are due (`planner`).
pub const PLAN_DEVICES: JobName = JobName::new("plan_devices", "refresh");
/// Fetches the pictures that are due (`pictures`).
pub const FETCH_PICTURES: JobName = JobName::new("fetch_pictures", "pictures");
/// Fetches the pictures of an article (`reading`); `{ "sha256": …, "url": … }` of its page.
pub const FETCH_ARTICLE_PICTURES: JobName = JobName::new("article_pictures", "pictures");
/// Lets a run's agents speak (`runs`); `{ "run_id": … }`. The attempts are enough for a database that is
/// unavailable for minutes, and for many crashes of the process. A run that takes too long ends by its time
/// budget.
pub const RUN_AGENTS: JobName =
    JobName { max_attempts: 40, runs_again: false, ..JobName::new("run_agents", "runs") };
