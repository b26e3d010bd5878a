//! Links of a Markdown text that lead to files: `[a](b)`, `![a](b)`, `[a]: b`, and `href` and `src` of HTML. What is a
//! link is told by `CommonMark` (spec.commonmark.org, 0.31).

use std::borrow::Cow;
use std::ops::Range;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};

use crate::model::Span;

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link<'text> {
    /// The path that it leads to, as the file system knows it: without what stands behind `#` or `?`.
    pub target: String,
    /// The same as it is written.
    pub written: &'text str,
    /// Where that stands.
    pub span: Span,
    form: Form,
}

/// How the target of a link is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `(b)`, or behind `]:`.
    Plain,
    /// `(<b>)`.
    Angled,
    /// `href="b"`.
    Attribute,
}

/// What has a meaning in an address, or ends one.
const PLAIN: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'\'')
    .add(b'<')
    .add(b'>')
    .add(b'(')
    .add(b')')
    .add(b'\\')
    .add(b'&')
    .add(b'%')
    .add(b'#')
    .add(b'?');

/// The same between `<` and `>`, where blanks and brackets may stand.
const ANGLED: &AsciiSet = &CONTROLS.add(b'<').add(b'>').add(b'\\').add(b'&').add(b'%').add(b'#').add(b'?');

impl Link<'_> {
    /// Another target in the form of this one. Names that both have stay as they are written.
    #[must_use]
    pub fn spelled(&self, target: &str) -> String {
        let known: Vec<(String, &str)> =
            self.written.split('/').filter_map(|part| Some((decoded(part, self.form)?, part))).collect();
        let set = if self.form == Form::Angled { ANGLED } else { PLAIN };
        let parts = target.split('/').map(|part| match known.iter().find(|(known, _)| known == part) {
            Some((_, written)) => Cow::Borrowed(*written),
            None => Cow::from(utf8_percent_encode(part, set)),
        });
        parts.collect::<Vec<_>>().join("/")
    }
}

/// The links of a text, in order; its Markdown begins at `body`.
#[must_use]
pub fn links(text: &str, body: usize) -> Vec<Link<'_>> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES;
    let markdown = text.get(body..).unwrap_or_default();
    let parser = Parser::new_ext(markdown, options);
    let mut found = Found { text, links: Vec::new() };
    for (_, definition) in parser.reference_definitions().iter() {
        let (from, end) = (definition.span.start, definition.span.end);
        let behind = markdown.get(from..end).and_then(behind_label).map(|at| body + from + at);
        found.destination(behind, body + end);
    }
    let mut open: Vec<Open> = Vec::new();
    for (event, range) in parser.into_offset_iter() {
        if let Event::End(TagEnd::Link | TagEnd::Image) = event {
            let Some(Open { range, inside, is_inline }) = open.pop() else { continue };
            let rest = markdown.get(inside..range.end).unwrap_or_default();
            let behind = rest.find("](").filter(|_| is_inline).map(|at| body + inside + at + 2);
            found.destination(behind, body + range.end);
        }
        for link in &mut open {
            link.inside = link.inside.max(range.end);
        }
        match event {
            Event::Start(Tag::Link { link_type, .. } | Tag::Image { link_type, .. }) => {
                open.push(Open { inside: range.start, range, is_inline: link_type == LinkType::Inline });
            }
            Event::Html(_) | Event::InlineHtml(_) => found.attributes(body + range.start..body + range.end),
            _ => {}
        }
    }
    found.links.sort_by_key(|link| link.span.start);
    found.links
}

/// A link whose end is still to come.
struct Open {
    range: Range<usize>,
    /// Where what stands between its brackets ends, as far as is known.
    inside: usize,
    is_inline: bool,
}

struct Found<'text> {
    text: &'text str,
    links: Vec<Link<'text>>,
}

impl<'text> Found<'text> {
    /// The destination that stands somewhere behind `from`.
    fn destination(&mut self, from: Option<usize>, end: usize) {
        let Some(from) = from else { return };
        let rest = self.text.get(from..end).unwrap_or_default();
        let start = from + rest.len() - rest.trim_start().len();
        let rest = rest.trim_start();
        if let Some(inner) = rest.strip_prefix('<') {
            return self.add(start + 1..start + 1 + length(inner, |c, _| c == '>'), Form::Angled);
        }
        let is_end = |c: char, depth: usize| c.is_whitespace() || (c == ')' && depth == 0);
        self.add(start..start + length(rest, is_end), Form::Plain);
    }

    /// The addresses in a piece of HTML.
    fn attributes(&mut self, range: Range<usize>) {
        let Some(html) = self.text.get(range.clone()) else { return };
        let lower = html.to_ascii_lowercase();
        for name in ["href=", "src="] {
            for (at, _) in lower.match_indices(name) {
                let at = at + name.len();
                let Some(quote) =
                    html.get(at..).and_then(|rest| rest.chars().next()).filter(|c| matches!(c, '"' | '\''))
                else {
                    continue;
                };
                let value = html.get(at + 1..).and_then(|rest| rest.split(quote).next()).unwrap_or_default();
                let start = range.start + at + 1;
                self.add(start..start + value.len(), Form::Attribute);
            }
        }
    }

