//! Reason why a job has ended for good.

/// Failure that ends a job. `Display` is the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFailure {
    /// A word of the job's own by which it tells failures apart, or [`JobFailure::TEMPORARY`]; empty if none.
    pub cause: &'static str,
    /// Reason, as a sentence.
    pub why: String,
}

impl JobFailure {
    /// Cause of a failure that may have passed by itself: retries ran out, or the last worker died.
    pub const TEMPORARY: &'static str = "temporary";

    /// Creates a failure that may have passed by itself.
    pub fn temporary(why: impl Into<String>) -> Self {
        Self { cause: Self::TEMPORARY, why: why.into() }
    }
}

impl From<String> for JobFailure {
    fn from(why: String) -> Self {
        Self { cause: "", why }
    }
}

impl From<&str> for JobFailure {
    fn from(why: &str) -> Self {
        why.to_owned().into()
    }
}

impl std::fmt::Display for JobFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.why)
    }
}
