//! `state.json`: which tag is the current one. Everything else in it is left alone and unread.

use super::json::{NodeKind, Source};
use crate::model::{Code, Diagnostic, Reading, TreePath};

/// Reads `currentTag`.
#[must_use]
pub fn read(path: &TreePath, bytes: &[u8]) -> Reading {
    let mut reading = Reading::default();
    let source = Source::new(bytes);
    match source.as_ref().map_err(Clone::clone).and_then(Source::parse) {
        Ok(root) => match root.get("currentTag").map(|tag| (&tag.kind, tag)) {
            None | Some((NodeKind::Null, _)) => {}
            Some((NodeKind::String(tag), _)) => reading.current_tag = Some(tag.clone().into_owned()),
            Some((_, other)) => {
                let message = format!("`currentTag` is {}, not a text", other.name());
                let finding = Diagnostic::warning(Code::CURRENT_TAG_NOT_TEXT, message);
                reading.diagnostics.push(finding.hint("put the tag's name in quotes").at(path, bytes, other.span));
            }
        },
        Err(error) => reading.diagnostics.push(error.diagnostic(path, bytes)),
    }
    reading
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(text: &str) -> (Option<String>, Vec<&'static str>) {
        let reading = read(&TreePath::new("state.json").unwrap(), text.as_bytes());
        (reading.current_tag, reading.diagnostics.iter().map(|finding| finding.code.as_str()).collect())
    }

    #[test]
    fn the_current_tag_is_read() {
        assert_eq!(state("{\"currentTag\": \"feature-x\", \"lastSwitched\": 1}"), (Some("feature-x".into()), vec![]));
        assert_eq!(state("\u{feff}{}"), (None, vec![]));
        assert_eq!(state("{\"currentTag\": null}"), (None, vec![]));
        assert_eq!(state("[]"), (None, vec![]));
        assert_eq!(state("{\"currentTag\": 7}"), (None, vec!["current-tag-not-text"]));
        assert_eq!(state("{\"currentTag\": \"x\",}"), (None, vec!["invalid-json"]));
    }
}
