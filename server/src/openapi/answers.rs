//! Responses that many routes share: problems, and bytes of files.

use std::collections::BTreeMap;

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

use crate::problem::{MEDIA_TYPE, ProblemDocument};

type Answers = BTreeMap<String, RefOr<Response>>;

/// A kind of problem that routes answer with.
pub struct ProblemAnswer {
    pub status: u16,
    /// Name among the components of the document.
    pub name: &'static str,
    about: &'static str,
}

pub static PROBLEMS: [ProblemAnswer; 14] = [
    problem(400, "BadRequest", "The request cannot be read."),
    problem(
        401,
        "Unauthorized",
        "The request has no valid session or API key, or name and password do not fit together, or a second factor is missing or wrong.",
    ),
    problem(
        403,
        "Forbidden",
        "The role of the user or the scopes of the key do not permit it, or it comes from another site.",
    ),
    problem(404, "NotFound", "There is no such thing, or it is another user's."),
    problem(408, "TooSlow", "The body of the request came too slowly."),
    problem(409, "Conflict", "The request does not fit the present state; `detail` says why and what to do."),
    problem(410, "Gone", "It was there and will not come back."),
    problem(413, "TooLarge", "The body of the request is too large."),
    problem(415, "UnsupportedMediaType", "The body has another media type than the route reads."),
    problem(416, "RangeNotSatisfiable", "The file ends before this range."),
    problem(422, "Invalid", "Fields or parameters are wrong; `fields` names all of them."),
    problem(429, "TooFast", "There were too many such requests, or too many altogether."),
    problem(500, "Broken", "Something broke on the server; `reference` finds it in the log."),
    problem(503, "Unavailable", "The server is too busy at the moment."),
];

const fn problem(status: u16, name: &'static str, about: &'static str) -> ProblemAnswer {
    ProblemAnswer { status, name, about }
}

/// A problem of this status, in the description of a route.
pub struct ProblemOf<const STATUS: u16>;

pub type Unauthorized = ProblemOf<401>;
pub type Forbidden = ProblemOf<403>;
pub type NotFound = ProblemOf<404>;
pub type Conflict = ProblemOf<409>;
pub type Gone = ProblemOf<410>;
pub type TooFast = ProblemOf<429>;

impl<const STATUS: u16> IntoResponses for ProblemOf<STATUS> {
    fn responses() -> Answers {
        known(STATUS).map(|problem| (STATUS.to_string(), problem.reference())).into_iter().collect()
    }
}

/// The problem of a status.
pub fn known(status: u16) -> Option<&'static ProblemAnswer> {
    PROBLEMS.iter().find(|problem| problem.status == status)
}

impl ProblemAnswer {
    pub fn reference(&self) -> RefOr<Response> {
        Ref::from_response_name(self.name).into()
    }

    pub fn response(&self) -> Response {
        let problem = Ref::from_schema_name(ProblemDocument::name());
        let content = ContentBuilder::new().schema(Some(problem)).build();
        let response = ResponseBuilder::new().description(self.about).content(MEDIA_TYPE, content);
        if ![429, 503].contains(&self.status) {
            return response.build();
        }
        let seconds = HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::Integer)));
        let seconds = seconds.description(Some("Seconds to wait.")).build();
        response.header("Retry-After", seconds).build()
    }
}

/// Bytes of a download, whole or in part.
pub struct FileBytes;

impl IntoResponses for FileBytes {
    fn responses() -> Answers {
        [
            ("200".into(), bytes("*/*", "The whole file.").into()),
            ("206".into(), bytes("*/*", "The range that was asked for.").into()),
            ("304".into(), not_modified().into()),
        ]
        .into_iter()
        .chain(ProblemOf::<416>::responses())
        .collect()
    }
}

/// Bytes of a picture.
pub struct Picture;

impl IntoResponses for Picture {
    fn responses() -> Answers {
        [("200".into(), bytes("image/*", "The picture.").into()), ("304".into(), not_modified().into())]
            .into_iter()
            .chain(ProblemOf::<400>::responses())
            .collect()
    }
}

fn bytes(media_type: &str, about: &str) -> Response {
    let binary = SchemaFormat::KnownFormat(KnownFormat::Binary);
    let schema = ObjectBuilder::new().schema_type(Type::String).format(Some(binary));
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new().description(about).content(media_type, content).build()
}

fn not_modified() -> Response {
    Response::new("The client's copy is current.")
}
