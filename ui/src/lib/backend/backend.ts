import type { BackupsShown, FilesShown, PruneShown, RestorePlan, Chart, Day, ErrorKind, Found, Incident, Moment, Nap, Overview, PastRound, RemedyAction, ReportHit, ReportShown, ReportsShown, RoundHistory, RoundsShown, SignalId, Span, Telling, TellingChange, Threshold, ThresholdChange, WhatIf } from '../ipc/types';
import type { EcosystemsBackend } from './ecosystems';
import type { PreferencesBackend } from './preferences';
import type { RunbookBackend } from './runbooks';
import type { UpkeepBackend } from './upkeep';

/** What the page can ask of the app; the real one talks to Rust, the fake one serves tests and design. */
export interface Backend extends UpkeepBackend, RunbookBackend, PreferencesBackend, EcosystemsBackend {
  /** What is known without asking; `null` where nothing is. */
  firstOverview(): Overview | null;
  /** What the window was opened for: a view, `report:KIND` or `rounds:ID`; `null` where it was just opened. */
  firstView(): string | null;
  overview(): Promise<Overview>;
  checkNow(): Promise<Overview>;
  chooseFolder(): Promise<string | null>;
  discover(root: string): Promise<Found>;
  adopt(root: string): Promise<Overview>;
  startDemo(): Promise<Overview>;
  remedy(action: RemedyAction): Promise<void>;
  closePanel(): Promise<void>;
  /** All incidents on record, newest first. */
  incidents(): Promise<Incident[]>;
  acknowledge(id: string): Promise<Overview>;
  /** `null` means all that are open. */
  snooze(id: string | null, nap: Nap): Promise<Overview>;
  /** Success means handed over; whether anybody sees it cannot be known. */
  testChannel(name: string): Promise<void>;
  chart(signal: SignalId, span: Span): Promise<Chart>;
  /** `null` means today. */
  day(date: string | null): Promise<Day>;
  moment(at: string): Promise<Moment>;
  /** The file it was written to; `null` when that was cancelled. */
  exportHistory(signal: SignalId): Promise<string | null>;
  thresholds(): Promise<Threshold[]>;
  /** What they would have changed; nothing is written. */
  tryThresholds(changes: ThresholdChange[]): Promise<WhatIf>;
  /** Writes them into the profile. */
  setThresholds(changes: ThresholdChange[]): Promise<Overview>;
  /** Who is told what. */
  telling(): Promise<Telling>;
  /** Writes it into the profile. */
  changeTelling(change: TellingChange): Promise<Overview>;
  /** Puts it into the keychain. */
  keepSecret(name: string, secret: string): Promise<void>;
  /** All backups, newest first. */
  backups(): Promise<BackupsShown>;
  backupFiles(id: string, part: string): Promise<FilesShown>;
  restorePlan(id: string, only: string | null): Promise<RestorePlan>;
  backUp(): Promise<BackupsShown>;
  /** What is wrong with it. */
  verifyBackup(id: string): Promise<[string[], BackupsShown]>;
  /** Seconds. */
  drillBackup(id: string): Promise<[number, BackupsShown]>;
  /** Sends what waits to the place that is not on this machine. */
  sendAway(): Promise<[string, BackupsShown]>;
  /** Brings one back from there. */
  fetchAway(id: string): Promise<[string, BackupsShown]>;
  restore(id: string, only: string | null): Promise<[string, BackupsShown]>;
  undoRestore(): Promise<[string, BackupsShown]>;
  /** Removes what the last restore replaced, if that is still what lies in `folder`. */
  letGo(folder: string): Promise<BackupsShown>;
  /** What pruning would do; nothing is changed. */
  prunePlan(): Promise<PruneShown>;
  /** How many went. */
  prune(first: string[], second: string[]): Promise<[number, BackupsShown]>;
  /** The newest days, or those before `before`. */
  reports(before: string | null): Promise<ReportsShown>;
  /** `null` means the newest of its kind. */
  report(kind: string, date: string | null): Promise<ReportShown>;
  /** Keeps that somebody read it. */
  reviewReport(kind: string, date: string): Promise<void>;
  searchReports(text: string): Promise<ReportHit[]>;
  rounds(): Promise<RoundsShown>;
  /** An item that a machine could not prove is overruled by it, which needs a note. */
  tickItem(round: string, slot: string, item: string, note: string | null): Promise<RoundsShown>;
  /** `null` opens the whole round again. */
  untickItem(round: string, slot: string, item: string | null): Promise<RoundsShown>;
  noteItem(round: string, slot: string, item: string, text: string): Promise<RoundsShown>;
  /** `null` leaves out the whole round. */
  skipRound(round: string, slot: string, item: string | null, reason: string): Promise<RoundsShown>;
  roundHistory(): Promise<RoundHistory>;
  /** Past rounds whose notes speak of `text`. */
  searchRounds(text: string): Promise<PastRound[]>;
  /** The file it was written to; `null` when that was cancelled. */
  exportRound(round: string, slot: string): Promise<string | null>;
  cancelJob(): Promise<void>;
  /** Calls `tell` while long work runs, and with `null` when it ends. */
  listenToJob(tell: (job: JobState | null) => void): Promise<() => void>;
  /** The view that the app wants shown, once: its name, `report:KIND`, `rounds:ID` or `upkeep:PAGE`. */
  wantedView(): Promise<string | null>;
  /** Calls `tell` when there is one. */
  listenToView(tell: () => void): Promise<() => void>;
  /** Calls `tell` with each new snapshot; the answer stops it. */
  listen(tell: (overview: Overview) => void): Promise<() => void>;
}

/** How far long work is; `total` is 0 where that is not known. */
export interface JobState {
  step: string;
  done: number;
  total: number;
  seconds: number;
}

/** How a command fails, as the app sends it. */
export interface Failure {
  code: ErrorKind;
  message: string;
  hint: string | null;
}

/** Makes a failure of whatever was thrown: the app's own kind passes, anything else keeps its text. */
export function asFailure(thrown: unknown): Failure {
  if (typeof thrown === 'object' && thrown !== null && 'message' in thrown) {
    const { code, message, hint } = thrown as Partial<Failure>;
    return { code: code ?? 'system', message: String(message), hint: typeof hint === 'string' ? hint : null };
  }
  return { code: 'system', message: String(thrown), hint: null };
}
