//! Errors: a refusal is an answer to the client, a fault is internal and is logged once, at the edge.

use sea_orm::DbErr;

use crate::domain::Refusal;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Refused(#[from] Refusal),
    #[error("{0}")]
    Fault(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    pub fn fault(what: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Fault(what.into())
    }

    /// Whether the cause is a full disk.
    pub fn is_storage_full(&self) -> bool {
        self.has_cause(|cause| {
            let io = cause.downcast_ref::<std::io::Error>();
            io.is_some_and(|io| io.kind() == std::io::ErrorKind::StorageFull)
        })
    }

    /// Whether the cause is a bucket that refuses or does not answer.
    pub fn is_bucket_away(&self) -> bool {
        self.has_cause(|cause| matches!(cause.downcast_ref(), Some(blobs::BlobError::Bucket { .. })))
    }

    fn has_cause(&self, is_it: impl Fn(&(dyn std::error::Error + 'static)) -> bool) -> bool {
        let Self::Fault(fault) = self else { return false };
        let first: &(dyn std::error::Error + 'static) = &**fault;
        std::iter::successors(Some(first), |cause| cause.source()).any(is_it)
    }

    /// Converts to an answer for the client. A fault is logged here under the reference that the client gets.
    pub fn into_refusal(self) -> Refusal {
        match self {
            Self::Refused(refusal) => refusal,
            Self::Fault(fault) => {
                let reference = format!("{:08x}", rand::random::<u32>());
                tracing::error!(%reference, %fault, "a fault reached the edge");
                Refusal::Broken { reference }
            }
        }
    }
}

macro_rules! faults {
    ($($error:ty),+ $(,)?) => { $(
        impl From<$error> for Error {
            fn from(error: $error) -> Self { Self::fault(error) }
        }
    )+ };
}
faults!(DbErr, std::io::Error, serde_json::Error, blobs::BlobError, tokio::task::JoinError);
