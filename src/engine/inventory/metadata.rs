//! `--metadata` of scripts that update a status: pairs become the object that this program takes.

/// What stands behind `--metadata` in a call.
pub(super) enum Metadata {
    /// Nothing, an object of JSON, or a variable that may have one.
    Plain,
    /// `key=value`, several times: from where to where, and the object that says the same.
    Pairs { at: usize, until: usize, json: String },
    /// Anything else.
    Other,
}

/// What the options of a call say behind `--metadata`.
pub(super) fn metadata(options: &str) -> Metadata {
    const OPTION: &str = "--metadata";
    let Some(found) = options.find(OPTION) else { return Metadata::Plain };
    let rest = options.get(found + OPTION.len()..).unwrap_or_default();
    let value = rest.trim_start_matches([' ', '\t', '=']);
    let at = options.len() - value.len();
    let inside = value.trim_start_matches(['"', '\'', '\\']);
    let is_again = value.contains(OPTION);
    if inside.starts_with(['{', '$']) {
        return if is_again { Metadata::Other } else { Metadata::Plain };
    }
    let is_plain =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./:@".contains(c));
    let (mut pairs, mut until) = (serde_json::Map::new(), 0);
    for word in value.split([' ', '\t']).take_while(|word| !word.starts_with("--")) {
        let start = until + value.get(until..).and_then(|rest| rest.find(word)).unwrap_or_default();
        if word.is_empty() {
            continue;
        }
        match word.split_once('=').filter(|(key, value)| is_plain(key) && is_plain(value)) {
            Some((key, said)) => pairs.insert(key.to_owned(), said.into()),
            None => return Metadata::Other,
        };
        until = start + word.len();
    }
    if pairs.is_empty() || is_again {
        return Metadata::Other;
    }
    Metadata::Pairs { at, until: at + until, json: serde_json::Value::Object(pairs).to_string() }
}
