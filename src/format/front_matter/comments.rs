use super::frame::Framing;

/// The comments of a front matter that have a line of their own, without indentation: inside a longer text such a line
/// can be text.
#[must_use]
pub fn comments(file: &str) -> Vec<&str> {
    let Framing::Closed(frame) = Framing::of(file) else { return Vec::new() };
    let content = frame.text.get(frame.content.range()).unwrap_or_default();
    content.lines().filter(|line| line.starts_with('#')).collect()
}
