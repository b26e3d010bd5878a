//! Addresses that requests are sent to.

/// What an address should be, for a person.
pub(super) const HINT: &str = "write one such as `https://host/path`, or `${NAME}` of a variable";

/// Whether a text may be the address of a request. What has a variable in it is known where it is sent alone.
pub(super) fn is_address(text: &str) -> bool {
    if text.contains("${") {
        return true;
    }
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let is_host = !host.is_empty() && !host.starts_with(':');
    ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
        && is_host
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_scheme_and_a_host() {
        for sound in
            ["https://a", "HTTP://a:80/b?c", "https://me@host/x", "${HOOK}", "http://[::1]:9/x", "https://${HOST}/x"]
        {
            assert!(is_address(sound), "{sound}");
        }
        for odd in [
            "",
            "3",
            "htps:/foo bar",
            "not an address",
            "https://",
            "https:///x",
            "ftp://a",
            "https://a b",
            "http://:80",
        ] {
            assert!(!is_address(odd), "{odd}");
        }
    }
}
