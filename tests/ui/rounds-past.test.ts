import { fireEvent, screen, within } from '@testing-library/svelte';
import type { Fake } from '@ui/lib/backend/fake';
import { bands, byMonth, fateOf } from '@ui/lib/format/year';
import type { RoundDay } from '@ui/lib/ipc/types';
import { words } from '@ui/lib/words';
import { beforeEach, describe, expect, it } from 'vitest';

import { expectAccessible, open, settled } from './setup';

const w = words.rounds.history;

async function past(prepare?: (backend: Fake) => void) {
  const shown = await open('healthy', 'rounds', prepare);
  await fireEvent.click(screen.getByRole('radio', { name: words.rounds.parts.past }));
  await settled();
  return shown;
}

beforeEach(() => localStorage.clear());

describe('the past rounds', () => {
  it('show a year, how much of it was done, and the rounds themselves', async () => {
    const { page } = await past();
    await fireEvent.click(screen.getByText(w.asTable));
    await expectAccessible(page);
    expect(page.querySelectorAll('[data-at]')).toHaveLength(366);
    const sums = within(screen.getByRole('region', { name: w.sums }));
    expect(sums.getAllByText(/% done$/)).toHaveLength(3);
    expect(sums.getByText(w.noRate)).toBeTruthy();
    expect(sums.getByText(/usually 21 min/)).toBeTruthy();
    const list = screen.getByRole('region', { name: w.past });
    expect(list.querySelectorAll('li')).toHaveLength(20);
    await fireEvent.click(within(list).getByRole('button', { name: /Show More/ }));
    expect(list.querySelectorAll('li')).toHaveLength(40);
  });

  it('can be gone through by keyboard, day by day and week by week, and tell each day', async () => {
    await past();
    const map = screen.getByRole('slider', { name: w.yearOf });
    expect(map.getAttribute('aria-valuetext')).toBe(`${words.today}: ${w.open(2)}`);
    await fireEvent.keyDown(map, { key: 'ArrowUp' });
    expect(map.getAttribute('aria-valuetext')).toMatch(new RegExp(`^${words.yesterday}: `));
    await fireEvent.keyDown(map, { key: 'ArrowLeft' });
    expect(map.getAttribute('aria-valuenow')).toBe('357');
    const region = screen.getByRole('region', { name: /^Rounds of / });
    expect(region.querySelectorAll('ul.card > li').length).toBeLessThanOrEqual(3);
    expect(region.querySelectorAll('ul.card > li').length).toBeGreaterThan(0);
    await fireEvent.click(screen.getByRole('button', { name: w.allDays }));
    expect(screen.getByRole('region', { name: w.past })).toBeTruthy();
  });

  it('can be chosen with the pointer, and say what they hold on hover', async () => {
    const { page } = await past();
    const cell = page.querySelector('[data-at="10"]');
    expect(cell?.querySelector('title')?.textContent).toMatch(new RegExp(`: ${w.nothing}$`));
    await fireEvent.click(cell?.querySelector('rect') as Element);
    expect(screen.getByText(w.noneThatDay)).toBeTruthy();
    await fireEvent.click(cell?.querySelector('rect') as Element);
    expect(screen.queryByText(w.noneThatDay)).toBeNull();
  });

  it('are found by what was written on them, as text', async () => {
    const { page, backend } = await past();
    const field = screen.getByRole('searchbox', { name: w.search });
    await fireEvent.input(field, { target: { value: 'o' } });
    await settled();
    expect(backend.asked.some((one) => one.startsWith('search_rounds'))).toBe(false);
    await fireEvent.input(field, { target: { value: 'onerror' } });
    await settled();
    expect(backend.asked).toContain('search_rounds onerror');
    expect(page.querySelector('img')).toBeNull();
    for (const mark of page.querySelectorAll('mark')) expect(mark.textContent).toBe('onerror');
    expect(page.querySelectorAll('mark').length).toBeGreaterThan(0);
    await expectAccessible(page);
    await fireEvent.input(field, { target: { value: 'nobody wrote that' } });
    await settled();
    expect(screen.getByText(w.noHits)).toBeTruthy();
    await fireEvent.keyDown(field, { key: 'Escape' });
    await settled();
    expect(backend.asked).not.toContain('close_panel');
    expect(screen.queryByText(w.noHits)).toBeNull();
  });

  it('say that there are none, and why they cannot be told', async () => {
    const { page } = await past((backend) => void (backend.roundHistory = async () => ({ checklists: [], days: [], past: [] })));
    expect(screen.getByText(w.none)).toBeTruthy();
    await expectAccessible(page);
    document.body.replaceChildren();
    const failed = await past((backend) => void (backend.roundHistory = () => Promise.reject({ code: 'damaged', message: 'The history is damaged.', hint: null })));
    expect(screen.getByRole('alert').textContent).toContain('The history is damaged.');
    await expectAccessible(failed.page);
  });
});

describe('a year as squares', () => {
  const day = (date: string, more: Partial<RoundDay> = {}): RoundDay => ({ date, done: 0, skipped: 0, missed: 0, excused: 0, open: 0, ...more });
  const year = Array.from({ length: 366 }, (_, at) => day(new Date(Date.UTC(2024, 11, 17 + at)).toISOString().slice(0, 10)));

  it('has each day once, a Monday above and a Sunday below, in two bands', () => {
    const both = bands(year);
    expect(both).toHaveLength(2);
    const cells = both.flatMap((band) => band.cells);
    expect(cells.map((cell) => cell.at)).toEqual(year.map((_, at) => at));
    for (const { at, y } of cells) expect(y).toBe((new Date(`${year[at]?.date}T12:00:00Z`).getUTCDay() + 6) % 7);
    for (const band of both) for (const cell of band.cells) expect(cell.x).toBeLessThan(band.weeks);
    expect(new Set(both.flatMap((band, which) => band.cells.map((cell) => `${which} ${cell.x} ${cell.y}`))).size).toBe(366);
  });

  it.each([
    [{}, 'none'],
    [{ done: 2 }, 'done'],
    [{ done: 1, missed: 1 }, 'mixed'],
    [{ missed: 1, excused: 1 }, 'missed'],
    [{ excused: 1 }, 'spared'],
    [{ skipped: 1, done: 1 }, 'done'],
    [{ open: 1 }, 'open'],
  ] as const)('tells %o as %s', (parts, fate) => expect(fateOf(day('2025-12-16', parts))).toBe(fate));

  it('adds up by month, the newest first', () => {
    const months = byMonth([day('2025-11-30', { missed: 1 }), day('2025-12-01', { done: 2 }), day('2025-12-02', { done: 1 })]);
    expect(months.map(({ name, done, missed }) => [name, done, missed])).toEqual([
      ['Dec 2025', 3, 0],
      ['Nov 2025', 0, 1],
    ]);
  });

  it('stands days that are none', () => expect(() => bands([day('soon'), day('2025-99-99')])).not.toThrow());
});
