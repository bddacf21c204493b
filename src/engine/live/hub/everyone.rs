//! Frames for the listeners of all users.

use std::sync::Arc;

use super::Hub;
use crate::domain::event::Frame;
use crate::engine::live::message::{RelayMessage, Wire};

impl Hub {
    /// Sends a fleeting frame to all listeners of all users in all processes.
    pub fn send_to_everyone(&self, frame: &Frame) {
        let Ok(wire) = Wire::of(frame) else { return };
        self.send_to_all(wire.clone());
        self.relay(RelayMessage::FrameForAll { wire });
    }

    /// Sends a frame to all listeners of all users in this process.
    pub(in crate::engine::live) fn send_to_all(&self, wire: Wire) {
        let wire = Arc::new(wire);
        for channel in self.lock().users.values() {
            let _ = channel.frames.send(wire.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::EventKind;
    use crate::domain::{DateTime, UserId};

    #[test]
    fn a_frame_for_everyone_reaches_every_listener_once() {
        let hub = Hub::default();
        let all = [
            hub.listen(UserId(1), "one".into()),
            hub.listen(UserId(1), "two".into()),
            hub.listen(UserId(2), "three".into()),
        ];
        let frame = Frame::fleeting(DateTime::UNIX_EPOCH, EventKind::AgentUpdate, serde_json::json!({}));
        hub.send_to_everyone(&frame);
        for mut listener in all {
            assert_eq!(
                listener.frames.try_recv().ok().and_then(|wire| wire.kind),
                Some(EventKind::AgentUpdate)
            );
            assert!(listener.frames.try_recv().is_err());
        }
    }
}
