use serde_json::{Map, Value};

use super::{About, Action, Context, Outcome, Parameter, ParameterKind};
use crate::engine::creation::{Creation, RecordDraft};
use crate::engine::event::plain;
use crate::engine::report::{self, Material, Section, markdown};
use crate::engine::{message, template};

/// Writes a report of the event: `generate_report`, and `generate_<what>_report` with a title and parts that fit.
pub(super) struct GenerateReport;

impl Action for GenerateReport {
    fn name(&self) -> &'static str {
        "generate_report, generate_*_report"
    }

    fn is_named(&self, name: &str) -> bool {
        name == "generate_report" || word_of(name).is_some()
    }

    fn about(&self) -> About {
        About {
            writes: "a new file `reports/<what>/<date>-<event>.md` of the source commit's date and sixteen digits that the event and the action have: what happened, and how the tree stands. `generate_completion_report`, `generate_deployment_report`, `generate_failure_report` and `generate_test_report` have parts that fit, any other the usual ones",
            nothing: "where a report was written for this event already, a later commit took it away, or the branch is not the shared one. No file is ever replaced; fails where a part is not known, or a file stands in the place of the folder",
            parameters: PARAMETERS,
        }
    }

    fn plan(&self, context: &Context<'_>) -> Outcome {
        let word = context.call.and_then(|call| word_of(&call.name)).unwrap_or("report");
        let parameters = context.call.map(|call| call.parameters.clone()).unwrap_or_default();
        write(context, word, &parameters, &|name| message::lookup(context, name))
    }
}

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "title",
        kind: ParameterKind::Template,
        about: "the title; that of the kind where it is not written",
    },
    Parameter {
        name: "text",
        kind: ParameterKind::Template,
        about: "Markdown below the title; nothing in a value is markup. Where it is written, there are no parts but those in `sections`",
    },
    Parameter {
        name: "sections",
        kind: ParameterKind::Texts,
        about: "the parts, in order; those of the kind where it is not written",
    },
    Parameter {
        name: "name",
        kind: ParameterKind::Text,
        about: "the folder below `reports/`; what the action's name says where it is not written",
    },
];

/// A report of the event, as the parameters want it; `word` says its kind.
pub(super) fn write(
    context: &Context<'_>,
    word: &str,
    parameters: &Map<String, Value>,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Outcome {
    let written = |name: &str| parameters.get(name).filter(|value| !value.is_null());
    let filled = |name: &str, escape: &dyn Fn(&str) -> String| {
        let text = template::render(&plain(written(name)?), lookup, escape).text;
        Some(text).filter(|text| !text.trim().is_empty())
    };
    let kind = report::kind(word);
    let folder = match folder(&written("name").map_or_else(|| word.replace('.', "-"), plain)) {
        Ok(folder) => folder,
        Err(why) => return Outcome::failed(why),
    };
    let text = filled("text", &markdown::line);
    let sections = match written("sections").map(sections) {
        Some(Ok(sections)) => sections,
        Some(Err(why)) => return Outcome::failed(why),
        None if text.is_some() => Vec::new(),
        None => kind.sections.to_vec(),
    };
    let title = filled("title", &str::to_owned).unwrap_or_else(|| title_of(word, &kind));
    let material =
        Material { event: context.event, task: context.task_then(), board: context.board, links: context.links };
    made(folder, report::render_with(&title, text.as_deref(), &sections, &material))
}

/// A report whose whole text is given.
pub(super) fn write_text(word: &str, text: &str) -> Outcome {
    match folder(&word.replace('.', "-")) {
        Ok(folder) => made(folder, format!("{}\n", text.trim_end())),
        Err(why) => Outcome::failed(why),
    }
}

fn made(folder: String, text: String) -> Outcome {
    Outcome::made(vec![Creation::Record(RecordDraft { folder, extension: "md", bytes: text.into_bytes() })])
}

/// `deployment` of `generate_deployment_report`.
fn word_of(name: &str) -> Option<&str> {
    name.strip_prefix("generate_")?.strip_suffix("_report").filter(|word| !word.is_empty())
}

/// `Weekly review report`, where the kind has no title of its own.
fn title_of(word: &str, kind: &report::Kind) -> String {
    if kind.name == word {
        return kind.title.to_owned();
    }
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let word = format!("{first}{}", letters.as_str().replace('_', " "));
    if word.to_lowercase().ends_with("report") { word } else { format!("{word} report") }
}

/// A folder below `reports/`, one that every file system can tell from others.
///
/// # Errors
/// Where it is none: the sentence that says so.
pub fn folder(name: &str) -> Result<String, String> {
    const LONGEST: usize = 64;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() || name.len() > LONGEST || !name.chars().all(fits) {
        let name = name.escape_debug();
        return Err(format!(
            "the parameter `name`: `{name}` has other than at most {LONGEST} letters, digits, `-` and `_`"
        ));
    }
    Ok(name.to_ascii_lowercase())
}

/// The parts that a parameter names.
///
/// # Errors
/// Where there is no such part: the sentence that says so.
pub fn sections(value: &Value) -> Result<Vec<Section>, String> {
    let one = |value: &Value| {
        let name = plain(value);
        Section::named(&name).ok_or_else(|| {
            let known: Vec<&str> = Section::ALL.into_iter().map(Section::name).collect();
            format!("a report has no part `{}`; there are {}", name.escape_debug(), known.join(", "))
        })
    };
    match value {
        Value::Array(names) => names.iter().map(one).collect(),
        other => Ok(vec![one(other)?]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_and_folders_come_from_the_name() {
        assert_eq!(title_of("completion", &report::kind("completion")), "Completion report");
        assert_eq!(title_of("weekly_review", &report::kind("weekly_review")), "Weekly review report");
        assert_eq!(title_of("report", &report::kind("report")), "Report");
        assert_eq!(folder("Weekly_review"), Ok("weekly_review".to_owned()));
        for bad in ["", "..", "a/b", "a b", "ä", &"a".repeat(65)] {
            assert!(folder(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn unknown_parts_are_named() {
        let known = sections(&serde_json::json!(["event", "board"]));
        assert_eq!(known, Ok(vec![Section::Event, Section::Board]));
        let why = sections(&serde_json::json!("bord")).unwrap_err();
        assert!(why.starts_with("a report has no part `bord`; there are event, "), "{why}");
    }
}
