use anstyle::AnsiColor;

use super::{patch, safe};
use crate::engine::effect::EffectKind;
use crate::engine::event::{Event, plain};
use crate::engine::plan::{ActionResult, Plan, PlannedEffect, RuleState, RuleStep};
use crate::engine::rule::{ConditionResult, Verdict};
use crate::model::{TaskId, TreePath};

/// A plan for a person: each event with the truth table of every rule, then the edits as a diff, then
/// the effects.
#[must_use]
pub fn render(plan: &Plan) -> String {
    let bold = anstyle::Style::new().bold();
    let mut text = String::new();
    for step in &plan.steps {
        let indent = "  ".repeat(usize::from(step.event.depth));
        text.push_str(&format!("{indent}{bold}{}{bold:#}\n", event_line(&step.event)));
        if let Some(cut) = &step.cut {
            text.push_str(&format!("{indent}  cut: {cut}\n"));
        }
        if step.rules.is_empty() && step.untold == 0 && step.cut.is_none() {
            text.push_str(&format!("{indent}  no trigger listens to it\n"));
        }
        for rule in &step.rules {
            render_rule(&mut text, rule, &indent);
        }
        if step.untold > 0 {
            let more = super::plural(step.untold, "more trigger", "more triggers");
            text.push_str(&format!("{indent}  and {more} did not fire\n"));
        }
    }
    if plan.files.is_empty() {
        text.push_str("\nno file changes\n");
    } else {
        text.push_str(&format!("\n{bold}edits{bold:#}\n"));
        for file in &plan.files {
            text.push_str(&patch::render(&file.path, file.before.as_deref(), Some(&file.after)));
        }
    }
    if !plan.effects.is_empty() {
        text.push_str(&format!("\n{bold}effects{bold:#}\n"));
        text.push_str(&render_effects(plan.effects.iter()));
    }
    text
}

/// Effects, each with what every channel would get.
pub fn render_effects<'p>(effects: impl Iterator<Item = &'p PlannedEffect>) -> String {
    let mut text = String::new();
    for effect in effects {
        let key = effect.key.get(..12).unwrap_or(&effect.key);
        let wanted = &effect.effect;
        let (kind, name) = (wanted.kind.name(), safe(&wanted.destination));
        text.push_str(&format!("  {kind} {name} [{key}]: {}\n", safe(&wanted.text)));
        for delivery in &wanted.deliveries {
            text.push_str(&format!("    to {}: ", safe(&delivery.address)));
            if let Some(subject) = &delivery.subject {
                text.push_str(&format!("({}) ", safe(subject)));
            }
            text.push_str(&format!("{}\n", safe(&delivery.text)));
        }
        let is_message = matches!(wanted.kind, EffectKind::Notify | EffectKind::Alert | EffectKind::Send);
        if is_message && wanted.deliveries.is_empty() {
            text.push_str("    to nobody: no channel under `notifications` wants it\n");
        }
    }
    text
}

/// One event on one line.
#[must_use]
pub fn event_line(event: &Event) -> String {
    let task = event.task.as_ref().map(|task| format!(" {task}")).unwrap_or_default();
    let shown = |value: &Option<serde_json::Value>| value.as_ref().map(|value| shorten(&plain(value)));
    let what = match (shown(&event.old), shown(&event.new)) {
        (None, None) => String::new(),
        (old, new) => {
            let field = event.field.as_deref().map(|field| format!(" {}", safe(field))).unwrap_or_default();
            let none = || "(none)".to_owned();
            format!("{field}: {} -> {}", old.unwrap_or_else(none), new.unwrap_or_else(none))
        }
    };
    format!("{} {}{task}{what}", event.id.short(), safe(&event.kind))
}

fn shorten(text: &str) -> String {
    const MOST: usize = 60;
    let safe = safe(text);
    if safe.chars().count() <= MOST {
        return safe.into_owned();
    }
    format!("{}…", safe.chars().take(MOST).collect::<String>())
}

