//! Secrets in text from anywhere: where they stand, and the text without them, without the home folder and without the user's name.

mod known;
mod value;

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

pub use self::known::Known;

/// A secret shorter than this is replaced wholly, a longer one keeps its first four characters.
const SHOWN_FROM: usize = 12;
const SHOWN: usize = 4;
/// Bytes of a token that are looked at: what goes on is masked as a hit of its own or not at all, and no line costs more than its length.
const LONGEST: usize = 8 * 1024;

/// Where a secret begins. Every one is of bounded length, so that the search for all of them is linear; what follows is read by hand.
pub const HEADS: &str = concat!(
    r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----",
    r"|A(?:KIA|SIA|BIA|CCA)[0-9A-Z]|AIza|ya29\.|GOCSPX-",
    r"|(?:AccountKey|SharedAccessKey)=|[0-9]Q~",
    r"|gh[oprsu]_|github_pat_|gl(?:pat|dt|rt|ptt|ft|soat|cbt)-",
    r"|xox[abeoprs]-|xapp-|hooks\.slack\.com/services/",
    r"|sk-|[rs]k_(?:live|test)_|whsec_|hf_|eyJ|://",
    r"|(?i:(?:bearer|basic)[ \t]{1,4})",
    r"|(?i:passw(?:or)?d|passphrase|[_-]pass|[_-]pwd|secret(?:[_-]?key)?|token|(?:api|access|private|auth)[_-]?key)",
    r#"\\?["']?[ \t]{0,16}(?:=>|:=|[:=]|%3[aAdD])[ \t]{0,16}"#,
);

/// What a token looks like behind its head.
struct Shape {
    pattern: &'static str,
    heads: &'static [&'static str],
    /// The bytes it consists of, beside letters and digits.
    also: &'static [u8],
    /// How long it is at least, with its head.
    least: usize,
    /// Only where no letter or digit stands before it: its head is common in pictures as text.
    alone: bool,
}

const SHAPES: &[Shape] = &[
    shape("AWS access key", &["AKIA", "ASIA", "ABIA", "ACCA"], b"", 20).alone(),
    shape("Google API key", &["AIza"], b"_-", 39).alone(),
    shape("Google access token", &["ya29."], b"_-.", 25).alone(),
    shape("Google client secret", &["GOCSPX-"], b"_-", 27),
    shape("Azure key", &["AccountKey=", "SharedAccessKey="], b"+/=", 40),
    shape("GitHub token", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], b"_", 36),
    shape("GitHub token", &["github_pat_"], b"_", 40),
    shape("GitLab token", &["glpat-", "gldt-", "glrt-", "glptt-", "glft-", "glsoat-", "glcbt-"], b"_-.", 24),
    shape("Slack token", &["xox", "xapp-"], b"-.", 20),
    shape("Slack webhook", &["hooks.slack.com/services/"], b"/_-", 45),
    shape("Anthropic key", &["sk-ant-"], b"_-", 27),
    shape("OpenAI key", &["sk-proj-", "sk-svcacct-", "sk-admin-"], b"_-", 28),
    shape("OpenAI key", &["sk-"], b"", 35).alone(),
    shape("Stripe key", &["sk_live_", "rk_live_", "sk_test_", "rk_test_"], b"", 24),
    shape("Stripe secret", &["whsec_"], b"+/=", 30),
    shape("Hugging Face token", &["hf_"], b"", 33).alone(),
];

const fn shape(
    pattern: &'static str,
    heads: &'static [&'static str],
    also: &'static [u8],
    least: usize,
) -> Shape {
    Shape { pattern, heads, also, least, alone: false }
}

impl Shape {
    const fn alone(mut self) -> Self {
        self.alone = true;
        self
    }
}

/// A secret that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What kind of secret, such as `GitHub token`.
    pub pattern: &'static str,
    /// Its bytes: of `password: hush` those of `hush`.
    pub range: Range<usize>,
}

/// The secrets in `bytes`, in their order, none overlapping another; in time that grows with the length alone.
pub fn find(bytes: &[u8]) -> impl Iterator<Item = Hit> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(head) = heads().find_at(bytes, at) {
            if let Some(hit) = read(bytes, head.range()) {
                at = hit.range.end;
                return Some(hit);
            }
            // What is no secret by this head may hold one by another: nothing but the head is passed over.
            at = head.end();
        }
        at = bytes.len();
        None
    })
}

/// Whether a setting of this name holds a secret: by the last word of the name, as `smtp_password`, `apiKey`, `tokens`.
///
/// A number under such a name is none: `max_tokens: 4096`.
pub fn names_a_secret(key: &str) -> bool {
    const ENDS: &[&str] = &[
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "apikey",
        "accesskey",
        "secretkey",
        "privatekey",
        "authkey",
        "credential",
        "_pass",
        "_pwd",
    ];
    let key = key.trim().to_ascii_lowercase().replace('-', "_");
    let key = key.strip_suffix('s').filter(|key| !key.ends_with('s')).unwrap_or(&key);
    let joined = key.replace('_', "");
    matches!(key, "pass" | "pwd")
        || ENDS.iter().any(|end| key.ends_with(end) || (!end.starts_with('_') && joined.ends_with(end)))
}

/// Whether a value names a secret that is elsewhere, or stands where one is to be put: `${PASSWORD}`, `<your token>`.
pub fn is_placeholder(value: &str) -> bool {
    value::stands_in(value.as_bytes(), b"password", true)
}

/// What is shown in place of a secret: its first four characters, or nothing of it where it is short.
pub fn veiled(secret: &str) -> String {
    let shown = if secret.chars().count() < SHOWN_FROM { 0 } else { SHOWN };
    secret.chars().take(shown).chain(['…']).collect()
}

