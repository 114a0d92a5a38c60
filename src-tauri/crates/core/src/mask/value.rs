//! What follows the head of a secret: how far it goes, and whether it is one or stands in for one.

use std::ops::Range;

use super::LONGEST;

/// What is no secret is told by its first bytes, so that no rejected value is read to its end.
const TOLD_BY: usize = 64;
/// A value of a key shorter than this says nothing.
const SHORTEST: usize = 4;

/// Words that stand where a secret would.
const WORDS: &[&str] = &[
    "true",
    "false",
    "null",
    "none",
    "nil",
    "undefined",
    "unset",
    "unknown",
    "empty",
    "missing",
    "required",
    "optional",
    "invalid",
    "incorrect",
    "expired",
    "wrong",
    "failed",
    "rejected",
    "accepted",
    "changed",
    "string",
    "bytes",
    "bool",
    "integer",
    "number",
    "optional",
    "secretstr",
    "list",
    "dict",
    "self",
    "hidden",
    "redacted",
    "masked",
    "removed",
    "secret",
    "password",
    "token",
    "default",
];
/// How a value begins that names a secret rather than being one.
const REFERENCES: &[&str] = &[
    "$",
    "{",
    "<",
    "%",
    "[",
    "(",
    "*",
    "!",
    "&",
    "env:",
    "file:",
    "keychain:",
    "vault:",
    "op://",
    "data:",
    "os.",
    "self.",
    "config.",
    "settings.",
    "args.",
    "env.",
    "process.env",
    "request.",
    "getenv",
    "your",
    "change",
    "example",
    "placeholder",
    "insert",
    "todo",
    "xxx",
    "dummy",
    "...",
    "…",
];

/// Where a run of letters, digits and `also` from `from` ends, at most `longest` bytes further.
pub fn run(bytes: &[u8], from: usize, also: &[u8], longest: usize) -> usize {
    let rest = &bytes[from..bytes.len().min(from + longest)];
    from + rest.iter().position(|b| !(b.is_ascii_alphanumeric() || also.contains(b))).unwrap_or(rest.len())
}

/// Whether nothing before `at` belongs to the same word. The letter of an escape (`\n`, `%3D`, `\u001b`) does not.
pub fn begins(bytes: &[u8], at: usize, also: &[u8]) -> bool {
    let before = &bytes[at.saturating_sub(6)..at];
    let Some(last) = before.last() else { return true };
    let escaped = match before {
        [.., b'\\', b'n' | b'r' | b't'] => true,
        [.., b'%', a, b] | [.., b'\\', b'x', a, b] => a.is_ascii_hexdigit() && b.is_ascii_hexdigit(),
        [b'\\', b'u', digits @ ..] => digits.iter().all(u8::is_ascii_hexdigit),
        _ => false,
    };
    escaped || !(last.is_ascii_alphanumeric() || also.contains(last))
}

/// The end of a token of at least `least` bytes from `from`, if it is made of more than one sort of sign: no word, and no row of the
/// same letter. What is none is told by its first bytes.
pub fn token(bytes: &[u8], from: usize, also: &[u8], least: usize) -> Option<usize> {
    let begin = &bytes[from..run(bytes, from, also, least.max(TOLD_BY))];
    let digits = begin.iter().any(u8::is_ascii_digit);
    let (upper, lower) = (begin.iter().any(u8::is_ascii_uppercase), begin.iter().any(u8::is_ascii_lowercase));
    let mixed = (digits || (upper && lower)) && begin.iter().any(|b| Some(b) != begin.first());
    (begin.len() >= least && mixed).then(|| run(bytes, from, also, LONGEST))
}

/// The end of a key block whose first line ended at `from`: its base64 and, where it comes, its last line.
pub fn key_block(bytes: &[u8], from: usize) -> Option<usize> {
    let (mut at, mut line, mut longest) = (from, 0_usize, 0_usize);
    while let Some(&b) = bytes.get(at) {
        // Line ends may be those of a text within a text; an encrypted key has two lines of heading.
        let belongs = b.is_ascii_alphanumeric() || b"+/=\r\n\\ \t:,-".contains(&b);
        if !belongs || bytes[at..].starts_with(b"-----") {
            break;
        }
        line = if b.is_ascii_alphanumeric() || b"+/".contains(&b) { line + 1 } else { 0 };
        longest = longest.max(line);
        at += 1;
    }
    // Its mere name, in a text about keys, is none.
    if longest < 40 {
        return None;
    }
    let tail = &bytes[at..bytes.len().min(at + 80)];
    let end = tail
        .strip_prefix(b"-----END ")
        .and_then(|rest| memchr::memmem::find(rest, b"-----"))
        .map_or(0, |end| 9 + end + 5);
    Some(at + end)
}

/// The end of a JSON web token that begins at `at`: two parts of JSON and a signature.
pub fn web_token(bytes: &[u8], at: usize) -> Option<usize> {
    // Where it stands within a longer word, that word was looked at already.
    if !begins(bytes, at, b"_-") {
        return None;
    }
    let head = run(bytes, at, b"_-", LONGEST);
    let rest = bytes[head..].strip_prefix(b".")?;
    rest.starts_with(b"eyJ").then_some(())?;
    let body = run(bytes, head + 1, b"_-", LONGEST);
    let end = if bytes.get(body) == Some(&b'.') { run(bytes, body + 1, b"_-", LONGEST) } else { body };
    (head - at >= 10 && body - head >= 10).then_some(end)
}

