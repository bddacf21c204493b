//! Answers of channels in words.

use egress::{EgressError, PostAnswer};

use super::message::SendFailure;

/// Result of a message that any success accepts.
pub fn judged(answer: Result<PostAnswer, EgressError>) -> Result<(), SendFailure> {
    match answer {
        Ok(answer) if answer.status.is_success() => Ok(()),
        Ok(answer) => Err(failure(&answer)),
        Err(error) => Err(SendFailure::new(error.to_string())),
    }
}

/// Meaning of a status that is no success. The body is left out: the address may be of a server that is none
/// of the user's.
fn failure(answer: &PostAnswer) -> SendFailure {
    let status = answer.status.as_u16();
    let words = match status {
        400 | 422 => "The server does not understand the message",
        401 | 403 => "The server does not accept the token or the key",
        404 | 410 => "There is nothing at this address",
        413 => "The message is too large for the server",
        429 => "The server asks us to come back later",
        500..=599 => "The server has a problem of its own",
        _ => "The server gave an unexpected answer",
    };
    SendFailure { after: answer.retry_after, ..SendFailure::new(format!("{words} (HTTP {status}).")) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::StatusCode;

    use super::*;

    #[test]
    fn a_failure_says_what_it_means_and_when_to_come_back() {
        let status = StatusCode::TOO_MANY_REQUESTS;
        let retry_after = Some(Duration::from_secs(90));
        let failure = judged(Ok(PostAnswer { status, retry_after }));
        let failure = failure.expect_err("a failure");
        assert_eq!(failure.why, "The server asks us to come back later (HTTP 429).");
        assert_eq!((failure.after, failure.is_gone), (retry_after, false));
        let done = PostAnswer { status: StatusCode::CREATED, retry_after: None };
        assert_eq!(judged(Ok(done)), Ok(()));
        assert_eq!(
            judged(Err(EgressError::TimedOut)).expect_err("a failure").why,
            EgressError::TimedOut.to_string()
        );
    }
}
