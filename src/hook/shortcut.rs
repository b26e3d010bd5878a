//! What our section asks a shell before it starts the program.

use super::HookName;

/// The variable in which `pre-commit` is told the process of git that rings.
pub(super) const RUNG_BY: &str = "TASKMASTER_RUNG_BY";

/// What tells a shell that the program would have nothing to do: in a large repository starting it takes longer
/// than all that git does. Where the shell cannot tell, the program is asked.
pub(super) fn shortcut(hook: HookName) -> String {
    match hook {
        // HEAD is known not to be the engine's commit: there is nothing to guard.
        HookName::PrepareCommitMsg => format!(
            r#"    git="${{GIT_DIR:-.git}}"
    if {{ {READ_TIP} && read -r plain <"$git/taskmaster/plain-head"; }} 2>/dev/null; then
        [ "$tip" != "$plain" ] || exit 0
    fi
"#
        ),
        // No line of the message could close a task.
        HookName::CommitMsg => format!(
            r#"    {} 2>/dev/null <"$1" || lines=100
    [ $lines -ge 100 ] || exit 0
"#,
            COUNT_LINES.trim_start()
        ),
        // This very process of git has asked before the commit: nothing of the tree was staged, and what is committed
        // was not touched since. The note moves on with the branch.
        HookName::PostCommit => format!(
            r#"    git="${{GIT_DIR:-.git}}"
    notes="$git/taskmaster"
    if {{ {READ_TIP} && read -r plain <"$notes/plain-head" && read -r quiet cursor asked <"$notes/quiet-head"; }} 2>/dev/null &&
        [ "$quiet" = "$plain" ] && [ "$tip" != "$plain" ] && [ "$asked" = "$PPID" ] &&
        [ "$notes/quiet-head" -nt "$git/index" ]; then
{COUNT_LINES} 2>/dev/null <"$git/COMMIT_EDITMSG" || lines=100
        if [ $lines -lt 100 ] && {{ echo "$tip $cursor $asked" 1<>"$notes/quiet-head" && echo "$tip" 1<>"$notes/plain-head"; }} 2>/dev/null; then
            exit 0
        fi
    fi
"#
        ),
        _ => String::new(),
    }
}

/// Reads the commit that a loose branch is at.
const READ_TIP: &str = r#"read -r head <"$git/HEAD" && read -r tip <"$git/${head#ref: }""#;

/// Counts the lines of a message, to a hundred where one of them could close a task or there are many.
const COUNT_LINES: &str = r##"    lines=0
    while read -r line || [ -n "$line" ]; do
        lines=$((lines + 1))
        case $line in
            *[Cc][Ll][Oo][Ss][Ee][Ss]*) lines=100 && break ;;
            "# ------------------------ >8 ---"*) break ;;
        esac
        [ $lines -lt 100 ] || break
    done"##;
