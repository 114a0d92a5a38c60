import { words } from '../words';
import { duration } from './numbers';

const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** The instant in milliseconds; `null` when the text is none. */
export function instant(text: string | null | undefined): number | null {
  const at = text ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

/** How long ago (or ahead) `text` is from `now`; a text that is no time is shown as it is. */
export function ago(text: string, now: number): string {
  const at = instant(text);
  if (at === null) return text;
  const seconds = Math.abs(at - now) / 1000;
  if (seconds < 3) return words.now;
  if (seconds >= 40 * 86_400) return full.format(at);
  return at > now ? words.ahead(duration(seconds)) : words.ago(duration(seconds));
}

/** How long something has lasted at `now`; `null` when it cannot be told. */
export function lasted(since: string | null, now: number): string | null {
  const at = instant(since);
  if (at === null || at > now) return null;
  return duration(Math.max(1, (now - at) / 1000));
}

/** Date and time to the second, in the reader's zone. */
export function exact(text: string): string {
  const at = instant(text);
  return at === null ? text : full.format(at);
}

const short = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const date = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });

/** The time of day, in the reader's zone. */
export function clock(text: string): string {
  const at = instant(text);
  return at === null ? text : short.format(at);
}

/** The day: today, yesterday, or its date. */
export function day(text: string, now: number): string {
  const at = instant(text);
  if (at === null) return text;
  const midnight = (time: number) => new Date(time).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(now) - midnight(at)) / 86_400_000);
  return days === 0 ? words.today : days === 1 ? words.yesterday : date.format(at);
}
