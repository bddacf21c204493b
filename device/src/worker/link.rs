//! The connection, as far as the browser says and transfers show.

use std::cell::Cell;

use domain::device::DeviceLink;
use js_sys::Reflect;

use super::bindings::scope;

thread_local! {
    /// Bytes per second of the latest transfer.
    static SPEED: Cell<Option<i64>> = const { Cell::new(None) };
}

pub fn record_speed(bytes: u64, milliseconds: f64) {
    if bytes > 0 && milliseconds > 0.0 {
        SPEED.set(Some((bytes as f64 * 1_000.0 / milliseconds) as i64));
    }
}

pub fn link() -> DeviceLink {
    DeviceLink { bps: SPEED.get(), metered: is_metered() }
}

/// Whether the connection costs by the megabyte. `None` if the browser does not say.
fn is_metered() -> Option<bool> {
    let connection = Reflect::get(&scope().navigator(), &"connection".into()).ok()?;
    if connection.is_undefined() {
        return None;
    }
    let value = |name: &str| Reflect::get(&connection, &name.into()).ok();
    let saves = value("saveData").is_some_and(|it| it.is_truthy());
    let kind = value("type").and_then(|it| it.as_string());
    (saves || kind.is_some()).then(|| saves || kind.as_deref() == Some("cellular"))
}