/// The password of a URL, behind whose `://` `from` stands.
pub fn of_url(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let part = |from: usize, longest: usize| {
        let rest = &bytes[from..bytes.len().min(from + longest)];
        let end = rest.iter().position(|b| b.is_ascii_whitespace() || b"/:@?#\"'<>\\`".contains(b))?;
        Some((from + end, rest[end]))
    };
    let (colon, sign) = part(from, 256)?;
    if sign != b':' {
        return None;
    }
    // A colon in a password is not escaped by everybody.
    let (mut end, mut sign) = part(colon + 1, 1_024)?;
    while sign == b':' && end - colon < 1_024 {
        (end, sign) = part(end + 1, 1_024)?;
    }
    let password = &bytes[colon + 1..end];
    (sign == b'@' && !password.is_empty() && !stands_in(password, b"", false)).then_some(colon + 1..end)
}

/// The value of a key that names a secret; `head` is the key with its separator.
pub fn of_key(bytes: &[u8], head: Range<usize>) -> Option<Range<usize>> {
    let key = &bytes[head.clone()];
    let key = &key
        [..key.iter().position(|b| !(b.is_ascii_alphanumeric() || b"_-".contains(b))).unwrap_or(key.len())];
    let (from, quote) = match &bytes[head.end..] {
        // A text within a text: `\"token\": \"…\"`.
        [b'\\', quote @ (b'"' | b'\''), ..] => (head.end + 2, Some(*quote)),
        [quote @ (b'"' | b'\''), ..] => (head.end + 1, Some(*quote)),
        _ => (head.end, None),
    };
    // Told by its beginning first: a value that is none is not read to its end.
    let begin = &bytes[from..bytes.len().min(from + TOLD_BY)];
    if refers(begin) {
        return None;
    }
    let end = end_of(bytes, from, quote);
    let value = &bytes[from..end];
    (value.len() >= SHORTEST && !stands_in(value, key, quote.is_some())).then_some(from..end)
}

fn end_of(bytes: &[u8], from: usize, quote: Option<u8>) -> usize {
    let rest = &bytes[from..bytes.len().min(from + LONGEST)];
    let mut end = rest.len();
    for (at, &b) in rest.iter().enumerate() {
        let stop = match quote {
            Some(quote) => b == quote || b == b'\n',
            None => {
                b.is_ascii_whitespace()
                    || b"\"'<`".contains(&b)
                    || (b == b'\\' && matches!(rest.get(at + 1), Some(b'n' | b'r' | b't' | b'"')))
            }
        };
        if stop {
            end = at;
            break;
        }
    }
    // What closes a text around it is no part of it.
    let closing: &[u8] = if quote.is_some() { b"\\" } else { b",;)]}" };
    while end > 0 && closing.contains(&rest[end - 1]) {
        end -= 1;
    }
    from + end
}

/// Whether what begins so names a secret that is elsewhere.
fn refers(value: &[u8]) -> bool {
    let value = value.to_ascii_lowercase();
    REFERENCES.iter().any(|start| value.starts_with(start.as_bytes()))
}

/// Whether a value stands in for a secret. Only short ones do, beside those that refer.
pub fn stands_in(value: &[u8], key: &[u8], quoted: bool) -> bool {
    if refers(&value[..value.len().min(TOLD_BY)]) {
        return true;
    }
    if value.len() > TOLD_BY {
        return false;
    }
    let (lower, key) = (value.to_ascii_lowercase(), key.to_ascii_lowercase());
    let is_pass = key.starts_with(b"pass") || key.is_empty();
    // `password=password`, `password=db_password` in code; what was masked before; a row of one sign.
    let same = value.first().is_some_and(|first| value.iter().all(|b| b == first));
    let own = !key.is_empty()
        && !quoted
        && lower.ends_with(&key)
        && lower.iter().all(|b| b.is_ascii_alphanumeric() || b"_.".contains(b));
    if same
        || own
        || memchr::memmem::find(value, "…".as_bytes()).is_some()
        || memchr::memmem::find(value, b"***").is_some()
    {
        return true;
    }
    if WORDS.iter().any(|word| word.as_bytes() == lower) {
        return !key.is_empty();
    }
    // A count (`token: 5`), or a word of a sentence (`token: signature mismatch`).
    if !is_pass
        && (value.iter().all(u8::is_ascii_digit) && value.len() < 16
            || !quoted && value.iter().all(u8::is_ascii_lowercase))
    {
        return true;
    }
    // A call in code: `token = issue(user)`.
    let name = value.iter().position(|b| !(b.is_ascii_alphanumeric() || b"_.".contains(b)));
    !quoted && !value[0].is_ascii_digit() && name.is_some_and(|at| at > 0 && b"([".contains(&value[at]))
}
