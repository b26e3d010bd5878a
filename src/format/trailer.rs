//! Trailers of commit messages: what the engine writes as its audit trail, and what people write to
//! close tasks.

use std::fmt;

use crate::model::TaskId;

/// One change of an engine commit: `<event> <trigger> <task> <field> <old> -> <new> <depth>`.
///
/// Every part is one word: white space, control characters and `%` are percent-encoded, so that no
/// title or status can forge a part or a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeTrailer {
    /// The key of the event that caused it.
    pub event: String,
    /// The trigger, or the built-in rule such as `status_sync`.
    pub trigger: String,
    /// The task that changed; [`NO_TASK`] for a file that is no task's.
    pub task: TaskId,
    /// The field; a mirror of the status is `status@<path>`, a task that was made [`MADE_TASK`], a generated
    /// file `file@<path>`.
    pub field: String,
    /// The old value; empty where there was none.
    pub old: String,
    /// The new value.
    pub new: String,
    /// How many steps it is away from what a person did, from 1.
    pub depth: u8,
}

/// The field of a change that a task was made by, or taken back.
pub const MADE_TASK: &str = "task";
/// What stands for the task of a generated file.
pub const NO_TASK: &str = "-";
/// The name of the trailer that lists a change.
pub const CHANGE: &str = "Taskmaster-Change";
/// The name of the trailer that names a source commit.
pub const CAUSED_BY: &str = "Taskmaster-Caused-By";
/// The name of the trailer that names who made the source commit.
pub const ACTOR: &str = "Taskmaster-Actor";
/// The name of the trailer with the blob id of `workflow.yaml`.
pub const CONFIG: &str = "Taskmaster-Config";
/// The name of the trailer with the version of the rules.
pub const RULES: &str = "Taskmaster-Rules";
/// The name of the trailer with the event from outside that a commit follows from.
pub const OUTSIDE: &str = "Taskmaster-Outside";
/// The name of the trailer that tells a commit for an event from outside from those that other clones make for it.
pub const SENDER: &str = "Taskmaster-Sender";
/// The name of the trailer by which a step's commit is known again where it is rewritten.
pub const STEP: &str = "Taskmaster-Step";
/// The name of the trailer of a commit that takes engine commits back.
pub const UNDOES: &str = "Taskmaster-Undoes";

impl ChangeTrailer {
    /// Reads the value of a [`CHANGE`] trailer; `None` where it is not one.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let words: Vec<&str> = value.split(' ').collect();
        let [event, trigger, task, field, old, "->", new, depth] = words.as_slice() else { return None };
        Some(Self {
            event: decode(event),
            trigger: decode(trigger),
            task: TaskId::parse(&decode(task)).ok()?,
            field: decode(field),
            old: decode(old),
            new: decode(new),
            depth: depth.parse().ok()?,
        })
    }
}

impl fmt::Display for ChangeTrailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { event, trigger, task, field, old, new, depth } = self;
        let (trigger, field, old, new) = (encode(trigger), encode(field), encode(old), encode(new));
        write!(f, "{event} {trigger} {task} {field} {old} -> {new} {depth}")
    }
}

/// The event from outside that an engine commit follows from: `<name> <task> <id> <digest>`, encoded as the parts of a
/// change are, `-` for no task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideTrailer {
    /// The event's dotted name.
    pub kind: String,
    /// The task it was about.
    pub task: Option<TaskId>,
    /// The id that its sender gave it.
    pub id: String,
    /// The digest of what it brought along.
    pub digest: String,
}

impl OutsideTrailer {
    /// Reads the value of an [`OUTSIDE`] trailer; `None` where it is not one.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let words: Vec<&str> = value.split(' ').collect();
        let [kind, task, id, digest] = words.as_slice() else { return None };
        let task = if *task == NO_TASK { None } else { Some(TaskId::parse(&decode(task)).ok()?) };
        Some(Self { kind: decode(kind), task, id: decode(id), digest: decode(digest) })
    }
}

