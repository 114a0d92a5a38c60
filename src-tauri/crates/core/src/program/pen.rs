//! Keeps a program from writing anywhere but in folders of its own, by the means of the system.

use std::path::PathBuf;

/// Shuts the pen around this thread and what it starts (Landlock); gives the line to run.
#[cfg(target_os = "linux")]
pub(super) fn close(line: &[String], folders: &[PathBuf]) -> Result<Vec<String>, String> {
    use landlock::{
        ABI, AccessFs, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus,
    };
    let writing = AccessFs::from_write(ABI::V5);
    let shut = || -> Result<RulesetStatus, Box<dyn std::error::Error>> {
        let mut rules = Ruleset::default().handle_access(writing)?.create()?;
        for folder in folders {
            rules = rules.add_rule(PathBeneath::new(PathFd::new(folder)?, writing))?;
        }
        rules = rules.add_rule(PathBeneath::new(PathFd::new("/dev/null")?, AccessFs::WriteFile))?;
        Ok(rules.restrict_self()?.ruleset)
    };
    match shut().map_err(|error| error.to_string())? {
        RulesetStatus::NotEnforced => Err("this system has no Landlock".into()),
        RulesetStatus::PartiallyEnforced | RulesetStatus::FullyEnforced => Ok(line.to_vec()),
    }
}

/// Puts the system's own sandbox before the line.
#[cfg(not(target_os = "linux"))]
pub(super) fn close(line: &[String], folders: &[PathBuf]) -> Result<Vec<String>, String> {
    let real: Result<Vec<PathBuf>, String> =
        folders.iter().map(|folder| folder.canonicalize().map_err(|error| error.to_string())).collect();
    let before = ["/usr/bin/sandbox-exec".to_owned(), "-p".to_owned(), rules(&real?)?];
    Ok(before.into_iter().chain(line.iter().cloned()).collect())
}

/// What `sandbox-exec` is told.
#[cfg(any(test, not(target_os = "linux")))]
fn rules(folders: &[PathBuf]) -> Result<String, String> {
    let mut rules = String::from(
        "(version 1)(allow default)(deny file-write*)(allow file-write* (literal \"/dev/null\")",
    );
    for folder in folders {
        let text = folder.to_str().ok_or("its name is no text")?;
        rules.push_str(&format!("(subpath \"{}\")", text.replace('\\', "\\\\").replace('"', "\\\"")));
    }
    rules.push(')');
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_open_the_pen() {
        let rules = rules(&["/b/.drill-1".into(), "/b/a\")(allow file-write*)(\\".into()]).unwrap();
        assert_eq!(
            rules,
            "(version 1)(allow default)(deny file-write*)(allow file-write* (literal \"/dev/null\")\
             (subpath \"/b/.drill-1\")(subpath \"/b/a\\\")(allow file-write*)(\\\\\"))"
        );
    }
}
