import { bytes, duration, share } from '@ui/lib/format/numbers';
import { ago, exact, lasted } from '@ui/lib/format/times';
import { describe, expect, it } from 'vitest';

const NOW = Date.parse('2025-12-16T10:42:07Z');

describe('numbers', () => {
  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [63_400_000, '63 MB'],
    [212_600_000_000, '212.6 GB'],
    [5e15, '5,000 TB'],
  ])('writes %d bytes as %s', (value, text) => expect(bytes(value)).toBe(text));

  it.each([
    [0, '0 s'],
    [59.9, '59 s'],
    [187, '3 min'],
    [7_200, '2 h'],
    [200_000, '2 days'],
  ])('writes %d seconds as %s', (value, text) => expect(duration(value)).toBe(text));

  it('keeps a small cost from looking like none', () => expect(share(0.03)).toBe('0.03%'));
});

describe('times', () => {
  it.each([
    ['2025-12-16T10:42:06Z', 'just now'],
    ['2025-12-16T10:42:02Z', '5 s ago'],
    ['2025-12-16T10:39:00Z', '3 min ago'],
    ['2025-12-16T12:45:00Z', 'in 2 h'],
    ['2025-12-14T10:00:00Z', '2 days ago'],
    ['soon', 'soon'],
  ])('says of %s: %s', (text, said) => expect(ago(text, NOW)).toBe(said));

  it('does not say how long something from the future has lasted', () => {
    expect(lasted('9999-12-31T23:59:59Z', NOW)).toBeNull();
    expect(lasted('never', NOW)).toBeNull();
    expect(lasted('2025-12-16T10:39:00Z', NOW)).toBe('3 min');
  });

  it('leaves a time that is none as it is', () => expect(exact('+999999-01-01')).toBe('+999999-01-01'));
});
