//! The description of the API as a page for readers: plain HTML without a script, in the colours of the site.
//!
//! It is in English, as the description is.

mod schema;

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Map, Value};

use schema::{object, type_of};

const COLOURS: &str = include_str!("../../../style/tokens.css");
const STYLE: &str = include_str!("page.css");

pub fn render(document: &Value) -> String {
    let mut tags: BTreeMap<&str, String> = BTreeMap::new();
    for (path, item) in entries(&document["paths"]) {
        for (method, operation) in entries(item) {
            let tag = operation["tags"][0].as_str().unwrap_or_default();
            tags.entry(tag).or_default().push_str(&operation_of(path, method, operation, document));
        }
    }
    let links = tags.keys().map(|tag| format!("<li><a href=\"#{0}\">{0}</a></li>", escape(tag)));
    let links = links.collect::<String>() + "<li><a href=\"#types\">types</a></li>";
    let sections = tags.iter().map(|(tag, operations)| {
        format!("<section><h2 id=\"{0}\">{0}</h2>{operations}</section>", escape(tag))
    });
    let sections = sections.collect::<String>();
    let types = entries(&document["components"]["schemas"]);
    let types = types.map(|(name, schema)| object(name, schema)).collect::<String>();
    let (version, about) = (text(&document["info"]["version"]), text(&document["info"]["description"]));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\
         <title>REST API · SmartCache</title><style>{COLOURS}{STYLE}</style></head><body>\
         <header><h1>REST API <small>{version}</small></h1><p>{about}</p>\
         <p><a href=\"/api/v1/openapi.json\">OpenAPI document</a> · <a href=\"/\">SmartCache</a></p></header>\
         <nav aria-label=\"Sections\"><ul>{links}</ul></nav>\
         <main>{sections}<section><h2 id=\"types\">types</h2>{types}</section></main></body></html>\n"
    )
}

fn operation_of(path: &str, method: &str, operation: &Value, document: &Value) -> String {
    let id = text(&operation["operationId"]);
    let summary = text(&operation["summary"]);
    let mut inside = String::new();
    if let Some(about) = operation["description"].as_str() {
        let _ = write!(inside, "<p>{}</p>", prose(about));
    }
    if operation["security"].is_array() {
        inside.push_str("<p>Needs no session.</p>");
    }
    inside.push_str(&parameters(&operation["parameters"]));
    let body = &operation["requestBody"];
    for (media_type, content) in entries(&body["content"]) {
        let schema = type_of(&content["schema"]);
        let _ = write!(inside, "<p>Body: {schema} <small>{}</small></p>", escape(media_type));
    }
    let answers = entries(&operation["responses"]).map(|(status, answer)| row(status, answer, document));
    let answers = answers.collect::<String>();
    format!(
        "<details class=\"{method}\"><summary><code class=\"method\">{}</code> <code>{}</code> \
         <span>{summary}</span></summary><div id=\"{id}\">{inside}<table><thead><tr><th>Answer</th><th>Meaning</th>\
         <th>Body</th></tr></thead><tbody>{answers}</tbody></table></div></details>",
        method.to_uppercase(),
        escape(path),
    )
}

fn parameters(parameters: &Value) -> String {
    let rows = parameters.as_array().into_iter().flatten().map(|parameter| {
        let needed = if parameter["required"] == true { " <small>needed</small>" } else { "" };
        format!(
            "<tr><td><code>{}</code>{needed}</td><td>{}</td><td>{} <small>in {}</small></td></tr>",
            text(&parameter["name"]),
            prose(parameter["description"].as_str().unwrap_or_default()),
            type_of(&parameter["schema"]),
            text(&parameter["in"]),
        )
    });
    match rows.collect::<String>() {
        none if none.is_empty() => none,
        rows => format!(
            "<table><thead><tr><th>Parameter</th><th>Meaning</th><th>Type</th></tr></thead>\
             <tbody>{rows}</tbody></table>"
        ),
    }
}

fn row(status: &str, answer: &Value, document: &Value) -> String {
    let known = answer["$ref"].as_str().and_then(|path| document.pointer(path.trim_start_matches('#')));
    let answer = known.unwrap_or(answer);
    let contents = entries(&answer["content"]).map(|(media_type, content)| {
        format!("{} <small>{}</small>", type_of(&content["schema"]), escape(media_type))
    });
    let contents = contents.collect::<Vec<_>>().join("<br>");
    let about = prose(answer["description"].as_str().unwrap_or_default());
    format!("<tr><td><code>{}</code></td><td>{about}</td><td>{contents}</td></tr>", escape(status))
}

fn entries(object: &Value) -> impl Iterator<Item = (&str, &Value)> {
    object.as_object().into_iter().flat_map(Map::iter).map(|(name, value)| (name.as_str(), value))
}

fn text(value: &Value) -> String {
    value.as_str().map(prose).unwrap_or_default()
}

/// Escapes a text, and marks up its code.
fn prose(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(n, part)| match n % 2 {
        0 => escape(part),
        _ => format!("<code>{}</code>", escape(part)),
    });
    parts.collect()
}

fn escape(text: &str) -> String {
    let replaced = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    replaced.replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_page_has_a_place_for_each_operation_and_type_and_escapes_their_texts() {
        let document = json!({
            "info": { "title": "SmartCache", "version": "0.1.0", "description": "For scripts." },
            "paths": { "/api/v1/sources/{id}": { "get": {
                "tags": ["sources"], "operationId": "get_sources_by_id", "summary": "A <b> & `c`.",
                "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "integer" } }],
                "responses": { "200": { "description": "OK", "content": {
                    "application/json": { "schema": { "$ref": "#/components/schemas/Source" } }
                } } }
            } } },
            "components": { "schemas": { "Source": {
                "type": "object", "required": ["id"], "properties": { "id": { "type": "integer" } }
            } } }
        });
        let page = render(&document);
        for part in [
            "id=\"get_sources_by_id\"",
            "A &lt;b&gt; &amp; <code>c</code>.",
            "href=\"#type-Source\"",
            "id=\"type-Source\"",
            "<code>id</code> <small>needed</small>",
        ] {
            assert!(page.contains(part), "{part} is not on the page");
        }
    }
}
