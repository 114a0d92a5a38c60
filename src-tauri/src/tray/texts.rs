//! What icon and menu say, from an overview. Pure.

use std::sync::Arc;

use caretaker_core::clock::Zone;
use caretaker_core::keeper::Overview;
use caretaker_core::profile::IconStyle;
use caretaker_core::signal::{Level, SignalId};
use chrono::TimeDelta;

/// Characters of the sentence in the menu: more makes the menu wider than a panel.
const SENTENCE: usize = 60;

/// Everything about icon and menu that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// The light.
    pub level: Level,
    /// Which set of pictures shows it.
    pub style: IconStyle,
    /// The whole sentence, for the tooltip and for VoiceOver.
    pub tooltip: String,
    /// The sentence as the menu shows it.
    pub sentence: String,
    /// CPU, memory, free disk.
    pub figures: [String; 3],
    /// The next thing due.
    pub next: String,
    /// The view that a click on it opens; `None` while nothing is known.
    pub next_view: Option<String>,
    /// Whether the demo can be started: only while nothing real is watched.
    pub demo: bool,
    /// Makes a backup, and says when the last proven one was made.
    pub backup: String,
    /// `None` while nothing can be snoozed; until when something is silent, where it is.
    pub snooze: Option<Option<String>>,
}

impl Texts {
    /// Before the first overview.
    pub fn starting() -> Self {
        Self::new(Level::Unknown, "Looking for the first time…", None, false)
    }

    /// When Caretaker itself does not work.
    pub fn broken(problem: &str) -> Self {
        Self::new(Level::Unknown, &format!("Caretaker is not watching: {problem}"), None, false)
    }

    /// What an overview says.
    pub fn of(overview: &Overview) -> Self {
        let demo = overview.ecosystem.as_ref().is_none_or(|ecosystem| ecosystem.demo);
        match (&overview.ecosystem, &overview.verdict) {
            (None, _) => Self::new(Level::Unknown, "Choose the folder to watch.", None, demo),
            (Some(ecosystem), None) => {
                Self::new(Level::Unknown, &format!("Looking at {}…", ecosystem.name), Some(overview), demo)
            }
            (Some(_), Some(verdict)) => Self::new(verdict.light, &verdict.summary, Some(overview), demo),
        }
    }

    /// The same where other ecosystems are watched too: the worst light counts and says whose it is.
    pub fn among(mut self, shown: &Overview, others: &[Arc<Overview>]) -> Self {
        let name_of =
            |overview: &Overview| overview.ecosystem.as_ref().map(|ecosystem| ecosystem.name.clone());
        let of = |overview: &Arc<Overview>| {
            let verdict = overview.verdict.as_ref()?;
            Some((verdict.light, format!("{}: {}", name_of(overview)?, verdict.summary)))
        };
        let said: Vec<(Level, String)> = others.iter().filter_map(of).collect();
        if others.is_empty() {
            return self;
        }
        let own = (self.level, name_of(shown).map_or_else(String::new, |name| format!("{name}: ")));
        // What is shown goes before another that is just as bad.
        let worse = said.iter().filter(|(level, _)| *level > own.0).max_by_key(|(level, _)| *level);
        let bad = said.iter().map(|(level, _)| *level).chain([own.0]).filter(|level| *level != Level::Green);
        let more = bad.count().saturating_sub(1);
        let (level, sentence) = match worse {
            Some((level, sentence)) => (*level, sentence.clone()),
            None if own.0 == Level::Green => {
                (Level::Green, format!("All {} ecosystems are well.", others.len() + 1))
            }
            None => (own.0, format!("{}{}", own.1, self.tooltip)),
        };
        let sentence = if more > 0 { format!("{sentence} And {more} more.") } else { sentence };
        self.level = level;
        self.tooltip = one_line(&sentence);
        self.sentence = menu_text(&cut(&self.tooltip, SENTENCE));
        self.snooze = match (self.snooze, others.iter().find_map(|other| snooze(other))) {
            (Some(own), _) => Some(own),
            (None, other) => other,
        };
        self
    }

