//! How a tool's arguments are told to a model: as JSON Schema.

use serde_json::{Map, Value, json};

/// One argument of a tool, as its JSON Schema tells it.
pub struct Parameter {
    pub name: &'static str,
    pub shape: Shape,
    pub about: &'static str,
    pub required: bool,
}

/// What an argument may be.
pub enum Shape {
    Integer,
    Integers,
    Text,
    Texts,
    OneOf(&'static [&'static str]),
    Object,
}

impl Parameter {
    pub const fn required(name: &'static str, shape: Shape, about: &'static str) -> Self {
        Self { name, shape, about, required: true }
    }

    pub const fn optional(name: &'static str, shape: Shape, about: &'static str) -> Self {
        Self { name, shape, about, required: false }
    }

    fn schema(&self) -> Value {
        let mut schema = match self.shape {
            Shape::Integer => json!({ "type": "integer" }),
            Shape::Integers => json!({ "type": "array", "items": { "type": "integer" } }),
            Shape::Text => json!({ "type": "string" }),
            Shape::Texts => json!({ "type": "array", "items": { "type": "string" } }),
            Shape::OneOf(words) => json!({ "type": "string", "enum": words }),
            Shape::Object => json!({ "type": "object" }),
        };
        schema["description"] = self.about.into();
        schema
    }
}

/// The schema of all arguments of a tool; it admits no other names.
pub fn of(parameters: &[Parameter]) -> Value {
    let properties: Map<_, _> = parameters.iter().map(|p| (p.name.to_owned(), p.schema())).collect();
    let required: Vec<_> = parameters.iter().filter(|p| p.required).map(|p| p.name).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}
