//! Contacts of this device while a page is open.

use domain::local_copy::DeviceRequest;
use leptos::prelude::*;

use crate::device::use_device;
use crate::live::use_live;

/// Makes contact for this device when the page opens, after every reconnect, and when it has news.
pub fn wake_device() {
    let (live, device) = (use_live(), use_device());
    Effect::new(move |_| device.resume());
    Effect::new(move |_| {
        live.greetings.track();
        device.send(DeviceRequest::Wake);
    });
    Effect::new(move |_| {
        let (id, _) = live.device_news.get();
        if untrack(|| device.is(id)) {
            device.send(DeviceRequest::Wake);
        }
    });
}
