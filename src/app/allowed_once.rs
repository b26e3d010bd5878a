//! What is allowed for one run of the outbox alone, as in a pipeline: the rules of HEAD, and older ones that something was recorded under.

use std::collections::{BTreeMap, BTreeSet};

use super::trust::record;
use super::{AppError, Configuration, Project, TrustError, TrustReport, configuration, decisions};
use crate::model::{CommitId, Timestamp};
use crate::store::{IntentState, Outbox};

/// Notes that configurations are allowed for one run alone, each by its whole digest: that of HEAD, which must be among them, and
/// older ones by which something is still to be done. Gives them, that of HEAD first. A text may name several, with commas or
/// spaces between them, as a pipeline's variable does. One that nothing was recorded under is passed over.
///
/// # Errors
/// When that of HEAD is not among them, one is no digest, or that cannot be read or written.
pub fn allow_once(
    project: &Project,
    report: &TrustReport,
    asked: &[String],
    now: Timestamp,
) -> Result<Vec<Configuration>, AppError> {
    let digests = digests(asked)?;
    let named = asked.join(" ");
    let at_head = report.configuration.as_ref().filter(|at_head| digests.contains(&at_head.hash));
    let at_head = at_head.map_or_else(|| report.named(&named), Ok)?;
    let mut older = recorded(project, &digests)?;
    older.remove(&at_head.hash);
    let allowed: Vec<Configuration> = std::iter::once(at_head.clone()).chain(older.into_values()).collect();
    for one in &allowed {
        decisions()?.allow_once(&record(project, one, now))?;
    }
    Ok(allowed)
}

/// The digests that these texts name. Whole ones, so that nobody can make a file that begins alike.
fn digests(asked: &[String]) -> Result<BTreeSet<String>, TrustError> {
    let mut digests = BTreeSet::new();
    let words = asked.iter().flat_map(|text| text.split(|c: char| c == ',' || c.is_whitespace()));
    for word in words.filter(|word| !word.is_empty()) {
        if word.len() != 64 || !word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(TrustError::NoDigest { text: word.to_owned() });
        }
        digests.insert(word.to_ascii_lowercase());
    }
    Ok(digests)
}

/// Those of the configurations by which something is still to be done, as the commits have them that it is for.
fn recorded(project: &Project, digests: &BTreeSet<String>) -> Result<BTreeMap<String, Configuration>, AppError> {
    let mut commits: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let outbox = Outbox::new(&project.repository.store_dir());
    outbox.visit(&[IntentState::Waiting, IntentState::Running], &mut |_, intent, _| {
        if let Some(hash) = intent.config.filter(|hash| digests.contains(hash)) {
            commits.entry(hash).or_default().insert(intent.requires);
        }
    })?;
    let mut found = BTreeMap::new();
    for (hash, commits) in commits {
        let ids = commits.into_iter().filter_map(|commit| CommitId::new(commit).ok());
        // What is not here any more says nothing; what is here counts where it is that very text.
        let texts = ids.filter_map(|id| configuration(project, &id).ok().flatten());
        if let Some(text) = texts.into_iter().find(|text| text.hash == hash) {
            found.insert(hash, text);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_may_name_several_digests_and_nothing_else() {
        let (one, two) = ("a1".repeat(32), "0".repeat(64));
        let read = |text: &str| digests(&[text.to_owned()]).ok().map(|all| all.into_iter().collect::<Vec<_>>());
        let both = Some(vec![two.clone(), one.clone()]);
        for text in
            [format!("{one},{two}"), format!(" {one}\n{two}\n"), format!("{},\t{two},{one}", one.to_uppercase())]
        {
            assert_eq!(read(&text), both, "{text}");
        }
        assert_eq!(read(" , "), Some(Vec::new()));
        for odd in [format!("{one}{two}"), one[1..].to_owned(), "*".to_owned(), format!("{two} all"), "g".repeat(64)] {
            assert_eq!(read(&odd), None, "{odd}");
        }
    }
}
