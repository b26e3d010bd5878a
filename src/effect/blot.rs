//! Nothing that a variable was filled in with is kept of an answer: who was told a secret may repeat it.

use serde_json::Value;

use super::{Attempt, Outcome};
use crate::format::variable::{Piece, pieces};

/// What stands in place of a secret.
const BLOT: &str = "***";
/// What is shorter hides nothing, and stands in many a word.
const SHORTEST: usize = 4;
/// A path that is shorter is no secret of its own.
const SHORTEST_PATH: usize = 8;

/// An attempt without the values of the variables in what was written.
pub(super) fn blotted<'t>(attempt: Attempt, written: impl IntoIterator<Item = &'t str>) -> Attempt {
    let mut secrets: Vec<String> = written.into_iter().flat_map(pieces).flat_map(secrets).collect();
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let Attempt { outcome, mut receipt } = attempt;
    blot(&mut receipt, &secrets);
    let clean = |why: String| cleaned(&why, &secrets);
    let outcome = match outcome {
        Outcome::Sent => Outcome::Sent,
        Outcome::Failed { why, after } => Outcome::Failed { why: clean(why), after },
        Outcome::Refused { why } => Outcome::Refused { why: clean(why) },
        Outcome::Unknown { why } => Outcome::Unknown { why: clean(why) },
        Outcome::Held { why } => Outcome::Held { why: clean(why) },
    };
    Attempt { outcome, receipt }
}

/// What may be repeated of a variable: its value, and of an address the parts that only one who has it knows.
fn secrets(piece: Piece<'_>) -> Vec<String> {
    let Piece::Variable { name, .. } = piece else { return Vec::new() };
    let Ok(value) = std::env::var(name) else { return Vec::new() };
    parts(&value)
}

fn parts(value: &str) -> Vec<String> {
    let mut parts = Vec::new();
    if value.len() >= SHORTEST {
        parts.push(value.to_owned());
    }
    if let Some(key) = value.strip_prefix("whsec_").filter(|key| key.len() >= SHORTEST) {
        parts.push(key.to_owned());
    }
    if let Some((_, rest)) = value.split_once("://") {
        let (place, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if path.len() >= SHORTEST_PATH {
            parts.push(path.to_owned());
        }
        let who = place.rsplit_once('@').map(|(who, _)| who);
        let password = who.and_then(|who| who.split_once(':')).map(|(_, password)| password);
        parts.extend(password.filter(|password| password.len() >= SHORTEST).map(ToOwned::to_owned));
    }
    parts
}

fn blot(value: &mut Value, secrets: &[String]) {
    match value {
        Value::String(text) => *text = cleaned(text, secrets),
        Value::Array(values) => values.iter_mut().for_each(|value| blot(value, secrets)),
        Value::Object(values) => values.values_mut().for_each(|value| blot(value, secrets)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A text without the secrets, the longest first; nor with the beginning of one at its end, where it was cut.
fn cleaned(text: &str, secrets: &[String]) -> String {
    let mut text = secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, BLOT));
    for secret in secrets {
        let beginnings = (SHORTEST..secret.len()).rev().filter_map(|length| secret.get(..length));
        if let Some(beginning) = beginnings.into_iter().find(|beginning| text.ends_with(beginning)) {
            text.truncate(text.len() - beginning.len());
            text.push_str(BLOT);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_a_secret_is_left() {
        let secrets = parts("https://ann:sesame@example.org/services/T0/B0");
        let text = "of /services/T0/B0 by sesame; https://ann:sesame@example.org/services/T0/B0, and /services";
        assert_eq!(cleaned(text, &secrets), "of *** by ***; ***, and ***");
        assert_eq!(cleaned("at example.org", &secrets), "at example.org");
        assert_eq!(parts("abc"), Vec::<String>::new());
        assert_eq!(cleaned("xyz_abcd", &parts("whsec_xyz_abcd")), BLOT);
    }

    #[test]
    fn no_place_of_a_receipt_keeps_a_secret() {
        let mut receipt = serde_json::json!({"said": ["by sesame", {"to": "sesame"}], "status": 200, "ok": true});
        blot(&mut receipt, &parts("sesame"));
        let expected = serde_json::json!({"said": ["by ***", {"to": "***"}], "status": 200, "ok": true});
        assert_eq!(receipt, expected);
    }
}
