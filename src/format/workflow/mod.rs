//! `workflow.yaml` as written -> settings and triggers, checked.
//!
//! Reading never fails as a whole: what is broken is reported with its place and left out, the
//! sound rest loads. A trigger with any error in it is left out entirely, since one that has lost
//! a condition would act too often. Where `mode` or `git` has an error, or the file cannot be read
//! at all, the mode is [`Mode::Observe`]: a slip of the keyboard never makes the engine do more.
//!
//! Everything stands under `workflow_config:`, or at the top without it. Unknown keys are
//! warnings. Values are kept as written: nothing here replaces `${VAR}`.

mod address;
mod age;
mod condition;
mod effective;
mod environment;
mod expression;
mod expression_logic;
mod expression_order;
mod expression_quoted;
mod expression_words;
mod extend;
mod field_path;
mod in_force;
pub mod keys;
mod notifications;
mod operator;
mod own_action;
mod pattern;
mod quantity;
mod read_conditions;
mod read_settings;
mod read_statuses;
mod read_test;
mod read_test_file;
mod read_triggers;
mod reader;
mod secret;
mod settings;
pub(crate) mod suggest;
mod test_file;
pub mod test_keys;
mod trigger;
mod upgrade;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

pub use age::{Age, AgeError};
pub(crate) use condition::Shown;
pub use condition::{Condition, Extent, Group, GroupKind, Operand, Test, When};
pub use effective::{Setting, SettingOrigin, effective};
pub use environment::{OutsideSettings, UnknownEnvironment, merge};
pub use expression::{Expression, ExpressionError, KnownValue};
pub use expression_logic::Logic;
pub use extend::{ExtendError, has_key, insert, trigger_names};
pub use field_path::{FieldPath, FieldPathError, Meaning, Quantifier, Related, Relation};
pub use in_force::{Ignored, InForce, in_force};
pub use notifications::{Channel, NotificationPlaces, Notifications};
pub use operator::Operator;
pub use own_action::{GroupPolicy, OwnAction, OwnKind, Webhook};
pub use pattern::{Pattern, PatternError, PatternRoom};
pub use quantity::bytes as size_in_bytes;
pub use read_test_file::read_tests;
pub use settings::{CommitPolicy, Executor, GitSettings, Identity, Mode, TaskIntegration, WatchPolicy};
pub use test_file::{Expected, ExpectedLine, Given, TestCase, TestFile, TestStep};
pub use trigger::{ActionCall, EventPattern, EventPatternError, LeftOut, Trigger};
pub use upgrade::{NEWEST as NEWEST_VERSION, UpgradeError, Upgraded, upgrade};

use crate::format::yaml::{self, Entry, Node, NodeKind};
use crate::model::{Code, Diagnostic, Place, Span, StatusSet, TreePath};
use reader::{INVALID, Reader};

/// Bytes one line may have: places are counted in characters from the start of their line, which on
/// endless lines would cost far more than the file's length warrants.
const LONGEST_LINE: usize = 10_000;

/// What `workflow.yaml` says. The default is what an absent file means: nothing is switched on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Workflow {
    /// The version of the file's layout.
    pub version: Option<String>,
    /// How far the engine goes.
    pub mode: Option<Mode>,
    /// How consequences become commits.
    pub git: GitSettings,
    /// Switches and defaults.
    pub integration: TaskIntegration,
    /// The statuses of the project: the usual ones, with what the file says of them.
    pub statuses: StatusSet,
    /// The rules, in the order of the file.
    pub triggers: Vec<Trigger>,
    /// The triggers that have errors in them, and never act.
    pub left_out: Vec<LeftOut>,
    /// The actions the project declares itself, by name.
    pub own_actions: BTreeMap<String, OwnAction>,
    /// The names of those that have errors in them: they do nothing, and no built-in family takes their place.
    pub lost_actions: BTreeSet<String>,
    /// `endpoints`, `execution`, `logging`, `monitoring`, `notifications`, `security` and
    /// `task_integration` as written, where they are mappings.
    pub sections: BTreeMap<String, Value>,
    /// Where the parts of `notifications` are written, for findings about them.
    pub notification_places: NotificationPlaces,
    /// Where `task_integration.default_priority` is written.
    pub default_priority_place: Option<Place>,
    /// The overrides of each environment by its name, as written.
    pub environments: Map<String, Value>,
}

impl Workflow {
    /// Whether the project has declared an action of that name, sound or not.
    #[must_use]
    pub fn declares(&self, action: &str) -> bool {
        self.own_actions.contains_key(action) || self.lost_actions.contains(action)
    }
}

/// Reads `workflow.yaml`.
#[must_use]
pub fn read(path: &TreePath, bytes: &[u8]) -> (Workflow, Vec<Diagnostic>) {
    let content = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = Reader::new(path, bytes, bytes.len() - content.len());
    let workflow = match parse(&mut reader, content, keys::WRAPPER) {
        Some(root) => read_root(&mut reader, root),
        None => Workflow { mode: Some(Mode::Observe), ..Workflow::default() },
    };
    (workflow, reader.diagnostics)
}