impl fmt::Display for OutsideTrailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let task = self.task.as_ref().map_or_else(|| NO_TASK.to_owned(), ToString::to_string);
        write!(f, "{} {task} {} {}", encode(&self.kind), encode(&self.id), encode(&self.digest))
    }
}

/// The event from outside that an engine commit follows from.
#[must_use]
pub fn outside(message: &str) -> Option<OutsideTrailer> {
    let trailers = trailers(message).into_iter();
    trailers.filter(|(key, _)| *key == OUTSIDE).find_map(|(_, value)| OutsideTrailer::parse(value))
}

/// The events from outside that a message tells of, wherever it does: a squash has the messages of all commits in its own.
pub fn outside_anywhere(message: &str) -> impl Iterator<Item = OutsideTrailer> {
    anywhere(message, OUTSIDE).filter_map(OutsideTrailer::parse)
}

/// What tells the commits of steps from all others, wherever a message says it.
pub fn steps_anywhere(message: &str) -> impl Iterator<Item = &str> {
    anywhere(message, STEP)
}

/// The values of the lines that look like a trailer of that name, wherever they stand.
fn anywhere<'m>(message: &'m str, name: &'m str) -> impl Iterator<Item = &'m str> {
    message.lines().filter_map(trailer).filter(move |(key, _)| *key == name).map(|(_, value)| value)
}

/// Who has made the commit for an event from outside, where it was made to be pushed at once.
#[must_use]
pub fn sender(message: &str) -> Option<&str> {
    trailers(message).into_iter().find(|(key, _)| *key == SENDER).map(|(_, value)| value)
}

/// The trailers of a message: `Key: value` lines of its last paragraph. A paragraph with other lines
/// in it, or the only paragraph, has none.
#[must_use]
pub fn trailers(message: &str) -> Vec<(&str, &str)> {
    let kept: Vec<&str> = message.lines().map(str::trim_end).filter(|line| !line.starts_with('#')).collect();
    let end = kept.iter().rposition(|line| !line.is_empty()).map_or(0, |at| at + 1);
    let lines = kept.get(..end).unwrap_or_default();
    let Some(blank) = lines.iter().rposition(|line| line.is_empty()) else { return Vec::new() };
    let paragraph = lines.get(blank + 1..).unwrap_or_default();
    let read: Vec<(&str, &str)> = paragraph.iter().filter_map(|line| trailer(line)).collect();
    if read.len() == paragraph.len() { read } else { Vec::new() }
}

fn trailer(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(':')?;
    let good = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (good && value.starts_with(' ')).then(|| (key, value.trim()))
}

/// The changes an engine commit lists; empty for every other commit.
#[must_use]
pub fn changes(message: &str) -> Vec<ChangeTrailer> {
    trailers(message)
        .into_iter()
        .filter(|(key, _)| *key == CHANGE)
        .filter_map(|(_, value)| ChangeTrailer::parse(value))
        .collect()
}

/// The changes that a message lists, wherever it does: behind the messages of all commits in that of a squash a host writes who has
/// helped, so that nothing of theirs is at its end.
#[must_use]
pub fn changes_anywhere(message: &str) -> Vec<ChangeTrailer> {
    anywhere(message, CHANGE).filter_map(ChangeTrailer::parse).collect()
}

/// A `Closes:` trailer's task: as written, and as an id where it is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// As written.
    pub written: String,
    /// The task.
    pub task: TaskId,
}

/// The tasks that `Closes:` trailers name; `Fixes:` and `Resolves:` are left to issues.
///
/// `#12` and addresses are issues of a hosting site and no business of ours; a word with a letter
/// counts only where it spells `task_N`, so that `PROJ-12` stays somebody else's too.
#[must_use]
pub fn closings(message: &str) -> Vec<Closing> {
    let words = trailers(message)
        .into_iter()
        .filter(|(key, _)| key.eq_ignore_ascii_case("closes"))
        .flat_map(|(_, value)| value.split([',', ' ']).map(str::trim))
        .filter(|word| !word.is_empty() && !word.starts_with('#') && !word.contains("://"));
    words
        .filter_map(|word| {
            let task = TaskId::parse(word).ok()?;
            let numbered = task.segments().all(|segment| segment.bytes().all(|byte| byte.is_ascii_digit()));
            let spelled = word.to_ascii_lowercase().contains("task");
            (numbered || spelled).then(|| Closing { written: word.to_owned(), task })
        })
        .collect()
}

fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    if text.is_empty() {
        return "%".to_owned();
    }
    for c in text.chars() {
        if c.is_control()
            || c.is_whitespace()
            || c == '%'
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        {
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                encoded.push_str(&format!("%{byte:02X}"));
            }
        } else {
            encoded.push(c);
        }
    }
    encoded
}

fn decode(word: &str) -> String {
    if word == "%" {
        return String::new();
    }
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let (b'%', Some(byte)) = (first, code) {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample(old: &str, new: &str) -> ChangeTrailer {
        ChangeTrailer {
            event: "abc123".to_owned(),
            trigger: "on done".to_owned(),
            task: TaskId::parse("x:18.5").unwrap(),
            field: "status@tasks/tasks.json".to_owned(),
            old: old.to_owned(),
            new: new.to_owned(),
            depth: 2,
        }
    }

    #[test]
    fn a_change_is_one_line_whatever_it_says() {
        let line = sample("pen\nTaskmaster-Actor: nobody", "100 %").to_string();
        assert_eq!(line.lines().count(), 1);
        assert_eq!(
            line,
            "abc123 on%20done x:18.5 status@tasks/tasks.json pen%0ATaskmaster-Actor:%20nobody -> 100%20%25 2"
        );
    }

    #[test]
    fn only_the_last_paragraph_has_trailers() {
        let message =
            "Subject: not one\n\nCloses: 1\n\nbody\n\nCloses: task_018/subtask_005, 7\nSigned-off-by: A <a@b>\n";
        let ids: Vec<String> = closings(message).iter().map(|closing| closing.task.to_string()).collect();
        assert_eq!(ids, ["18.5", "7"]);
        assert!(trailers("Closes: 1").is_empty());
        assert!(trailers("a\n\nsome text\nCloses: 1").is_empty());
    }

    #[test]
    fn a_squash_lists_what_its_commits_do() {
        let change = sample("a", "b");
        let message = format!(
            "Tasks (#8)\n\n* One\n\n{CHANGE}: {change}\n{STEP}: 0f\n\n* Two\n\n    {CHANGE}: {change}\n\nCo-authored-by: A <a@b>\n"
        );
        assert_eq!((changes(&message), changes_anywhere(&message)), (Vec::new(), vec![change]));
        assert_eq!(steps_anywhere(&message).collect::<Vec<_>>(), ["0f"]);
    }

    #[test]
    fn issues_of_hosting_sites_are_not_tasks() {
        let message = "x\n\nCloses: #12, PROJ-7, https://host/12, task-3\nFixes: 4\nResolves: task_5\ncloses: a:6";
        let ids: Vec<String> = closings(message).iter().map(|closing| closing.task.to_string()).collect();
        assert_eq!(ids, ["3", "a:6"]);
    }

    proptest! {
        #[test]
        fn parsing_takes_printing_back(old in ".*", new in ".*") {
            let trailer = sample(&old, &new);
            let line = trailer.to_string();
            prop_assert_eq!(line.lines().count(), 1);
            prop_assert_eq!(ChangeTrailer::parse(&line), Some(trailer));
        }

        #[test]
        fn parsing_takes_the_printing_of_an_outside_event_back(id in ".*", tagged in any::<bool>()) {
            let task = tagged.then(|| TaskId::parse("x:18.5").unwrap());
            let trailer = OutsideTrailer { kind: "a.b".to_owned(), task, id, digest: "0f".to_owned() };
            let line = trailer.to_string();
            prop_assert_eq!(line.lines().count(), 1);
            prop_assert_eq!(OutsideTrailer::parse(&line), Some(trailer));
        }
    }
}
