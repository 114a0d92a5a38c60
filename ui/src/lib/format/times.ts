import { words } from '../words';
import { duration } from './numbers';

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'always', style: 'short' });
const narrow = new Intl.RelativeTimeFormat(undefined, { numeric: 'always', style: 'narrow' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** The instant in milliseconds; `null` when the text is none. */
export function instant(text: string | null | undefined): number | null {
  const at = text ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

/** How long ago (or ahead) `text` is from `now`; a text that is no time is shown as it is. */
export function ago(text: string, now: number, tight = false): string {
  const form = tight ? narrow : relative;
  const at = instant(text);
  if (at === null) return text;
  const seconds = (at - now) / 1000;
  const far = Math.abs(seconds);
  if (far < 3) return words.now;
  if (far < 60) return form.format(Math.trunc(seconds), 'second');
  if (far < 3_600) return form.format(Math.trunc(seconds / 60), 'minute');
  if (far < 86_400) return form.format(Math.trunc(seconds / 3_600), 'hour');
  if (far < 40 * 86_400) return form.format(Math.trunc(seconds / 86_400), 'day');
  return full.format(at);
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