    fn add(&mut self, range: Range<usize>, form: Form) {
        let text: &'text str = self.text;
        let whole = text.get(range.clone()).unwrap_or_default();
        let written = whole.get(..path_end(whole)).unwrap_or_default();
        let Some(target) = decoded(written, form).filter(|target| !target.is_empty()) else { return };
        let span = Span::new(range.start, range.start + written.len());
        // Two definitions of one label, or HTML that is told of twice.
        if self.links.iter().all(|link| link.span != span) {
            self.links.push(Link { target, written, span, form });
        }
    }
}

/// Where what stands behind the label of a definition begins.
fn behind_label(definition: &str) -> Option<usize> {
    let end = length(definition, |c, _| c == ']');
    definition.get(end..)?.strip_prefix("]:").map(|rest| definition.len() - rest.len())
}

/// How many bytes there are before the end; a backslash takes the meaning of what stands behind it.
fn length(text: &str, is_end: impl Fn(char, usize) -> bool) -> usize {
    let (mut depth, mut is_escaped) = (0_usize, false);
    for (at, c) in text.char_indices() {
        if is_escaped {
            is_escaped = false;
            continue;
        }
        if is_end(c, depth) {
            return at;
        }
        match c {
            '\\' => is_escaped = true,
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text.len()
}

/// Where the path of an address ends. The `#` of an entity is none.
fn path_end(text: &str) -> usize {
    let is_end = |at: usize, c: char| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        matches!(c, '#' | '?') && !matches!(before, Some('&' | '\\'))
    };
    text.char_indices().find(|(at, c)| is_end(*at, *c)).map_or(text.len(), |(at, _)| at)
}

/// A path, or a part of one, as the file system knows it; `None` where it is no text.
fn decoded(written: &str, form: Form) -> Option<String> {
    let text = if form == Form::Attribute { entities(written) } else { unescaped(written) };
    percent_decode_str(&text).decode_utf8().ok().map(Cow::into_owned)
}

/// A text of Markdown without the backslashes before what would have a meaning, and with what entities stand for.
fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.next_if(|next| c == '\\' && next.is_ascii_punctuation());
        plain.push(next.unwrap_or(c));
    }
    entities(&plain)
}

/// A text with what the entities in it stand for that a path may need.
fn entities(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        plain.push_str(before);
        let known = behind.split_once(';').and_then(|(name, behind)| Some((entity(name)?, behind)));
        let (c, behind) = known.unwrap_or(('&', behind));
        plain.push(c);
        rest = behind;
    }
    plain + rest
}

fn entity(name: &str) -> Option<char> {
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    match (name, name.strip_prefix('#')) {
        ("amp", _) => Some('&'),
        ("lt", _) => Some('<'),
        ("gt", _) => Some('>'),
        ("quot", _) => Some('"'),
        ("apos", _) => Some('\''),
        (_, Some(digits)) => match digits.strip_prefix(['x', 'X']) {
            Some(digits) => number(digits, 16),
            None => number(digits, 10),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_in_every_form() {
        let text = "---\nid: [a](no.md)\n---\nSee [x](../a/b.md#top) and `[y](no.md)`, [z](<a b.md>), ![g](img/a.png \"t\"),\n\
            [e](my%20note.md), [p](a(b).md), [q](a\\(c\\).md), [t](a&amp;b.md), [r](x.md?y=1), [**s**](\n  far.md),\n\
            \\[no](no.md), [![in](in.png)](out.md), <a HREF='d/'>x</a>, [1]\n\n```\n[n](no.md)\n```\n\n    [n](no.md)\n\n\
            <img src=\"i&amp;j.png\">\n\n[1]: ../c.md \"t\"\n[2]:\n  e.md\n\n| a |\n|---|\n| [t](t.md) |\n";
        let found = links(text, text.find("See").unwrap());
        let targets: Vec<&str> = found.iter().map(|link| link.target.as_str()).collect();
        assert_eq!(
            targets,
            [
                "../a/b.md",
                "a b.md",
                "img/a.png",
                "my note.md",
                "a(b).md",
                "a(c).md",
                "a&b.md",
                "x.md",
                "far.md",
                "in.png",
                "out.md",
                "d/",
                "i&j.png",
                "../c.md",
                "e.md",
                "t.md"
            ]
        );
        assert!(found.iter().all(|link| &text[link.span.range()] == link.written));
    }

    #[test]
    fn another_target_is_written_in_the_same_form() {
        for (text, target, expected) in [
            ("[a](../x/my%20note.md#y)", "../z/my note.md", "[a](../z/my%20note.md#y)"),
            ("[a](<../x y/b.md>)", "../x z/b.md", "[a](<../x z/b.md>)"),
            ("[a](../x/a\\(b\\).md)", "../y/a(b).md", "[a](../y/a\\(b\\).md)"),
            ("[a](b.md)", "c d(e).md", "[a](c%20d%28e%29.md)"),
            ("[a](%C3%BC/b.md?x=1)", "ü/c.md", "[a](%C3%BC/c.md?x=1)"),
            ("<a href=\"a/b&amp;c\">x</a>", "d/b&c", "<a href=\"d/b&amp;c\">x</a>"),
        ] {
            let link = links(text, 0).remove(0);
            let mut changed = text.to_owned();
            changed.replace_range(link.span.range(), &link.spelled(target));
            assert_eq!(changed, expected);
            assert_eq!(links(&changed, 0).remove(0).target, target, "{changed}");
        }
    }
}
