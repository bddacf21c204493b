//! Way to the OpenID Connect provider and back. Both ends are pages for browsers, not part of the REST API.

use axum::extract::{Query, State};
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde::Deserialize;
use smartcache::domain::identity::{FlowPurpose, OidcFailure};
use smartcache::engine::oidc::{self, Callback, CurrentSession, FailedFlow, FinishedFlow};
use smartcache::engine::rights::{self, Caller, Right};
use smartcache::engine::{Error, Result, accounts};
use smartcache_app::paths;
use smartcache_app::server_side::{ceremony_cookie, client_of, ended_flow_cookie, flow_cookie, flow_secret};

use crate::Web;
use crate::auth::{session_cookie_headers, token_of};
use crate::client_info::ClientInfo;
use crate::problem::Problem;

/// Query of the way to the provider.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Start {
    purpose: Option<FlowPurpose>,
    next: String,
    /// Secret of an invitation that a sign-up uses.
    invite: String,
}

/// Leads the browser to the provider. Linking an identity needs a recent authentication; linking and a
/// step-up begin on a page of this site alone.
pub async fn start(
    State(web): State<Web>,
    Query(asked): Query<Start>,
    info: ClientInfo,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let purpose = asked.purpose.unwrap_or(FlowPurpose::SignIn);
    let is_own_page = info.is_same_origin(&headers, &uri, &web.engine().config);
    match way(&web, purpose, &asked, is_own_page, &headers).await {
        Ok((path, cookie)) => redirect(&path, cookie),
        Err(error) => {
            tracing::warn!(%error, "the OpenID provider cannot be asked");
            redirect(&failure_page(purpose, OidcFailure::Unavailable), None)
        }
    }
}

/// Address to lead the browser to, and the cookie that it needs there.
async fn way(
    web: &Web,
    purpose: FlowPurpose,
    asked: &Start,
    is_own_page: bool,
    headers: &HeaderMap,
) -> Result<(String, Option<String>)> {
    let engine = web.engine();
    let owner = match purpose {
        FlowPurpose::SignIn => None,
        FlowPurpose::Link | FlowPurpose::StepUp => {
            let Some(caller) = caller(web, headers).await?.filter(|_| is_own_page) else {
                return Ok((paths::LOGIN.to_owned(), None));
            };
            let right = if purpose == FlowPurpose::StepUp { Right::Enrol } else { Right::Account };
            rights::check(&caller, right)?;
            if purpose == FlowPurpose::Link && rights::check_step_up(&caller, engine.now()).is_err() {
                return Ok((paths::step_up(paths::ACCOUNT), None));
            }
            Some(caller.user.id)
        }
    };
    let next = paths::safe_next(&asked.next).to_owned();
    let invite = Some(asked.invite.as_str()).filter(|invite| !invite.is_empty());
    let flow = oidc::begin(engine, purpose, owner, next, invite).await?;
    Ok((flow.url, Some(flow_cookie(&flow.secret, engine.config.is_https()))))
}

/// Leads a browser that was signed out here to the provider, to sign out there.
pub async fn logout(State(web): State<Web>) -> Response {
    match oidc::logout_url(web.engine()).await {
        Ok(url) => redirect(url.as_deref().unwrap_or(paths::LOGIN), None),
        Err(error) => {
            tracing::warn!(%error, "the OpenID provider cannot be asked to sign a user out");
            redirect(paths::LOGIN, None)
        }
    }
}

/// Receives the browser from the provider.
pub async fn callback(
    State(web): State<Web>,
    Query(callback): Query<Callback>,
    info: ClientInfo,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (secret, client) = (flow_secret(&headers).unwrap_or_default(), client_of(&headers, info.address));
    let (current, token) = (caller(&web, &headers).await?, token_of(&headers).unwrap_or_default());
    let session = current.map(|caller| CurrentSession { user: caller.user.id, token: &token });
    let finished = oidc::finish(web.engine(), secret, &callback, session, &client).await;
    let ended = ended_flow_cookie(web.engine().config.is_https());
    Ok(match finished {
        Ok(FinishedFlow::Linked { next }) => redirect(&next, Some(ended)),
        Ok(FinishedFlow::SignedIn { session, next }) => {
            if !token.is_empty() {
                // A token that was known before is worthless (session fixation).
                accounts::sign_out(web.engine(), &token).await?;
            }
            let cookies = session_cookie_headers(&web, &session)?;
            (cookies, redirect(&next, Some(ended))).into_response()
        }
        Ok(FinishedFlow::FactorRequired { ceremony, next }) => {
            let cookie = ceremony_cookie(&ceremony, web.engine().config.is_https());
            let cookie = HeaderValue::from_str(&cookie).map_err(Error::fault)?;
            let cookies = AppendHeaders([(SET_COOKIE, cookie)]);
            (cookies, redirect(&paths::sign_in_code(&next), Some(ended))).into_response()
        }
        Ok(FinishedFlow::SteppedUp { session, next }) => {
            let cookies = session_cookie_headers(&web, &session)?;
            (cookies, redirect(&next, Some(ended))).into_response()
        }
        Err(FailedFlow { why, purpose }) => {
            // An answer of another flow leaves the one of this browser as it is.
            redirect(&failure_page(purpose, why), (why != OidcFailure::Expired).then_some(ended))
        }
    })
}

async fn caller(web: &Web, headers: &HeaderMap) -> Result<Option<Caller>> {
    match token_of(headers) {
        Some(token) => accounts::caller(web.engine(), &token).await,
        None => Ok(None),
    }
}

/// Page that says why a flow did not succeed.
fn failure_page(purpose: FlowPurpose, why: OidcFailure) -> String {
    let page = if purpose == FlowPurpose::SignIn { paths::LOGIN } else { paths::ACCOUNT };
    format!("{page}?oidc={why}")
}

fn redirect(to: &str, cookie: Option<String>) -> Response {
    let header = |text: &str| HeaderValue::from_str(text).ok();
    let cookie = cookie.as_deref().and_then(header).map(|value| (SET_COOKIE, value));
    let location = header(to).unwrap_or(HeaderValue::from_static(paths::LOGIN));
    (StatusCode::SEE_OTHER, [(LOCATION, location)], AppendHeaders(cookie)).into_response()
}
