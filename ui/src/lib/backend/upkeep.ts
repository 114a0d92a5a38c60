import type { Bundled, CleanedShown, CleanupPlanShown, CleanupShown, DiagnosisPage, Doing, Entered, ExaminationKind, Examined, FindingShown, JournalShown, ModulesShown, PerformanceShown, PerformanceSpan, ProcessPlan, ProcessShown, ProgramRun, ProgramShown, SettingsReviewShown, SettingsShown, SpaceOf, SpaceShown, TuningPlanShown, TuningShown, UpkeepGlance, VersionShown } from '../ipc/types';

/** What the page can ask about upkeep. What changes something is asked for by the number of the plan that was shown. */
export interface UpkeepBackend {
  upkeep(): Promise<UpkeepGlance>;
  /** Clean-ups that can be taken back. */
  cleanups(): Promise<CleanupShown>;
  /** What a clean-up would do; nothing is changed. */
  cleanupPlan(): Promise<CleanupPlanShown>;
  cleanUp(number: number): Promise<CleanedShown>;
  undoCleanup(id: string): Promise<CleanedShown>;
  /** A folder by its entries, down the folders `below`. */
  space(of: SpaceOf, below: string[]): Promise<SpaceShown>;
  process(): Promise<ProcessShown>;
  /** What would be done; nothing is changed. */
  processPlan(doing: Doing): Promise<ProcessPlan>;
  /** What was done; `again` starts it although that did not help lately. */
  processAct(doing: Doing, again: boolean): Promise<[string, ProcessShown]>;
  tuning(): Promise<TuningShown>;
  /** All settings files with their values. */
  settings(): Promise<SettingsShown>;
  modules(): Promise<ModulesShown>;
  /** What would be changed; nothing is. */
  presetPlan(id: string): Promise<TuningPlanShown>;
  settingPlan(file: string, key: string, value: string): Promise<TuningPlanShown>;
  modulePlan(name: string, on: boolean): Promise<TuningPlanShown>;
  /** What was done. */
  tune(number: number): Promise<string>;
  /** Takes back the change made at `at`, if it is still the last one. */
  revertTuning(at: string): Promise<string>;
  /** Entries, newest first; `null` means of every kind. */
  journal(kind: Entered | null, part: string): Promise<JournalShown>;
  noteJournal(text: string): Promise<void>;
  /** Markdown. */
  incidentReport(id: string): Promise<string>;
  /** The file it was written to; `null` when that was cancelled. */
  exportIncident(id: string): Promise<string | null>;
  diagnosis(): Promise<DiagnosisPage>;
  /** `null` when that was cancelled. */
  saveBundle(): Promise<Bundled | null>;
  programs(): Promise<ProgramShown[]>;
  runProgram(name: string): Promise<[ProgramRun, ProgramShown[]]>;
  /** Keeps its last run as what others are compared with. */
  keepBaseline(name: string): Promise<ProgramShown[]>;
  /** The newest of a kind; `null` where there was none. */
  examined(kind: ExaminationKind): Promise<Examined | null>;
  examine(kind: ExaminationKind): Promise<Examined>;
  /** Lets a finding stay; `null` opens it again. */
  acceptFinding(id: string, reason: string | null): Promise<FindingShown>;
  performance(span: PerformanceSpan): Promise<PerformanceShown>;
  /** Keeps a span as what others are compared with. */
  keepPerformance(span: PerformanceSpan): Promise<PerformanceShown>;
  settingsReview(): Promise<SettingsReviewShown>;
  /** Says that what was seen was reviewed. */
  reviewSettings(seen: string, note: string | null): Promise<SettingsReviewShown>;
  /** What would be written of a month (`2026-11`); nothing is. */
  versionEntry(month: string | null): Promise<VersionShown>;
  /** Writes what was shown. */
  writeVersion(month: string, text: string): Promise<VersionShown>;
  undoVersion(month: string): Promise<[string, VersionShown]>;
}
