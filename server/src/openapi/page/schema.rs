//! Schemas in words.

use serde_json::Value;

use super::{entries, escape, prose};

/// A named type: its fields, or the type that it stands for.
pub fn object(name: &str, schema: &Value) -> String {
    let about = prose(schema["description"].as_str().unwrap_or_default());
    let fields = fields_of(schema);
    let inside = match fields.is_empty() {
        true => format!("<p>{}</p>", type_of(schema)),
        false => format!(
            "<table><thead><tr><th>Field</th><th>Meaning</th><th>Type</th></tr></thead><tbody>{fields}</tbody></table>"
        ),
    };
    let name = escape(name);
    format!(
        "<details><summary><code>{name}</code> <span>{about}</span></summary>\
         <div id=\"type-{name}\">{inside}</div></details>"
    )
}

fn fields_of(schema: &Value) -> String {
    let needed = |name: &str| {
        schema["required"]
            .as_array()
            .is_some_and(|all| all.iter().any(|needed| needed.as_str() == Some(name)))
    };
    let own = entries(&schema["properties"]).map(|(name, field)| {
        let mark = if needed(name) { " <small>needed</small>" } else { "" };
        let about = prose(field["description"].as_str().unwrap_or_default());
        format!(
            "<tr><td><code>{}</code>{mark}</td><td>{about}</td><td>{}</td></tr>",
            escape(name),
            type_of(field)
        )
    });
    let parts = schema["allOf"].as_array().into_iter().flatten().map(|part| match &part["$ref"] {
        Value::String(_) => format!("<tr><td>all of</td><td></td><td>{}</td></tr>", type_of(part)),
        _ => fields_of(part),
    });
    own.chain(parts).collect()
}

/// The type of a value, with links to named types.
pub fn type_of(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return format!("<a href=\"#type-{0}\">{0}</a>", escape(name));
    }
    for kind in ["oneOf", "anyOf", "allOf"] {
        if let Some(parts) = schema[kind].as_array() {
            let between = if kind == "allOf" { " and " } else { " or " };
            return parts.iter().map(type_of).collect::<Vec<_>>().join(between);
        }
    }
    if let Some(words) = schema["enum"].as_array() {
        let words =
            words.iter().filter_map(Value::as_str).map(|word| format!("<code>{}</code>", escape(word)));
        return words.collect::<Vec<_>>().join(", ");
    }
    let named = match &schema["type"] {
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        one => one.as_str().unwrap_or("any value").to_owned(),
    };
    let named = match schema["items"].is_null() {
        true => escape(&named),
        false => format!("{} of {}", escape(&named), type_of(&schema["items"])),
    };
    match schema["format"].as_str().or(schema["pattern"].as_str()) {
        Some(form) => format!("{named} <small>{}</small>", escape(form)),
        None => named,
    }
}
