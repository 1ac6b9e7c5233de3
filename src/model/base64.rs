//! Bytes to text that any host serves as text, and back (RFC 4648, section 4).

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes on one line of the text.
const LINE_BYTES: usize = 57;

/// Lines of 76 digits, each with its end.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 7 / 5 + 4);
    for line in bytes.chunks(LINE_BYTES) {
        for three in line.chunks(3) {
            let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or_default());
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            for digit in 0..4 {
                let value = (bits >> (18 - 6 * digit)) & 63;
                text.push(if digit > three.len() {
                    '='
                } else {
                    char::from(DIGITS[value as usize])
                });
            }
        }
        text.push('\n');
    }
    text
}

/// `None` for what [`encode`] cannot have made; line ends are free.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3);
    let n_groups = digits.len() / 4;
    if !digits.len().is_multiple_of(4) {
        return None;
    }
    for (at, group) in digits.chunks(4).enumerate() {
        let n_fill = group.iter().rev().take_while(|digit| **digit == b'=').count();
        if n_fill > 2 || n_fill > 0 && at + 1 != n_groups {
            return None;
        }
        let mut bits = 0;
        for digit in &group[..4 - n_fill] {
            bits = bits << 6 | value(*digit)?;
        }
        bits <<= 6 * n_fill;
        let three = [(bits >> 16) & 255, (bits >> 8) & 255, bits & 255];
        bytes.extend(three.iter().take(3 - n_fill).map(|byte| *byte as u8));
    }
    Some(bytes)
}

fn value(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_the_rfc_come_out_right() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg==\n"),
            ("fo", "Zm8=\n"),
            ("foo", "Zm9v\n"),
            ("foob", "Zm9vYg==\n"),
            ("fooba", "Zm9vYmE=\n"),
            ("foobar", "Zm9vYmFy\n"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn every_byte_comes_back_and_what_is_none_is_refused() {
        let all: Vec<u8> = (0..=255).cycle().take(1000).collect();
        for n in 0..all.len() {
            assert_eq!(decode(encode(&all[..n]).as_bytes()), Some(all[..n].to_vec()));
        }
        for wrong in ["Z", "Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zg==!", "Z-_=", "Zm 8="] {
            assert_eq!(decode(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
