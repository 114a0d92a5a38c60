import type { CourseShown, RunbookRow, RunbookShown, StepPlan } from '../ipc/types';

/** What the page can ask about runbooks; what changes something was shown as a plan first. */
export interface RunbookBackend {
  /** Those that fit what is seen now first. */
  runbooks(): Promise<RunbookRow[]>;
  runbook(id: string): Promise<RunbookShown>;
  /** Begins it, or goes on with it. */
  beginRunbook(id: string): Promise<RunbookShown>;
  /** What would be done; nothing is changed. */
  stepPlan(id: string, step: string, choice: string | null): Promise<StepPlan>;
  doStep(id: string, step: string, choice: string | null): Promise<RunbookShown>;
  seeStep(id: string, step: string, note: string): Promise<RunbookShown>;
  skipStep(id: string, step: string, reason: string): Promise<RunbookShown>;
  undoStep(id: string, step: string): Promise<RunbookShown>;
  /** The report as Markdown. */
  endRunbook(id: string): Promise<string>;
  /** Newest first. */
  pastRunbooks(): Promise<CourseShown[]>;
  runbookReport(course: string): Promise<string>;
  /** The file it was written to; `null` when that was cancelled. */
  saveRunbookReport(course: string): Promise<string | null>;
}
