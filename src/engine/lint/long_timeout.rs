use serde_json::Value;

use super::{Lint, Subject};
use crate::format::workflow::{OwnKind, Trigger, Workflow};
use crate::model::{Code, Diagnostic, Place};

/// Time-outs of effects that no run has the time for.
pub(super) struct LongTimeout;

/// How long a run may take where nothing says, in seconds.
const USUAL: u64 = 3600;

impl Lint for LongTimeout {
    fn code(&self) -> Code {
        Code::LONG_TIMEOUT
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let workflow = subject.workflow;
        let limits = limits(workflow);
        let own =
            workflow.own_actions.iter().filter(|(_, own)| matches!(own.kind, OwnKind::Run(_) | OwnKind::Webhook(_)));
        let actions = own.map(|(name, own)| (format!("the action `{}`", name.escape_debug()), own.timeout, &own.place));
        let triggers = workflow.triggers.iter().filter(|trigger| counts(trigger, workflow));
        let triggers = triggers
            .map(|trigger| (format!("trigger `{}`", trigger.name.escape_debug()), trigger.timeout, &trigger.place));
        let written: Vec<(String, Option<u64>, &Place)> = actions.chain(triggers).collect();
        let mut found = Vec::new();
        for (who, timeout, place) in written {
            let Some(timeout) = timeout else { continue };
            let Some((environment, limit)) = limits.iter().find(|(_, limit)| timeout > *limit) else { continue };
            let within =
                environment.map_or_else(String::new, |name| format!(" in the environment `{}`", name.escape_debug()));
            let message = format!(
                "{who} gives an attempt {timeout} seconds, and a run ends after {limit}{within}: an attempt is cut to that"
            );
            let hint = "make the `timeout` shorter, or `execution.workflow_timeout` longer";
            found.push(Diagnostic::warning(self.code(), message).at_place(Some(place.clone())).hint(hint));
        }
        found
    }
}

/// Whether one of a trigger's actions has no time-out of its own, which would count more.
fn counts(trigger: &Trigger, workflow: &Workflow) -> bool {
    let says_itself = |name: &String| workflow.own_actions.get(name).is_some_and(|own| own.timeout.is_some());
    trigger.actions.iter().any(|call| !says_itself(&call.name))
}

/// How long a run may take, in seconds: in no environment, and in each.
fn limits(workflow: &Workflow) -> Vec<(Option<&str>, u64)> {
    let named = workflow.environments.keys().map(|name| Some(name.as_str()));
    let limit = |environment: Option<&str>| {
        let outside = workflow.outside(environment).ok()?;
        outside.sections.get("execution")?.get("workflow_timeout").and_then(Value::as_u64)
    };
    std::iter::once(None).chain(named).map(|name| (name, limit(name).unwrap_or(USUAL))).collect()
}
