//! Export of spans to a collector of OpenTelemetry (OTLP over HTTP, with protobuf).

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use reqwest::{Client, Url};
use smartcache::engine::{Error, Result};
use tokio::runtime::Handle;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

const NAME: &str = "smartcache";
/// Time limit of one request to the collector.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Spans on their way to a collector, in batches.
pub struct TraceExport(SdkTracerProvider);

impl TraceExport {
    /// Starts to export. Needs a Tokio runtime, and a provider of TLS.
    pub fn to(collector: &Url) -> Result<Self> {
        let client = Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none());
        let client =
            CollectorClient { client: client.build().map_err(Error::fault)?, runtime: Handle::current() };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(collector.as_str())
            .with_http_client(client)
            .build()
            .map_err(Error::fault)?;
        let resource = Resource::builder().with_service_name(NAME).build();
        Ok(Self(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build()))
    }

    /// Layer that turns the spans of the log into those of a trace.
    pub fn layer<S>(&self) -> Box<dyn Layer<S> + Send + Sync>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        tracing_opentelemetry::layer().with_tracer(self.0.tracer(NAME)).boxed()
    }

    /// Sends what is left. It blocks until the collector has answered, at most for some seconds.
    pub async fn end(self) {
        let ended = tokio::task::spawn_blocking(move || self.0.shutdown()).await;
        if let Ok(Err(error)) = ended {
            tracing::warn!(%error, "the last spans were not sent");
        }
    }
}

/// HTTP client of the exporter, whose thread is outside of the runtime that the client needs.
#[derive(Debug)]
struct CollectorClient {
    client: Client,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for CollectorClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> std::result::Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let sent = self.runtime.spawn(async move {
            let response = client.execute(request.try_into()?).await?;
            let (status, headers) = (response.status(), response.headers().clone());
            let mut answer = Response::new(response.bytes().await?);
            (*answer.status_mut(), *answer.headers_mut()) = (status, headers);
            Ok(answer)
        });
        sent.await?
    }
}
