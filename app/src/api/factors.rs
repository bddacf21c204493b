//! Second factors: set up and turned off by their user, and entered at sign-in.

use domain::factor::{Factors, RecoveryCodes};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use crate::server_side::{
        NewSecret, ceremony, client, end_ceremony, engine, lead_to, qr_code, signed_in, start_session,
        stepped_up, token,
    };
    pub(super) use domain::Refusal;
    pub(super) use domain::factor::TotpEnrolment;
    pub(super) use domain::factor_code::in_groups;
    pub(super) use smartcache::engine::accounts::{self, factors};
    pub(super) use smartcache::engine::rights::Right;
}

/// Second factors as the account page shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorsView {
    pub factors: Factors,
    /// Enrolment that this session has begun and not confirmed.
    pub pending: Option<EnrolmentView>,
    /// Codes that a form without JavaScript has just made. Shown this once.
    pub made: Option<RecoveryCodes>,
}

/// Seed of an authenticator app, as text and as a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentView {
    /// The seed in groups of four signs.
    pub secret: String,
    pub uri: String,
    /// The QR code as an SVG path of unit squares, and the view box around it.
    pub qr_path: String,
    pub view_box: String,
}

#[cfg(feature = "ssr")]
impl EnrolmentView {
    fn of(enrolment: TotpEnrolment) -> Result<Self, ApiError> {
        let TotpEnrolment { secret, uri, .. } = enrolment;
        let (qr_path, view_box) = qr_code(&uri)?;
        Ok(Self { secret: in_groups(&secret, ' '), uri, qr_path, view_box })
    }
}

/// Returns the user's second factors.
#[server(prefix = "/api/ui", endpoint = "show_factors")]
pub async fn show_factors() -> Result<FactorsView, ApiError> {
    let (token, made) = (token().unwrap_or_default(), NewSecret::RecoveryCodes.handed_over());
    let codes = |text: String| RecoveryCodes { codes: text.split('.').map(str::to_owned).collect() };
    let made = made.map(codes);
    let (engine, owner) = signed_in(Right::Enrol).await?;
    let pending = factors::pending_totp(&engine, &owner, &token).await?;
    let pending = pending.map(EnrolmentView::of).transpose()?;
    Ok(FactorsView { factors: factors::list(&engine, owner.id).await?, pending, made })
}

/// Begins the enrolment of an authenticator app, which the page then shows.
#[server(prefix = "/api/ui", endpoint = "begin_totp")]
pub async fn begin_totp() -> Result<(), ApiError> {
    let token = token().unwrap_or_default();
    let (engine, owner) = stepped_up(Right::Enrol).await?;
    factors::begin_totp(&engine, &owner, &token).await?;
    Ok(())
}

/// Confirms an authenticator app. Returns recovery codes unless the user has some.
#[server(prefix = "/api/ui", endpoint = "confirm_totp")]
pub async fn confirm_totp(#[server(default)] code: String) -> Result<Option<RecoveryCodes>, ApiError> {
    let (engine, owner) = stepped_up(Right::Enrol).await?;
    let codes = factors::confirm_totp(&engine, owner.id, &code).await?;
    if let Some(RecoveryCodes { codes }) = &codes {
        NewSecret::RecoveryCodes.hand_over(&engine, &codes.join("."))?;
    }
    Ok(codes)
}

/// Turns the authenticator app off.
#[server(prefix = "/api/ui", endpoint = "remove_totp")]
pub async fn remove_totp() -> Result<(), ApiError> {
    let (engine, owner) = stepped_up(Right::Account).await?;
    Ok(factors::remove_totp(&engine, owner.id).await?)
}

/// Replaces the recovery codes by new ones.
#[server(prefix = "/api/ui", endpoint = "renew_recovery_codes")]
pub async fn renew_recovery_codes() -> Result<RecoveryCodes, ApiError> {
    let (engine, owner) = stepped_up(Right::Account).await?;
    let made = factors::renew_recovery_codes(&engine, owner.id).await?;
    NewSecret::RecoveryCodes.hand_over(&engine, &made.codes.join("."))?;
    Ok(made)
}

/// Finishes a sign-in by a code and returns the path of the page to open. Public. The browser's cookie names
/// the sign-in.
#[server(prefix = "/api/ui", endpoint = "finish_sign_in")]
pub async fn finish_sign_in(
    #[server(default)] code: String,
    #[server(default)] next: String,
) -> Result<String, ApiError> {
    let (engine, client) = (engine()?, client());
    let ceremony = ceremony()
        .ok_or(Refusal::Gone { why: "This sign-in is over. Begin again with your password.".into() })?;
    let session = accounts::finish_sign_in(&engine, &ceremony, &code, &client).await?;
    start_session(&engine, &session).await?;
    end_ceremony(&engine)?;
    Ok(lead_to(crate::paths::safe_next(&next)))
}
