//! Which environment effects are planned for.

use std::env;
use std::sync::Arc;

use super::{AppError, Project};
use crate::format::workflow::Workflow;

/// The variables that name an environment; the first that is set counts.
pub const VARIABLES: [&str; 2] = ["TASKMASTER_ENV", "WORKFLOW_ENVIRONMENT"];

/// Whether the engine is switched off for this process: `TASKMASTER=0`.
#[must_use]
pub fn is_off_here() -> bool {
    env::var_os("TASKMASTER").is_some_and(|value| value == "0")
}

/// A name and who has given it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenEnvironment {
    /// The environment's name.
    pub name: String,
    /// Who has chosen it.
    pub by: Chooser,
}

/// Who has chosen an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chooser {
    /// The command line.
    Option,
    /// A variable of the process's environment: it counts where the file has environments at all.
    Variable,
}

/// What the variables say.
pub(super) fn by_variable() -> Option<ChosenEnvironment> {
    let mut named = VARIABLES.iter().filter_map(|name| env::var(name).ok());
    let name = named.find(|value| !value.trim().is_empty())?;
    Some(ChosenEnvironment { name: name.trim().to_owned(), by: Chooser::Variable })
}

impl Project {
    /// The same project with the environment that the command line names, where it names one.
    #[must_use]
    pub fn in_environment(mut self, name: Option<&str>) -> Self {
        if let Some(name) = name {
            self.environment = Some(ChosenEnvironment { name: name.to_owned(), by: Chooser::Option });
        }
        self
    }

    /// The environment that counts for some rules.
    #[must_use]
    pub fn environment(&self, workflow: &Workflow) -> Option<&str> {
        let chosen = self.environment.as_ref()?;
        let counts = chosen.by == Chooser::Option || !workflow.environments.is_empty();
        counts.then_some(chosen.name.as_str())
    }

    /// Whether the rules of HEAD have the chosen environment.
    ///
    /// # Errors
    /// When they have not, or cannot be read.
    pub fn know_environment(&self) -> Result<(), AppError> {
        if self.environment.is_none() {
            return Ok(());
        }
        let workflow = match self.repository.head()? {
            Some(head) => self.commit(&head)?.workflow,
            None => Arc::default(),
        };
        match self.environment(&workflow) {
            Some(name) => Ok(workflow.know_environment(name)?),
            None => Ok(()),
        }
    }
}
