import type { PastFate, PastRound, RoundDay, RoundHistory } from '../ipc/types';
import { AT } from './fixtures';
import { wall } from './rounds';

const DAY = 1440;
/** The same number for the same day, each time. */
const chance = (day: number, of: number) => ((day * 7919 + of * 104_729) % 97) / 97;

function fates(back: number): PastFate[] {
  const one = (of: number): PastFate => {
    const drawn = chance(back, of);
    // A week in summer the machine slept.
    if (back > 150 && back < 158) return 'excused';
    return drawn < 0.07 ? 'missed' : drawn < 0.11 ? 'skipped' : drawn < 0.19 ? 'late' : 'done';
  };
  // It began ten months ago.
  return back > 300 ? [] : [one(1), one(2), ...(back % 7 === 2 ? [one(3)] : [])];
}

const days = (): RoundDay[] =>
  Array.from({ length: 366 }, (_, at) => {
    const back = 365 - at;
    const all = back === 0 ? [] : fates(back);
    const of = (...which: PastFate[]) => all.filter((fate) => which.includes(fate)).length;
    return { date: wall(-back * DAY).slice(0, 10), done: of('done', 'late'), skipped: of('skipped'), missed: of('missed'), excused: of('excused'), open: back === 0 ? 2 : 0 };
  });

const NAMES = ['morning', 'evening', 'weekly'];
const TITLES = ['Morning round', 'Evening round', 'Weekly round'];
const NOTES: [string, string][] = [
  ['What today is for', 'Watch Meta-Learning Analysis.'],
  ['What today is for', 'Disk: the archives of last month can go.'],
  ['What was learned this week', 'Restarts on Saturday come from the system update, not from the ecosystem.'],
  ['What today is for', '<img src=x onerror=alert(1)> is what a module wrote into its name.'],
];

/** The rounds of the last months, newest first. */
export const past = (): PastRound[] =>
  Array.from({ length: 60 }, (_, at) => at + 1).flatMap((back) =>
    fates(back).map((fate, of): PastRound => {
      const seconds = fate === 'done' || fate === 'late' ? 60 + Math.round(chance(back, of + 5) * 240) : 0;
      const note = NOTES[(back + of) % 9];
      return {
        id: NAMES[of] ?? 'morning',
        title: TITLES[of] ?? 'Morning round',
        slot: wall(-back * DAY - of * 60),
        fate,
        at: fate === 'done' || fate === 'late' ? new Date(Date.parse(AT) - back * DAY * 60_000).toISOString() : null,
        reason: fate === 'skipped' ? 'Travelling' : null,
        seconds,
        notes: seconds > 0 && note ? [note] : [],
      };
    }),
  );

export function history(): RoundHistory {
  const sums = NAMES.map((id, of) => {
    const all = Array.from({ length: 365 }, (_, at) => fates(at + 1)[of]).filter((fate) => fate !== undefined);
    const count = (...which: PastFate[]) => all.filter((fate) => which.includes(fate)).length;
    const [done, missed] = [count('done', 'late'), count('missed')];
    return { id, title: TITLES[of] ?? id, done, late: count('late'), skipped: count('skipped'), missed, excused: count('excused'), rate: (done / (done + missed)) * 100, usual_seconds: [110, 190, 1_260][of] ?? null };
  });
  sums.push({ id: 'monthly', title: 'Monthly round', done: 0, late: 0, skipped: 0, missed: 0, excused: 0, rate: Number.NaN, usual_seconds: null });
  return { checklists: sums.map((one) => ({ ...one, rate: Number.isNaN(one.rate) ? null : one.rate })), days: days(), past: past() };
}

export const search = (text: string): PastRound[] => past().filter((one) => one.notes.some(([, note]) => note.toLowerCase().includes(text.toLowerCase())));
