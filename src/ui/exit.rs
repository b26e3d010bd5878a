use std::process::ExitCode;

/// How the program ended. Findings and failures never share a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Success,
    /// It worked, and what it looked at has errors; a hook that rejects.
    Findings,
    /// The command line makes no sense.
    Usage,
    /// It could not be done: no such task, no repository, a file that cannot be written.
    Failure,
    /// Not now: git is in the middle of something, or somebody else was faster. Try again later.
    NotNow,
    /// It worked, and something that was to be waited for still waits.
    Held,
    /// A defect of this program.
    Internal,
}

impl Exit {
    /// All of them, for the documentation.
    pub const ALL: [Self; 7] =
        [Self::Success, Self::Findings, Self::Usage, Self::Failure, Self::NotNow, Self::Held, Self::Internal];

    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Failure => 3,
            Self::NotNow => 4,
            Self::Held => 5,
            Self::Internal => 70,
        }
    }

    /// What it means.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Success => "all is well",
            Self::Findings => "it worked, and what it looked at has errors; a hook that rejects a commit",
            Self::Usage => "the command line makes no sense",
            Self::Failure => "it could not be done: no such task, no repository, a file that cannot be written",
            Self::NotNow => "not now: git is in the middle of something; try again later",
            Self::Held => {
                "it worked, and effects still wait: for your leave, for what is missing here, for their commit or their time \
                 (`outbox run --wait`)"
            }
            Self::Internal => "a defect of this program; please report it",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
