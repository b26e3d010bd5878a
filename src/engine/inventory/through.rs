//! What calls something that touches tasks, and so touches them too.

use std::collections::{BTreeMap, BTreeSet};

use super::line::Line;
use super::mention::Mention;
use super::word::{Word, words};
use super::{Entry, Kind, Subject, Way};

/// Programs that run targets, with what is called so in the words of a file.
const RUNNERS: [(&str, &[&str]); 4] = [
    ("make", &["make", "gmake", "$(MAKE)", "${MAKE}"]),
    ("just", &["just"]),
    ("task", &["task", "go-task"]),
    ("npm", &["npm", "pnpm", "yarn", "bun"]),
];

/// Things that touch tasks, by how they are called.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    scripts: BTreeSet<String>,
    targets: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Known {
    pub(super) fn of(entries: &BTreeSet<Entry>) -> Self {
        let mut known = Self::default();
        for entry in entries {
            match (entry.kind, runner_of(&entry.path), &entry.name) {
                (Kind::Script | Kind::Target, Some(runner), Some(name)) => {
                    // Several targets of make may share a rule.
                    let names = name.split(' ').map(ToOwned::to_owned);
                    known.targets.entry(runner).or_default().extend(names);
                }
                (Kind::Script, None, _) => {
                    known.scripts.insert(entry.path.clone());
                }
                _ => {}
            }
        }
        known
    }

    /// What a line of the file at `path` calls of them.
    pub(super) fn mentions(&self, line: &Line<'_>, path: &str) -> Vec<Mention> {
        let words = words(line);
        let mut found: Vec<Mention> = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let what = self.script(word, path).or_else(|| self.target(&words, at));
            let mention = what.map(|what| Mention::new(word.line, Way::Calls, Subject::Entry, what));
            if let Some(mention) = mention
                && !found.contains(&mention)
            {
                found.push(mention);
            }
        }
        found
    }

    /// The targets of make that a rule needs: they run before it.
    pub(super) fn needed(&self, line: &Line<'_>, needed: &str, path: &str) -> Vec<Mention> {
        // A recipe may stand behind the rule.
        let (needed, recipe) = needed.split_once(';').unwrap_or((needed, ""));
        let targets = self.targets.get("make");
        let is_known = |name: &&str| targets.is_some_and(|targets| targets.contains(*name));
        let call = |what: String| Mention::new(line.number, Way::Calls, Subject::Entry, what);
        let found =
            needed.split([' ', '\t', '\n', '\\', '|', ':']).filter(is_known).map(|name| call(format!("make {name}")));
        let mut found: Vec<Mention> = found.collect();
        let recipe = Line { number: line.number, text: recipe.into() };
        found.extend(self.mentions(&recipe, path));
        found
    }

    fn script(&self, word: &Word<'_>, path: &str) -> Option<String> {
        if !word.text.contains(['/', '.']) {
            return None;
        }
        let (mut folder, mut rest) = (path.rsplit_once('/').map_or("", |(folder, _)| folder), word.text);
        while let Some(below) = rest.strip_prefix("./").or_else(|| rest.strip_prefix("../")) {
            if rest.starts_with("../") {
                folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
            }
            rest = below;
        }
        let beside = format!("{folder}/{rest}");
        let behind_variable = rest.starts_with('$').then(|| rest.split_once('/').map(|(_, rest)| rest)).flatten();
        let names = [Some(rest), Some(beside.trim_start_matches('/')), behind_variable];
        let found = names.into_iter().flatten().find(|name| self.scripts.contains(*name))?;
        // What updates a status is told as that already.
        (found != path && !super::is_status_script(found)).then(|| found.to_owned())
    }

    fn target(&self, words: &[Word<'_>], at: usize) -> Option<String> {
        let word = words.get(at)?;
        let (runner, _) = RUNNERS.iter().find(|(_, names)| names.contains(&word.text))?;
        let targets = self.targets.get(runner)?;
        let rest = words.iter().skip(at + 1).take_while(|next| next.line == word.line).take(6);
        let called = rest.map(|next| next.text).find(|name| targets.contains(*name))?;
        Some(format!("{runner} {called}"))
    }
}

/// The program that runs what stands in a file.
fn runner_of(path: &str) -> Option<&'static str> {
    super::by_path(path).and_then(|found| match found {
        super::ByPath::Finder(finder) => finder.runner,
        super::ByPath::AskBeginning => None,
    })
}
