import { render } from '@testing-library/svelte';
import Sparkline from '@ui/components/Sparkline.svelte';
import { healthy } from '@ui/lib/backend/fixtures';
import { draw } from '@ui/lib/format/sparkline';
import type { Series, SignalId } from '@ui/lib/ipc/types';
import { describe, expect, it } from 'vitest';

const series = (mean: (number | null)[], signal: SignalId = 'process.cpu'): Series => ({ signal, start: '2025-12-16T00:00:00Z', step_seconds: 300, mean });
const none = { yellow: null, red: null };

describe('the sparkline', () => {
  it('is none without a value', () => {
    expect(draw(series([]), none)).toBeNull();
    expect(draw(series([null, null]), none)).toBeNull();
    expect(draw(series([Number.NaN, Number.POSITIVE_INFINITY]), none)).toBeNull();
  });

  it('leaves gaps open', () => {
    const drawing = draw(series([1, 2, null, null, 3, null]), none);
    expect(drawing?.lines).toHaveLength(2);
    expect(drawing?.stats).toMatchObject({ min: 1, max: 3, last: 3, gaps: 2 });
  });

  it('shows a single value as a dot', () => {
    expect(draw(series([null, 5, null]), none)?.lines).toEqual(['M50 16.67h.01']);
  });

  it('puts the zones above where higher is worse, below where lower is', () => {
    const cpu = draw(series([10, 90]), { yellow: 50, red: 80 });
    expect(cpu?.red?.top).toBe(0);
    expect(cpu?.yellow?.top).toBe(cpu?.red?.height);
    const disk = draw(series([200, 15], 'disk.free'), { yellow: 20, red: 10 });
    expect((disk?.red?.top ?? 0) + (disk?.red?.height ?? 0)).toBeCloseTo(100);
    expect((disk?.yellow?.top ?? 0) + (disk?.yellow?.height ?? 0)).toBeCloseTo(disk?.red?.top ?? 0);
  });

  it('draws a zero as zero, not as half', () => {
    expect(draw(series([0, 0]), none)?.last.y).toBe(100);
  });

  it('thins out a day without closing its gaps', () => {
    const drawing = draw(series(Array.from({ length: 2_880 }, (_, at) => (at > 1_000 && at < 1_400 ? null : at % 7))), none);
    expect(drawing?.lines).toHaveLength(2);
    expect(drawing?.lines.join('').match(/[ML]/g)?.length).toBeLessThanOrEqual(100);
  });

  it('tells in words what it draws', () => {
    const signal = healthy().verdict!.signals.find((one) => one.id === 'disk.free')!;
    const { container } = render(Sparkline, { signal, series: series([200e9, null, 212e9], 'disk.free') });
    const label = container.querySelector('figure')?.getAttribute('aria-label');
    expect(label).toBe(
      'Free disk, last 24 hours: lowest 200 GB, average 206 GB, highest 212 GB, latest 212 GB; yellow below 20 GB; red below 10 GB; 1 gap',
    );
  });
});
