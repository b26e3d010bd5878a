//! What in a repository touches its tasks: hooks, scripts, targets, steps of pipelines, triggers. Texts in,
//! entries out; who reads the files is not known here.
//!
//! It is a reading of text, not of what programs mean: a path that a script puts together from parts of other
//! files is not seen, and a path in a text that is only printed is.

mod command;
mod doubt;
mod finder;
mod line;
mod mention;
mod metadata;
mod path;
mod reading;
mod rewrite;
mod section;
mod through;
mod triggers;
mod word;
mod written;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

pub use finder::{ByPath, FINDERS, Finder, by_head, by_path};
pub use path::{OLD_PATHS, OldPath};
pub use rewrite::{ByHand, Rewrite, Rewritten, Standing, rewrite};
pub use triggers::triggers;

use command::status_programs;
use finder::make_rule;
use line::{Comments, Line, lines, without_docstrings, without_printed};
use mention::{Mention, may_mention, mentions};
use section::{Section, section_of};
use through::Known;
use written::written_places;

/// The most rounds in which what calls what touches tasks is looked for.
const MOST_ROUNDS: usize = 8;

/// The most parts of a file that have names; what stands in later ones is told by its line.
const MOST_SECTIONS: usize = 2000;

/// What kind of thing touches tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A git hook, in this clone or of a hook manager.
    Hook,
    /// A script, or a script of `package.json`.
    Script,
    /// A target of make, just or Task.
    Target,
    /// A step of a pipeline.
    Step,
    /// A trigger of `workflow.yaml`.
    Trigger,
}

impl Kind {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 5] = [Self::Hook, Self::Script, Self::Target, Self::Step, Self::Trigger];

    /// Its name in tables and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hook => "hook",
            Self::Script => "script",
            Self::Target => "target",
            Self::Step => "ci-step",
            Self::Trigger => "trigger",
        }
    }
}

/// What is done there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// A file or a variable is named, and nothing shows that it is written.
    Reads,
    /// A file is written, moved or removed.
    Writes,
    /// A program is called.
    Calls,
    /// A task's status is set.
    SetsStatus,
    /// A step says in its name that it sets a status, and does nothing of the kind.
    OnlySays,
}

impl Way {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Reads, Self::Writes, Self::Calls, Self::SetsStatus, Self::OnlySays];

    /// Its name in tables and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Writes => "writes",
            Self::Calls => "calls",
            Self::SetsStatus => "sets-status",
            Self::OnlySays => "only-says",
        }
    }

    /// What the documentation says of it.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Reads => "names a file or a variable, and nothing shows that it is written",
            Self::Writes => "writes, moves or removes a file",
            Self::Calls => "calls a program, or something that is in this table itself",
            Self::SetsStatus => "sets the status of a task",
            Self::OnlySays => "has a name that speaks of a task's status, and does nothing about it",
        }
    }
}

/// What is touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// This program.
    Taskmaster,
    /// The command line of task-master, the other program that writes `tasks.json`.
    TaskMaster,
    /// A script that updates the status of tasks.
    StatusScript,
    /// An automation class or function of the project's own.
    Automation,
    /// A file of the tree.
    Tree,
    /// A file where older versions of task-master had it.
    OldPath,
    /// A variable or an input.
    Variable,
    /// Something else of this inventory.
    Entry,
    /// What an action of a trigger does.
    Action,
    /// Nothing but a name.
    Name,
}

impl Subject {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Taskmaster,
        Self::TaskMaster,
        Self::StatusScript,
        Self::Automation,
        Self::Tree,
        Self::OldPath,
        Self::Variable,
        Self::Entry,
        Self::Action,
        Self::Name,
    ];

    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Taskmaster => "taskmaster",
            Self::TaskMaster => "task-master",
            Self::StatusScript => "status-script",
            Self::Automation => "automation",
            Self::Tree => "tree",
            Self::OldPath => "old-path",
            Self::Variable => "variable",
            Self::Entry => "entry",
            Self::Action => "action",
            Self::Name => "name",
        }
    }

    /// What the documentation says of it.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Taskmaster => "a command of this program, `taskmaster` or `git taskmaster`",
            Self::TaskMaster => "the command line or the server of task-master: `task-master`, `task-master-ai`",
            Self::StatusScript => "a script `update_task_status`, whatever its ending",
            Self::Automation => {
                "an automation class or function that projects with such scripts have, such as `AutomationIntegrator`"
            }
            Self::Tree => "a file below `.taskmaster/`",
            Self::OldPath => "a file where older versions of task-master had it: see [old paths](#old-paths)",
            Self::Variable => "a variable `TASKMASTER_*`, or the input `task_id` of a pipeline",
            Self::Entry => "a script or a target that touches tasks itself",
            Self::Action => "an action of a trigger",
            Self::Name => "nothing: the step's name alone speaks of a task's status",
        }
    }
}

/// One place that touches tasks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// What kind of thing it is.
    pub kind: Kind,
    /// The file, relative to the repository; of a hook in the git folder as people would write it.
    pub path: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The step, the target, the hook: where that can be told.
    pub name: Option<String>,
    /// What is done.
    pub way: Way,
    /// What is touched.
    pub subject: Subject,
    /// The same in the words of the file: a path, a command.
    pub what: String,
}

/// A text that is looked at.
#[derive(Debug, Clone)]
pub struct Text {
    /// Its path, with `/`.
    pub path: String,
    /// The finder for it.
    pub finder: &'static Finder,
    /// What it says.
    pub text: String,
}

