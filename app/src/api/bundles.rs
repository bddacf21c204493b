//! Bundles: the exchange with other nodes, as administrators see and steer it.

use domain::bundle::{BundleExport, BundlesReport};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::text;
    pub(super) use crate::server_side::{qr_code, signed_in, stepped_up};
    pub(super) use smartcache::engine::bundles;
    pub(super) use smartcache::engine::rights::Right;
}

/// The exchange as its page shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BundlesView {
    pub report: BundlesReport,
    /// QR code of the node's line as an SVG path, and its view box. Empty without keys.
    pub qr_path: String,
    pub view_box: String,
}

/// Returns the state of the exchange.
#[server(prefix = "/api/ui", endpoint = "show_bundles")]
pub async fn show_bundles() -> Result<BundlesView, ApiError> {
    let (engine, _) = signed_in(Right::Bundles).await?;
    let report = bundles::report(&engine).await?;
    // Capitals mean the same, and need fewer modules.
    let qr = report.line.as_deref().map(|line| qr_code(&line.to_uppercase())).transpose()?;
    let (qr_path, view_box) = qr.unwrap_or_default();
    Ok(BundlesView { report, qr_path, view_box })
}

/// Writes bundles into the folder of exports: for one peer, or for all of them.
#[server(prefix = "/api/ui", endpoint = "export_bundles")]
pub async fn export_bundles(#[server(default)] to: String) -> Result<Vec<BundleExport>, ApiError> {
    let (engine, _) = signed_in(Right::Bundles).await?;
    Ok(bundles::export_to_folder(&engine, text(&to)).await?)
}

/// Trusts the keys in a node's line.
#[server(prefix = "/api/ui", endpoint = "trust_peer")]
pub async fn trust_peer(
    #[server(default)] line: String,
    #[server(default)] fingerprint: String,
) -> Result<(), ApiError> {
    let kept = [("line", line.clone()), ("fingerprint", fingerprint.clone())];
    let (engine, _) = stepped_up(Right::Administer).await.map_err(|error| error.keeping(kept.clone()))?;
    let trusted = bundles::trust(&engine, &line, &fingerprint).await;
    trusted.map_err(|error| ApiError::from(error).keeping(kept))?;
    Ok(())
}

/// Ends the trust in a node.
#[server(prefix = "/api/ui", endpoint = "revoke_peer")]
pub async fn revoke_peer(#[server(default)] peer: String) -> Result<(), ApiError> {
    let (engine, _) = stepped_up(Right::Administer).await?;
    Ok(bundles::revoke(&engine, &peer).await?)
}

/// Makes the keys of this node, once.
#[server(prefix = "/api/ui", endpoint = "make_node_keys")]
pub async fn make_node_keys() -> Result<(), ApiError> {
    let (engine, _) = stepped_up(Right::Administer).await?;
    Ok(bundles::make_keys(&engine)?)
}
