//! What changed in the ecosystem's own repository: the log of git, parsed and grouped. Pure, but for the question itself.

use std::collections::BTreeMap;
use std::path::Path;

use crate::program::git;
use crate::routines::evidence::Changes;

/// Groups that are shown, and changes of each.
const GROUPS: usize = 12;
const EACH: usize = 5;
/// The longest subject that is shown, in characters.
const LONGEST: usize = 100;

/// Asks git what changed in `root` in the last `days`.
///
/// # Errors
/// Why that cannot be told, in words: the folder is no repository, git is not installed.
pub fn ask(root: &Path, days: u32) -> Result<Changes, String> {
    let since = format!("--since={days}.days");
    let words = [
        "log",
        "--no-merges",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--date=short",
        "--pretty=tformat:%ad%x09%s",
        &since,
        "--",
        ".",
    ];
    git::ask(root, &words).map(|log| group(&String::from_utf8_lossy(&log)))
}

/// Groups a log of lines `day TAB subject`, the largest group first.
pub fn group(log: &str) -> Changes {
    let changes: Vec<(&str, &str)> = log.lines().filter_map(|line| line.split_once('\t')).collect();
    let mut groups: BTreeMap<String, Vec<(&str, &str)>> = BTreeMap::new();
    for (day, subject) in &changes {
        groups.entry(topic(subject)).or_default().push((day, subject));
    }
    let mut groups: Vec<(String, Vec<(&str, &str)>)> = groups.into_iter().collect();
    groups.sort_by_key(|(_, changes)| std::cmp::Reverse(changes.len()));
    let more = groups.len().saturating_sub(GROUPS);
    let mut lines = Vec::new();
    for (topic, changes) in groups.iter().take(GROUPS) {
        lines.push(format!("{topic}: {}", changes.len()));
        for (day, subject) in changes.iter().take(EACH) {
            let short: String = subject.chars().take(LONGEST).collect();
            let end = if short.len() < subject.len() { "…" } else { "" };
            lines.push(format!("  {day}  {short}{end}"));
        }
        if changes.len() > EACH {
            lines.push(format!("  and {} more", changes.len() - EACH));
        }
    }
    if more > 0 {
        lines.push(format!("and {more} more topics"));
    }
    Changes { count: changes.len(), lines }
}

/// What a change is about: what stands before a colon (`fix(cache): …`, `cache: …`), or its first word.
fn topic(subject: &str) -> String {
    let before = subject.split_once(':').map(|(before, _)| before.trim());
    let plain =
        |text: &&str| !text.is_empty() && text.chars().count() <= 30 && !text.contains(char::is_whitespace);
    match before.filter(plain) {
        Some(before) => before.split('(').next().unwrap_or(before).trim_end_matches('!').to_lowercase(),
        None => subject.split_whitespace().next().unwrap_or("other").to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_grouped_by_what_they_are_about() {
        let log = "2026-12-01\tfix(cache): a leak\n2026-11-30\tfix: another\n2026-11-29\tAdd a module\nno tab\n\
            2026-11-28\tfeat!: faster\n";
        let changes = group(log);
        assert_eq!(changes.count, 4);
        assert_eq!(
            changes.lines,
            [
                "fix: 2",
                "  2026-12-01  fix(cache): a leak",
                "  2026-11-30  fix: another",
                "add: 1",
                "  2026-11-29  Add a module",
                "feat: 1",
                "  2026-11-28  feat!: faster"
            ]
        );
        let many: String = (0..20).map(|n| format!("2026-12-01\ttopic{n:02}: x\n")).collect();
        assert_eq!(group(&many).lines.last().unwrap(), "and 8 more topics");
        assert_eq!(group(&"2026-12-01\tfix: x\n".repeat(7)).lines.last().unwrap(), "  and 2 more");
        assert_eq!(group(""), Changes::default());
    }

    #[test]
    fn a_folder_that_is_no_repository_is_said() {
        let folder = tempfile::tempdir().unwrap();
        assert!(ask(folder.path(), 92).unwrap_err().contains("no git repository"));
    }

    #[test]
    fn a_real_repository_is_asked_and_none_of_its_settings_starts_anything() {
        let folder = tempfile::tempdir().unwrap();
        let (root, canary) = (folder.path().join("eco"), folder.path().join("canary"));
        std::fs::create_dir(&root).unwrap();
        let git = |words: &[&str]| {
            let done = std::process::Command::new("git")
                .current_dir(&root)
                .env("GIT_CONFIG_GLOBAL", "/dev/null")
                .args(["-c", "user.name=Me", "-c", "user.email=me@example.com"])
                .args(words)
                .output()
                .unwrap();
            assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
        };
        git(&["init", "-q"]);
        for subject in ["cache: warmed up\t<b>now</b>", "cache: cleared", "Add a module"] {
            git(&["commit", "-q", "--allow-empty", "-m", subject]);
        }
        // What a hostile repository would have run.
        let trap = folder.path().join("trap.sh");
        std::fs::write(&trap, format!("#!/bin/sh\ntouch {}\n", canary.display())).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&trap, mode).unwrap();
        let trap = trap.to_str().unwrap();
        for key in ["core.fsmonitor", "core.pager", "gpg.program", "pager.log", "diff.external"] {
            git(&["config", key, trap]);
        }
        git(&["config", "log.showSignature", "true"]);
        // Commits without a file are not below the folder: one that touches it is.
        std::fs::write(root.join("a"), "1").unwrap();
        git(&["-c", "core.fsmonitor=false", "add", "a"]);
        git(&["-c", "core.fsmonitor=false", "commit", "-q", "-m", "cache: a file\n\nbody"]);
        let _ = std::fs::remove_file(&canary);
        let changes = ask(&root, 92).unwrap();
        assert_eq!((changes.count, changes.lines[0].as_str()), (1, "cache: 1"));
        assert!(changes.lines[1].ends_with("cache: a file"), "{:?}", changes.lines);
        assert!(!canary.exists(), "a setting of the repository was run");
    }
}
