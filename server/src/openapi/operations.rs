//! Parts that descriptions of routes have in common, added by rules in place of repetitions.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use smartcache::domain::download_filter::{DownloadOrder, StatusFilter};
use smartcache::domain::item_position::ItemOrder;
use smartcache::domain::run::Agent;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{InfoBuilder, OpenApi, PathItem, Ref, RefOr, Required};
use utoipa::{PartialSchema, ToSchema};

use super::answers::{PROBLEMS, known};
use crate::problem::ProblemDocument;
use crate::request_limits::counts;

const ABOUT: &str = "Everything that the pages can do, for scripts and other programs. Bodies are JSON. Lists have \
    pages: `limit` is their length, and `next_cursor` of one page is `cursor` of the next; it is null on the last \
    one. Errors are problem documents (RFC 9457). Changes that a browser sends from another site are refused. Requests \
    are limited per minute, hour and day: `RateLimit-Policy` and `RateLimit` say how many there may be and how many \
    are left, `SmartCache-Limit: soft` that more than these are served, and an answer with status 429 when to come back.";
/// Names of the security schemes: of sessions, and of API keys.
const SESSION: &str = "session";
const KEY: &str = "key";

/// Completes the document that was collected from the routes.
pub fn complete(document: &mut OpenApi) {
    document.info = InfoBuilder::new()
        .title("SmartCache")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .build();
    document.servers = None;
    document.security =
        Some([SESSION, KEY].map(|it| SecurityRequirement::new::<_, [&str; 0], _>(it, [])).into());
    add_components(document);
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            name(operation, method, path);
            add_path_parameters(operation, path);
            add_responses(operation, method, path);
        }
    }
}

fn add_components(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    let mut schemas = Vec::new();
    ProblemDocument::schemas(&mut schemas);
    components.schemas.extend(schemas);
    components.schemas.insert(ProblemDocument::name().into_owned(), ProblemDocument::schema());
    // Types of parameters alone are not collected.
    components.schemas.insert(DownloadOrder::name().into_owned(), DownloadOrder::schema());
    components.schemas.insert(StatusFilter::name().into_owned(), StatusFilter::schema());
    components.schemas.insert(ItemOrder::name().into_owned(), ItemOrder::schema());
    for problem in &PROBLEMS {
        components.responses.insert(problem.name.into(), problem.response().into());
    }
    let about = "Cookie of a session, as set by `POST /api/v1/auth/login`. Over https its name begins with `__Host-`.";
    let cookie = ApiKeyValue::with_description("smartcache_session", about);
    components.add_security_scheme(SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let about =
        "API key, made on the page /api-keys. It may do what its scopes and the role of its user permit.";
    let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(about)).build();
    components.add_security_scheme(KEY, SecurityScheme::Http(key));
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, patch, delete, .. } = item;
    let all = [("get", get), ("put", put), ("post", post), ("patch", patch), ("delete", delete)];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Segments of a path after `/api/v1`.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.strip_prefix("/api/v1").unwrap_or(path).split('/').filter(|segment| !segment.is_empty())
}

/// Names an operation after its address: names of functions are not unique, and may change.
fn name(operation: &mut Operation, method: &str, path: &str) {
    let words = segments(path).map(|segment| match in_braces(segment) {
        Some(parameter) => format!("by_{parameter}"),
        None => segment.replace(['-', '.'], "_"),
    });
    operation.operation_id = Some(format!("{method}_{}", words.collect::<Vec<_>>().join("_")));
    let tag = segments(path).next().unwrap_or_default();
    operation.tags = Some(vec![tag.split('.').next().unwrap_or_default().to_owned()]);
}

fn in_braces(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

fn add_path_parameters(operation: &mut Operation, path: &str) {
    let in_path: Vec<_> =
        segments(path).filter_map(in_braces).map(|name| path_parameter(name).into()).collect();
    if in_path.is_empty() && operation.parameters.as_ref().is_none_or(Vec::is_empty) {
        operation.parameters = None;
        return;
    }
    operation.parameters.get_or_insert_default().splice(0..0, in_path);
}

fn path_parameter(name: &str) -> Parameter {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let schema = match name {
        "name" => RefOr::from(Ref::from_schema_name(Agent::name())),
        "hash" => text().pattern(Some("^[0-9a-f]{64}$")).into(),
        "token" | "file" | "peer" => text().into(),
        _ => {
            let number = ObjectBuilder::new().schema_type(Type::Integer);
            number.format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64))).into()
        }
    };
    let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path);
    parameter.required(Required::True).schema(Some(schema)).build()
}

/// Adds the problems that a route answers with because of its form: a session, a body, parameters.
fn add_responses(operation: &mut Operation, method: &str, path: &str) {
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    let is_query =
        |parameter: &_| matches!(parameter, RefOr::T(Parameter { parameter_in: ParameterIn::Query, .. }));
    let has_query = parameters.iter().any(is_query);
    let rules: [(bool, &[u16]); 7] = [
        (counts(&method.to_uppercase(), path), &[429]),
        (true, &[500, 503]),
        (operation.security.is_none(), &[401, 403]),
        (method != "get", &[403]),
        (path.contains('{'), &[404]),
        (operation.request_body.is_some(), &[400, 408, 413, 415, 422]),
        (has_query, &[422]),
    ];
    let statuses = rules.iter().filter(|(applies, _)| *applies).flat_map(|(_, statuses)| *statuses);
    let responses = &mut operation.responses.responses;
    for problem in statuses.filter_map(|status| known(*status)) {
        responses.entry(problem.status.to_string()).or_insert_with(|| problem.reference());
    }
    for (status, response) in responses {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            let status = status.parse().ok().and_then(|status| StatusCode::from_u16(status).ok());
            response.description = status.and_then(|it| it.canonical_reason()).unwrap_or_default().into();
        }
    }
}

/// Shortens the finished document.
pub fn tidy(document: &mut Value) {
    drop_empty_defaults(document);
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for (name, schema) in schemas.into_iter().flatten() {
        // Types of a list's rows are written out, although they have names.
        if let (Some(row), Some(items)) =
            (name.strip_prefix("Page_"), schema.pointer_mut("/properties/data/items"))
        {
            *items = json!({ "$ref": format!("#/components/schemas/{row}") });
        }
    }
}

/// Drops defaults that are null: they say nothing, and are no values of the fields' types.
fn drop_empty_defaults(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, value| name != "default" || !is_empty(value));
            fields.values_mut().for_each(drop_empty_defaults);
        }
        Value::Array(all) => all.iter_mut().for_each(drop_empty_defaults),
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    let has_nulls = |fields: &Map<String, Value>| !fields.is_empty() && fields.values().all(Value::is_null);
    value.is_null() || value.as_object().is_some_and(has_nulls)
}