fn read_root(reader: &mut Reader<'_>, root: Node) -> Workflow {
    keys::check(reader, &root);
    let settings = unwrap(reader, root);
    let statuses = read_statuses::read(reader, &settings);
    let sections = read_settings::sections(reader, &settings);
    let (mode, git) = read_settings::mode_and_git(reader, &settings);
    let read_triggers::Read { triggers, left_out } = read_triggers::read(reader, &settings, &statuses, &sections);
    let own_action::Read { actions: own_actions, lost: lost_actions } = own_action::read(reader, &settings);
    Workflow {
        version: read_settings::version(reader, &settings),
        mode,
        git,
        integration: read_settings::integration(&settings),
        own_actions,
        lost_actions,
        notification_places: NotificationPlaces::read(reader, &settings),
        default_priority_place: settings
            .get("task_integration")
            .and_then(|section| section.get("default_priority"))
            .map(|node| reader.place(node.span)),
        environments: read_settings::environments(reader, &settings, &triggers),
        triggers,
        left_out,
        statuses,
        sections,
    }
}

/// The root of the document, which should be a mapping with that key; `None`, and a report, where the bytes are no
/// mapping in YAML.
fn parse(reader: &mut Reader<'_>, content: &[u8], key: &str) -> Option<Node> {
    let text = match std::str::from_utf8(content) {
        Ok(text) => text,
        Err(error) => {
            let span = Span::new(error.valid_up_to(), error.valid_up_to() + 1);
            reader.error(Code::NOT_UTF8, span, "the file is not UTF-8", "save it as UTF-8");
            return None;
        }
    };
    if let Some(span) = conflict_marker(text) {
        let hint = "resolve the merge; until then the file counts as empty";
        reader.error(Code::CONFLICT_MARKERS, span, "the file has conflict markers of a merge", hint);
        return None;
    }
    if let Some(line) = lines(text).find(|line| line.end - line.start > LONGEST_LINE) {
        let message = format!("a line is longer than {LONGEST_LINE} bytes");
        reader.error(
            INVALID,
            Span::at(line.start),
            message,
            "break it into several; until then the file counts as empty",
        );
        return None;
    }
    if let Some(span) = second_document(text) {
        let hint = "join them into one, or remove the line";
        reader.warn(INVALID, span, "a second document begins here, and is not read", hint);
    }
    match yaml::parse(text) {
        Ok(root) if root.is_null() => Some(root),
        Ok(root) if matches!(root.kind, NodeKind::Mapping { .. }) => Some(root),
        Ok(root) => {
            let message = format!("the file is {}", reader::kind(&root));
            reader.error(INVALID, root.span, message, format!("it should be a mapping with the key `{key}`"));
            None
        }
        Err(error) => {
            let message = format!("the file is not YAML: {}", error.message);
            let hint = "correct the syntax; until then the file counts as empty";
            reader.error(INVALID, Span::at(error.offset), message, hint);
            None
        }
    }
}

/// A marker git leaves at the start of a line.
fn conflict_marker(text: &str) -> Option<Span> {
    lines(text).find(|line| {
        let line = text.get(line.range()).unwrap_or_default();
        let rest = line.strip_prefix("<<<<<<<").or_else(|| line.strip_prefix(">>>>>>>"));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    })
}

/// The line behind which another document of the stream says something.
fn second_document(text: &str) -> Option<Span> {
    let says = |line: &str| !matches!(line.trim_start().as_bytes().first(), None | Some(b'#' | b'%')) && line != "...";
    let (mut said, mut divider) = (false, None);
    for span in lines(text) {
        let line = text.get(span.range()).unwrap_or_default();
        let marked = line.strip_prefix("---").filter(|rest| rest.is_empty() || rest.starts_with(' '));
        if marked.is_some() && said && divider.is_none() {
            divider = Some(span);
        }
        let says = says(marked.unwrap_or(line));
        if says && divider.is_some() {
            return divider;
        }
        said |= says;
    }
    None
}

/// The lines of a text, without their ends.
fn lines(text: &str) -> impl Iterator<Item = Span> {
    text.split_inclusive('\n').scan(0, |start, line| {
        let span = Span::new(*start, *start + line.trim_end_matches(['\r', '\n']).len());
        *start += line.len();
        Some(span)
    })
}

/// All settings in one mapping, whether they stand inside the wrapper or beside it.
fn unwrap(reader: &mut Reader<'_>, root: Node) -> Node {
    let is_mapping = matches!(reader.mapping(&root, keys::WRAPPER, "the file"), Ok(Some(_)));
    let span = root.span;
    let NodeKind::Mapping { entries, .. } = root.kind else { return root };
    let (wrappers, mut entries): (Vec<Entry>, Vec<Entry>) =
        entries.into_iter().partition(|entry| entry.key == keys::WRAPPER);
    let inner = wrappers.into_iter().next_back().filter(|_| is_mapping).map(|entry| entry.value.kind);
    if let Some(NodeKind::Mapping { entries: inner, .. }) = inner {
        for entry in &inner {
            if let Some(outer) = entries.iter().find(|outer| outer.key == entry.key) {
                let (key, span) = (&entry.key, outer.key_span);
                let message = format!("`{key}` stands inside `{}` and beside it; the one inside counts", keys::WRAPPER);
                reader.warn(Code::DUPLICATE_KEY, span, message, "remove one of them");
            }
        }
        entries.retain(|outer| !inner.iter().any(|entry| entry.key == outer.key));
        entries.extend(inner);
    }
    Node { kind: NodeKind::Mapping { entries, flow: false }, span }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod value_tests;
