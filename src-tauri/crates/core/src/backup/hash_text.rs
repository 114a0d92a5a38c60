//! Hashes as people write them: sixty-four small hexadecimal digits, and no other spelling.

use super::tree::Hash;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// What is no digit has this bit.
const NONE: u8 = 0x80;

/// What each byte is worth as a digit.
const VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut value = 0;
    while value < DIGITS.len() {
        values[DIGITS[value] as usize] = value as u8;
        value += 1;
    }
    values
};

/// The digits of a hash.
pub fn hex(hash: &Hash) -> String {
    digits(hash).into_iter().map(char::from).collect()
}

/// Appends the digits of a hash.
pub(super) fn push_hex(text: &mut Vec<u8>, hash: &Hash) {
    text.extend_from_slice(&digits(hash));
}

/// The hash that these digits spell.
pub(super) fn unhex(text: &[u8]) -> Option<Hash> {
    let mut hash = [0; 32];
    if text.len() != 2 * hash.len() {
        return None;
    }
    // Looked at as a whole at the end: a list has as many hashes as there are files.
    let mut wrong = 0;
    for (byte, pair) in hash.iter_mut().zip(text.chunks_exact(2)) {
        let (high, low) = (VALUES[usize::from(pair[0])], VALUES[usize::from(pair[1])]);
        wrong |= high | low;
        *byte = high << 4 | low & 15;
    }
    (wrong & NONE == 0).then_some(hash)
}

fn digits(hash: &Hash) -> [u8; 64] {
    let mut digits = [0; 64];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(hash) {
        pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    digits
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
