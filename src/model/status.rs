use std::collections::BTreeMap;
use std::fmt;

/// A status as a file writes it: `done`, `Done`, `in_progress`, or a word of the project's own.
///
/// Compare statuses through a [`StatusSet`]; two spellings of one status are different values here.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Status(String);

impl Status {
    /// Any text is a status; which one it means is for the [`StatusSet`] to say.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What kind of state a status is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    /// Not started.
    Todo,
    /// Being worked on.
    Active,
    /// Cannot be worked on now.
    Blocked,
    /// Finished by its author, waiting for someone else.
    Review,
    /// Finished.
    Done,
    /// Ended without success.
    Failed,
    /// Will not be done.
    Cancelled,
}

impl Category {
    /// All categories, in the order of a task's life.
    pub const ALL: [Self; 7] =
        [Self::Todo, Self::Active, Self::Blocked, Self::Review, Self::Done, Self::Failed, Self::Cancelled];

    /// The category's name in configuration and output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Todo => "todo",
            Self::Active => "active",
            Self::Blocked => "blocked",
            Self::Review => "review",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The category of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.name() == name)
    }

    /// Whether nothing more is expected to happen: done, failed or cancelled.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// One status of a project: its name, what it means, how else it is spelled, where it may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusDefinition {
    /// The name that is written where the engine writes one.
    pub name: String,
    /// What kind of state it is.
    pub category: Category,
    /// Other spellings, besides case and `_`/`-`/space, which never matter.
    pub aliases: Vec<String>,
    /// Names of the statuses that may follow; `None` allows all.
    pub transitions: Option<Vec<String>>,
}

/// The statuses of one tree, and how their spellings are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusSet {
    definitions: Vec<StatusDefinition>,
    /// Folded spelling -> index into `definitions`.
    index: BTreeMap<String, usize>,
}

impl StatusSet {
    /// A set of these definitions. Where two claim one spelling the earlier has it.
    #[must_use]
    pub fn new(definitions: Vec<StatusDefinition>) -> Self {
        let mut index = BTreeMap::new();
        for (at, definition) in definitions.iter().enumerate() {
            index.entry(fold(&definition.name)).or_insert(at);
        }
        for (at, definition) in definitions.iter().enumerate() {
            for alias in &definition.aliases {
                index.entry(fold(alias)).or_insert(at);
            }
        }
        Self { definitions, index }
    }

    /// The definitions, in order.
    #[must_use]
    pub fn definitions(&self) -> &[StatusDefinition] {
        &self.definitions
    }

    /// The definition a spelling means; `None` for a word of nobody's.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<&StatusDefinition> {
        // The common spellings are already folded, which saves an allocation for most tasks.
        let at = self.index.get(text).or_else(|| self.index.get(&fold(text)))?;
        self.definitions.get(*at)
    }

    /// The name a spelling means, or the spelling itself where it is unknown.
    #[must_use]
    pub fn canonical<'a>(&'a self, text: &'a str) -> &'a str {
        self.find(text).map_or(text, |definition| &definition.name)
    }

    /// The category of a spelling; an unknown status counts as [`Category::Todo`].
    #[must_use]
    pub fn category(&self, text: &str) -> Category {
        self.find(text).map_or(Category::Todo, |definition| definition.category)
    }

    /// Whether two spellings mean one status.
    #[must_use]
    pub fn same(&self, a: &str, b: &str) -> bool {
        a == b || fold(self.canonical(a)) == fold(self.canonical(b))
    }

    /// Whether a task may go from one status to the other. Unknown statuses may go anywhere.
    #[must_use]
    pub fn allows(&self, from: &str, to: &str) -> bool {
        if self.same(from, to) {
            return true;
        }
        match self.find(from).and_then(|definition| definition.transitions.as_ref()) {
            Some(targets) => targets.iter().any(|target| self.same(target, to)),
            None => true,
        }
    }
}

impl Default for StatusSet {
    /// The statuses that serve trees of task-master and the context layout alike.
    fn default() -> Self {
        let define = |name: &str, category, aliases: &[&str]| StatusDefinition {
            name: name.to_owned(),
            category,
            aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
            transitions: None,
        };
        Self::new(vec![
            define("pending", Category::Todo, &["todo", "to-do", "open", "new", "backlog", "ready", "not-started"]),
            define("in-progress", Category::Active, &["inprogress", "active", "started", "doing", "wip"]),
            define("testing", Category::Active, &[]),
            define("blocked", Category::Blocked, &["on-hold", "waiting"]),
            define("deferred", Category::Blocked, &["postponed"]),
            define("review", Category::Review, &["in-review"]),
            define("done", Category::Done, &["completed", "complete", "finished", "closed", "resolved"]),
            define("failed", Category::Failed, &["failure", "error"]),
            define("cancelled", Category::Cancelled, &["canceled", "wontfix", "rejected"]),
        ])
    }
}

/// Case and the sign between words never tell two statuses apart.
fn fold(text: &str) -> String {
    text.trim().chars().map(|c| if matches!(c, '_' | ' ') { '-' } else { c.to_ascii_lowercase() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_mean_one_status() {
        let set = StatusSet::default();
        for text in ["done", "Done", "completed", "COMPLETE"] {
            assert_eq!(set.canonical(text), "done", "{text}");
        }
        for text in ["in-progress", "in_progress", "In Progress", "WIP"] {
            assert_eq!(set.canonical(text), "in-progress", "{text}");
        }
        assert_eq!(set.canonical("production_ready"), "production_ready");
        assert_eq!(set.category("production_ready"), Category::Todo);
        assert!(set.same("Production Ready", "production_ready"));
        assert!(!set.same("done", "cancelled"));
    }

    #[test]
    fn transitions_restrict_only_where_given() {
        let mut definitions = StatusSet::default().definitions().to_vec();
        for definition in &mut definitions {
            if definition.name == "done" {
                definition.transitions = Some(vec!["review".to_owned()]);
            }
        }
        let set = StatusSet::new(definitions);
        assert!(set.allows("completed", "in_review"));
        assert!(!set.allows("done", "pending"));
        assert!(set.allows("done", "completed"));
        assert!(set.allows("pending", "done"));
    }
}
