import type { ReportDay, ReportRow, ReportsShown, ReportWord } from '../ipc/types';
import { noon } from './year';

/** Whether there is a file that can be read. */
export const isThere = (state: ReportWord): boolean => state === 'arrived' || state === 'arrived-late';

/** Whether it waits to be read. */
export const isUnread = (row: ReportRow): boolean => row.reviewed_at === null && isThere(row.state);

/** Where the report should be, and what is there instead. */
export const isGap = (state: ReportWord): boolean => state === 'missing' || state === 'late' || state === 'excused' || state === 'empty';

/** A day of the calendar as a time here. */
export const dayTime = (date: string): string => `${date}T12:00:00`;

/** How many days lie between two of the list. */
export function between(newer: string, older: string): number {
  const days = Math.round((noon(newer) - noon(older)) / 86_400_000) - 1;
  return Number.isFinite(days) ? Math.max(0, days) : 0;
}

/** The days that are there already, with the newer answer in their place; newest first. */
export function merged(before: ReportsShown | null, next: ReportsShown, asked: string | null): ReportsShown {
  if (!before) return next;
  const days = new Map<string, ReportDay>(before.days.map((day) => [day.date, day]));
  for (const day of next.days) days.set(day.date, day);
  const all = [...days.values()].sort((a, b) => (a.date < b.date ? 1 : -1));
  // Whether there is more is known by the answer that reaches back furthest.
  const reaches = asked !== null || before.days.length <= next.days.length;
  return { ...next, days: all, has_earlier: reaches ? next.has_earlier : before.has_earlier };
}

/** The days of one kind; a day that has none of it is left out. */
export function ofKind(days: ReportDay[], kind: string): ReportDay[] {
  if (kind === '') return days;
  return days.map((day) => ({ ...day, reports: day.reports.filter((row) => row.kind === kind) })).filter((day) => day.reports.length > 0);
}

/** A text in three: what is before a line, the line, what is after; all of it before where there is no such line. */
export function around(text: string, line: number | null): [string, string, string] {
  if (line === null || line < 1) return [text, '', ''];
  let from = 0;
  for (let at = 1; at < line; at += 1) {
    const end = text.indexOf('\n', from);
    if (end < 0) return [text, '', ''];
    from = end + 1;
  }
  const end = text.indexOf('\n', from);
  const to = end < 0 ? text.length : end;
  return [text.slice(0, from), text.slice(from, to), text.slice(to)];
}
