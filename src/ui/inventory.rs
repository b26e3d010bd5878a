use std::collections::{BTreeMap, BTreeSet};

use anstyle::Style;

use super::{Columns, safe};
use crate::engine::inventory::{Entry, Kind, Way};

/// Entries as a table: kind, place, name, way, what.
#[must_use]
pub fn table(entries: &[Entry]) -> String {
    let mut columns = Columns::default();
    for entry in entries {
        let way = if entry.way == Way::SetsStatus { Style::new().bold() } else { Style::new() };
        columns.row([
            (entry.kind.name().to_owned(), Style::new().dimmed()),
            (format!("{}:{}", safe(&entry.path), entry.line), Style::new()),
            (safe(entry.name.as_deref().unwrap_or("-")).into_owned(), Style::new()),
            (entry.way.name().to_owned(), way),
            (safe(&entry.what).into_owned(), Style::new()),
        ]);
    }
    columns.render()
}

/// Entries as a flowchart of Mermaid: from each source to what it touches. What calls another source leads to that.
#[must_use]
pub fn mermaid(entries: &[Entry]) -> String {
    let mut sources: BTreeMap<(Kind, &str, Option<&str>), usize> = BTreeMap::new();
    for entry in entries {
        let next = sources.len();
        sources.entry(source(entry)).or_insert(next);
    }
    let mut text = "flowchart LR\n".to_owned();
    for kind in Kind::ALL {
        let mut inside = sources.iter().filter(|((of, ..), _)| *of == kind).peekable();
        if inside.peek().is_none() {
            continue;
        }
        text.push_str(&format!("  subgraph {}[\"{}\"]\n", kind.name().replace('-', "_"), kind.name()));
        for ((_, path, name), number) in inside {
            let label = name.map_or_else(|| label(path), |name| format!("{}<br/>{}", label(name), label(path)));
            text.push_str(&format!("    s{number}[\"{label}\"]\n"));
        }
        text.push_str("  end\n");
    }
    let mut targets: BTreeMap<&str, String> = BTreeMap::new();
    let mut edges: Vec<String> = Vec::new();
    let mut known: BTreeSet<String> = BTreeSet::new();
    for entry in entries {
        let Some(from) = sources.get(&source(entry)) else { continue };
        let target = targets.entry(&entry.what).or_insert_with(|| {
            let other = sources.iter().find(|((_, path, name), _)| is_called(&entry.what, path, *name));
            other.map_or_else(|| format!("t{}", edges.len()), |(_, number)| format!("s{number}"))
        });
        let edge = format!("  s{from} -->|{}| {target}\n", entry.way.name());
        if known.insert(edge.clone()) {
            edges.push(edge);
        }
    }
    for (what, id) in targets.iter().filter(|(_, id)| id.starts_with('t')) {
        text.push_str(&format!("  {id}([\"{}\"])\n", label(what)));
    }
    text + &edges.concat()
}

fn source(entry: &Entry) -> (Kind, &str, Option<&str>) {
    (entry.kind, &entry.path, entry.name.as_deref())
}

/// Whether words such as `scripts/sync.py` or `make sync` mean a source.
fn is_called(what: &str, path: &str, name: Option<&str>) -> bool {
    let runner = what.split_once(' ').filter(|(runner, _)| matches!(*runner, "make" | "just" | "task" | "npm"));
    match (runner, name) {
        (Some((_, target)), Some(name)) => target == name,
        _ => what == path && name.is_none(),
    }
}

/// A text in a label: what Mermaid would read as its own stands there by its number.
fn label(text: &str) -> String {
    let mut label = String::new();
    for c in safe(text).chars() {
        match c {
            c if c.is_alphanumeric() || " ._-/:,+*=()$@~'?!|".contains(c) => label.push(c),
            c => label.push_str(&format!("#{};", u32::from(c))),
        }
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::inventory::Subject;

    fn entry(kind: Kind, path: &str, name: Option<&str>, what: &str) -> Entry {
        Entry {
            kind,
            path: path.to_owned(),
            line: 1,
            name: name.map(ToOwned::to_owned),
            way: Way::Calls,
            subject: Subject::Entry,
            what: what.to_owned(),
        }
    }

    #[test]
    fn a_flowchart_joins_what_calls_what() {
        let entries = [
            entry(Kind::Script, "a.sh", None, "taskmaster list"),
            entry(Kind::Target, "Makefile", Some("x"), "a.sh"),
            entry(Kind::Step, "ci.yml", Some("j / s"), "make x"),
        ];
        let wanted = "flowchart LR
  subgraph script[\"script\"]
    s0[\"a.sh\"]
  end
  subgraph target[\"target\"]
    s1[\"x<br/>Makefile\"]
  end
  subgraph ci_step[\"ci-step\"]
    s2[\"j / s<br/>ci.yml\"]
  end
  t0([\"taskmaster list\"])
  s0 -->|calls| t0
  s1 -->|calls| s0
  s2 -->|calls| s1
";
        assert_eq!(mermaid(&entries), wanted);
    }

    #[test]
    fn a_label_is_only_a_label() {
        assert_eq!(
            label("a\"]; b --> c %%{init}%% `x` <b>#"),
            "a#34;#93;#59; b --#62; c #37;#37;#123;init#125;#37;#37; #96;x#96; #60;b#62;#35;"
        );
        assert_eq!(label("a\nb\u{202e}"), "a b#92;u#123;202e#125;");
    }
}
