//! Secrets that are written out, where everybody who reads the file reads them too.

/// Services whose addresses let everybody in who knows them.
const OPEN_TO_ALL: [&str; 6] = [
    "hooks.slack.com",
    "discord.com",
    "discordapp.com",
    "chat.googleapis.com",
    "outlook.office.com",
    "webhook.office.com",
];

/// What a name has in it, in small letters, whose value nobody should know.
const SECRET_NAMES: [&str; 8] = ["token", "secret", "password", "passwd", "api-key", "api_key", "apikey", "signature"];

/// Headers that say who asks.
const SECRET_HEADERS: [&str; 3] = ["authorization", "proxy-authorization", "cookie"];

/// Whether a text that should be a variable is none.
#[must_use]
pub(super) fn is_written_out(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains("${")
}

/// Whether an address has a password or a key in it that is no variable, or is a password itself.
#[must_use]
pub(super) fn is_in_address(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else { return false };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let (user, host) = authority.rsplit_once('@').map_or(("", authority), |(user, host)| (user, host));
    let has_password = user.split_once(':').is_some_and(|(_, password)| is_written_out(password));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut pairs = query.split('#').next().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let has_key = pairs.any(|(name, value)| is_secret_name(name) && is_written_out(value));
    let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let of_service =
        |known: &&str| host.strip_suffix(*known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let is_open = OPEN_TO_ALL.iter().any(of_service) && is_written_out(path.trim_matches('/'));
    has_password || has_key || is_open
}

/// Whether a header says in plain words who asks.
#[must_use]
pub(super) fn is_in_header(name: &str, text: &str) -> bool {
    let says_who = SECRET_HEADERS.iter().any(|known| name.eq_ignore_ascii_case(known));
    (says_who || is_secret_name(name)) && is_written_out(text)
}

fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part)) || ["key", "sig", "auth"].contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gives_its_password_away() {
        for told in [
            "https://u:p@a.b/",
            "smtps://ann:sesame@mail.example.org",
            "https://a.b/?x=1&access_token=abc#top",
            "https://a.b/hook?KEY=abc",
            "https://hooks.slack.com/services/T0/B0/x",
            "https://HOOKS.slack.com:443/services/T0",
            "https://team.webhook.office.com/webhookb2/x",
            "https://discord.com/api/webhooks/1/x?y=${Z}",
        ] {
            assert!(is_in_address(told), "{told}");
        }
        for kept in [
            "https://u:${PASSWORD}@a.b/",
            "https://ann@a.b/",
            "https://a.b/?token=${TOKEN}",
            "https://a.b/?token=&x=token",
            "https://hooks.slack.com/services/${HOOK}",
            "https://hooks.slack.com/",
            "https://not-discord.com.example.org/x",
            "https://mydiscord.com/x",
            "${HOOK}",
            "",
        ] {
            assert!(!is_in_address(kept), "{kept}");
        }
    }

    #[test]
    fn a_header_says_who_asks() {
        for (name, text) in [("Authorization", "Bearer abc"), ("x-api-key", "abc"), ("Cookie", "a=b")] {
            assert!(is_in_header(name, text), "{name}");
        }
        for (name, text) in
            [("Authorization", "Bearer ${TOKEN}"), ("Idempotency-Key", "{task_id}"), ("Accept", "text/plain")]
        {
            assert!(!is_in_header(name, text), "{name}");
        }
    }
}
