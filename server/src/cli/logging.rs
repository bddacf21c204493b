//! Log on standard error, and export of traces where it is asked for.

#[cfg(feature = "otlp")]
mod otlp;

use std::io::IsTerminal;

use reqwest::Url;
use smartcache::engine::{Error, Result};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use super::settings::LogFormat;

/// Running log of the process.
#[derive(Default)]
pub struct Logging {
    #[cfg(feature = "otlp")]
    traces: Option<otlp::TraceExport>,
}

impl Logging {
    /// Starts to log, and to export traces if there is an address of a collector.
    ///
    /// # Errors
    /// If the filter cannot be read, or if the program cannot export traces.
    pub fn start(filter: &str, format: LogFormat, collector: Option<&Url>) -> Result<Self> {
        let filter = EnvFilter::try_new(filter).map_err(Error::fault)?;
        let logging = Self::to(collector)?;
        let colours = std::io::stderr().is_terminal();
        let log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colours);
        let log = match format {
            LogFormat::Text => log.boxed(),
            LogFormat::Json => log.json().flatten_event(true).boxed(),
        };
        let layers = std::iter::once(log);
        #[cfg(feature = "otlp")]
        let layers = layers.chain(logging.traces.as_ref().map(otlp::TraceExport::layer));
        let subscriber = tracing_subscriber::registry().with(filter).with(layers.collect::<Vec<_>>());
        subscriber.try_init().map_err(Error::fault)?;
        Ok(logging)
    }

    #[cfg(feature = "otlp")]
    fn to(collector: Option<&Url>) -> Result<Self> {
        Ok(Self { traces: collector.map(otlp::TraceExport::to).transpose()? })
    }

    #[cfg(not(feature = "otlp"))]
    fn to(collector: Option<&Url>) -> Result<Self> {
        match collector {
            None => Ok(Self::default()),
            Some(_) => Err(Error::fault(
                "SMARTCACHE_OTLP_URL is set, and this program was built without the feature `otlp`",
            )),
        }
    }

    /// Sends the spans that have ended and were not sent yet.
    pub async fn end(self) {
        #[cfg(feature = "otlp")]
        if let Some(traces) = self.traces {
            traces.end().await;
        }
    }
}
