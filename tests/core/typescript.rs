//! The page's types are those of the core: `ui/src/lib/ipc/types.ts` is rendered from them and compared.
//!
//! `UPDATE_TYPES=1 cargo test -p caretaker-core --features typescript --test typescript` rewrites the file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use caretaker_core::alerts::{Nap, WhatIf};
use caretaker_core::backup::RestorePlan;
use caretaker_core::error::ErrorKind;
use caretaker_core::judge::RemedyAction;
use caretaker_core::keeper::{
    BackupsShown, Bundled, Chart, CleanedShown, CleanupPlanShown, CourseShown, Day, DiagnosisPage, Doing,
    Examined, FilesShown, Helped, JournalShown, Leaving, ModulesShown, Moment, Overview, PerformanceShown,
    PerformanceSpan, ProcessPlan, ProcessShown, ProgramRun, ProgramShown, PruneShown, ReportHit, ReportShown,
    ReportsShown, RoundHistory, RoundsShown, RunbookRow, RunbookShown, SettingsReviewShown, SettingsShown,
    SpaceOf, SpaceShown, Span, StepPlan, TuningPlanShown, TuningShown, UpkeepGlance, VersionShown,
};
use caretaker_core::profile::{
    Found, Preference, PreferenceChange, Telling, TellingChange, Threshold, ThresholdChange,
};
use ts_rs::{Config, TS, TypeVisitor};

const HEAD: &str = "// Rendered from the core's types by tests/core/typescript.rs: do not edit.\n\
    // UPDATE_TYPES=1 cargo test -p caretaker-core --features typescript --test typescript\n";

/// Collects the declarations of a type and of everything it reaches, by name.
struct Declarations {
    config: Config,
    found: BTreeMap<String, String>,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Only derived types have a file of their own: numbers, strings and lists have none.
        if T::output_path().is_none() {
            return;
        }
        let (name, docs) = (T::ident(&self.config), T::docs().unwrap_or_default());
        let declaration = format!("{docs}export {}\n", T::decl(&self.config));
        if let Some(known) = self.found.get(&name) {
            assert_eq!(*known, declaration, "two types are called {name}: rename one with #[ts(rename)]");
            return;
        }
        self.found.insert(name, declaration);
        T::visit_dependencies(self);
    }
}

/// What the view Upkeep speaks of.
fn of_upkeep(all: &mut Declarations) {
    all.visit::<UpkeepGlance>();
    all.visit::<CleanupPlanShown>();
    all.visit::<CleanedShown>();
    all.visit::<SpaceOf>();
    all.visit::<SpaceShown>();
    all.visit::<TuningShown>();
    all.visit::<TuningPlanShown>();
    all.visit::<SettingsShown>();
    all.visit::<ModulesShown>();
    all.visit::<Doing>();
    all.visit::<ProcessShown>();
    all.visit::<ProcessPlan>();
    all.visit::<JournalShown>();
    all.visit::<Examined>();
    all.visit::<PerformanceSpan>();
    all.visit::<PerformanceShown>();
    all.visit::<DiagnosisPage>();
    all.visit::<Bundled>();
    all.visit::<ProgramShown>();
    all.visit::<ProgramRun>();
    all.visit::<RunbookRow>();
    all.visit::<RunbookShown>();
    all.visit::<StepPlan>();
    all.visit::<CourseShown>();
    all.visit::<SettingsReviewShown>();
    all.visit::<VersionShown>();
    all.visit::<Helped>();
}

fn rendered() -> String {
    let mut all = Declarations { config: Config::new(), found: BTreeMap::new() };
    all.visit::<Overview>();
    all.visit::<Leaving>();
    all.visit::<Preference>();
    all.visit::<PreferenceChange>();
    all.visit::<Found>();
    all.visit::<ErrorKind>();
    all.visit::<RemedyAction>();
    all.visit::<Nap>();
    all.visit::<Telling>();
    all.visit::<TellingChange>();
    all.visit::<Threshold>();
    all.visit::<ThresholdChange>();
    all.visit::<WhatIf>();
    all.visit::<Chart>();
    all.visit::<Day>();
    all.visit::<Moment>();
    all.visit::<Span>();
    all.visit::<BackupsShown>();
    all.visit::<FilesShown>();
    all.visit::<PruneShown>();
    all.visit::<RestorePlan>();
    all.visit::<ReportsShown>();
    all.visit::<ReportShown>();
    all.visit::<ReportHit>();
    all.visit::<RoundsShown>();
    all.visit::<RoundHistory>();
    of_upkeep(&mut all);
    let body: Vec<_> = all.found.into_values().collect();
    let text = format!("{HEAD}\n{}", body.join("\n"));
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[test]
fn the_page_knows_the_types_of_the_core() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/lib/ipc/types.ts");
    let rendered = rendered();
    if std::env::var_os("UPDATE_TYPES").is_some() {
        std::fs::write(&path, &rendered).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(
        there == rendered,
        "ui/src/lib/ipc/types.ts is not what the core says; rewrite it with UPDATE_TYPES=1 and look at the difference"
    );
}

#[test]
fn no_64_bit_number_reaches_the_page_as_a_bigint() {
    assert!(!rendered().contains("bigint"), "the border carries JSON: say #[ts(type = \"number\")]");
}
