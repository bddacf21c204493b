//! Failures of the store.

pub type Result<T, E = BlobError> = std::result::Result<T, E>;

/// Failure of a tier. The text is for the log, not for users.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The file system failed, for example because it is full.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// The bucket refused or broke off an operation.
    #[error("{operation}: {source}")]
    Bucket {
        /// The operation that failed, in words.
        operation: &'static str,
        /// The bucket's error.
        source: object_store::Error,
    },
    /// The store is shutting down, or a task of it panicked.
    #[error("{0}")]
    Task(#[from] tokio::task::JoinError),
    /// Anything else, in words.
    #[error("{0}")]
    Failed(String),
}

impl BlobError {
    pub(crate) fn failed(why: impl Into<String>) -> Self {
        Self::Failed(why.into())
    }

    /// Adds the failed operation to an error of the bucket.
    pub(crate) fn bucket(operation: &'static str) -> impl Fn(object_store::Error) -> Self {
        move |source| Self::Bucket { operation, source }
    }
}
