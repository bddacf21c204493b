//! Decoding off the async threads, one picture at a time: a large one takes hundreds of megabytes.

use std::sync::Arc;

use thumbnails::{RenderError, Thumbnail};
use tokio::sync::Semaphore;

use super::fetch::FetchProblem;
use crate::domain::picture::SIZES;
use crate::engine::{Error, Result};

/// Renders pictures, one at a time in this process.
#[derive(Debug)]
pub struct Decoder(Arc<Semaphore>);

impl Default for Decoder {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

impl Decoder {
    /// Renders a picture in all sizes, or tells why these bytes are none.
    pub async fn render(&self, bytes: Vec<u8>) -> Result<Result<Vec<Thumbnail>, FetchProblem>> {
        let permit = self.0.clone().acquire_owned().await.map_err(Error::fault)?;
        let rendered = tokio::task::spawn_blocking(move || {
            let sizes = SIZES.map(|size| size as u32);
            let rendered = thumbnails::render(&bytes, &sizes);
            // Held by the thread, which goes on if the caller is cancelled.
            drop(permit);
            rendered
        });
        // A panic is a fault of these bytes: the next attempt would meet it again.
        let rendered = rendered.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a picture could not be decoded");
            Err(RenderError::Damaged)
        });
        Ok(rendered.map_err(|why| FetchProblem::Lasting(why.to_string())))
    }
}
