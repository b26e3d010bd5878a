//! Addresses that requests are sent to.

/// What is at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Something that takes requests.
    Web,
    /// Something that takes mail.
    Mail,
}

impl Service {
    fn schemes(self) -> [&'static str; 2] {
        match self {
            Self::Web => ["http", "https"],
            Self::Mail => ["smtp", "smtps"],
        }
    }

    /// What its address should be, for a person.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Web => "write one such as `https://host/path`, or `${NAME}` of a variable",
            Self::Mail => "write one such as `smtps://user:${PASSWORD}@host`, or `${NAME}` of a variable",
        }
    }
}

/// Whether a text may be the address of a service. What has a variable in it is known where it is sent alone.
pub(super) fn is_address(text: &str, service: Service) -> bool {
    if text.contains("${") {
        return true;
    }
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let is_host = !host.is_empty() && !host.starts_with(':');
    service.schemes().iter().any(|known| scheme.eq_ignore_ascii_case(known))
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
            assert!(is_address(sound, Service::Web), "{sound}");
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
            assert!(!is_address(odd, Service::Web), "{odd}");
        }
        assert!(is_address("smtp://localhost:25", Service::Mail));
        assert!(!is_address("https://a", Service::Mail));
    }
}
