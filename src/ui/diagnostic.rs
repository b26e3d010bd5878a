use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::safe;
use crate::model::{Diagnostic, Place, Severity};

/// How much of a line may be cut off before what is shown, in characters: it takes memory to show it.
const FARTHEST: usize = 100_000;

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
        Some(place) if skipped(place) <= FARTHEST && !place.excerpt.is_empty() => {
            // What is cut off takes its room, so that columns are right: of a line that is too long the renderer shows what
            // stands around the place, which is less than the excerpt has.
            excerpt = format!("{}{}", ".".repeat(skipped(place)), place.excerpt);
            let start = offset(&excerpt, place.column - 1);
            let end =
                offset(&excerpt, place.column - 1 + usize::try_from(place.width).unwrap_or(usize::MAX / 2)).max(start);
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

fn skipped(place: &Place) -> usize {
    usize::try_from(place.skipped).unwrap_or(usize::MAX)
}

fn offset(text: &str, characters: usize) -> usize {
    text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at)
}
