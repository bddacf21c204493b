//! Tasks of a user: what is under way, and what ended within a day.

use axum::Json;
use axum::extract::State;
use smartcache::domain::Page;
use smartcache::domain::task::{Task, TaskFilter};
use smartcache::engine::tasks;

use super::*;

/// Lists what is under way and what ended within a day.
#[utoipa::path(
    get, path = "/api/v1/tasks", params(TaskFilter, PageQuery),
    responses((status = 200, body = Page<Task>))
)]
pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(filter, page): ListQuery<TaskFilter>,
) -> ApiResult<Json<Page<Task>>> {
    Ok(Json(tasks::list(web.engine(), user.id, &filter, &page).await?))
}
