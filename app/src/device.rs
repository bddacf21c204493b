//! Copies on this device, as the pages see them: what the device worker reports, and requests to it.

#[cfg(feature = "hydrate")]
mod worker;

use domain::DownloadId;
use domain::download::file_url;
use domain::local_copy::{DeviceRequest, LocalCopy, LocalCopyState, LocalState};
use domain::reading::Reading;
use leptos::prelude::*;

/// Whether copies can be kept in this browser.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DeviceSupport {
    /// The worker has not reported, because it was not started or is starting.
    #[default]
    Unknown,
    Supported,
    /// The browser stores no files, as in a private window.
    Refused,
    /// The page came by plain http, where browsers offer no such storage.
    Insecure,
    /// The worker did not start.
    Broken,
}

impl DeviceSupport {
    /// Reason why nothing can be kept here, and the way out.
    pub fn problem(self) -> Option<&'static str> {
        match self {
            Self::Unknown | Self::Supported => None,
            Self::Refused => Some(
                "This browser stores no files, as in a private window. Open SmartCache in an ordinary window to keep something on this device.",
            ),
            Self::Insecure => Some(
                "Browsers keep copies only for sites with HTTPS. Open SmartCache by its https address to keep something on this device.",
            ),
            Self::Broken => Some("The part that keeps copies did not start. Reload the page to try again."),
        }
    }
}

/// Latest reports of the worker.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DeviceView {
    pub support: DeviceSupport,
    pub state: LocalState,
    /// Bytes of unfinished copies that have arrived.
    pub progress: Vec<(DownloadId, i64)>,
    /// Text that was asked for last. `None` in it if it is not on this device.
    pub text: Option<(DownloadId, Option<Box<Reading>>)>,
    /// Whether the service worker has stored the pages that open without a connection.
    pub has_shell: bool,
    /// Number of times that everything was deleted.
    pub purges: u32,
}

/// Handle to this device. No context: that would be code which every page loads first.
#[derive(Clone, Copy)]
pub struct Device;

pub fn use_device() -> Device {
    Device
}

#[cfg(feature = "hydrate")]
thread_local! {
    static VIEW: ArcRwSignal<DeviceView> = ArcRwSignal::new(DeviceView::default());
}

impl Device {
    /// Reports of the worker. On the server, nothing is known of the device.
    pub fn view(self) -> ArcRwSignal<DeviceView> {
        #[cfg(feature = "hydrate")]
        return VIEW.with(Clone::clone);
        #[cfg(not(feature = "hydrate"))]
        ArcRwSignal::new(DeviceView::default())
    }

    /// The copy of a download, if there is one.
    pub fn copy(self, id: DownloadId) -> Option<LocalCopy> {
        self.view().with(|view| view.state.copies.iter().find(|copy| copy.download_id == id).cloned())
    }

    /// Arrived part of an unfinished copy in whole percent.
    pub fn percent(self, copy: &LocalCopy) -> Option<i64> {
        let bytes = copy.bytes.filter(|bytes| *bytes > 0)?;
        let arrived = self
            .view()
            .with(|view| view.progress.iter().find(|(id, _)| *id == copy.download_id).map(|it| it.1));
        Some((arrived.unwrap_or(copy.flushed) * 100 / bytes).clamp(0, 100))
    }

    /// Starts the worker if this browser has kept a copy before.
    pub fn resume(self) {
        #[cfg(feature = "hydrate")]
        if worker::has_begun() {
            worker::start(self);
        }
    }

    /// Starts the worker.
    pub fn start(self) {
        #[cfg(feature = "hydrate")]
        worker::start(self);
    }

    /// Keeps a copy. Asks the browser not to evict, in answer to a click.
    pub fn keep(self, copy: LocalCopy) {
        #[cfg(feature = "hydrate")]
        {
            worker::begin(&copy);
            worker::start(self);
        }
        self.send(DeviceRequest::Keep(Box::new(copy)));
    }

    pub fn send(self, request: DeviceRequest) {
        #[cfg(feature = "hydrate")]
        worker::send(&request);
        let _ = request;
    }

    /// Deletes everything on this device. Returns once it is gone, or after a few seconds.
    pub async fn purge(self) {
        #[cfg(feature = "hydrate")]
        worker::purge(self).await;
    }

    /// Address of a download's file: of its copy on this device, or of the server.
    pub fn file_url(self, id: DownloadId) -> String {
        let held = self.view().with_untracked(|view| {
            let copy = view.state.copies.iter().find(|copy| copy.download_id == id)?;
            let vault = view.state.vault.as_ref().filter(|_| copy.state == LocalCopyState::Held)?;
            Some(copy.file_url(vault))
        });
        #[cfg(feature = "hydrate")]
        let held = held.filter(|_| worker::is_served());
        held.unwrap_or_else(|| file_url(id))
    }

    /// Position in a download by this device alone, for times without the server.
    pub fn seconds(self, id: DownloadId) -> Option<f64> {
        let copy = untrack(|| self.copy(id))?;
        (!copy.finished).then_some(copy.seconds)
    }
}

/// Remembers a position, which the worker sends once there is a connection if the server has not got it.
#[cfg(feature = "hydrate")]
pub use worker::remember_position;
