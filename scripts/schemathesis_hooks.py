"""Hooks of schemathesis for scripts/fuzz-api.mjs."""

import os

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    """Spares the session and the limits of the run itself: the rest would be one answer, 401 or 429."""
    own = os.environ["API_SESSION_ID"]
    # The user of the run is the first one.
    of_users = [("PUT", "/api/v1/admin/limits/{id}"), ("DELETE", "/api/v1/admin/users/{id}/sessions")]
    if (case.method, case.operation.path) in of_users and str(case.path_parameters.get("id")) == "1":
        case.path_parameters["id"] = 0
    if case.operation.path == "/api/v1/sessions/{id}" and str(case.path_parameters.get("id")) == own:
        case.path_parameters["id"] = 0
