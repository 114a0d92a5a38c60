//! A JSON text with places to fill in.

/// Fills `{name}` inside the strings of a JSON text with what `value` gives, escaped; braces that hold no known name stay.
///
/// # Errors
/// One sentence, where what comes out is no JSON.
pub fn fill_template(template: &str, value: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    const WRONG: &str = "is no JSON; write it like '{\"text\": \"{title}: {body}\"}'";
    let parsed: serde_json::Value =
        serde_json::from_str(template).map_err(|error| format!("{WRONG} ({error})"))?;
    let filled = fill(parsed, &value);
    serde_json::to_string(&filled).map_err(|error| format!("{WRONG} ({error})"))
}

fn fill(json: serde_json::Value, value: &impl Fn(&str) -> Option<String>) -> serde_json::Value {
    use serde_json::Value;
    match json {
        Value::String(text) => Value::String(fill_text(&text, value)),
        Value::Array(list) => Value::Array(list.into_iter().map(|one| fill(one, value)).collect()),
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(key, one)| (key, fill(one, value))).collect())
        }
        other => other,
    }
}

/// Each place once, from left to right: what was filled in is never looked at again.
fn fill_text(text: &str, value: &impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        filled.push_str(before);
        let known = from[1..].find('}').and_then(|close| Some((close, value(&from[1..=close])?)));
        match known {
            Some((close, value)) => {
                filled.push_str(&value);
                rest = &from[close + 2..];
            }
            None => {
                filled.push('{');
                rest = &from[1..];
            }
        }
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(template: &str, body: &str) -> Result<String, String> {
        fill_template(template, |name| match name {
            "title" => Some("Eco".into()),
            "body" => Some(body.into()),
            _ => None,
        })
    }

    #[test]
    fn what_is_filled_in_stays_inside_its_string() {
        let hostile = "\"}, \"admin\": true, {title} \u{0}\n";
        let filled = with(r#"{"text": "{title}: {body} {other} {", "n": [1, "{body}"]}"#, hostile).unwrap();
        let json: serde_json::Value = serde_json::from_str(&filled).unwrap();
        assert_eq!(json["text"], format!("Eco: {hostile} {{other}} {{"));
        assert_eq!(json["n"][1], hostile);
        assert_eq!(json.as_object().unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_json_is_said_at_once() {
        assert!(with("{text: {body}}", "x").unwrap_err().contains("no JSON"));
        assert!(with("", "x").is_err());
    }
}
