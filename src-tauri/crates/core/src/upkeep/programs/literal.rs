//! What `print` makes of a Python dictionary, as JSON.

/// Rewrites Python's `{'a': True, 'b': None}`; `None` where it is no dictionary.
pub(super) fn to_json(text: &str) -> Option<String> {
    let text = text.trim();
    if !(text.starts_with('{') && text.ends_with('}')) {
        return None;
    }
    let mut json = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if matches!(first, '\'' | '"') {
            rest = string(first, &rest[1..], &mut json)?;
        } else if first.is_alphabetic() {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            json.push_str(match &rest[..end] {
                "True" | "true" => "true",
                "False" | "false" => "false",
                "None" | "null" | "nan" | "inf" => "null",
                // `datetime.date(…)` and what else has no place in JSON.
                _ => return None,
            });
            rest = &rest[end..];
        } else {
            json.push(match first {
                '(' => '[',
                ')' => ']',
                other => other,
            });
            rest = &rest[first.len_utf8()..];
        }
    }
    Some(json)
}

/// Copies a text up to its end quote; gives what follows.
fn string<'t>(quote: char, text: &'t str, json: &mut String) -> Option<&'t str> {
    json.push('"');
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => {
                json.push('"');
                return Some(&text[at + c.len_utf8()..]);
            }
            '"' => json.push_str("\\\""),
            '\\' => match chars.next()?.1 {
                '\'' => json.push('\''),
                // Python's own escapes that JSON does not know.
                'x' | 'a' | 'v' | '0'..='7' => json.push('?'),
                other => {
                    json.push('\\');
                    json.push(other);
                }
            },
            c if c.is_control() => json.push(' '),
            c => json.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_prints_is_json_in_the_end() {
        let python = r#"{'total': 5, "it's": 'a "b"', 'ok': True, 'x': None, 'l': (1, 2), 'e': 'l\'eau'}"#;
        let json: serde_json::Value = serde_json::from_str(&to_json(python).unwrap()).unwrap();
        assert_eq!(json["total"], 5);
        assert_eq!(json["it's"], "a \"b\"");
        assert_eq!(json["ok"], true);
        assert_eq!(json["l"], serde_json::json!([1, 2]));
        assert_eq!(json["e"], "l'eau");
        for none in ["", "{", "[1]", "{'a': datetime.date(2025, 1, 1)}", "{'a}", "All is well {}!"] {
            assert!(to_json(none).is_none_or(|json| none == "{" || json.is_empty()), "{none}");
        }
    }
}