fn render_rule(text: &mut String, rule: &RuleStep, indent: &str) {
    let name = safe(&rule.name);
    let (green, dim) = (AnsiColor::Green.on_default(), anstyle::Style::new().dimmed());
    match &rule.state {
        RuleState::Standing => text.push_str(&format!("{indent}  {name} (always)\n")),
        RuleState::Fired(verdict) => {
            text.push_str(&format!("{indent}  {green}{name} fires{green:#}\n"));
            render_verdict(text, verdict, indent);
        }
        RuleState::Unfulfilled(verdict) => {
            text.push_str(&format!("{indent}  {dim}{name} does not fire{dim:#}\n"));
            render_verdict(text, verdict, indent);
        }
        RuleState::Disabled => text.push_str(&format!("{indent}  {dim}{name} is disabled{dim:#}\n")),
        RuleState::Repeated => {
            text.push_str(&format!("{indent}  {dim}{name} has acted on this task in this chain already{dim:#}\n"));
        }
        RuleState::Superseded => {
            text.push_str(&format!("{indent}  {dim}{name}: superseded, the task has another status by now{dim:#}\n"));
        }
        RuleState::LeftOut => {
            let why = "it has an error (taskmaster config check)";
            text.push_str(&format!("{indent}  {name} is left out: {why}\n"));
        }
    }
    for action in &rule.actions {
        let result = match &action.result {
            ActionResult::Changed { fields: 1 } => "1 field changes".to_owned(),
            ActionResult::Changed { fields } => format!("{fields} fields change"),
            ActionResult::Made { tasks, files } => format!("makes {}", made(tasks, files)),
            ActionResult::Raised { events, without } => {
                let events = super::plural(*events, "event", "events");
                let without = without.as_ref().map(|why| format!("; no effect: {}", safe(why))).unwrap_or_default();
                format!("no field changes; raises {events}{without}")
            }
            ActionResult::Effect { text } => format!("effect: {}", safe(text)),
            ActionResult::Nothing { why } => format!("nothing: {}", safe(why)),
            ActionResult::Failed { why } => format!("failed: {}", safe(why)),
        };
        text.push_str(&format!("{indent}    {} - {result}\n", safe(&action.name)));
    }
}

/// What an action makes: `task 4, reports/week.md`.
fn made(tasks: &[TaskId], files: &[TreePath]) -> String {
    let tasks = tasks.iter().map(|task| format!("task {task}"));
    let all: Vec<String> = tasks.chain(files.iter().map(ToString::to_string)).collect();
    all.join(", ")
}

fn render_verdict(text: &mut String, verdict: &Verdict, indent: &str) {
    render_lines(text, &verdict.lines, &format!("{indent}    "));
}

/// The truth table; members of a group stand under it, one step further in.
fn render_lines(text: &mut String, lines: &[ConditionResult], indent: &str) {
    for line in lines {
        let mark = if line.holds { "true " } else { "false" };
        text.push_str(&format!("{indent}{mark} {} ({})\n", safe(&line.condition), safe(&line.why)));
        render_lines(text, &line.members, &format!("{indent}  "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::Origin;
    use crate::engine::plan::Step;

    #[test]
    fn triggers_that_are_not_listed_are_counted() {
        let event = Event::of_tree("deployment.success", (None, None), &Origin::default());
        let said = |untold| {
            let step = Step { untold, ..Step::of(event.clone()) };
            let plan = Plan { steps: vec![step], ..Plan::default() };
            anstream::adapter::strip_str(&render(&plan)).to_string()
        };
        assert!(said(0).contains("  no trigger listens to it\n"), "{}", said(0));
        assert!(said(1).contains("\n  and 1 more trigger did not fire\n"), "{}", said(1));
        assert!(said(7).contains("\n  and 7 more triggers did not fire\n"), "{}", said(7));
        assert!(!said(7).contains("no trigger listens"), "{}", said(7));
    }
}
