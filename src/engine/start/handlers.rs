//! All kinds of jobs, with the schedules of those that recur.

use std::time::Duration;

use jobs::Handlers;

use crate::domain::bundle::NodeRole;
use crate::engine::approvals::ExpireApproval;
use crate::engine::bundles::{self, ExportBundles, ServeRequests, WatchDropFolder};
use crate::engine::catalog::{refresh, search};
use crate::engine::channels::{self, Deliver, SendDue};
use crate::engine::downloads::{
    self, FreeDiskSpace, Housekeeping, ORDER_EVERY, OrderTransfers, RETRY_EVERY, ROOM_EVERY, RetryFailed,
    Transfer,
};
use crate::engine::reading::FetchArticlePictures;
use crate::engine::runs::RunAgents;
use crate::engine::runs::guardian::ExpireRunRequest;
use crate::engine::{Config, Engine, SharedEngine, exports, pictures, planner, users};

/// Handlers of all jobs. Workers claim by them, and a job that is cancelled is given up by them.
pub fn handlers(engine: &Engine) -> Handlers<SharedEngine> {
    let handlers = Handlers::new()
        .observed_by(engine.metrics.clone())
        .with::<RunAgents>()
        .with::<ExpireApproval>()
        .with::<ExpireRunRequest>()
        .with::<Transfer>()
        .with::<refresh::RefreshSource>()
        .with::<search::IndexItems>()
        .with::<downloads::Prefetch>()
        .with::<downloads::QueueArrivals>()
        .with::<pictures::FetchPicture>()
        .with::<FetchArticlePictures>()
        .with::<Deliver>()
        .every::<SendDue>(channels::EVERY)
        .every::<pictures::FetchPictures>(pictures::EVERY)
        .every::<downloads::PrefetchMissing>(Duration::from_secs(60))
        .every::<RetryFailed>(RETRY_EVERY)
        .every::<FreeDiskSpace>(ROOM_EVERY)
        .every::<OrderTransfers>(ORDER_EVERY)
        .every::<planner::PlanDevices>(planner::EVERY)
        .with::<exports::ExportAccount>()
        .every::<users::DeleteAccounts>(users::EVERY)
        .every::<Housekeeping>(Duration::from_secs(3_600));
    // The feeds of a site come with bundles.
    let handlers = match engine.config.role {
        NodeRole::Site => handlers,
        NodeRole::Alone => handlers.every::<refresh::RefreshDue>(Duration::from_secs(60)),
        NodeRole::Gateway => handlers
            .every::<refresh::RefreshDue>(Duration::from_secs(60))
            .every::<ServeRequests>(bundles::SERVE_EVERY),
    };
    with_bundles(handlers, &engine.config)
}

/// Exports and the drop folder, as far as the settings ask for them.
fn with_bundles(mut handlers: Handlers<SharedEngine>, config: &Config) -> Handlers<SharedEngine> {
    let is_node = config.role != NodeRole::Alone;
    if let Some(every) = config.bundle_folders.every.filter(|_| is_node) {
        handlers = handlers.every::<ExportBundles>(every);
    }
    if config.bundle_folders.drop.is_some() && is_node {
        handlers = handlers.every::<WatchDropFolder>(bundles::WATCH_EVERY);
    }
    handlers
}