    fn new(level: Level, sentence: &str, overview: Option<&Overview>, demo: bool) -> Self {
        let sentence = one_line(sentence);
        let next = overview.and_then(|overview| overview.rounds.next.as_ref());
        Self {
            level,
            style: overview.map_or(IconStyle::Colour, |overview| overview.appearance.icon),
            sentence: menu_text(&cut(&sentence, SENTENCE)),
            figures: [
                (SignalId::ProcessCpu, "CPU"),
                (SignalId::ProcessMemory, "Memory"),
                (SignalId::DiskFree, "Free disk"),
            ]
            .map(|(signal, label)| menu_text(&format!("{label}: {}", figure(overview, signal)))),
            tooltip: sentence,
            next: next.map_or_else(
                || "Nothing due".to_owned(),
                |next| menu_text(&cut(&one_line(&next.says), SENTENCE)),
            ),
            next_view: next.map(|next| format!("rounds:{}", next.id)),
            demo,
            backup: backup(overview),
            snooze: overview.and_then(snooze),
        }
    }
}

/// Whether something is open, and until when it is silent; the first to speak again counts.
fn snooze(overview: &Overview) -> Option<Option<String>> {
    let until = overview.incidents.iter().filter_map(|incident| incident.snoozed_until).min();
    let until = until.map(|at| Zone::Machine.local(at).format("%H:%M").to_string());
    (!overview.incidents.is_empty()).then_some(until)
}

/// The time it was made, which stays the same, rather than its age, which would change the menu all the time.
fn backup(overview: Option<&Overview>) -> String {
    let made = overview.and_then(|overview| overview.verdict.as_ref()).and_then(|verdict| {
        let seen = verdict.signals.iter().find(|seen| seen.id == SignalId::BackupDaily)?;
        let age = TimeDelta::try_milliseconds((seen.value? * 1_000.0).round() as i64)?;
        let (at, now) = (Zone::Machine.local(seen.observed_at? - age), Zone::Machine.local(verdict.at));
        let format = if at.date() == now.date() { "today at %H:%M" } else { "%-d %B at %H:%M" };
        Some(at.format(format).to_string())
    });
    made.map_or_else(|| "Back Up Now".to_owned(), |made| format!("Back Up Now (last one {made})"))
}

/// The signal as people read it; a figure nobody has is “unknown”, never zero.
fn figure(overview: Option<&Overview>, signal: SignalId) -> String {
    overview
        .and_then(|overview| overview.verdict.as_ref())
        .and_then(|verdict| verdict.signals.iter().find(|seen| seen.id == signal))
        .map(|seen| cut(&one_line(&seen.text), 30))
        .filter(|text| !text.is_empty())
        .unwrap_or_else(|| "unknown".to_owned())
}

/// Names come from outside: control characters and runs of blanks become one blank.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Cuts at a blank where there is one near the end, and says so with an ellipsis.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    let end = kept.rfind(' ').filter(|end| *end * 2 > kept.len()).unwrap_or(kept.len());
    format!("{}…", kept[..end].trim_end_matches([' ', ',', ';', ':']))
}

/// In a menu a single ampersand marks the key to press.
fn menu_text(text: &str) -> String {
    text.replace('&', "&&")
}

#[cfg(test)]
mod tests {
    use caretaker_core::judge::{BandsShown, Signal, Verdict};
    use caretaker_core::keeper::{Ecosystem, NextRound};
    use caretaker_core::routines::item::RoundState;
    use caretaker_core::signal::{Source, Unit};

    use super::*;

    fn signal(id: SignalId, text: &str) -> Signal {
        Signal {
            id,
            label: id.label().into(),
            value: None,
            unit: Unit::None,
            text: text.into(),
            level: Level::Green,
            source: Source::Measured,
            since: None,
            bands: BandsShown::default(),
            reason: String::new(),
            remedy: None,
            observed_at: None,
            unheld: None,
        }
    }

    fn overview(light: Level, summary: &str, signals: Vec<Signal>) -> Overview {
        let mut overview = Overview::empty();
        overview.ecosystem =
            Some(Ecosystem { name: "vy".into(), root: "/r".into(), profile: "/p".into(), demo: false });
        overview.verdict = Some(Verdict {
            at: chrono::DateTime::UNIX_EPOCH,
            light,
            summary: summary.into(),
            since: None,
            remedy: None,
            cause: None,
            signals,
            modules: Vec::new(),
            contradictions: Vec::new(),
            forecasts: Vec::new(),
        });
        overview
    }

