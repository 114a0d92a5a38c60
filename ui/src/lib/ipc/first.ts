import type { Overview } from './types';

declare global {
  interface Window {
    /** What the app knew when it opened the panel; it may be some seconds old. */
    readonly firstOverview?: Overview;
  }
}

/** The snapshot that came with the window; `null` where the app had none yet. */
export const firstOverview = (): Overview | null => window.firstOverview ?? null;
