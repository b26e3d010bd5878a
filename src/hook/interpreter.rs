//! What a hook script is written for, and what to add by hand where it is no shell script.

use super::HookName;

/// Shells that read the section as it is meant.
const SHELLS: [&str; 11] = ["sh", "bash", "dash", "ash", "ksh", "ksh93", "mksh", "oksh", "posh", "yash", "zsh"];

/// What a script is written for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Language {
    /// A POSIX shell, or one close enough.
    Shell,
    /// Something else, by name.
    Other(String),
}

/// What git would run the file with. A text without `#!` line is run by `sh`.
pub(super) fn language(script: &[u8]) -> Language {
    if script.contains(&0) {
        return Language::Other("a compiled program".to_owned());
    }
    let first = script.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if let Some(command) = first.strip_prefix(b"#!") {
        let name = interpreter_name(&String::from_utf8_lossy(command));
        if !SHELLS.contains(&name.as_str()) {
            return Language::Other(name);
        }
    }
    if script.split(|byte| *byte == b'\n').any(hands_itself_over) {
        return Language::Other("a script that hands itself to another program".to_owned());
    }
    Language::Shell
}

/// `bash` of `#!/usr/bin/env -S LANG=C bash -e`.
fn interpreter_name(command: &str) -> String {
    let base = |word: &str| {
        let name = word.rsplit(['/', '\\']).next().unwrap_or_default();
        name.strip_suffix(".exe").unwrap_or(name).to_owned()
    };
    let mut words = command.split_whitespace();
    let first = base(words.next().unwrap_or_default());
    match first.as_str() {
        "env" => words.find(|word| !word.starts_with('-') && !word.contains('=')).map_or(first, base),
        "busybox" => words.next().map_or(first, base),
        _ => first,
    }
}

/// Whether a line is like `exec python3 "$0" "$@"`: the file is then read a second time, by a
/// program to which our lines may mean nothing.
fn hands_itself_over(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let contains = |word: &[u8]| line.windows(word.len()).any(|window| window == word);
    !line.starts_with(b"#") && contains(b"exec") && (contains(b"\"$0\"") || contains(b" $0 ") || contains(b"${0}"))
}

/// Lines that do for a script in another language what the section does for a shell script.
pub(super) fn lines_by_hand(interpreter: &str, hook: HookName, binary: &str) -> String {
    let name = interpreter.trim_end_matches(|ch: char| ch.is_ascii_digit() || ch == '.');
    let single = format!("'{}'", binary.replace('\\', r"\\").replace('\'', r"\'"));
    // A string of JSON is one of Python and of JavaScript too.
    let double = serde_json::Value::from(binary).to_string();
    let refuse = hook.can_refuse();
    match name {
        "python" | "pypy" => {
            let call = format!("subprocess.call([{double}, \"hooks\", \"run\", \"{hook}\", *sys.argv[1:]])");
            let call = if refuse { format!("if {call} == 1:\n        sys.exit(1)") } else { call };
            format!("import subprocess, sys\ntry:\n    {call}\nexcept OSError:\n    pass\n")
        }
        "node" | "nodejs" => {
            let call = format!(
                "require(\"node:child_process\").spawnSync({double}, [\"hooks\", \"run\", \"{hook}\", ...process.argv.slice(2)], {{ stdio: [\"ignore\", \"inherit\", \"inherit\"] }})"
            );
            if refuse { format!("if ({call}.status === 1) process.exit(1);\n") } else { format!("{call};\n") }
        }
        "perl" => {
            let verdict = if refuse { "exit 1 if $? >> 8 == 1;\n" } else { "" };
            format!("system {{ {single} }} {single}, 'hooks', 'run', '{hook}', @ARGV;\n{verdict}")
        }
        "ruby" => {
            let verdict = if refuse { "exit 1 if $?.exitstatus == 1\n" } else { "" };
            format!("system({single}, 'hooks', 'run', '{hook}', *ARGV)\n{verdict}")
        }
        _ => {
            let quoted = binary.replace('\'', r"'\''");
            format!("'{quoted}' hooks run {hook} \"$@\"\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_are_told_from_others() {
        let check = |script: &str, expect: Option<&str>| {
            let expect = expect.map_or(Language::Shell, |name| Language::Other(name.to_owned()));
            assert_eq!(language(script.as_bytes()), expect, "{script:?}");
        };
        check("echo hi\n", None);
        check("#!/bin/sh\n", None);
        check("#! /bin/sh -e\n", None);
        check("#!/bin/sh\r\necho\r\n", None);
        check("#!/usr/bin/env bash\n", None);
        check("#!/usr/bin/env -S LANG=C zsh -f\n", None);
        check("#!/bin/busybox sh\n", None);
        check("#!C:/Program/Git/bin/sh.exe\n", None);
        check("#!/usr/bin/env python3\n", Some("python3"));
        check("#!/usr/bin/node", Some("node"));
        check("#!/usr/bin/fish\n", Some("fish"));
        check("#!/bin/tcsh\n", Some("tcsh"));
        check("#!/usr/bin/env -S nix-shell -i bash\n", Some("nix-shell"));
        check("\u{7f}ELF\u{1}\0\0", Some("a compiled program"));
        check("#!/bin/sh\n\"exec\" \"python3\" \"$0\" \"$@\"\n", Some("a script that hands itself to another program"));
        check("#!/bin/sh\n# exec foo \"$0\"\nexec foo \"$@\"\n", None);
    }

    #[test]
    fn only_hooks_that_can_refuse_look_at_the_exit_code() {
        for name in ["python3.12", "node", "perl", "ruby"] {
            assert!(lines_by_hand(name, HookName::PreCommit, "/b").contains('1'), "{name}");
            assert!(lines_by_hand(name, HookName::PreCommit, "/b").contains("exit"), "{name}");
            assert!(!lines_by_hand(name, HookName::PostCommit, "/b").contains("exit"), "{name}");
        }
    }
}
