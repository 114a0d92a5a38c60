//! A runbook from its text.

use serde::Deserialize;

use super::{Clue, Deed, Runbook, Step};
use crate::signal::SignalId;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    title: String,
    about: String,
    signals: Vec<SignalId>,
    steps: Vec<WrittenStep>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenStep {
    id: String,
    text: String,
    #[serde(default)]
    why: String,
    #[serde(default)]
    evidence: Vec<Clue>,
    does: Option<Deed>,
    only_if_failed: Option<String>,
    #[serde(default)]
    optional: bool,
}

/// Reads a runbook; its first mistake, in words.
pub(super) fn read(text: &str) -> Result<Runbook, String> {
    let Written { id, title, about, signals, steps } =
        toml::from_str(text).map_err(|error| error.to_string())?;
    let mut known: Vec<Step> = Vec::new();
    for WrittenStep { id, text, why, evidence, does, only_if_failed, optional } in steps {
        if known.iter().any(|step| step.id == id) {
            return Err(format!("the step “{id}” is there twice"));
        }
        if let Some(before) = &only_if_failed
            && !known.iter().any(|step| step.id == *before && step.deed.is_some())
        {
            return Err(format!("“{id}” waits for “{before}”, which does nothing before it"));
        }
        known.push(Step { id, text, why, evidence, deed: does, only_if_failed, optional });
    }
    if known.is_empty() || signals.is_empty() {
        return Err("a runbook has signals and steps".into());
    }
    Ok(Runbook { id, title, about, signals, steps: known })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_named() {
        let head = "id='a'\ntitle='A'\nabout=''\nsignals=['disk.free']\n";
        let step = |more: &str| format!("[[steps]]\nid='x'\ntext='X'\n{more}\n");
        for (text, says) in [
            (format!("{head}{}{}", step(""), step("")), "twice"),
            (format!("{head}{}", step("only_if_failed='y'")), "waits for “y”"),
            (format!("{head}{}", step("does='rm -rf'")), "unknown variant"),
            (format!("{head}{}", step("evidence=['everything']")), "unknown variant"),
            (format!("{head}{}", step("shell='ls'")), "unknown field"),
            (format!("{head}steps=[]"), "has signals and steps"),
        ] {
            let error = read(&text).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
        assert!(read(&format!("{head}{}", step("does='start'"))).is_ok());
    }
}
