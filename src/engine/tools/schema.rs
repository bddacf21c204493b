//! How a tool's arguments are told to a model: as JSON Schema, made from their type.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

/// The schema of a tool's arguments in the plain form that small servers understand: nothing to look up elsewhere, and
/// one type for each.
pub fn of<A: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.meta_schema = None;
        settings.inline_subschemas = true;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<A>().to_value();
    plain(&mut schema);
    if schema.get("properties").is_none() {
        schema["properties"] = json!({});
    }
    schema
}

/// An argument that may be left out is still of its one type when it is there.
fn plain(schema: &mut Value) {
    match schema {
        Value::Object(all) => {
            for word in ["title", "format", "default", "$schema"] {
                if !all.get(word).is_some_and(Value::is_object) {
                    all.remove(word);
                }
            }
            if let Some(Value::Array(types)) = all.get("type") {
                let one = types.iter().find(|kind| *kind != "null").cloned();
                all.insert("type".into(), one.unwrap_or_default());
            }
            all.values_mut().for_each(plain);
        }
        Value::Array(all) => all.iter_mut().for_each(plain),
        _ => {}
    }
}
