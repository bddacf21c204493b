//! Details of an entry of the audit log in words.

use serde_json::Value;

use crate::t;

/// Details of an entry, a text for each: a name and what it is.
pub fn details(data: &Value) -> Vec<String> {
    let fields = data.as_object().into_iter().flatten();
    fields.map(|(name, value)| field_words(name).to_owned() + ": " + &value_words(value)).collect()
}

/// A value in words: the members of a list, and those of an object with their names.
fn value_words(value: &Value) -> String {
    match value {
        Value::Null => t!("none").to_owned(),
        Value::Bool(true) => t!("yes").to_owned(),
        Value::Bool(false) => t!("no").to_owned(),
        Value::Number(it) => it.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(all) if all.is_empty() => t!("none").to_owned(),
        Value::Array(all) => all.iter().map(value_words).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            let one =
                |(name, value): (&String, &Value)| field_words(name).to_owned() + " " + &value_words(value);
            fields.iter().map(one).collect::<Vec<_>>().join(", ")
        }
    }
}

/// Name of a detail. One without a name here is shown as it was written.
fn field_words(name: &str) -> &str {
    match name {
        "action" => t!("action"),
        "agent" => t!("agent"),
        "announcement" => t!("announcement"),
        "by" => t!("by way of"),
        "change" => t!("change"),
        "day" => t!("per day"),
        "delete_after" => t!("deleted after"),
        "enabled" => t!("enabled"),
        "factor" => t!("factor"),
        "guardian" => t!("guardian"),
        "hard_percent" => t!("refused from percent"),
        "hour" => t!("per hour"),
        "identity" => t!("identity"),
        "invite" => t!("invitation"),
        "issuer" => t!("issuer"),
        "job" => t!("job"),
        "key" => t!("key"),
        "kind" => t!("kind"),
        "level" => t!("weight"),
        "limits" => t!("limits"),
        "minute" => t!("per minute"),
        "outcome" => t!("outcome"),
        "right" => t!("right"),
        "role" => t!("role"),
        "route" => t!("route"),
        "run" => t!("run"),
        "runs" => t!("runs"),
        "scopes" => t!("scopes"),
        "session" => t!("session"),
        "sessions" => t!("sessions"),
        "source" => t!("source"),
        "user" => t!("user"),
        "uses" => t!("uses"),
        "version" => t!("version"),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_and_objects_are_told_in_words() {
        let data =
            json!({ "key": 3, "scopes": ["read", "listen"], "empty": [], "guardian": null, "enabled": true });
        let expected = ["empty: none", "enabled: yes", "guardian: none", "key: 3", "scopes: read, listen"];
        let mut told = details(&data);
        told.sort();
        assert_eq!(told, expected);
        let limits = json!({ "limits": { "minute": 5, "hour": 10000 } });
        let told = details(&limits).join("");
        assert!(
            told == "limits: per minute 5, per hour 10000" || told == "limits: per hour 10000, per minute 5"
        );
        assert_eq!(details(&json!({})), [] as [String; 0]);
        assert_eq!(details(&json!(null)), [] as [String; 0]);
    }
}
