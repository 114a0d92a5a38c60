//! Signals of the watched process.

use crate::judge::claims::Claimed;
use crate::judge::scene::{Draft, Scene};
use crate::judge::words;
use crate::observe::ProcessSeen;
use crate::signal::{Level, SignalId, Source};

/// Whether it is there, for how long, and what it uses.
pub(super) fn signals(scene: &Scene<'_>, claimed: &Claimed<'_>) -> Vec<Draft> {
    vec![state(scene, claimed).essential(), uptime(scene), cpu(scene), memory(scene)]
}

fn state(scene: &Scene<'_>, claimed: &Claimed<'_>) -> Draft {
    let id = SignalId::ProcessState;
    let reading = &scene.seen.process;
    let plain = |text: &str, level, reason: String| {
        scene.draft(id, None, text.to_owned(), level, Source::Measured, reason, reading.at)
    };
    let tree = match reading.fresh(scene.now, scene.cheap()) {
        None => return scene.unread(id, reading),
        Some(ProcessSeen::Gone) => return plain("gone", Level::Red, gone(scene)),
        Some(ProcessSeen::Running(tree)) => tree,
    };
    let draft = match tree.run_state.as_str() {
        "zombie" | "dead" => {
            plain("dead", Level::Red, "The process is dead, though its entry remains.".into())
        }
        "stopped" => plain("stopped", Level::Yellow, "The process is stopped by a signal.".into()),
        _ => plain("running", Level::Green, format!("Process {} runs.", tree.pid)),
    };
    let draft = match tree.twins.len() {
        0 => draft,
        twins => draft.worsen(Level::Yellow, format!("The ecosystem runs {} times at once.", twins + 1)),
    };
    // What it says of itself can make things worse, never better.
    let Some(says) = claimed.current() else { return draft };
    let said = |mut draft: Draft, level: Level, word: &str, reason: String| {
        if level > draft.signal.level {
            draft.signal.source = Source::Claimed;
            draft.signal.text = word.to_owned();
        }
        draft.worsen(level, reason)
    };
    let draft = match says.state.as_deref() {
        Some(word @ ("initializing" | "paused")) => {
            said(draft, Level::Yellow, word, format!("The ecosystem says it is {word}."))
        }
        Some(word @ ("error" | "shutdown")) => {
            said(draft, Level::Red, word, format!("The ecosystem runs, but says its state is “{word}”."))
        }
        _ => draft,
    };
    match says.health.as_deref() {
        Some(word @ "degraded") => {
            said(draft, Level::Yellow, word, "The ecosystem says its health is degraded.".into())
        }
        Some(word @ "critical") => {
            said(draft, Level::Red, word, "The ecosystem says its health is critical.".into())
        }
        _ => draft,
    }
}

/// That it is gone, and whether that was wanted.
fn gone(scene: &Scene<'_>) -> String {
    match scene.memory.down_on_purpose() {
        Some(at) => {
            let at = words::moment(at, scene.now, scene.zone);
            format!("The process was stopped on purpose, by Caretaker at {at}.")
        }
        None => "The process is gone.".into(),
    }
}

fn uptime(scene: &Scene<'_>) -> Draft {
    let id = SignalId::ProcessUptime;
    let Some(tree) = scene.living() else { return silent(scene, id) };
    let seconds = words::seconds(scene.now - tree.started_at);
    let draft = scene.measured(id, seconds, scene.seen.process.at);
    let ago = words::span(seconds);
    if seconds < 86_400.0 && draft.signal.level == Level::Green {
        return draft.because(format!("Restarted {ago} ago."));
    }
    draft
}

fn cpu(scene: &Scene<'_>) -> Draft {
    let id = SignalId::ProcessCpu;
    let Some(tree) = scene.living() else { return silent(scene, id) };
    match tree.cpu_percent {
        Some(percent) => {
            let draft = scene.measured(id, percent, scene.seen.process.at);
            let over = words::span(tree.cpu_window.as_secs_f64());
            let reason = format!("CPU {} of the machine, averaged over {over}.", draft.signal.text);
            draft.because(reason)
        }
        None => {
            let reason = "CPU use needs two looks to be known.".into();
            scene.unknown(id, Source::Measured, reason, scene.seen.process.at)
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "bytes of memory are far below 2^52")]
fn memory(scene: &Scene<'_>) -> Draft {
    let id = SignalId::ProcessMemory;
    let Some(tree) = scene.living() else { return silent(scene, id) };
    let draft = scene.measured(id, tree.memory as f64, scene.seen.process.at);
    let whose = match tree.children.len() {
        0 => String::new(),
        1 => " with its child".into(),
        children => format!(" with its {children} children"),
    };
    let reason = format!("The process{whose} holds {} of memory.", draft.signal.text);
    draft.because(reason)
}

/// What cannot be known while the process is not there: quiet, since the process itself is the cause.
fn silent(scene: &Scene<'_>, id: SignalId) -> Draft {
    let reason = match (scene.is_gone(), scene.process()) {
        (true, _) => "The process is gone.",
        (false, Some(_)) => "The process is dead.",
        (false, None) => "The process has not been seen.",
    };
    scene.unknown(id, Source::Measured, reason.into(), scene.seen.process.at)
}
