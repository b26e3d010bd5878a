use super::fields::{FIELDS, FieldKind};
use super::frame::{Frame, Framing};
use super::parse;
use crate::format::json::is_number;
use crate::format::yaml::{Node, NodeKind, Style};

/// Numbers of a front matter by where they are, key by key (items of lists by their places), in the file's spelling,
/// where a [`serde_json::Number`] would be spelled otherwise (`2.50`, `1e3`) and JSON can write them so. What is in
/// quotes or has a tag is none, and neither is what stands in a field that is a text or a list of ids.
#[must_use]
pub fn spelled_numbers(file: &str) -> Vec<(Vec<String>, String)> {
    let Framing::Closed(frame) = Framing::of(file) else { return Vec::new() };
    let Ok(root) = parse(&frame) else { return Vec::new() };
    let mut found = Vec::new();
    let is_free = |key: &str| {
        FIELDS.iter().all(|field| field.name != key || field.kind == FieldKind::Any && key != "parent_task")
    };
    for entry in root.entries().iter().filter(|entry| is_free(&entry.key)) {
        collect(&frame, &entry.value, &mut vec![entry.key.clone()], &mut found);
    }
    found
}

fn collect(frame: &Frame<'_>, node: &Node, path: &mut Vec<String>, found: &mut Vec<(Vec<String>, String)>) {
    let children: Vec<(String, &Node)> = match &node.kind {
        NodeKind::Scalar { text, style: Style::Plain } => {
            // An alias stands for a text that is written elsewhere.
            let is_here = frame.slice(node.span) == text && !has_tag(frame, node);
            if is_here && is_number(text) && node.to_value().is_string() {
                found.push((path.clone(), text.clone()));
            }
            return;
        }
        NodeKind::Scalar { .. } => return,
        NodeKind::Sequence { items, .. } => items.iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect(),
        NodeKind::Mapping { entries, .. } => entries.iter().map(|entry| (entry.key.clone(), &entry.value)).collect(),
    };
    for (key, child) in children {
        path.push(key);
        collect(frame, child, path, found);
        path.pop();
    }
}

/// Whether a tag says of which type a scalar is.
fn has_tag(frame: &Frame<'_>, node: &Node) -> bool {
    let before = frame.text.get(..node.span.start).unwrap_or_default();
    before.split_whitespace().next_back().is_some_and(|word| word.starts_with('!'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_json_can_write_so() {
        let file = "---\ntitle: 2.50\npoints: 1.50\nplain: 2.25\nbig: 12345678901234567890\ne: -1E+3\nz: -0\nlist: [1.50, 2, 'x']\n\
                    map:\n  a:\n    - 1.0e3 # note\nq: '2.50'\nd: \"2.50\"\ns: !!str 2.50\nno: [007, .5, 5., +1.50, 0x1F, 1_000, 1e, --1, .inf]\n---\n";
        let found = spelled_numbers(file);
        let found: Vec<(String, &str)> = found.iter().map(|(path, text)| (path.join("."), text.as_str())).collect();
        let expected = [
            ("points", "1.50"),
            ("big", "12345678901234567890"),
            ("e", "-1E+3"),
            ("z", "-0"),
            ("list.0", "1.50"),
            ("map.a.0", "1.0e3"),
        ];
        assert_eq!(found, expected.map(|(path, text)| (path.to_owned(), text)));
    }
}
