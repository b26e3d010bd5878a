/// The number of bytes a text means: `4096`, `10KB`, `5 MB`, `1GiB`. A kilobyte has 1024 bytes.
#[must_use]
pub fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(bytes("4096"), Some(4096));
        assert_eq!(bytes("5MB"), Some(5 << 20));
        assert_eq!(bytes(" 1 GiB "), Some(1 << 30));
        assert_eq!(bytes("10kb"), Some(10 << 10));
        for odd in ["", "MB", "5 apples", "-1", "1.5MB", "99999999999999999999", "99999999999999GB"] {
            assert_eq!(bytes(odd), None, "{odd}");
        }
    }
}
