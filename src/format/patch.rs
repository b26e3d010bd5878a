//! Byte-span patches: the only way a user's file is ever changed.

use crate::model::Span;

/// Replaces the bytes of `span` with `text`; an empty span inserts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// Which bytes.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

impl Patch {
    /// Replaces `span` with `text`.
    pub fn new(span: Span, text: impl Into<String>) -> Self {
        Self { span, text: text.into() }
    }
}

/// Patches that overlap, or reach beyond the file: a defect of whoever made them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("patches overlap or leave the file at byte {at}")]
pub struct PatchError {
    at: usize,
}

/// Applies all patches at once. Their spans mean the original bytes; their order does not matter,
/// but that two insertions at one place keep theirs.
///
/// # Errors
/// When two spans overlap or one leaves the file. Nothing is applied then.
pub fn apply(bytes: &[u8], patches: &[Patch]) -> Result<Vec<u8>, PatchError> {
    let mut sorted: Vec<&Patch> = patches.iter().collect();
    sorted.sort_by_key(|patch| patch.span);
    let mut result = Vec::with_capacity(bytes.len() + patches.iter().map(|patch| patch.text.len()).sum::<usize>());
    let mut at = 0;
    for patch in sorted {
        let kept = bytes.get(at..patch.span.start).ok_or(PatchError { at: patch.span.start })?;
        if patch.span.end > bytes.len() {
            return Err(PatchError { at: patch.span.end });
        }
        result.extend_from_slice(kept);
        result.extend_from_slice(patch.text.as_bytes());
        at = patch.span.end;
    }
    result.extend_from_slice(bytes.get(at..).unwrap_or_default());
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_apply_together() {
        let patches =
            [Patch::new(Span::new(4, 5), "Z"), Patch::new(Span::at(1), "xy"), Patch::new(Span::new(1, 2), "")];
        assert_eq!(apply(b"abcde", &patches).unwrap(), b"axycdZ");
    }

    #[test]
    fn overlapping_patches_are_refused() {
        let patches = [Patch::new(Span::new(0, 3), "x"), Patch::new(Span::new(2, 4), "y")];
        assert!(apply(b"abcde", &patches).is_err());
        assert!(apply(b"abc", &[Patch::new(Span::new(2, 9), "")]).is_err());
    }
}
