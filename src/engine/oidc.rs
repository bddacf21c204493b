//! Sign-in with an OpenID Connect provider: authorization code flow with PKCE (OpenID Connect Core 1.0,
//! RFC 7636, RFC 9207). Who a user is, is the pair of issuer and subject; never a name or an address.

mod flow;
mod identities;
mod logout;
mod provider;
mod roles;
mod sign_up;
mod token;
mod verifier;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

pub use flow::{BegunFlow, Callback, CurrentSession, FailedFlow, FinishedFlow};
pub use identities::{list, unlink};
pub use logout::logout_url;
pub use provider::OidcProvider;
use token::{Claims, Expected};

use super::accounts::{self, Client, SignInWay, new_token, token_hash};
use super::{Engine, Error, Result};
use crate::db::identities::{self as rows, OidcFlow};
use crate::domain::identity::{FlowPurpose, OidcFailure};
use crate::domain::{Refusal, TimeDelta, UserId};

/// Time for which a flow may be under way.
pub const FLOW: TimeDelta = TimeDelta::minutes(10);

/// Begins a flow. `owner` is the signed-in user, for all purposes but sign-in. `invite` is the secret of an
/// invitation that a sign-up uses.
///
/// # Errors
/// `Refusal::NotFound` without a configured provider; a fault if the provider cannot be reached.
pub async fn begin(
    engine: &Engine,
    purpose: FlowPurpose,
    owner: Option<UserId>,
    next: String,
    invite: Option<&str>,
) -> Result<BegunFlow> {
    let provider = provider(engine)?;
    let metadata = provider.metadata(engine.now()).await?;
    let secret = new_token()?;
    let state = derived(&secret, "state");
    let flow = OidcFlow { purpose, user_id: owner, next, invite_hash: invite.map(token_hash) };
    rows::insert_flow(&engine.db, &token_hash(&state), &flow, engine.now() + FLOW).await?;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(derived(&secret, "verifier")));
    let mut url = metadata.authorization_endpoint;
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &provider.settings.client_id)
        .append_pair("redirect_uri", &redirect_uri(engine))
        .append_pair("scope", "openid profile email")
        .append_pair("state", &state)
        .append_pair("nonce", &derived(&secret, "nonce"))
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256");
    if purpose == FlowPurpose::StepUp {
        url.query_pairs_mut().append_pair("max_age", "0").append_pair("prompt", "login");
    }
    Ok(BegunFlow { url: url.into(), secret })
}

/// Finishes a flow. `secret` is the cookie of the browser that began it.
pub async fn finish(
    engine: &Engine,
    secret: &str,
    callback: &Callback,
    session: Option<CurrentSession<'_>>,
    client: &Client,
) -> Result<FinishedFlow, FailedFlow> {
    let expired = FailedFlow { why: OidcFailure::Expired, purpose: FlowPurpose::SignIn };
    if callback.error.is_some() && callback.state.is_empty() {
        // Some providers forget the state where they lead back without a code. Nothing is done, and the flow
        // stays open.
        return Err(FailedFlow { why: OidcFailure::Cancelled, purpose: FlowPurpose::SignIn });
    }
    let state = derived(secret, "state");
    if secret.is_empty() || callback.state != state {
        return Err(expired);
    }
    let taken = rows::take_flow(&engine.db, &token_hash(&state), engine.now()).await;
    let flow = taken.map_err(|error| failed(FlowPurpose::SignIn, error.into()))?.ok_or(expired)?;
    let purpose = flow.purpose;
    complete(engine, flow, secret, callback, session, client).await.map_err(|error| match error {
        Failure::Known(why) => FailedFlow { why, purpose },
        Failure::Fault(error) => failed(purpose, error),
    })
}

