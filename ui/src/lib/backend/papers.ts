import type { FigureShown, ReportDay, ReportHit, ReportRow, ReportShown, ReportsShown, ReportWord } from '../ipc/types';
import { AT } from './fixtures';

const DAY = 86_400_000;
const KINDS = [
  { id: 'morning', label: 'Morning report', due: 'every day at 06:00', hour: 6, punctual: 93.3 },
  { id: 'evening', label: 'Evening report', due: 'every day at 22:00', hour: 22, punctual: 96.7 },
  { id: 'daily_summary', label: 'Daily summary', due: 'every day at 23:00', hour: 23, punctual: 100 },
] as const;
const MODULE = 'Evolution Reporting System';

function dateOf(back: number): string {
  const day = new Date(Date.parse(AT) - back * DAY);
  return `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, '0')}-${String(day.getDate()).padStart(2, '0')}`;
}
const backOf = (date: string) => Math.round((new Date(`${dateOf(0)}T12:00:00`).getTime() - new Date(`${date}T12:00:00`).getTime()) / DAY);
const clock = (date: string, hour: number, minutes: number) => new Date(new Date(`${date}T00:00:00`).getTime() + (hour * 60 + minutes) * 60_000).toISOString();

/** How the report of a day stands: a gap nine days ago, a late one, an empty one, a machine that slept. */
function standing(kind: string, back: number): [ReportWord, string] {
  if (back === 0 && kind === 'evening') return ['due', ''];
  if (back === 0 && kind === 'daily_summary') return ['due', ''];
  if (back === 2 && kind === 'evening') return ['arrived-late', 'It came 47 min after it was due.'];
  if (back === 4 && kind === 'morning') return ['empty', 'The file is there and holds nothing.'];
  if (back === 9) return kind === 'daily_summary' ? ['unknown', 'It could not be read: permission denied.'] : ['missing', 'It was due and never came.'];
  if (back === 12 && kind === 'morning') return ['excused', 'The machine slept from 23:10 to 08:40.'];
  return ['arrived', ''];
}

function row(kind: (typeof KINDS)[number], back: number): ReportRow {
  const date = dateOf(back);
  const [state, why] = standing(kind.id, back);
  const there = state === 'arrived' || state === 'arrived-late' || state === 'empty';
  const arrived_at = there ? clock(date, kind.hour, state === 'arrived-late' ? 47 : 1) : null;
  return {
    kind: kind.id,
    label: kind.label,
    date,
    path: `reports/${kind.id}_${date.replace(/-/g, '')}.txt`,
    state,
    why,
    due_at: clock(date, kind.hour, 0),
    arrived_at,
    figures: state === 'arrived' || state === 'arrived-late' ? 4 : 0,
    warnings: kind.id === 'evening' && (back === 1 || back === 2) ? 2 : 0,
    reviewed_at: there && back > 1 ? clock(date, 23, 30) : null,
  };
}

const days = (from: number, until: number): ReportDay[] =>
  Array.from({ length: until - from }, (_, at) => from + at)
    // On one Sunday nothing was due.
    .filter((back) => back !== 6)
    .map((back) => ({ date: dateOf(back), reports: KINDS.map((kind) => row(kind, back)) }));

/** Thirty days; and thirty more when asked for. */
export function reports(before: string | null): ReportsShown {
  const from = before === null ? 0 : backOf(before) + 1;
  return {
    kinds: KINDS.map(({ id, label, due, punctual }) => ({ id, label, due, punctual })),
    days: days(from, Math.min(60, from + 30)),
    has_earlier: from + 30 < 60,
    files: 171,
    oddities: ['reports/morning_20251331.txt: there is no 31 of month 13', 'reports/old: a folder'],
  };
}

const TEXT = `EVENING REPORT
==============

Learning events: 1,204
Patterns discovered: 31
Experiments conducted: 7
Time saved: 2.5 hours

Modules
-------
Continuous Learning Engine      ok
Meta-Learning Analysis          WARNING: 3 runs failed
Knowledge Acquisition System    ok

Notes
-----
A source sent this as its title:
<img src=x onerror=alert(1)><script>document.title = 'taken'</script>
ERROR: the title was not stored

Recommendations for tomorrow
----------------------------
1. Look at Meta-Learning Analysis.
2. A line that is much too long for a narrow window, so that one can see how it is broken and that nothing is lost to the right of the edge.
`;

const past = (base: number, swing: number, last: number) => [...Array.from({ length: 29 }, (_, at) => (at === 20 ? null : base + swing * Math.sin(at / 2.3))), last];
const figure = (label: string, value: number, unit: string, mean: number, swing: number, unusual = false): FigureShown => ({
  label,
  value,
  unit,
  before: Math.round((mean + swing / 2) * 10) / 10,
  mean,
  says: `${value} ${unit}, usually ${mean}`,
  unusual,
  past: past(mean, swing, value),
});

export function report(kind: string, date: string | null): ReportShown {
  const known = KINDS.find((one) => one.id === kind) ?? KINDS[0];
  const back = date === null ? 0 : backOf(date);
  const shown = row(known, back);
  const there = shown.state === 'arrived' || shown.state === 'arrived-late';
  const text = there ? TEXT.replace('EVENING REPORT', known.label.toUpperCase()) : '';
  return {
    row: shown,
    text,
    cut: false,
    bytes: text.length,
    figures: there
      ? [
          figure('Learning events', 1204, '', 1180, 60),
          figure('Patterns discovered', 31, '', 12, 3, true),
          figure('Experiments conducted', 7, '', 7, 2),
          figure('Time saved', 2.5, 'hours', 1.9, 0.4),
        ]
      : [],
    missing_figures: there ? ['Knowledge gained'] : [],
    missing_sections: there ? ['Errors'] : [],
    findings: there
      ? [
          { line: 12, level: 'yellow', text: 'Meta-Learning Analysis          WARNING: 3 runs failed' },
          { line: 19, level: 'red', text: 'ERROR: the title was not stored' },
        ]
      : [],
    before: back < 60 ? dateOf(back + 1) : null,
    of_reports: 29,
    twins: back === 2 ? [`reports/copy/${known.id}.txt`] : [],
    writer: there || shown.state === 'due' ? null : { module: MODULE, level: 'yellow', text: 'It ran last 26 h ago; it should run every hour.' },
  };
}

export const search = (text: string): ReportHit[] =>
  TEXT.split('\n').flatMap((line, at): ReportHit[] =>
    line.toLowerCase().includes(text.toLowerCase())
      ? [1, 2].map((back) => ({ kind: 'evening', label: 'Evening report', date: dateOf(back), line: at + 1, text: line.slice(0, 160) }))
      : [],
  );
