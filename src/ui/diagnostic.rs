use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::safe;
use crate::model::{Diagnostic, Severity};

/// A finding with its source line, a caret and its hint, in several lines without the last end.
#[must_use]
pub fn render(finding: &Diagnostic) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let message = safe(&finding.message).into_owned();
    let title = level.primary_title(message).id(finding.code.as_str());
    let hint = finding.hint.as_deref().map(|hint| safe(hint).into_owned());
    let excerpt;
    let mut group = match &finding.place {
        // Far along a long line there is no excerpt of the place, only of the line's beginning.
        Some(place) if place.column <= place.excerpt.chars().count() + 1 && !place.excerpt.is_empty() => {
            excerpt = place.excerpt.clone();
            let start = offset(&excerpt, place.column - 1);
            let end = offset(&excerpt, place.column - 1 + place.width).max(start);
            let snippet = Snippet::source(excerpt.as_str())
                .line_start(place.line)
                .path(place.path.as_str())
                .annotation(AnnotationKind::Primary.span(start..end));
            title.element(snippet)
        }
        Some(place) => {
            let origin =
                annotate_snippets::Origin::path(place.path.as_str()).line(place.line).char_column(place.column);
            title.element(origin)
        }
        None => Group::with_title(title),
    };
    if let Some(hint) = &hint {
        group = group.element(Level::HELP.message(hint.as_str()));
    }
    // Colours are taken out again where they are not wanted.
    Renderer::styled().render(&[group])
}

fn offset(text: &str, characters: usize) -> usize {
    text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at)
}
