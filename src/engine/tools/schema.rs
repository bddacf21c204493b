//! JSON Schema of a tool's arguments, derived from their type.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

/// Returns the schema of a tool's arguments in the plain form that small servers support: without references,
/// and with one type for each argument.
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

/// Removes annotations, and `null` from the types of optional arguments.
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
