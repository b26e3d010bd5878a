/// How far the engine goes, for a gradual roll-out. The order is from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// Only says what it would do.
    Observe,
    /// Says what is wrong, and lets it pass.
    Warn,
    /// Rejects a commit with something wrong in it.
    Enforce,
    /// The same, and commits what follows.
    Commit,
}

/// Who turns commits into engine commits and effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Executor {
    /// Each clone, for its own commits.
    #[default]
    Author,
    /// The pipeline.
    Ci,
    /// A server.
    Server,
}

/// Whether consequences are committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CommitPolicy {
    /// In a commit of their own, after the commit that caused them.
    #[default]
    After,
    /// Not at all: they stay in the working tree.
    Never,
}

/// Which edits a watcher commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum WatchPolicy {
    /// Those that are events; of the others nothing can follow, and they are left to the user.
    #[default]
    Events,
    /// Every edit of a file that is read.
    All,
    /// None: what follows is written into the files, for the user to commit.
    Never,
}

impl WatchPolicy {
    /// Every policy with its name in configuration and output.
    pub const ALL: [(&'static str, Self); 3] = [("events", Self::Events), ("all", Self::All), ("never", Self::Never)];

    /// The policy's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, policy)| *policy == self).map_or("", |(name, _)| name)
    }
}

/// A setting that is one of a few words.
pub(super) trait Word: Copy + 'static {
    /// Every word with its meaning.
    const WORDS: &'static [(&'static str, Self)];
}

impl Word for Mode {
    const WORDS: &'static [(&'static str, Self)] =
        &[("observe", Self::Observe), ("warn", Self::Warn), ("enforce", Self::Enforce), ("commit", Self::Commit)];
}

impl Word for Executor {
    const WORDS: &'static [(&'static str, Self)] =
        &[("author", Self::Author), ("ci", Self::Ci), ("server", Self::Server)];
}

impl Word for CommitPolicy {
    const WORDS: &'static [(&'static str, Self)] = &[("after", Self::After), ("never", Self::Never)];
}

impl Word for WatchPolicy {
    const WORDS: &'static [(&'static str, Self)] = &Self::ALL;
}

impl Mode {
    /// The mode's name in configuration and output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Warn => "warn",
            Self::Enforce => "enforce",
            Self::Commit => "commit",
        }
    }

    /// The mode of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(word, _)| *word == name).map(|(_, mode)| *mode)
    }
}

/// The name and address engine commits carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The name; no `<`, `>` or control characters.
    pub name: String,
    /// The address; the same.
    pub email: String,
}

/// `git`: how consequences become commits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GitSettings {
    /// The branch everybody shares; `None` asks the remote.
    pub canonical: Option<String>,
    /// Who acts.
    pub executor: Executor,
    /// Whether consequences are committed.
    pub commit: CommitPolicy,
    /// Which edits a watcher commits.
    pub watch: WatchPolicy,
    /// The template of an engine commit's message.
    pub message: Option<String>,
    /// Whose commits they are.
    pub identity: Option<Identity>,
    /// Which version of the engine's rules made the file.
    pub rules: Option<String>,
}

/// `task_integration`: switches for families of actions, and defaults of tasks the engine makes.
/// A switch that is not written is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TaskIntegration {
    /// Whether places that repeat a status are kept in step.
    pub status_sync: Option<bool>,
    /// Whether actions may make tasks.
    pub auto_create_tasks: Option<bool>,
    /// Whether analytics are kept.
    pub analytics_tracking: Option<bool>,
    /// Whether notifications are sent.
    pub notification_hooks: Option<bool>,
    /// Whether new tasks are given somebody.
    pub auto_assign_agents: Option<bool>,
    /// The priority of tasks the engine makes.
    pub default_priority: Option<String>,
    /// Who is given tasks nobody has.
    pub default_assignee: Option<String>,
}