/// A text without secrets and without the user, and how much was taken out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Masked {
    /// What is left.
    pub text: String,
    /// Secrets that were replaced.
    pub secrets: usize,
    /// Places where the home folder or the user's name was replaced.
    pub homes: usize,
}

/// Takes secrets, the home folder and the user's name out of texts.
#[derive(Debug, Clone, Default)]
pub struct Masker {
    home: Option<String>,
    user: Option<String>,
}

impl Masker {
    /// A masker for somebody whose home is `home`; without one, only secrets are masked.
    pub fn new(home: Option<&Path>) -> Self {
        let home = home.filter(|home| home.is_absolute() && home.parent().is_some());
        let user = home.and_then(Path::file_name).and_then(|name| name.to_str()).map(str::to_owned);
        let home = home.and_then(Path::to_str).map(|home| home.trim_end_matches('/').to_owned());
        Self { home, user }
    }

    /// The text as anybody may see it.
    pub fn text(&self, text: &str) -> String {
        self.mask(text).text
    }

    /// The text as anybody may see it, and how much was taken out.
    pub fn mask(&self, text: &str) -> Masked {
        let mut masked = Masked::default();
        let (mut kept, mut last) = (String::with_capacity(text.len()), 0);
        for Hit { range, .. } in find(text.as_bytes()) {
            // A hit begins and ends beside ASCII or at an end; where it did not, the whole character goes.
            let (start, end) = (floor(text, range.start).max(last), ceil(text, range.end));
            kept.push_str(&text[last..start]);
            kept.push_str(&veiled(&text[start..end]));
            last = end;
            masked.secrets += 1;
        }
        kept.push_str(&text[last..]);
        let kept = replaced(Cow::Owned(kept), self.home.as_deref(), "~", |_| true, &mut masked.homes);
        masked.text = replaced(
            kept,
            self.user.as_deref(),
            "…",
            |before| before.ends_with(['/', '\\']),
            &mut masked.homes,
        )
        .into_owned();
        masked
    }
}

/// Puts `by` in place of `what` where that is a whole part of a path and `fits` what stands before it.
fn replaced<'a>(
    text: Cow<'a, str>,
    what: Option<&str>,
    by: &str,
    fits: impl Fn(&str) -> bool,
    count: &mut usize,
) -> Cow<'a, str> {
    let Some(what) = what.filter(|what| !what.is_empty() && text.contains(what)) else { return text };
    let (mut out, mut last) = (String::with_capacity(text.len()), 0);
    for (at, _) in text.match_indices(what) {
        let goes_on = text[at + what.len()..]
            .bytes()
            .next()
            .is_some_and(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b) || b >= 0x80);
        if goes_on || !fits(&text[..at]) {
            continue;
        }
        out.push_str(&text[last..at]);
        out.push_str(by);
        last = at + what.len();
        *count += 1;
    }
    out.push_str(&text[last..]);
    Cow::Owned(out)
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ceil(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

fn heads() -> &'static Regex {
    static REGEX: OnceLock<Regex> = OnceLock::new();
    #[allow(clippy::expect_used, reason = "the pattern is a constant, and the tests of this file compile it")]
    REGEX.get_or_init(|| {
        RegexBuilder::new(HEADS).unicode(false).build().expect("the heads of secrets are a valid pattern")
    })
}

/// The secret that begins with this head, if it is one.
fn read(bytes: &[u8], head: Range<usize>) -> Option<Hit> {
    let found = &bytes[head.clone()];
    let hit = |pattern, range| Some(Hit { pattern, range });
    match found {
        [b'-', ..] => hit("private key", head.start..value::key_block(bytes, head.end)?),
        b"://" => hit("URL with password", value::of_url(bytes, head.end)?),
        b"eyJ" => hit("JSON web token", head.start..value::web_token(bytes, head.start)?),
        [_, b'Q', b'~'] => {
            // Three characters, a digit, `Q~`, and 31 to 34 characters.
            let end = value::run(bytes, head.end, b"_~.-", 35);
            let start = head.start.checked_sub(3).filter(|_| (31..=34).contains(&(end - head.end)))?;
            bytes[start..head.start]
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || b"_~.-".contains(b))
                .then_some(())?;
            hit("Azure client secret", start..end)
        }
        _ => match SHAPES
            .iter()
            .find(|shape| shape.heads.iter().any(|it| bytes[head.start..].starts_with(it.as_bytes())))
        {
            Some(shape) => {
                if shape.alone && !value::begins(bytes, head.start, b"") {
                    return None;
                }
                // The head of a connection string is no part of its secret.
                let start = if found.ends_with(b"=") { head.end } else { head.start };
                hit(
                    shape.pattern,
                    start
                        ..value::token(
                            bytes,
                            head.end,
                            shape.also,
                            (start + shape.least).saturating_sub(head.end),
                        )?,
                )
            }
            None if found.first().is_some_and(|b| b.eq_ignore_ascii_case(&b'b')) => {
                let end = value::token(bytes, head.end, b"._~+/-=", if found.len() < 7 { 12 } else { 16 })?;
                // `Basic` alone is a word: what follows it is a password in whole groups of base64.
                let is_one = found[1].eq_ignore_ascii_case(&b'e') || (end - head.end).is_multiple_of(4);
                is_one.then_some(Hit { pattern: "authorization", range: head.end..end })
            }
            None => hit("secret by its name", value::of_key(bytes, head)?),
        },
    }
}

#[cfg(test)]
mod tests;
