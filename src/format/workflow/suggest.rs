/// The candidate a misspelt word was most likely meant to be, if one is close.
pub(crate) fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    let allowed = (length / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed && *distance < length)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A hint for a word that is none of `candidates`: the closest, or all of them.
pub(crate) fn hint(word: &str, candidates: &[&str]) -> String {
    match closest(word, candidates.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if candidates.is_empty() => "nothing is known here".to_owned(),
        None => format!("known are {}", candidates.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_close_words_are_suggested() {
        let keys = ["name", "event", "enabled", "conditions"];
        assert_eq!(closest("evnet", keys), Some("event"));
        assert_eq!(closest("condition", keys), Some("conditions"));
        assert_eq!(closest("Enabled", keys), Some("enabled"));
        assert_eq!(closest("colour", keys), None);
        assert_eq!(hint("bcb", &["a", "bcd"]), "did you mean `bcd`?");
        assert_eq!(hint("x", &["a", "bcd"]), "known are a, bcd");
    }
}
