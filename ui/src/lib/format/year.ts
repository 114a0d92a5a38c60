import type { RoundDay } from '../ipc/types';

/** What became of a day. */
export type Fate = 'none' | 'done' | 'mixed' | 'missed' | 'spared' | 'open';

export interface Cell {
  /** Its place among the days. */
  at: number;
  x: number;
  y: number;
  fate: Fate;
}

/** One row of weeks: Monday above, Sunday below. */
export interface Band {
  cells: Cell[];
  weeks: number;
  months: { x: number; name: string }[];
}

const month = new Intl.DateTimeFormat(undefined, { month: 'short' });
const titled = new Intl.DateTimeFormat(undefined, { month: 'short', year: 'numeric' });

/** A day of the calendar as its noon here, so that no zone turns it into another. */
export const noon = (date: string): number => new Date(`${date}T12:00:00`).getTime();

export function fateOf(day: RoundDay): Fate {
  if (day.missed > 0) return day.done > 0 ? 'mixed' : 'missed';
  if (day.done > 0) return 'done';
  if (day.skipped + day.excused > 0) return 'spared';
  return day.open > 0 ? 'open' : 'none';
}

/** The year as two bands of half a year, the newest last: one band of 53 weeks would be too small to hit. */
export function bands(days: RoundDay[]): Band[] {
  const first = days[0];
  if (!first) return [];
  const lead = (new Date(noon(first.date)).getDay() + 6) % 7;
  const weeks = Math.ceil((days.length + lead) / 7);
  const half = Math.ceil(weeks / 2);
  const bands: Band[] = [];
  let named = -1;
  days.forEach((day, at) => {
    const week = Math.floor((at + lead) / 7);
    const which = Math.floor(week / half);
    const band = (bands[which] ??= { cells: [], weeks: half, months: [] });
    const x = week % half;
    band.cells.push({ at, x, y: (at + lead) % 7, fate: fateOf(day) });
    const time = new Date(noon(day.date));
    // A month is named where it begins, unless there is no room for its name.
    if (time.getMonth() !== named && Number.isFinite(time.getTime())) {
      if (time.getDate() <= 7 && x < half - 1) band.months.push({ x, name: month.format(time) });
      named = time.getMonth();
    }
  });
  return bands;
}

/** The same as sums, newest month first. */
export function byMonth(days: RoundDay[]): { name: string; done: number; skipped: number; missed: number; excused: number }[] {
  const months = new Map<string, { name: string; done: number; skipped: number; missed: number; excused: number }>();
  for (const day of days) {
    const key = day.date.slice(0, 7);
    const at = noon(day.date);
    const sum = months.get(key) ?? { name: Number.isNaN(at) ? key : titled.format(at), done: 0, skipped: 0, missed: 0, excused: 0 };
    for (const part of ['done', 'skipped', 'missed', 'excused'] as const) sum[part] += day[part];
    months.set(key, sum);
  }
  return [...months.values()].reverse();
}
