//! Secrets that are known by now, taken out wherever else they stand and however they are written there.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use super::veiled;

/// What is shorter is too common a word to be taken out everywhere.
const SHORTEST: usize = 6;
/// Secrets that are known at once.
const MOST: usize = 2_000;

/// Secrets in all the ways in which they are written: as they are, in JSON, in a URL, in base64 and in hexadecimal digits.
#[derive(Debug, Default)]
pub struct Known {
    written: Vec<String>,
    shown: Vec<String>,
    search: Option<AhoCorasick>,
}

impl Known {
    /// The secrets of a list; those that are shorter than six bytes are left out.
    pub fn new(mut secrets: Vec<String>) -> Self {
        secrets.sort();
        secrets.dedup();
        secrets.retain(|secret| secret.trim().len() >= SHORTEST);
        // The longest first: one of them may hold another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.truncate(MOST);
        let mut known = Self::default();
        for secret in &secrets {
            for written in ways(secret) {
                known.shown.push(if written == *secret { veiled(secret) } else { "…".to_owned() });
                known.written.push(written);
            }
        }
        known.search =
            AhoCorasickBuilder::new().match_kind(MatchKind::LeftmostLongest).build(&known.written).ok();
        known
    }

    /// The text without them, and how often one was taken out.
    pub fn out_of(&self, text: &str) -> (String, usize) {
        let Some(search) = self.search.as_ref().filter(|_| !self.written.is_empty()) else {
            return (text.to_owned(), 0);
        };
        let (mut out, mut last, mut count) = (String::with_capacity(text.len()), 0, 0);
        for found in search.find_iter(text) {
            out.push_str(&text[last..found.start()]);
            out.push_str(&self.shown[found.pattern().as_usize()]);
            last = found.end();
            count += 1;
        }
        out.push_str(&text[last..]);
        (out, count)
    }
}

/// How a secret may be written.
fn ways(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let in_url = |plain: &[u8]| -> String {
        let one = |byte: &u8| match byte {
            b if b.is_ascii_alphanumeric() || plain.contains(b) => char::from(*b).to_string(),
            b => format!("%{b:02X}"),
        };
        bytes.iter().map(one).collect()
    };
    let in_json = serde_json::to_string(secret).unwrap_or_default();
    let mut ways = vec![
        secret.to_owned(),
        in_json.trim_matches('"').to_owned(),
        in_url(b"-_.~"),
        in_url(b"-_.~").to_lowercase(),
        hex.to_uppercase(),
        hex,
    ];
    // In the middle of other text its base64 depends on what stands before it, in three ways; what belongs to it alone is taken.
    for before in 0..3_usize {
        let shifted = base64(&[&[0; 3][..before], bytes].concat());
        let first = if before == 0 { 0 } else { before + 1 };
        let sure = (before + bytes.len()) / 3 * 4;
        ways.extend(shifted.get(first..sure).map(str::to_owned));
        ways.extend(shifted.get(first..sure).map(|text| text.replace('+', "-").replace('/', "_")));
    }
    ways.sort();
    ways.dedup();
    ways.retain(|way| way.len() >= SHORTEST);
    ways
}

fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits =
            three.iter().enumerate().fold(0_u32, |bits, (at, byte)| bits | u32::from(*byte) << (16 - 8 * at));
        for sign in 0..=three.len() {
            text.push(char::from(SIGNS[(bits >> (18 - 6 * sign) & 63) as usize]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_secret_goes_however_it_is_written() {
        assert_eq!(base64(b"hello"), "aGVsbG8");
        let known = Known::new(vec!["hun/ter \"2\"!".into(), "short".into(), "hun/ter".into()]);
        for text in [
            "said hun/ter \"2\"! there",
            r#"{"a": "hun/ter \"2\"!"}"#,
            "?q=hun%2Fter%20%222%22%21",
            "aHVuL3RlciAiMiIh",
            // With one and two letters before it.
            "eGh1bi90ZXIgIjIiIQ==",
            "eHhodW4vdGVyICIyIiE=",
            "68756e2f7465722022322221",
            "only hun/ter",
        ] {
            let (left, count) = known.out_of(text);
            assert_eq!(count, 1, "{text}: {left}");
            assert!(!left.contains("ter"), "{left}");
        }
        assert_eq!(known.out_of("a short one"), ("a short one".to_owned(), 0));
        assert_eq!(Known::new(Vec::new()).out_of("x").1, 0);
    }
}
