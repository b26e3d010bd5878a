use crate::format::yaml::{self, Node};
use crate::model::Span;

/// Lines of a file that have a name: a step, a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    /// What people call it.
    pub(super) name: String,
    /// Its first line, counted from 1.
    pub(super) first: usize,
    /// Its last line.
    pub(super) last: usize,
    /// Its bytes, where several can stand in one line.
    pub(super) span: Option<Span>,
}

/// The smallest section that has the line; of equal ones the last, which stands in the others.
pub(super) fn section_of(sections: &[Section], line: usize) -> Option<&Section> {
    let around = sections.iter().rev().filter(|section| (section.first..=section.last).contains(&line));
    around.min_by_key(|section| section.last - section.first)
}

/// Where the lines of a text begin.
pub(super) struct LineStarts(Vec<usize>);

impl LineStarts {
    pub(super) fn of(text: &str) -> Self {
        let behind = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self([0].into_iter().chain(behind).collect())
    }

    /// Where a line begins, counted from 1.
    pub(super) fn start(&self, line: usize) -> Option<usize> {
        self.0.get(line.checked_sub(1)?).copied()
    }

    /// The line of a byte, counted from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.0.partition_point(|start| *start <= offset).max(1)
    }
}

/// Collects named parts of a YAML file.
pub(super) struct Sections<'a> {
    text: &'a str,
    starts: LineStarts,
    found: Vec<Section>,
}

impl Sections<'_> {
    /// Names a node.
    pub(super) fn add(&mut self, name: impl Into<String>, node: &Node) {
        self.add_from(name, node.span.start, node);
    }

    /// Names a node together with the key before it.
    pub(super) fn add_from(&mut self, name: impl Into<String>, start: usize, node: &Node) {
        let inside = self.text.get(start..node.span.end).unwrap_or_default();
        let end = start + inside.trim_end().len();
        let (first, last) = (self.starts.line(start), self.starts.line(end.saturating_sub(1).max(start)));
        let span = Some(Span::new(start, end));
        self.found.push(Section { name: short(&name.into()), first, last, span });
    }
}

/// The named parts of a YAML file; none where it cannot be read, so that lines alone are told.
pub(super) fn of_yaml(text: &str, visit: impl Fn(&Node, &mut Sections<'_>)) -> Vec<Section> {
    let mut sections = Sections { text, starts: LineStarts::of(text), found: Vec::new() };
    if let Ok(root) = yaml::parse(text) {
        visit(&root, &mut sections);
    }
    sections.found
}

/// Names may be whole scripts: the first line of them, cut.
pub(super) fn short(name: &str) -> String {
    const LONGEST: usize = 80;
    let line = name.trim().lines().next().unwrap_or_default().trim();
    if line.chars().count() <= LONGEST {
        return line.to_owned();
    }
    line.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// The first of these keys that has a text, and the text.
pub(super) fn text_of<'a>(node: &'a Node, keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|key| scalar(node.get(key)?)).filter(|text| !text.trim().is_empty())
}

/// The text of a scalar.
pub(super) fn scalar(node: &Node) -> Option<&str> {
    match &node.kind {
        yaml::NodeKind::Scalar { text, .. } => Some(text),
        _ => None,
    }
}

/// The items of a list; none for anything else.
pub(super) fn items(node: &Node) -> &[Node] {
    match &node.kind {
        yaml::NodeKind::Sequence { items, .. } => items,
        _ => &[],
    }
}
