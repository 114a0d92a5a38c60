import type { Cadence, ItemEvidence, ItemRemedy, ItemShown, RoundShown, RoundsShown, RoundState } from '../ipc/types';
import { AT } from './fixtures';

const shift = (minutes: number) => new Date(Date.parse(AT) + minutes * 60_000);
const at = (minutes: number) => shift(minutes).toISOString();

/** The wall time `minutes` from now, as a slot is called by. */
export function wall(minutes: number): string {
  const time = shift(minutes);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}T${two(time.getHours())}:${two(time.getMinutes())}:00`;
}

function item(id: string, section: string, text: string, more: Partial<ItemShown> = {}): ItemShown {
  return { id, section, text, why: '', kind: 'person', state: 'open', evidence: null, note: '', wants_note: false, by_hand_at: null, remedies: [], waits_for: [], minutes: 1, ...more };
}

const evidence = (text: string, more: Partial<ItemEvidence> = {}): ItemEvidence => ({ text, at: at(-1.5), source: 'measured', level: 'green', details: [], ...more });
const proven = (id: string, section: string, text: string, says: string, more: Partial<ItemEvidence> = {}) =>
  item(id, section, text, { kind: 'auto', state: 'passed', evidence: evidence(says, more) });
const remedy = (text: string, action: ItemRemedy['action']): ItemRemedy => ({ text, action });

function morning(): ItemShown[] {
  return [
    proven('report', 'Reports', 'The morning report is there', 'there since 06:01', { source: 'reports/morning_20251216.txt', at: at(-281) }),
    item('report-read', 'Reports', 'The morning report is read: what was improved, and what it helped', {
      why: 'A report that nobody reads is no report.',
      remedies: [remedy('Open it here; its figures stand beside what they usually are.', { does: 'report', of: 'morning' })],
      minutes: 3,
    }),
    proven('running', 'Health', 'The process runs', 'running for 3 d 14 h'),
    proven('modules', 'Health', 'All modules are integrated', '10 of 10 modules', { source: 'claimed' }),
    proven('uptime', 'Health', 'It did not restart by itself', 'up since Saturday 20:11'),
    proven('cpu', 'Resources', 'CPU is below 50 %', '12 %, usually 14 %'),
    proven('memory', 'Resources', 'Memory is below 4 GB', '1.4 GB, usually 1.3 GB'),
    proven('disk', 'Resources', 'More than 10 GB are free', '212.6 GB'),
    item('errors', 'Errors', 'Fewer than 10 errors in 24 hours', {
      kind: 'auto',
      state: 'failed',
      why: 'Five to twenty errors are to be looked at and put in order.',
      evidence: evidence('14 errors, usually 4', { level: 'yellow', details: ['Meta-Learning Analysis: 11', 'Background Process Optimization: 3'] }),
      remedies: [
        remedy('Look in the log for the module that fails.', { does: 'remedy', of: 'show-log' }),
        remedy('See which module it is, and since when.', { does: 'view', of: 'alerts' }),
      ],
    }),
    item('backup', 'Backups', 'Yesterday’s backup has been restored and compared', {
      kind: 'auto',
      state: 'unknown',
      why: 'A backup counts when it has been restored.',
      evidence: evidence('the drill has not run since the backup was made', { level: 'unknown', at: at(-540) }),
      remedies: [remedy('Restore the newest into a scratch folder now.', { does: 'drill' })],
    }),
    item('plan', 'Planning', 'What today is for', { why: 'One line is enough.', wants_note: true, note: 'Watch Meta-Learning Analysis.', minutes: 2, waits_for: ['report-read'] }),
    proven('claims', 'Health', 'What it says of itself agrees with what is seen', 'nothing speaks against it'),
    proven('state', 'Health', 'The state file is fresh', '41 s old'),
    proven('alerts', 'Health', 'No alert waits for an answer', 'none is open'),
    item('mail', 'Reports', 'Nobody waits for an answer', { state: 'ticked', by_hand_at: at(-4) }),
  ];
}

function weekly(): ItemShown[] {
  return [
    proven('execution', 'Performance', 'Mean execution time is below 10 ms', '6 ms, usually 6 ms', { source: 'claimed' }),
    proven('efficiency', 'Performance', 'Efficiency is above 80 %', '87 %, usually 86 %', { source: 'claimed' }),
    proven('data', 'Clean-up', 'Data is below 5 GB', '2.3 GB, 30 MB more a day'),
    item('backup', 'Backups', 'The weekly backup is made and proven', {
      kind: 'auto',
      state: 'failed',
      evidence: evidence('the last one is 8 days old', { level: 'red', at: at(-11_600) }),
      remedies: [remedy('Make one now; it is proven as it is written.', { does: 'back-up' })],
    }),
    item('trend', 'Performance', 'The trends of the week are looked at', { remedies: [remedy('The charts of all figures.', { does: 'view', of: 'history' })], minutes: 5 }),
    item('lessons', 'Review', 'What was learned this week', { wants_note: true, minutes: 10 }),
  ];
}

const ahead = (section: string, ...texts: string[]) => texts.map((text, at) => item(`${section}-${at}`, section, text, { minutes: 5 }));

function round(id: string, title: string, cadence: Cadence, state: RoundState, says: string, from: number, by: number, items: ItemShown[], more: Partial<RoundShown> = {}): RoundShown {
  const minutes = items.reduce((sum, one) => sum + one.minutes, 0);
  return { id, title, cadence, state, says, slot: wall(from), due_from: at(from), due_by: at(by), next_from: at(from + 1440), finished_at: null, reason: null, minutes, spent_seconds: 0, items, ...more };
}

/** A morning round midway, a week's that is due, and what comes later. */
export function rounds(): RoundsShown {
  return {
    rounds: [
      round('morning', 'Morning round', 'daily', 'due', 'due until 11:30', -30, 48, morning(), { spent_seconds: 70 }),
      round('weekly', 'Weekly round', 'weekly', 'overdue', 'should have been done by yesterday, 20:30', -2_300, -870, weekly()),
      round('backup-check', 'Night watch', 'daily', 'done', 'done at 06:12, in 2 min', -300, -200, [proven('night', 'Health', 'Nothing happened in the night', 'no alert between 22:00 and 06:00')], {
        finished_at: at(-272),
        spent_seconds: 120,
      }),
      round('evening', 'Evening round', 'daily', 'upcoming', 'from 22:00', 690, 780, ahead('Evening', 'The evening report is read', 'The errors of the day are put in order')),
      round('monthly', 'Monthly round', 'monthly', 'upcoming', 'on Sunday, 4 January, 14:00', 28_000, 28_120, ahead('Audit', 'The audit is read', 'Old archives are pruned', 'Thresholds still fit')),
      round('quarterly', 'Quarterly round', 'quarterly', 'upcoming', 'on Sunday, 4 January, 10:00', 27_800, 28_040, [
        ...ahead('Review', 'The plan of the quarter is written', 'A full restore is rehearsed'),
        item('changes', 'Review', 'What changed in the quarter', { kind: 'auto', state: 'unknown', evidence: evidence('the quarter is not over', { level: null, details: ['3 versions', '41 tuning changes'] }) }),
      ]),
    ],
    problems: [],
  };
}

/** Rounds that a person can work on, as the app would answer. */
export class Book {
  shown = rounds();

  item(round: string, slot: string, item: string, change: Partial<ItemShown>): RoundsShown {
    return this.change(round, slot, (one) => finished({ ...one, items: one.items.map((it) => (it.id === item ? { ...it, ...change } : it)) }));
  }

  tick(round: string, slot: string, item: string, note: string | null): RoundsShown {
    const kind = this.shown.rounds.find((one) => one.id === round)?.items.find((one) => one.id === item)?.kind;
    const noted = note === null ? {} : { note };
    const told = this.item(round, slot, item, { state: kind === 'auto' ? 'overruled' : 'ticked', by_hand_at: AT, ...noted });
    return { ...told, rounds: (this.shown.rounds = told.rounds.map((one) => ({ ...one, items: one.items.map((it) => ({ ...it, waits_for: it.waits_for.filter((id) => id !== item) })) }))) };
  }

  untick(round: string, slot: string, item: string | null): RoundsShown {
    if (item === null) return this.change(round, slot, (one) => ({ ...one, state: 'due', finished_at: null, reason: null, says: 'due until 11:30' }));
    const was = rounds().rounds.find((one) => one.id === round)?.items.find((one) => one.id === item);
    return this.item(round, slot, item, { state: was && was.state !== 'ticked' ? was.state : 'open', by_hand_at: null });
  }

  skip(round: string, slot: string, item: string | null, reason: string): RoundsShown {
    if (item !== null) return this.item(round, slot, item, { state: 'skipped', note: reason, by_hand_at: AT });
    return this.change(round, slot, (one) => ({ ...one, state: 'skipped', reason, finished_at: AT, says: 'left out today' }));
  }

  private change(round: string, slot: string, change: (one: RoundShown) => RoundShown): RoundsShown {
    this.shown = { ...this.shown, rounds: this.shown.rounds.map((one) => (one.id === round && one.slot === slot ? change(one) : one)) };
    return this.shown;
  }
}

/** A round of which nothing is left is done. */
function finished(one: RoundShown): RoundShown {
  const left = one.items.some((it) => it.state === 'open' || it.state === 'failed' || it.state === 'unknown');
  if (left) return { ...one, state: one.state === 'done' ? 'due' : one.state, finished_at: null };
  return { ...one, state: 'done', finished_at: AT, says: 'done at 10:42, in 2 min' };
}
