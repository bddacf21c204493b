//! Request or command that entries of the audit log are written for.

use std::sync::{Arc, LazyLock};

use parking_lot::Mutex;

use crate::domain::UserId;
use crate::domain::audit_entry::AuditActor;
use crate::engine::rights::{Caller, Credential};

/// Maximum characters of a `User-Agent` header that are kept.
const MAX_USER_AGENT: usize = 200;

tokio::task_local! {
    static CONTEXT: Arc<RequestContext>;
}

/// Context of what the server does by itself.
static SERVER: LazyLock<RequestContext> = LazyLock::new(|| RequestContext::of(AuditActor::Server));

/// Origin of what is done in a task.
#[derive(Debug)]
pub struct RequestContext {
    pub request_id: String,
    /// Network of the client in CIDR notation.
    pub network: String,
    pub user_agent: String,
    actor: Mutex<(AuditActor, Option<UserId>)>,
}

impl RequestContext {
    /// Context of a request whose caller is not known yet.
    pub fn of_request(request_id: &str, network: String, user_agent: &str) -> Self {
        let user_agent = user_agent.chars().take(MAX_USER_AGENT).collect();
        let actor = Mutex::new((AuditActor::Stranger, None));
        Self { request_id: request_id.to_owned(), network, user_agent, actor }
    }

    /// Context of something that is no request.
    pub fn of(actor: AuditActor) -> Self {
        let (request_id, network, user_agent) = Default::default();
        Self { request_id, network, user_agent, actor: Mutex::new((actor, None)) }
    }

    pub(super) fn actor(&self) -> (AuditActor, Option<UserId>) {
        *self.actor.lock()
    }
}

/// Runs a task in this context.
pub async fn within<F: Future>(context: RequestContext, task: F) -> F::Output {
    CONTEXT.scope(Arc::new(context), task).await
}

/// Takes the context along into a task that another thread runs.
pub fn carry<F: Future>(task: F) -> impl Future<Output = F::Output> {
    let context = CONTEXT.try_with(Arc::clone).ok();
    async move {
        match context {
            Some(context) => CONTEXT.scope(context, task).await,
            None => task.await,
        }
    }
}

/// Names the caller of the running request.
pub fn identify(caller: &Caller) {
    let actor = match caller.credential {
        Credential::Session { .. } => AuditActor::Session,
        Credential::Key(_) => AuditActor::ApiKey,
    };
    let _ = CONTEXT.try_with(|context| *context.actor.lock() = (actor, Some(caller.user.id)));
}

pub(super) fn with<T>(read: impl FnOnce(&RequestContext) -> T) -> T {
    match CONTEXT.try_with(Arc::clone) {
        Ok(context) => read(&context),
        Err(_) => read(&SERVER),
    }
}
