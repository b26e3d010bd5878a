//! The texts of a task in the body of its Markdown file: the description below the heading, and a section
//! for each of the others.
//!
//! What [`print`] writes, [`read`] gives back byte for byte, unless a text has a line that is such a heading
//! itself; who prints looks whether it comes back.

use std::collections::BTreeMap;

use super::front_matter::Framing;
use super::patch::Patch;
use crate::model::Span;

/// The field that stands below the heading.
pub const DESCRIPTION: &str = "description";

/// The other fields, with their headings, in their order.
pub const SECTIONS: [(&str, &str); 2] = [("details", "## Details"), ("testStrategy", "## Test Strategy")];

/// Whether a field of `tasks.json` is a text that a body has room for.
#[must_use]
pub fn is_section(field: &str) -> bool {
    field == DESCRIPTION || SECTIONS.iter().any(|(name, _)| *name == field)
}

/// A body with these texts: from behind the closing line of the front matter to the end.
#[must_use]
pub fn print(title: &str, texts: &BTreeMap<String, String>) -> String {
    let mut body = format!("\n# {}\n", heading_of(title));
    if let Some(text) = texts.get(DESCRIPTION) {
        body.push_str(&format!("\n{text}\n"));
    }
    for (name, heading) in SECTIONS {
        if let Some(text) = texts.get(name) {
            body.push_str(&format!("\n{heading}\n\n{text}\n"));
        }
    }
    body
}

/// A title as the heading of a body has it.
#[must_use]
pub fn heading_of(title: &str) -> String {
    let heading: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    heading.trim().to_owned()
}

/// The heading that a body begins with; `None` where it begins otherwise.
#[must_use]
pub fn heading(file: &str) -> Option<&str> {
    let Framing::Closed(frame) = Framing::of(file) else { return None };
    let body = file.get(frame.body..description_start(file)?)?;
    body.trim().strip_prefix("# ").map(str::trim)
}

