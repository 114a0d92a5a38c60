//! What is done to an ecosystem to keep it well: its process stopped and started, its settings changed, what is old put aside; its
//! programs run; and what takes space.

mod aside;
mod cleanup;
mod control;
mod examination;
mod launchd;
mod places;
mod programs;
mod runbook;
mod soundness;
mod space;
mod stop_note;
mod tuning;
mod version_file;
mod visit;

pub use self::aside::{ASIDE, Aside, AsidePlan, KeptAside};
pub use self::cleanup::{
    Begun, Cleaned, Cleanup, CleanupPlan, Left, Move, Moved, PutAside, QUARANTINE, UndoPlan,
};
pub use self::control::{Control, Stopped};
pub use self::examination::{
    Accepted, AuditKnown, Check, ExaminationKind, Finding, KnownOfIt, LeftOut, Outcome, Place, Restarts,
    Settled, Severity, examine, settle,
};
pub use self::launchd::Agent;
pub use self::programs::{
    ProgramClaims, ProgramCount, ProgramFigure, ProgramFigureShown, ProgramRan, are_constants, beside,
    cannot_run, run as run_program,
};
pub use self::runbook::{Clue, Course, Deed, Fate, Mark, Runbook, Step, StepEvidence, StepState, Undo};
pub use self::soundness::{Soundness, soundness};
pub use self::space::{EntrySpace, Space, Taken, space};
pub use self::stop_note::{own_stop, stopped_to_stay};
pub use self::tuning::{
    AppliedTuning, Change, ModuleSetting, Preset, Reverting, Reviewed, SettingRead, SettingValue,
    SettingsBroken, SettingsFile, SettingsRead, Toward, Tuning, TuningPlan, Wanted, WantedValue, diff,
    is_secret,
};
pub use self::version_file::{VERSION_FILE, VersionAction, VersionEdit, VersionFile};
