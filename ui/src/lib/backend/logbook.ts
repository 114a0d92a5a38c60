import type { Bundled, DiagnosisPage, Entered, Entry, JournalShown, Level } from '../ipc/types';
import { AT } from './fixtures';

const before = (hours: number) => new Date(Date.parse(AT) - hours * 3_600_000).toISOString();

const ENTRIES: [number, Entered, string, string | null][] = [
  [2, 'tuning', '“Calmer”: 4 values in 3 settings files changed.', null],
  [3, 'backup', 'A daily backup was made and proven: 20000 files, 1.2 MB.', 'daily-20251216-060200'],
  [9, 'recovery', 'Process is well again.', 'process.state-20251216-020000'],
  [9.1, 'start', 'It runs as process 4711, for 4 s so far.', null],
  [9.4, 'incident', 'Process is red: The process is gone.', 'process.state-20251216-020000'],
  [30, 'cleanup', '18 files were put aside, 96 MB.', '20251215-090000'],
  [31, 'round', 'Morning round was done.', 'morning'],
  [50, 'note', 'Moved the models to the new disk.\nThe old one stays until Friday.', null],
];

/** A journal of two days; `notes` were just written. */
export function journal(kind: Entered | null, part: string, notes: string[]): JournalShown {
  const fresh: Entry[] = notes.map((text) => ({ at: AT, kind: 'note', text, ref: null }));
  const all = [...fresh, ...ENTRIES.map(([hours, kind, text, ref]): Entry => ({ at: before(hours), kind, text, ref }))];
  const entries = all.filter((one) => (kind === null || one.kind === kind) && one.text.toLowerCase().includes(part.toLowerCase()));
  return { entries, count: entries.length, kinds: [...new Set(all.map((one) => one.kind))], first_break: null };
}

export const report = () => `# self-evolving-ecosystem: Process was red

From 2025-12-16 02:36:00 to 2025-12-16 02:54:00, for 18 min.

The process is gone.

## What happened

- 2025-12-16 02:36:00  it began: The process is gone.
- 2025-12-16 02:54:00  it was over

## What was done meanwhile

- 2025-12-16 02:54:00  It runs as process 4711, for 4 s so far.
- 2025-12-16 02:50:00  note: \\# looked at \\[the log\\] <b>

## Why it happened

_The cause, not the first sign of it._
`;

export function diagnosis(): DiagnosisPage {
  const line = (label: string, text: string, level: Level | null = null) => ({ label, text, level });
  return {
    at: AT,
    ecosystem: 'self-evolving-ecosystem',
    light: 'yellow',
    sections: [
      { id: 'process', title: 'Process', level: 'green', lines: [line('State', 'runs as process 4711 since 3 days', 'green'), line('Command', '/usr/bin/python3 -m ecosystem.main')] },
      { id: 'resources', title: 'Resources', level: 'yellow', lines: [line('CPU', '63 %', 'yellow'), line('Memory', '1.4 GB', 'green'), line('Free disk', '212.6 GB', 'green')] },
      { id: 'errors', title: 'Newest errors', level: 'green', lines: [line('', 'Meta-Learning Analysis: no such key: weight')] },
      { id: 'caretaker', title: 'Caretaker', level: 'green', lines: [line('Version', '0.1.0')] },
    ],
  };
}

export const bundled = (): Bundled => ({
  path: '/home/me/caretaker-diagnosis.zip',
  bytes: 412_000,
  members: [
    { name: 'page.txt', bytes: 3_100, secrets: 0, homes: 2 },
    { name: 'config/ecosystem_config.yaml', bytes: 1_900, secrets: 1, homes: 0 },
  ],
  left_out: ['logs/ecosystem.log: only its last 512 kB'],
  secrets: 1,
  homes: 14,
});
