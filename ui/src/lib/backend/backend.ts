import type { BackupsShown, FilesShown, RestorePlan, Chart, Day, ErrorKind, Found, Incident, Moment, Nap, Overview, RemedyAction, SignalId, Span, Telling, TellingChange, Threshold, ThresholdChange, WhatIf } from '../ipc/types';

/** What the page can ask of the app; the real one talks to Rust, the fake one serves tests and design. */
export interface Backend {
  /** What is known without asking; `null` where nothing is. */
  firstOverview(): Overview | null;
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
  restore(id: string, only: string | null): Promise<[string, BackupsShown]>;
  undoRestore(): Promise<[string, BackupsShown]>;
  cancelJob(): Promise<void>;
  /** Calls `tell` while long work runs, and with `null` when it ends. */
  listenToJob(tell: (job: JobState | null) => void): Promise<() => void>;
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
