//! States of requests in words.

use domain::bundle::RequestStatus;

use crate::t;

/// Name of a state, and the tone of its badge.
pub fn request_words(status: RequestStatus) -> (&'static str, &'static str) {
    match status {
        RequestStatus::Pending => (t!("Goes with the next bundle"), "calm"),
        RequestStatus::Exported => (t!("On its way to the gateway"), "busy"),
        RequestStatus::Imported => (t!("With the gateway"), "busy"),
        RequestStatus::Processing => (t!("The gateway is at it"), "busy"),
        RequestStatus::Completed => (t!("Answered"), "good"),
        RequestStatus::Failed => (t!("Failed"), "bad"),
    }
}