/// Everything in these texts that touches tasks, in the order of the table. `commands` are the names of this
/// program's own commands; `go_on` is asked before each text, and the rest is left out where it says no.
pub fn look(texts: &[Text], commands: &BTreeSet<String>, go_on: &mut dyn FnMut() -> bool) -> Vec<Entry> {
    let mut found: BTreeSet<Entry> = BTreeSet::new();
    let read: Vec<Read<'_>> = texts.iter().map_while(|text| go_on().then(|| Read::of(text))).collect();
    for text in &read {
        found.extend(text.direct(commands));
    }
    let mut known = Known::default();
    for _ in 0..MOST_ROUNDS {
        let more = Known::of(&found);
        if more == known || !go_on() {
            break;
        }
        known = more;
        for text in &read {
            found.extend(text.through(&known));
        }
    }
    found.into_iter().collect()
}

/// A text with what is read of it once.
struct Read<'a> {
    text: &'a Text,
    /// What is read: without what is only written about it.
    plain: Cow<'a, str>,
    sections: Vec<Section>,
}

impl<'a> Read<'a> {
    fn of(text: &'a Text) -> Self {
        let mut sections = (text.finder.sections)(&text.text);
        sections.truncate(MOST_SECTIONS);
        let is_python = text.path.to_lowercase().ends_with(".py");
        let plain = match text.finder.comments {
            _ if is_python => without_docstrings(&text.text).into(),
            Comments::Hash => without_printed(&text.text),
            Comments::Slashes | Comments::None => text.text.as_str().into(),
        };
        Self { text, plain, sections }
    }

    /// The lines, with the section that is meant: of several in one line each has a line of its own.
    fn lines(&self) -> Vec<(Line<'_>, Option<&Section>)> {
        let mut all = Vec::new();
        for line in lines(&self.plain, self.text.finder.comments) {
            let on_line = |section: &&Section| section.first == line.number && section.last == line.number;
            let here: Vec<&Section> = self.sections.iter().filter(on_line).collect();
            let holds = |outer: &Section, inner: &Section| match (outer.span, inner.span) {
                (Some(one), Some(other)) => one != other && one.start <= other.start && other.end <= one.end,
                _ => false,
            };
            let leaves: Vec<&Section> =
                here.iter().filter(|outer| !here.iter().any(|inner| holds(outer, inner))).copied().collect();
            if leaves.len() < 2 || leaves.iter().any(|section| section.span.is_none()) {
                all.push((line, None));
                continue;
            }
            for section in leaves {
                let text = section.span.and_then(|span| self.plain.get(span.range())).unwrap_or_default();
                all.push((Line { number: line.number, text: text.into() }, Some(section)));
            }
        }
        all
    }

    fn direct(&self, commands: &BTreeSet<String>) -> Vec<Entry> {
        let mut entries = Vec::new();
        if may_mention(&self.plain) {
            let written = written_places(self.text, &self.plain, &self.sections);
            for (line, section) in self.lines() {
                let found = mentions(&line, commands).into_iter().map(|mut mention| {
                    if mention.way == Way::Reads && written.contains(&(mention.line, mention.what.clone())) {
                        mention.way = Way::Writes;
                    }
                    self.entry(mention, section)
                });
                entries.extend(found);
            }
        }
        entries.extend(self.empty_words(&entries));
        entries
    }

    /// Steps that say they set a status, and do not.
    fn empty_words(&self, entries: &[Entry]) -> Vec<Entry> {
        let mut said = BTreeMap::new();
        if self.text.finder.kind == Kind::Step {
            for section in &self.sections {
                let name = section.name.to_lowercase().replace(['-', '_'], " ");
                let lines = section.first..=section.last;
                let acts = || entries.iter().any(|entry| entry.way == Way::SetsStatus && lines.contains(&entry.line));
                if name.contains("task status") && !acts() {
                    said.insert(section.first, section);
                }
            }
        }
        let said = said.into_values().map(|section| Mention {
            line: section.first,
            way: Way::OnlySays,
            subject: Subject::Name,
            what: "its name speaks of a task's status".to_owned(),
        });
        said.map(|mention| self.entry(mention, None)).collect()
    }

    fn through(&self, known: &Known) -> Vec<Entry> {
        let mut entries = Vec::new();
        for (line, section) in self.lines() {
            let mentions = match make_rule(&line.text).filter(|_| self.text.finder.runner == Some("make")) {
                Some(needed) => known.needed(&line, needed, &self.text.path),
                None => known.mentions(&line, &self.text.path),
            };
            let own = section.or_else(|| section_of(&self.sections, line.number)).map(|section| section.name.as_str());
            let mentions = mentions.into_iter().filter(|found| own.is_none_or(|own| !is_itself(own, &found.what)));
            entries.extend(mentions.map(|mention| self.entry(mention, section)));
        }
        entries
    }

    fn entry(&self, mention: Mention, section: Option<&Section>) -> Entry {
        let section = section.or_else(|| section_of(&self.sections, mention.line)).map(|section| section.name.clone());
        Entry {
            kind: self.text.finder.kind,
            path: self.text.path.clone(),
            line: mention.line,
            name: section.or_else(|| (self.text.finder.name_of)(&self.text.path)),
            way: mention.way,
            subject: mention.subject,
            what: mention.what,
        }
    }
}

/// Whether a target would be said to call itself.
fn is_itself(own: &str, what: &str) -> bool {
    what.split_once(' ').is_some_and(|(_, target)| own.split(' ').any(|own| own == target))
}

/// Whether a path's last part is a script that updates the status of tasks.
#[must_use]
pub fn is_status_script(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.contains('.') && status_programs(name)
}

#[cfg(test)]
mod tests;
