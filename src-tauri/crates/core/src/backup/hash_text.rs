//! Hashes as people write them: sixty-four small hexadecimal digits, and no other spelling.

use super::tree::Hash;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The digits of a hash.
pub fn hex(hash: &Hash) -> String {
    digits(hash).map(char::from).collect()
}

/// Appends the digits of a hash.
pub(super) fn push_hex(text: &mut Vec<u8>, hash: &Hash) {
    text.extend(digits(hash));
}

/// The hash that these digits spell.
pub(super) fn unhex(text: &[u8]) -> Option<Hash> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut hash = [0; 32];
    if text.len() != 2 * hash.len() {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(hash)
}

fn digits(hash: &Hash) -> impl Iterator<Item = u8> {
    hash.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else_is() {
        let hash: Hash = std::array::from_fn(|at| u8::try_from(at * 8 + 5).unwrap());
        let text = hex(&hash);
        assert!(text.starts_with("050d151d"), "{text}");
        assert_eq!(unhex(text.as_bytes()), Some(hash));
        for bad in [&text[1..], &text.to_uppercase(), &text.replace('5', "g"), &format!("{text}0"), ""] {
            assert_eq!(unhex(bad.as_bytes()), None, "{bad}");
        }
    }
}
