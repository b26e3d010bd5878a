//! Secrets that are written out, where everybody who reads the file reads them too.

use crate::format::variable::{Piece, pieces};

/// Services whose addresses let everybody in who knows them.
const OPEN_TO_ALL: [&str; 9] = [
    "hooks.slack.com",
    "discord.com",
    "discordapp.com",
    "chat.googleapis.com",
    "outlook.office.com",
    "webhook.office.com",
    "hooks.zapier.com",
    "maker.ifttt.com",
    "api.telegram.org",
];

/// What a name has in it, in small letters, whose value nobody should know.
const SECRET_NAMES: [&str; 8] = ["token", "secret", "password", "passwd", "api-key", "api_key", "apikey", "signature"];

/// Headers that say who asks.
const SECRET_HEADERS: [&str; 5] = ["authorization", "authentication", "proxy-authorization", "cookie", "x-key"];

/// A user's name of that length is hardly one.
const LONG_NAME: usize = 20;

/// Whether a text that should be a variable is none, or has a default.
#[must_use]
pub(super) fn is_written_out(text: &str) -> bool {
    let mut variables = 0;
    for piece in pieces(text) {
        if let Piece::Variable { default, .. } = piece {
            variables += 1;
            if default.is_some_and(is_written_out) {
                return true;
            }
        }
    }
    variables == 0 && !text.trim().is_empty()
}

/// Whether an address has a password or a key in it that is no variable, or is a password itself.
#[must_use]
pub(super) fn is_in_address(text: &str) -> bool {
    // Who has forgotten the scheme has not forgotten the rest.
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let (user, host) = authority.rsplit_once('@').map_or(("", authority), |(user, host)| (user, host));
    let has_password = match user.split_once(':') {
        Some((_, password)) => is_written_out(password),
        None => user.len() >= LONG_NAME && is_written_out(user),
    };
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
            "https://api.telegram.org/bot123:abc/sendMessage",
            "hooks.slack.com/services/T0/B0/x",
            "smtps://ann:${P:-sesame}@mail.example.org",
            "https://a.b/?token=${T:-abc}",
            "https://ghp_0123456789abcdefghij@host/",
        ] {
            assert!(is_in_address(told), "{told}");
        }
        for kept in [
            "https://u:${PASSWORD}@a.b/",
            "https://ann@a.b/",
            "https://u:${P:-}@a.b/",
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
        for (name, text) in [
            ("Authorization", "Bearer abc"),
            ("x-api-key", "abc"),
            ("Cookie", "a=b"),
            ("Authorization", "Bearer ${T:-abc}"),
        ] {
            assert!(is_in_header(name, text), "{name}");
        }
        for (name, text) in
            [("Authorization", "Bearer ${TOKEN}"), ("Idempotency-Key", "{task_id}"), ("Accept", "text/plain")]
        {
            assert!(!is_in_header(name, text), "{name}");
        }
    }
}