/// The texts of a file, by their fields. Text behind a heading of another kind belongs to the section it
/// stands in.
#[must_use]
pub fn read(file: &str) -> BTreeMap<String, String> {
    let text = |span: Span| file.get(span.range()).unwrap_or_default().to_owned();
    spans(file)
        .into_iter()
        .map(|(name, span)| (name.to_owned(), text(span)))
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

/// The patch that gives a section another text, or adds the section at the end; `None` where the file has no
/// front matter, or the text would not be read back.
#[must_use]
pub fn set(file: &str, field: &str, text: &str) -> Option<Patch> {
    let patch = match spans(file).into_iter().find(|(name, _)| *name == field) {
        Some((_, span)) if span.start < span.end => Patch::new(span, text),
        _ => {
            let newline = if file.contains("\r\n") { "\r\n" } else { "\n" };
            if field == DESCRIPTION {
                let at = description_start(file)?;
                Patch::new(Span::at(at), format!("{newline}{text}{newline}"))
            } else {
                let (_, heading) = SECTIONS.iter().find(|(name, _)| *name == field)?;
                let lead = if file.ends_with('\n') { "" } else { newline };
                let section = format!("{lead}{newline}{heading}{newline}{newline}{text}{newline}");
                Patch::new(Span::at(file.len()), section)
            }
        }
    };
    let edited = super::patch::apply(file.as_bytes(), std::slice::from_ref(&patch)).ok()?;
    let back = read(std::str::from_utf8(&edited).ok()?);
    let mut expected = read(file);
    expected.insert(field.to_owned(), text.to_owned());
    expected.retain(|_, text| !text.is_empty());
    (back == expected).then_some(patch)
}

/// Where the description starts: behind the heading, or where the body does.
fn description_start(file: &str) -> Option<usize> {
    let Framing::Closed(frame) = Framing::of(file) else { return None };
    let body = file.get(frame.body..)?;
    let blank = body.len() - body.trim_start_matches(['\r', '\n']).len();
    let heading = body.get(blank..)?;
    if !heading.starts_with("# ") {
        return Some(frame.body);
    }
    Some(heading.find('\n').map_or(file.len(), |end| frame.body + blank + end + 1))
}

/// Each text, without the blank line before it and the line end behind it.
fn spans(file: &str) -> Vec<(&'static str, Span)> {
    let Some(start) = description_start(file) else { return Vec::new() };
    let mut found: Vec<(&'static str, Span)> = vec![(DESCRIPTION, Span::new(start, file.len()))];
    let mut offset = start;
    for line in file.get(start..).unwrap_or_default().split_inclusive('\n') {
        let at = offset;
        offset += line.len();
        let heading = SECTIONS.iter().find(|(_, heading)| line.trim_end() == *heading);
        // Of two headings of one kind the second is text.
        let Some((name, _)) = heading.filter(|(name, _)| !found.iter().any(|(known, _)| known == name)) else {
            continue;
        };
        if let Some((_, last)) = found.last_mut() {
            last.end = at;
        }
        found.push((name, Span::new(offset, file.len())));
    }
    let last = found.len() - 1;
    for (at, (_, span)) in found.iter_mut().enumerate() {
        let text = file.get(span.range()).unwrap_or_default();
        let lead = line_end_before(text);
        let inside = text.get(lead..).unwrap_or_default();
        // A blank line stands before the next heading, a line end at the end of the file.
        let mut end = inside.len() - line_end_behind(inside);
        if at < last {
            end -= line_end_behind(inside.get(..end).unwrap_or_default());
        }
        *span = Span::new(span.start + lead, span.start + lead + end);
    }
    found
}

fn line_end_before(text: &str) -> usize {
    if text.starts_with("\r\n") { 2 } else { usize::from(text.starts_with('\n')) }
}

fn line_end_behind(text: &str) -> usize {
    if text.ends_with("\r\n") { 2 } else { usize::from(text.ends_with('\n')) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    fn file(title: &str, given: &BTreeMap<String, String>) -> String {
        format!("---\ntask_id: 1\n---\n{}", print(title, given))
    }

    #[test]
    fn texts_stand_in_their_sections() {
        let given = texts(&[("description", "a\n---\nb"), ("details", "c\n\n### d"), ("testStrategy", "e")]);
        let printed = file("T", &given);
        assert_eq!(
            printed,
            "---\ntask_id: 1\n---\n\n# T\n\na\n---\nb\n\n## Details\n\nc\n\n### d\n\n## Test Strategy\n\ne\n"
        );
        assert_eq!(read(&printed), given);
    }

    #[test]
    fn a_section_is_changed_or_added() {
        let set_to = |file: &str, field: &str, text: &str| {
            let patch = set(file, field, text).unwrap();
            String::from_utf8(super::super::patch::apply(file.as_bytes(), &[patch]).unwrap()).unwrap()
        };
        let plain = "---\na: 1\n---\n\n# T\n\nold\n";
        assert_eq!(set_to(plain, "description", "new"), "---\na: 1\n---\n\n# T\n\nnew\n");
        assert_eq!(set_to(plain, "details", "x"), "---\na: 1\n---\n\n# T\n\nold\n\n## Details\n\nx\n");
        assert_eq!(set_to("---\na: 1\n---\n\n# T\n", "description", "x"), "---\na: 1\n---\n\n# T\n\nx\n");
        assert!(set(plain, "details", "x\n\n## Test Strategy\n\ny").is_none());
        assert!(set("no front matter", "details", "x").is_none());
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(
            title in "[a-z# ]{0,6}",
            given in proptest::collection::btree_map(
                proptest::sample::select(vec!["description", "details", "testStrategy"]),
                "([a-z \n\r]|---\n|# a\n|## b\n){1,8}", 0..4),
        ) {
            let given: BTreeMap<String, String> =
                given.into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
            let printed = file(&title, &given);
            let back = read(&printed);
            // Line ends of two bytes at an end may be taken for the file's own.
            prop_assume!(!given.values().any(|text| text.ends_with('\r')));
            prop_assert_eq!(back, given);
        }
    }
}
