use super::frame::Framing;
use super::parse;
use crate::format::yaml::Node;

/// Those of some fields that a front matter has without a value: `status:`, `status: ~`. What is read of a title, a status
/// or a priority does not tell that from a field that is missing.
#[must_use]
pub fn nulls<'a>(file: &str, fields: &[&'a str]) -> Vec<&'a str> {
    let Framing::Closed(frame) = Framing::of(file) else { return Vec::new() };
    let Ok(root) = parse(&frame) else { return Vec::new() };
    fields.iter().copied().filter(|field| root.get(field).is_some_and(Node::is_null)).collect()
}
