import type { Chart, Day, ErrorKind, Found, Incident, Moment, Nap, Overview, RemedyAction, SignalId, Span, Telling, TellingChange, Threshold, ThresholdChange, WhatIf } from '../ipc/types';

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
  /** Calls `tell` with each new snapshot; the answer stops it. */
  listen(tell: (overview: Overview) => void): Promise<() => void>;
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
