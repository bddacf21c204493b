//! The device worker: fetches downloads into the browser's storage, verifies them, and reports to its page.
//!
//! One worker of an origin leads, elected by a Web Lock, and it alone writes files. All of them read and
//! write the index, so that a request is durable whichever of them hears it.

pub mod resume;
#[cfg(target_arch = "wasm32")]
mod worker;
