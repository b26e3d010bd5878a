use std::collections::BTreeSet;

use serde_json::Value;

use super::{Lint, Subject};
use crate::engine::action::{self, Meant};
use crate::format::mail_address::is_no_mail_address;
use crate::format::workflow::{Channel, OutsideSettings, Workflow};
use crate::model::{Code, Diagnostic, Place};

/// Channels that are to get messages and that nothing can be sent to, as they are written.
pub(super) struct IncompleteChannel;

impl Lint for IncompleteChannel {
    fn code(&self) -> Code {
        Code::INCOMPLETE_CHANNEL
    }

    fn is_about_one(&self) -> bool {
        false
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let workflow = subject.workflow;
        let mut told: BTreeSet<(usize, String)> = BTreeSet::new();
        let mut found = Vec::new();
        let mut kinds: BTreeSet<String> = BTreeSet::new();
        let named = workflow.environments.keys().map(|name| Some(name.as_str()));
        for environment in std::iter::once(None).chain(named) {
            let Ok(outside) = workflow.outside(environment) else { continue };
            if !outside.notifications.enabled || outside.notification_hooks == Some(false) {
                continue;
            }
            let all = outside.notifications.channels.iter().enumerate();
            for (at, channel) in all.filter(|(_, channel)| channel.enabled) {
                kinds.insert(channel.kind.clone());
                let within = environment
                    .map_or_else(String::new, |name| format!(" in the environment `{}`", name.escape_debug()));
                let label = channel.label();
                let label = label.trim_end().escape_debug();
                let mut say = |what: String, message: String, remedy: &str| {
                    // What is wrong everywhere is said once.
                    if told.insert((at, what)) {
                        let place = place(workflow, environment, at, &channel.kind);
                        found.push(Diagnostic::warning(self.code(), message).at_place(place).hint(remedy));
                    }
                };
                for Missing { what, remedy } in missing(channel, &outside, workflow) {
                    let message = format!("nothing can be sent to the channel `{label}`{within}: {what}");
                    say(what, message, remedy);
                }
                for odd in odd_recipients(channel) {
                    let message =
                        format!("a recipient of the channel `{}`{within} is no mail address: `{odd}`", channel.kind);
                    say(
                        odd,
                        message,
                        "write it as `ann@example.org`, or `Ann <ann@example.org>`; the others get their mail",
                    );
                }
            }
        }
        found.extend(self.uncalled(workflow, &kinds));
        found
    }
}

impl IncompleteChannel {
    /// Actions that address channels of a type of which none gets anything.
    fn uncalled(&self, workflow: &Workflow, kinds: &BTreeSet<String>) -> Vec<Diagnostic> {
        let is_off =
            |outside: OutsideSettings| !outside.notifications.enabled || outside.notification_hooks == Some(false);
        // Who is told nothing at all has said so.
        if workflow.outside(None).is_ok_and(is_off) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for trigger in workflow.triggers.iter().filter(|trigger| trigger.enabled) {
            for call in &trigger.actions {
                let Some(Meant::BuiltIn(action)) = action::resolve(&call.name, workflow) else { continue };
                if !action.about().parameters.iter().any(|parameter| parameter.name == "channels") {
                    continue;
                }
                let asked = call.parameters.get("channels").and_then(Value::as_array).into_iter().flatten();
                for kind in asked.filter_map(Value::as_str).filter(|kind| !kinds.contains(*kind)) {
                    let (who, kind) = (trigger.name.escape_debug(), kind.escape_debug());
                    let message = format!(
                        "`{}` of trigger `{who}` addresses channels of the type `{kind}`, and none is switched on",
                        call.name
                    );
                    let finding = Diagnostic::warning(self.code(), message).at_place(Some(call.place.clone()));
                    found.push(finding.hint("write one under `notifications.channels`, or set its `enabled` to true"));
                }
            }
        }
        found
    }
}

/// What a channel lacks, and what to do about it.
struct Missing {
    what: String,
    remedy: &'static str,
}

fn missing(channel: &Channel, outside: &OutsideSettings, workflow: &Workflow) -> Vec<Missing> {
    let endpoint = |name: &str| {
        let endpoints = outside.sections.get("endpoints");
        endpoints.and_then(|endpoints| endpoints.get(name)?.as_str()).is_some_and(|text| !text.trim().is_empty())
    };
    let has_url = channel.url.as_ref().is_some_and(|url| !url.trim().is_empty());
    let mut missing = Vec::new();
    let mut say = |what: String, remedy| missing.push(Missing { what, remedy });
    match channel.kind.as_str() {
        "email" => {
            if !endpoint("email_service") {
                say("`endpoints.email_service` is not written".to_owned(), "write the mail server, best in a variable");
            }
            if workflow.git.identity.is_none() {
                say("no sender is known".to_owned(), "write `git.identity`");
            }
            if channel.recipients.is_empty() {
                say("it has no `recipients`".to_owned(), "write the addresses of those who are to have mails");
            }
        }
        "slack" if !has_url && !endpoint("slack_webhook") => say(
            "neither its `url` nor `endpoints.slack_webhook` is written".to_owned(),
            "write the address of an incoming webhook, best in a variable",
        ),
        "slack" => {}
        _ if !has_url => say("it has no `url`".to_owned(), "write where requests go"),
        _ => {}
    }
    missing
}

/// Those to whom no mail can be sent.
fn odd_recipients(channel: &Channel) -> Vec<String> {
    let recipients = channel.recipients.iter().filter(|_| channel.kind == "email");
    recipients.filter(|text| is_no_mail_address(text)).map(|text| text.escape_debug().to_string()).collect()
}

/// Where a channel is written: the member of an environment's own list, where that has one of the type, else the member of
/// the common one, which comes first when lists are merged.
fn place(workflow: &Workflow, environment: Option<&str>, at: usize, kind: &str) -> Option<Place> {
    let places = &workflow.notification_places;
    let own = environment.and_then(|name| places.environments.get(name));
    let own = own.into_iter().flatten().find(|(known, _)| known == kind).map(|(_, place)| place);
    own.or_else(|| places.channels.get(at)).cloned()
}
