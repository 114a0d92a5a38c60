//! The top level of a JSON object on one line, read leniently: cut short or nested 100,000 deep is no obstacle.

use std::borrow::Cow;

use memchr::memchr2;

/// A value at the top level of the object, still as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Raw<'a> {
    /// A string without its quotes, escapes not yet resolved.
    Text(&'a [u8]),
    /// A number, `true`, `null`, or a nested value.
    Other(&'a [u8]),
}

/// Calls `each` with every key and value; gives `false` where the line is no object at all.
///
/// A value that is cut short ends with the line. Nothing recurses and nothing is allocated.
pub(super) fn fields<'a>(line: &'a [u8], mut each: impl FnMut(&'a [u8], Raw<'a>)) -> bool {
    let mut at = blanks(line, 0);
    if line.get(at) != Some(&b'{') {
        return false;
    }
    at += 1;
    loop {
        at = blanks(line, at);
        if line.get(at) != Some(&b'"') {
            return true;
        }
        let (key, after) = string(line, at);
        at = blanks(line, after);
        if line.get(at) != Some(&b':') {
            return true;
        }
        at = blanks(line, at + 1);
        let (value, after) = match line.get(at) {
            None => return true,
            Some(b'"') => {
                let (text, after) = string(line, at);
                (Raw::Text(text), after)
            }
            Some(_) => {
                let after = other(line, at);
                (Raw::Other(line[at..after].trim_ascii_end()), after)
            }
        };
        each(key, value);
        at = blanks(line, after);
        if line.get(at) != Some(&b',') {
            return true;
        }
        at += 1;
    }
}

/// Resolves the escapes of a string; what is no valid escape stays as it is.
pub(super) fn unescape(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'\\') {
        return Cow::Borrowed(text);
    }
    // The standard reader knows surrogate pairs; it fails only on what is broken.
    let quoted = [b"\"", text, b"\""].concat();
    match serde_json::from_slice::<String>(&quoted) {
        Ok(text) => Cow::Owned(text.into_bytes()),
        Err(_) => Cow::Borrowed(text),
    }
}

fn blanks(line: &[u8], at: usize) -> usize {
    at + line[at.min(line.len())..].iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count()
}

/// The string whose opening quote is at `at`, and the position after its closing quote.
fn string(line: &[u8], at: usize) -> (&[u8], usize) {
    let mut end = at + 1;
    while let Some(found) = memchr2(b'"', b'\\', &line[end..]) {
        end += found;
        if line[end] == b'"' {
            return (&line[at + 1..end], end + 1);
        }
        end = (end + 2).min(line.len());
    }
    (&line[at + 1..], line.len())
}

/// The end of the value at `at` that is not a string.
fn other(line: &[u8], mut at: usize) -> usize {
    let mut depth = 0u64;
    while let Some(&byte) = line.get(at) {
        match byte {
            b'"' => {
                at = string(line, at).1;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b',' if depth == 0 => return at,
            b'}' | b']' => {
                if depth == 0 {
                    return at;
                }
                depth -= 1;
            }
            _ => {}
        }
        at += 1;
    }
    line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(line: &str) -> Option<Vec<(String, String)>> {
        let mut found = Vec::new();
        let is_object = fields(line.as_bytes(), |key, value| {
            let (Raw::Text(value) | Raw::Other(value)) = value;
            let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
            found.push((text(key), text(value)));
        });
        is_object.then_some(found)
    }

    #[test]
    fn reads_the_top_level_only() {
        let found = all(r#" {"a": "x\"y", "b" : -1.5 ,"c":{"level":"ERROR","s":"}"},"d":[1,[2]], "e":null}"#)
            .unwrap();
        let keys: Vec<&str> = found.iter().map(|(k, _)| k.as_str()).collect();
        assert_eq!(keys, ["a", "b", "c", "d", "e"]);
        assert_eq!(found[0].1, "x\\\"y");
        assert_eq!(found[1].1, "-1.5");
    }

    #[test]
    fn broken_lines_give_what_they_hold() {
        assert_eq!(all("no json"), None);
        assert_eq!(all(""), None);
        assert_eq!(all("{").unwrap().len(), 0);
        assert_eq!(all(r#"{"a":"cut sho"#).unwrap()[0].1, "cut sho");
        assert_eq!(all(r#"{"a":"cut\"#).unwrap().len(), 1);
        let deep = format!(r#"{{"a":{}, "level":"ERROR"}}"#, "[".repeat(100_000) + &"]".repeat(100_000));
        assert_eq!(all(&deep).unwrap()[1].1, "ERROR");
    }

    #[test]
    fn escapes_are_resolved_where_they_are_valid() {
        assert_eq!(&*unescape(br"a\nb \u00e9"), "a\nb é".as_bytes());
        assert_eq!(&*unescape(br"a\qb"), br"a\qb");
        assert_eq!(&*unescape(b"plain"), b"plain");
    }
}
