import type { Overview } from './types';

declare global {
  interface Window {
    /** What the app knew when it opened the panel; it may be some seconds old. */
    readonly firstOverview?: Overview;
    /** Where the panel was opened for something in particular: a view, `report:KIND` or `rounds:ID`. */
    readonly firstView?: string;
  }
}

/** The snapshot that came with the window; `null` where the app had none yet. */
export const firstOverview = (): Overview | null => window.firstOverview ?? null;

/** What the window was opened for; `null` where it was just opened. */
export const firstView = (): string | null => window.firstView ?? null;
