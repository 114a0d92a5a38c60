import { fireEvent, screen } from '@testing-library/svelte';
import * as past from '@ui/lib/backend/past';
import { ahead, columns, range } from '@ui/lib/chart/plot';
import { words } from '@ui/lib/words';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { expectAccessible, settled, show } from './setup';

// This page has no canvas to draw on: what is drawn is judged on pictures, what is said here.
vi.mock('@ui/lib/chart/library', () => ({ UPlot: class { destroy() {} setSize() {} } }));

async function open() {
  const shown = await show('healthy');
  await fireEvent.click(screen.getByRole('tab', { name: words.tabs.history }));
  await settled();
  return shown;
}

beforeEach(() => localStorage.clear());

describe('the history', () => {
  it('axe has nothing to say about it, nor about a moment, nor about the table', async () => {
    const { page } = await open();
    await expectAccessible(page);
    await fireEvent.keyDown(screen.getByRole('slider'), { key: 'Home' });
    await settled();
    await fireEvent.click(screen.getByRole('button', { name: words.asTable }));
    await expectAccessible(page);
  });

  it('shows any moment of the day by keyboard', async () => {
    const { backend } = await open();
    const slider = screen.getByRole('slider');
    expect(slider.getAttribute('aria-valuetext')).toBe(words.stripHint);
    await fireEvent.keyDown(slider, { key: 'Home' });
    await settled();
    expect(slider.getAttribute('aria-valuenow')).toBe('0');
    expect(slider.getAttribute('aria-valuetext')).toContain(words.nothingRecorded);
    for (let press = 0; press < 16; press += 1) await fireEvent.keyDown(slider, { key: 'PageUp' });
    await settled();
    expect(slider.getAttribute('aria-valuetext')).toContain(words.level.red);
    expect(backend.asked).toContain('moment');
    expect(screen.getByText(words.momentErrors)).toBeTruthy();
    expect(screen.getByText('212.6 GB')).toBeTruthy();
  });

  it('turns to the day before, and not beyond today', async () => {
    const { backend } = await open();
    const after = screen.getByRole('button', { name: words.dayAfter });
    expect(after.getAttribute('aria-disabled')).toBe('true');
    await fireEvent.click(screen.getByRole('button', { name: words.dayBefore }));
    await settled();
    expect(backend.asked.filter((one) => /^day \d{4}-\d\d-\d\d$/.test(one))).toHaveLength(1);
  });

  it('asks for the figure and the time that are chosen, and writes them to a file', async () => {
    const { backend } = await open();
    expect(backend.asked).toContain('chart process.cpu 24h');
    await fireEvent.click(screen.getByRole('radio', { name: 'Free disk' }));
    await fireEvent.click(screen.getByRole('radio', { name: words.spans['7d'] }));
    await settled();
    expect(backend.asked).toContain('chart disk.free 7d');
    await fireEvent.click(screen.getByRole('button', { name: words.exportCsv }));
    await settled();
    expect(screen.getByText(/disk\.free\.csv/)).toBeTruthy();
  });

  it('says the same as a table', async () => {
    await open();
    await fireEvent.click(screen.getByRole('button', { name: words.asTable }));
    const rows = screen.getAllByRole('row');
    expect(rows.length).toBe(past.chart('process.cpu', '24h').points.length + 1);
    expect(rows[1]?.textContent).toMatch(/%/);
  });
});

describe('a plot', () => {
  const chart = past.chart('process.cpu', '24h');

  it('has a hole where nothing is on record', () => {
    const { data, rows } = columns(chart);
    expect(data[0]).toHaveLength(chart.points.length + 1);
    const hole = rows.indexOf(null);
    expect(hole).toBeGreaterThan(0);
    expect(data[3]?.[hole]).toBeNull();
    expect(rows.at(-1)).toBe(chart.points.length - 1);
  });

  it('draws a trend from the newest value into a quarter more of its time', () => {
    const last = chart.points.at(-1);
    const { data } = columns(chart, 24);
    expect(data[0]).toHaveLength(chart.points.length + 2);
    const line = (data[4] as (number | null)[]).filter((value) => value !== null);
    expect(line[0]).toBe(last?.mean);
    // A day's chart goes on for six hours, and for what passed since the newest value.
    expect((line[1] ?? 0) - (line[0] ?? 0)).toBeCloseTo(6, 0);
    expect(data[3]?.at(-1)).toBeNull();
    expect(ahead(chart, -1e9)?.to[1]).toBe(0);
    expect(ahead({ ...chart, points: [] }, 24)).toBeNull();
    expect(ahead(chart, undefined)).toBeNull();
  });

  it('shows a threshold that is near, and none that is far away', () => {
    const near = { ...chart, bands: { yellow: 30, red: 500 } };
    const [low, high] = range(near, 10, 20);
    expect(low).toBeLessThan(10);
    expect(high).toBeGreaterThan(30);
    expect(high).toBeLessThan(100);
    expect(range({ ...chart, bands: { yellow: null, red: null } }, 0, 0)[1]).toBeGreaterThan(0);
  });
});
