//! Copies on this device, as the pages see them: what the device worker reports, and requests to it.

pub mod passkey;
pub mod push;
#[cfg(feature = "hydrate")]
mod sign_out;
#[cfg(feature = "hydrate")]
mod worker;

use domain::download::file_url;
use domain::local_copy::{DeviceRequest, LocalCopy, LocalCopyState, LocalState};
use domain::reading::Reading;
use domain::{DateTime, DownloadId, Utc};
use leptos::prelude::*;

use crate::t;

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
            Self::Refused => Some(t!(
                "This browser stores no files, as in a private window. Open SmartCache in an ordinary window to keep something on this device."
            )),
            Self::Insecure => Some(t!(
                "Browsers keep copies only for sites with HTTPS. Open SmartCache by its https address to keep something on this device."
            )),
            Self::Broken => {
                Some(t!("The part that keeps copies did not start. Reload the page to try again."))
            }
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
    /// Whether this browser has kept nothing yet, so that no worker was started.
    pub is_unused: bool,
}

/// Handle to this device. No context: that would be code which every page loads first.
#[derive(Clone, Copy)]
pub struct ThisDevice;

pub fn use_device() -> ThisDevice {
    ThisDevice
}

#[cfg(feature = "hydrate")]
thread_local! {
    static VIEW: ArcRwSignal<DeviceView> = ArcRwSignal::new(DeviceView::default());
}

impl ThisDevice {
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

    /// Whether this browser is a certain device of the user.
    pub fn is(self, id: i64) -> bool {
        self.view().with(|view| view.state.device_id.is_some_and(|known| known.0 == id))
    }

    /// Whether this browser can become one of the user's devices, and is none.
    pub fn can_register(self) -> bool {
        self.view().with(|view| {
            let is_possible = view.is_unused || view.support == DeviceSupport::Supported;
            is_possible && view.state.device_id.is_none() && view.state.refusal.is_none()
        })
    }

    /// Minutes to play that this browser has proved to hold, and the time of the oldest of these proofs.
    pub fn proved_minutes(self) -> Option<(i64, DateTime<Utc>)> {
        self.view().with(|view| {
            let proved = |copy: &&LocalCopy| copy.state == LocalCopyState::Held && !copy.finished;
            let known = view.state.copies.iter().filter(proved);
            let (mut seconds, mut oldest) = (0, None);
            for copy in known {
                let (Some(at), Some(length)) = (copy.proved_at, copy.duration_seconds) else { continue };
                seconds += (length - copy.seconds as i64).max(0);
                oldest = Some(oldest.map_or(at, |before: DateTime<Utc>| before.min(at)));
            }
            Some((seconds / 60, oldest?))
        })
    }

    /// Remembers that the user signs out, until the server knows.
    pub fn begin_sign_out(self) {
        #[cfg(feature = "hydrate")]
        sign_out::begin_sign_out(self);
    }

    pub fn end_sign_out(self) {
        #[cfg(feature = "hydrate")]
        sign_out::end_sign_out();
    }

    /// Signs this browser off as a device, if a sign-out could not.
    pub async fn sign_off_late(self) {
        #[cfg(feature = "hydrate")]
        sign_out::sign_off_late().await;
    }

    /// Whether the user has signed out without the server.
    pub fn is_signing_out(self) -> bool {
        #[cfg(feature = "hydrate")]
        return sign_out::is_signing_out();
        #[cfg(not(feature = "hydrate"))]
        false
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
        leptos::task::spawn_local(worker::resume(self));
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

    /// Makes this browser one of the user's devices, for which copies are planned.
    pub fn register(self) {
        #[cfg(feature = "hydrate")]
        {
            worker::ask_to_persist();
            worker::start(self);
        }
        self.send(DeviceRequest::Register);
    }

    pub fn send(self, request: DeviceRequest) {
        #[cfg(feature = "hydrate")]
        worker::send(&request);
        let _ = request;
    }

    /// Deletes all that the user has on this device. Returns whether it is gone, after a few seconds at most.
    pub async fn purge(self) -> bool {
        #[cfg(feature = "hydrate")]
        return sign_out::purge(self).await;
        #[cfg(not(feature = "hydrate"))]
        true
    }

    /// Address of a download's file: of its copy on this device, or of the server.
    pub fn file_url(self, id: DownloadId) -> String {
        let held = self.view().with_untracked(|view| {
            let copy = view.state.copies.iter().find(|copy| copy.download_id == id)?;
            copy.file_url(view.state.vault.as_ref()?)
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
