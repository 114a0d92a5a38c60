import type { Leaving, Overview, Preference, PreferenceChange } from '../ipc/types';

/** The app on this computer, as src-tauri/src/commands/preferences.rs says it. */
export interface Installed {
  version: string;
  at_login: 'on' | 'off' | 'needs-approval' | 'unavailable';
  /** `null` where the system does not tell. */
  notifications: boolean | null;
  /** Where a shell finds the command line. */
  tool: string | null;
  tool_offered: boolean;
  state_dir: string;
}

/** What can be shown from the settings. */
export type ShownPlace = 'profile' | 'records' | 'backups' | 'notification-settings' | 'privacy-settings' | 'login-settings';

/** The settings, and what the app has put on this computer. */
export interface PreferencesBackend {
  preferences(): Promise<Preference[]>;
  /** Writes them into the profile. */
  setPreferences(changes: PreferenceChange[]): Promise<Overview>;
  installed(): Promise<Installed>;
  startAtLogin(on: boolean): Promise<Installed>;
  installTool(): Promise<Installed>;
  showPlace(of: ShownPlace): Promise<void>;
  /** The file that everything was written to; `null` when that was cancelled. */
  exportAll(): Promise<string | null>;
  /** `null` when that was cancelled. */
  importAll(): Promise<Overview | null>;
  /** What would go; nothing is removed. */
  leavingPlan(): Promise<Leaving>;
  /** Removes it, if it is still as many things, and quits; what could not be removed. */
  removeCaretaker(shown: number): Promise<string[]>;
}
