import type { Unit } from '../ipc/types';

const plain = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });
const fine = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 2 });

const SIZES = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
const sizes = SIZES.map(
  (unit, at) =>
    new Intl.NumberFormat(undefined, { style: 'unit', unit, unitDisplay: at === 0 ? 'long' : 'short', maximumFractionDigits: at < 3 ? 0 : 1 }),
);

/** A count as people write it. */
export const count = (value: number): string => whole.format(value);

/** A share of 0–100. */
export const share = (value: number): string => (Math.abs(value) < 1 ? fine : percent).format(value / 100);

/** A size in decimal units, as Finder counts. */
export function bytes(value: number): string {
  const power = Math.max(0, Math.min(SIZES.length - 1, Math.floor(Math.log10(Math.max(1, Math.abs(value))) / 3)));
  return sizes[power]?.format(value / 1000 ** power) ?? whole.format(value);
}

const SPANS = [
  ['days', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** A length of time in its largest whole unit, written as the core writes it: `3 min`, `2 h`. */
export function duration(seconds: number): string {
  const [unit, length] = SPANS.find(([, length]) => seconds >= length) ?? SPANS[3];
  const whole = Math.floor(seconds / length);
  return `${count(whole)} ${unit === 'days' && whole === 1 ? 'day' : unit}`;
}

/** A value of a signal's unit. */
export function inUnit(value: number, unit: Unit): string {
  switch (unit) {
    case 'percent':
      return share(value);
    case 'bytes':
      return bytes(value);
    case 'seconds':
      return duration(value);
    case 'milliseconds':
      return new Intl.NumberFormat(undefined, { style: 'unit', unit: 'millisecond', unitDisplay: 'short', maximumFractionDigits: 0 }).format(value);
    default:
      return plain.format(value);
  }
}