    #[test]
    fn a_healthy_ecosystem_shows_its_three_figures() {
        let signals = vec![
            signal(SignalId::DiskFree, "120 GB"),
            signal(SignalId::ProcessCpu, "4 %"),
            signal(SignalId::ProcessMemory, "212 MB"),
        ];
        let texts = Texts::of(&overview(Level::Green, "All is well.", signals));
        assert_eq!(texts.level, Level::Green);
        assert_eq!((&*texts.sentence, &*texts.tooltip), ("All is well.", "All is well."));
        assert_eq!(texts.figures, ["CPU: 4 %", "Memory: 212 MB", "Free disk: 120 GB"]);
        assert!(!texts.demo, "the demo is not offered over a real ecosystem");
    }

    #[test]
    fn what_nobody_knows_is_unknown_and_grey() {
        let texts = Texts::of(&Overview::empty());
        assert_eq!(texts.level, Level::Unknown);
        assert_eq!(texts.figures, ["CPU: unknown", "Memory: unknown", "Free disk: unknown"]);
        assert!(texts.demo);
        let blank = Texts::of(&overview(Level::Red, "x", vec![signal(SignalId::ProcessCpu, "  ")]));
        assert_eq!(blank.figures[0], "CPU: unknown");
        assert_eq!(Texts::broken("the system gave no thread").level, Level::Unknown);
    }

    #[test]
    fn a_long_sentence_is_cut_in_the_menu_and_whole_in_the_tooltip() {
        let long =
            "The process is gone since 03:00, its state file is nine hours old and the disk is nearly full.";
        let texts = Texts::of(&overview(Level::Red, long, Vec::new()));
        assert_eq!(texts.tooltip, long);
        assert_eq!(texts.sentence, "The process is gone since 03:00, its state file is nine…");
        assert!(cut(&"x".repeat(100), 60).chars().count() == 60);
        assert_eq!(cut("äöü", 3), "äöü");
    }

    #[test]
    fn the_next_thing_due_is_named_and_leads_to_its_round() {
        assert_eq!((&*Texts::starting().next, Texts::starting().next_view), ("Nothing due", None));
        let mut due = overview(Level::Green, "All is well.", Vec::new());
        due.rounds.next = Some(NextRound {
            id: "morning".into(),
            title: "Morning round".into(),
            state: RoundState::Due,
            from: chrono::DateTime::UNIX_EPOCH,
            by: chrono::DateTime::UNIX_EPOCH,
            says: "Morning round & more, due until 06:30".into(),
        });
        let texts = Texts::of(&due);
        assert_eq!(texts.next, "Morning round && more, due until 06:30");
        assert_eq!(texts.next_view.as_deref(), Some("rounds:morning"));
    }

    #[test]
    fn of_several_the_worst_light_counts_and_says_whose_it_is() {
        let named = |name: &str, light, summary: &str| {
            let mut one = overview(light, summary, Vec::new());
            one.ecosystem.as_mut().unwrap().name = name.into();
            Arc::new(one)
        };
        let shown = named("vy", Level::Green, "All is well.");
        let texts = |others: &[Arc<Overview>]| Texts::of(&shown).among(&shown, others);
        assert_eq!(texts(&[]).tooltip, "All is well.");
        let fine = named("lab", Level::Green, "All is well.");
        let both = texts(std::slice::from_ref(&fine));
        assert_eq!((both.level, &*both.tooltip), (Level::Green, "All 2 ecosystems are well."));
        let (dead, slow) = (named("lab", Level::Red, "It is dead."), named("x", Level::Yellow, "Slow."));
        let worst = texts(&[slow.clone(), dead.clone(), fine]);
        assert_eq!((worst.level, &*worst.tooltip), (Level::Red, "lab: It is dead. And 1 more."));
        let own = Texts::of(&dead).among(&dead, &[slow]);
        assert_eq!((own.level, &*own.tooltip), (Level::Red, "lab: It is dead. And 1 more."));
        let unknown = named("y", Level::Unknown, "Who knows.");
        assert_eq!(texts(&[unknown]).tooltip, "y: Who knows.");
    }

    #[test]
    fn hostile_names_stay_text() {
        let texts =
            Texts::of(&overview(Level::Red, "R&D\n<img src=x onerror=alert(1)>\0 failed", Vec::new()));
        assert_eq!(texts.tooltip, "R&D <img src=x onerror=alert(1)> failed");
        assert_eq!(texts.sentence, "R&&D <img src=x onerror=alert(1)> failed");
    }
}
