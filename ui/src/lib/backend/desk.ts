import type { Leaving, Overview, Preference, PreferenceKind } from '../ipc/types';
import { healthy } from './fixtures';
import type { Installed, PreferencesBackend } from './preferences';

const one = (key: string, kind: PreferenceKind, value: string, standard = value, choices: string[] = []): Preference => ({ key, kind, value, default: standard, choices });

/** Settings as a profile would have them. */
export const preferences = (): Preference[] => [
  one('ecosystem.name', 'text', 'vy-nexus', ''),
  one('process.argument', 'text', 'ecosystem_integration.py'),
  one('process.owner', 'choice', 'me', 'me', ['me', 'any']),
  one('sampling.open', 'text', '5s'),
  one('sampling.closed', 'text', '30s'),
  one('alerts.notify', 'switch', 'true'),
  one('alerts.repeat', 'text', '1h'),
  one('routines.notify', 'switch', 'true'),
  one('routines.at.morning', 'text', '07:30', ''),
  one('backups.automatic', 'switch', 'true'),
  one('backups.daily_at', 'text', '03:00', '02:00'),
  one('backups.effort', 'choice', 'normal', 'normal', ['normal', 'fast']),
  one('backups.daily', 'count', '7'),
  one('away.store', 'text', '', ''),
  one('cleanup.logs', 'text', '30d'),
  one('metrics.listen', 'text', '', ''),
  one('appearance.icon', 'choice', 'colour', 'colour', ['colour', 'plain']),
  one('appearance.text', 'count', '100'),
];

const installed: Installed = { version: '0.1.0', at_login: 'off', notifications: null, tool: null, tool_offered: true, state_dir: '/home/me/.local/share/caretaker' };

export const leaving = (): Leaving => ({
  goes: [{ path: '/home/me/.local/share/caretaker/caretaker.sqlite3', what: 'the record: history, incidents, rounds, journal', bytes: 29_000_000 }],
  secrets: ['smtp'],
  stays: [{ path: '/home/me/backups', what: 'backups: plain .tar.gz, which `tar` unpacks', bytes: 1_200_000_000 }],
});

/** The settings' side of the fake app. */
export function desk(note: <T>(what: string, answer: () => T | Promise<T>) => Promise<T>, snapshot: () => Overview | Promise<Overview>): PreferencesBackend {
  let here = installed;
  return {
    preferences: () => note('preferences', preferences),
    setPreferences: (changes) => note(`set_preferences ${JSON.stringify(changes)}`, snapshot),
    installed: () => note('installed', () => here),
    startAtLogin: (on) => note(`start_at_login ${on}`, () => (here = { ...here, at_login: on ? 'on' : 'off' })),
    installTool: () => note('install_tool', () => (here = { ...here, tool: '/home/me/.local/bin/caretaker', tool_offered: false })),
    showPlace: (of) => note(`show_place ${of}`, () => {}),
    exportAll: () => note('export_all', () => '/home/me/caretaker.tar.gz'),
    importAll: () => note('import_all', () => healthy()),
    leavingPlan: () => note('leaving_plan', leaving),
    removeCaretaker: (shown) => note(`remove_caretaker ${shown}`, () => []),
  };
}
