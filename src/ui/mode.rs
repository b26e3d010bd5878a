use crate::format::workflow::Mode;

/// Says that a clone's own mode is none, and which holds instead.
#[must_use]
pub fn odd_mode(text: &str, mode: Mode) -> String {
    format!(
        "git config taskmaster.mode is `{}`, which is no mode; the file's applies: {}",
        text.escape_debug(),
        mode.name()
    )
}
