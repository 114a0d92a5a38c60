//! The modules' settings and Caretaker's profile of the demo.

use std::fmt::Write as _;
use std::path::Path;

use crate::SCRIPT;
use crate::error::{Error, Result};
use crate::modules::{MODULES, Module};
use crate::reports::Kind;

/// Reports that nobody writes by themselves, in the root.
const BY_HAND: [&str; 3] = ["weekly_performance", "monthly_verification", "monthly_security"];

/// Programs that a person may have run.
const PROGRAMS: [(&str, &str); 3] = [
    ("benchmark", "performance_benchmark.py"),
    ("verification", "final_system_verification.py"),
    ("audit", "security_audit.py"),
];

/// The hand-edited settings of one module.
pub fn module(module: &Module) -> String {
    let mut text = format!(
        "# {name}\n# Edited by hand; comments are worth keeping.\nmodule: \"{name}\"\nenabled: true\n\n\
         # Minutes from one run to the next.\ncycle_minutes: {minutes}   # more often costs more than it finds\n\n\
         limits:\n  max_runtime_seconds: {runtime}\n  max_memory_mb: {memory}\n  retries: 2\n\n",
        name = module.name,
        minutes = module.minutes,
        runtime = module.minutes * 6,
        memory = 64 + module.minutes * 4,
    );
    text.push_str(match module.key {
        "continuous_learning" => {
            "# Schedule shared by all modules, in minutes.\nschedule:\n  continuous_learning: 5\n  meta_learning: 15\n  \
             self_improvement: 20\n\nlearning_rate: 0.01   # 0.05 forgot too quickly\nbatch_size: 200\n\n\
             # How much is kept in memory.\nmax_interactions: 10000\nmax_patterns: 1000\nmax_experiments: 5000\n\n\
             disabled_modules: []\n"
        }
        "background_optimization" => {
            "caching:\n  enabled: true\n  max_entries: 10000\n  ttl_seconds: 3600\n\nworkers: 2   # one stays free for people\n\
             max_concurrent_modules: 5\nstagger_execution: false\nstagger_delay_seconds: 10\n"
        }
        "knowledge_acquisition" => {
            "pruning:\n  enabled: true\n  frequency_hours: 24\n  retention_days: 90\n  max_age_days: 90   # older facts are rarely asked for\n  min_confidence: 0.3\n\n\
             sources:\n  - notes\n  - documents\n"
        }
        "meta_learning" => "strategies:\n  - gradient\n  - evolutionary\nmin_samples: 50\n",
        "predictive_optimization" => "horizon_hours: 12\nmin_confidence: 0.6\n",
        "evolution_reporting" => {
            "reports:\n  morning: \"06:00\"   # quoted: plain, it would be read as a number\n  evening: \"18:00\"\n  \
             daily_summary: \"23:00\"\n"
        }
        _ => "logging:\n  level: INFO\n  max_size_mb: 100\n",
    });
    text
}

/// Caretaker's profile of the demo in `root`: what differs from the defaults.
pub fn profile(root: &Path, exe: &Path) -> Result<String> {
    let exe = quoted(exe)?;
    let mut beside = root.as_os_str().to_owned();
    beside.push("-backups");
    let (root, backups) = (quoted(root)?, quoted(Path::new(&beside))?);
    let mut text = format!(
        "# Caretaker's profile of the demo ecosystem: what differs from the defaults.\nschema = 1\n\n\
         [ecosystem]\nname = \"Demo Ecosystem\"\nroot = {root}\n\
         # Made by `caretaker demo create`; without this line it is no longer taken for a demo.\ndemo = true\n\n\
         [process]\nargument = \"{SCRIPT}\"\ndirectory = \".\"\nowner = \"me\"\n\
         start = [{exe}, \"demo\", \"run\", {root}]\n\n\
         [state]\nfile = \"data/ecosystem_state.json\"\n\
         # The stand-in saves its state every ten seconds.\nstale_after = \"2m\"\n\n\
         [folders]\ndata = \"data\"\nlogs = \"logs\"\n\n\
         # Beside the demo: your own backups are not its business.\n[backups]\nfolder = {backups}\n\n\
         # error_log.jsonl repeats the errors of this log, so it is not counted as well.\n\
         [[logs]]\npath = \"logs/ecosystem.log\"\nformat = \"python\"\n\n"
    );
    for (name, script) in PROGRAMS {
        let _ = write!(text, "[[programs]]\nname = \"{name}\"\ncommand = [\"python3\", \"{script}\"]\n\n");
    }
    for kind in Kind::ALL {
        let _ = write!(
            text,
            "[[reports]]\nkind = \"{id}\"\npattern = \"reports/{id}_{{date}}.txt\"\ndue = \"{hour:02}:00\"\ngrace = \"30m\"\n\n",
            id = kind.id(),
            hour = kind.hour(),
        );
    }
    text.push_str("# What the manual has people write by hand: listed, and never late.\n");
    for id in BY_HAND {
        let _ = write!(text, "[[reports]]\nkind = \"{id}\"\npattern = \"{id}_{{date}}.txt\"\ndue = \"\"\n\n");
    }
    for module in &MODULES {
        let _ = write!(text, "[[modules]]\nname = \"{}\"\ncycle = \"{}m\"\n\n", module.name, module.minutes);
    }
    text.push_str(
        "# Low enough for a scenario to cross within seconds, on a busy machine too.\n[bands.\"process.cpu\"]\nyellow = 15\nred = 30\n\n[bands.\"process.memory\"]\nyellow = \"200 MB\"\nred = \"400 MB\"\n\n\
         [bands.\"data.size\"]\nyellow = \"60 MB\"\nred = \"100 MB\"\n\n\
         [sampling]\ndiscovery = \"4s\"\nsizes = \"4s\"\n",
    );
    Ok(text)
}

/// A path as a TOML string: JSON's escapes are TOML's too, but for DEL, which TOML wants escaped.
fn quoted(path: &Path) -> Result<String> {
    let text = path.to_str().ok_or_else(|| Error::Name(path.to_owned()))?;
    Ok(serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f"))
}