/// Reason of an unfinished flow.
enum Failure {
    Known(OidcFailure),
    Fault(Error),
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

fn failed(purpose: FlowPurpose, error: Error) -> FailedFlow {
    let why = match error {
        Error::Refused(Refusal::Forbidden { .. }) => OidcFailure::Disabled,
        Error::Refused(Refusal::RateLimited { .. }) => OidcFailure::TooMany,
        error => {
            tracing::warn!(%error, "a sign-in with the OpenID provider failed");
            OidcFailure::Unavailable
        }
    };
    FailedFlow { why, purpose }
}

async fn complete(
    engine: &Engine,
    flow: OidcFlow,
    secret: &str,
    callback: &Callback,
    session: Option<CurrentSession<'_>>,
    client: &Client,
) -> Result<FinishedFlow, Failure> {
    if callback.error.is_some() || callback.code.is_empty() {
        return Err(Failure::Known(OidcFailure::Cancelled));
    }
    let claims = claims(engine, flow.purpose, secret, callback).await?;
    let issuer = provider(engine)?.settings.issuer.as_str();
    let known = rows::user(&engine.db, issuer, &claims.sub).await?;
    // The session that began the flow must be the one that it ends in.
    let current = session.filter(|session| Some(session.user) == flow.user_id);
    let next = flow.next;
    match flow.purpose {
        FlowPurpose::SignIn => {
            let (user, way) = match known {
                Some(user) => (user, SignInWay::Provider),
                None => {
                    let invite = flow.invite_hash.as_deref();
                    (sign_up::sign_up(engine, &claims, invite, client).await?, SignInWay::SignUp)
                }
            };
            rows::record_use(&engine.db, user, issuer, &claims.sub, engine.now()).await?;
            roles::follow(engine, user, &claims).await?;
            match accounts::open_session_of(engine, user, client, way).await {
                Ok(session) => Ok(FinishedFlow::SignedIn { session: Box::new(session), next }),
                Err(Error::Refused(Refusal::FactorRequired { ceremony, .. })) => {
                    Ok(FinishedFlow::FactorRequired { ceremony, next })
                }
                Err(error) => Err(error.into()),
            }
        }
        FlowPurpose::Link => {
            let current = current.ok_or(Failure::Known(OidcFailure::Expired))?;
            identities::link(engine, current.user, &claims).await?;
            Ok(FinishedFlow::Linked { next })
        }
        FlowPurpose::StepUp => {
            let current = current.ok_or(Failure::Known(OidcFailure::Expired))?;
            if known != Some(current.user) {
                return Err(Failure::Known(OidcFailure::Other));
            }
            if let Some(ceremony) = accounts::begin_second_step(engine, current.user).await? {
                return Ok(FinishedFlow::FactorRequired { ceremony, next });
            }
            let session = accounts::renew_session(engine, current.user, current.token, client).await?;
            Ok(FinishedFlow::SteppedUp { session: Box::new(session), next })
        }
    }
}

/// Exchanges the code and validates the token.
async fn claims(
    engine: &Engine,
    purpose: FlowPurpose,
    secret: &str,
    callback: &Callback,
) -> Result<Claims, Failure> {
    let (provider, now) = (provider(engine)?, engine.now());
    let issuer = provider.settings.issuer.as_str();
    let untrusted = |why: &str| {
        tracing::warn!(why, "a token of the OpenID provider is not trusted");
        Failure::Known(OidcFailure::Untrusted)
    };
    if callback.iss.as_deref().is_some_and(|iss| iss != issuer) {
        return Err(untrusted("another provider led the browser back"));
    }
    let verifier = derived(secret, "verifier");
    let token = provider.exchange(now, &callback.code, &redirect_uri(engine), &verifier).await?;
    let header = token::header(&token).map_err(untrusted)?;
    let keys = provider.keys(now, |keys| token::key(keys, &header).is_some()).await?;
    let key = token::key(&keys, &header).ok_or_else(|| untrusted("no key of the provider fits it"))?;
    let expected = Expected {
        issuer,
        client_id: &provider.settings.client_id,
        nonce: &derived(secret, "nonce"),
        now,
        authenticated_after: (purpose == FlowPurpose::StepUp).then(|| now - FLOW),
    };
    token::validate(&token, key, expected).map_err(untrusted)
}

/// Deletes flows that were not finished.
pub async fn tidy(engine: &Engine) -> Result<()> {
    rows::delete_expired(&engine.db, engine.now()).await?;
    Ok(())
}

fn provider(engine: &Engine) -> Result<&OidcProvider> {
    engine.oidc.as_ref().ok_or_else(|| Refusal::missing("sign-in provider").into())
}

fn redirect_uri(engine: &Engine) -> String {
    format!("{}/oidc/callback", engine.config.public_url)
}

/// Value that only the holder of a flow's secret knows. Of several, none tells another one.
fn derived(secret: &str, label: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("smartcache oidc {label}\0{secret}")))
}
