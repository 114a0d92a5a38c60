import { fireEvent, screen, within } from '@testing-library/svelte';
import type { Fake } from '@ui/lib/backend/fake';
import * as fixtures from '@ui/lib/backend/fixtures';
import * as papers from '@ui/lib/backend/papers';
import { around, between, merged } from '@ui/lib/format/reports';
import type { ReportDay, ReportShown, ReportsShown } from '@ui/lib/ipc/types';
import { words } from '@ui/lib/words';
import { beforeEach, describe, expect, it } from 'vitest';

import { expectAccessible, open, settled } from './setup';

const w = words.reading;
const button = (name: string | RegExp) => screen.getByRole('button', { name });
const yesterday = () => within(screen.getByRole('region', { name: words.yesterday }));

async function press(name: string | RegExp) {
  await fireEvent.click(button(name));
  await settled();
}

/** Opens yesterday's evening report. */
async function reader(prepare?: (backend: Fake) => void) {
  const shown = await open('healthy', 'reports', prepare);
  await fireEvent.click(yesterday().getByRole('button', { name: /^Evening report/ }));
  await settled();
  return shown;
}

beforeEach(() => localStorage.clear());

describe('the reports', () => {
  it('are listed by day, gaps as gaps', async () => {
    const { page } = await open('healthy', 'reports');
    const rows = [...page.querySelectorAll('li > button')].map((row) => row.textContent ?? '');
    expect(rows).toHaveLength(29 * 3);
    for (const state of ['missing', 'arrived-late', 'empty', 'excused', 'unknown'] as const) {
      expect(rows.some((row) => row.includes(w.state[state]))).toBe(true);
      expect(page.querySelectorAll(`li svg.${state}`).length).toBeGreaterThan(0);
    }
    expect(rows[1]).toMatch(/due at 10:00\sPM/);
    expect(screen.getByText(w.noneDue(1))).toBeTruthy();
    expect(screen.getByText(/The machine slept from 23:10/)).toBeTruthy();
    expect(yesterday().getByRole('button', { name: /Evening report.*2 warnings/ })).toBeTruthy();
  });

  it('have nothing axe objects to, whatever their state', async () => {
    const { page } = await open('healthy', 'reports', (backend) => {
      backend.reports = async (before) => ({ ...papers.reports(before), days: papers.reports(before).days.slice(0, 13) });
    });
    expect(page.querySelectorAll('li svg.excused')).toHaveLength(1);
    await expectAccessible(page);
  });

  it('can be narrowed to one kind, which says when it is due and how often it came', async () => {
    const { page } = await open('healthy', 'reports');
    await fireEvent.click(screen.getByRole('radio', { name: 'Evening report' }));
    for (const label of page.querySelectorAll('li .label')) expect(label.textContent).toMatch(/^Evening report/);
    expect(page.querySelectorAll('li > button')).toHaveLength(29);
    expect(screen.getByText(/every day at 22:00 · 96\.7% came/)).toBeTruthy();
    await expectAccessible(page);
  });

  it('are unread until they are opened, and the way back leads to where one was', async () => {
    const { backend } = await open('healthy', 'reports');
    expect(screen.getByText(new RegExp(w.unreadCount('4')))).toBeTruthy();
    await fireEvent.click(yesterday().getByRole('button', { name: /^Evening report.*not read yet/ }));
    await settled();
    expect(backend.asked.filter((one) => /^review_report evening \d{4}-\d\d-\d\d$/.test(one))).toHaveLength(1);
    expect(document.activeElement?.textContent).toContain(w.back);
    await press(new RegExp(w.back));
    expect(screen.getByText(new RegExp(w.unreadCount('3')))).toBeTruthy();
    expect(document.activeElement).toBe(yesterday().getByRole('button', { name: /^Evening report/ }));
    expect(document.activeElement?.textContent).not.toContain(w.unread);
  });

  it('are not called read where nothing came', async () => {
    const { page, backend } = await open('healthy', 'reports');
    await fireEvent.click(screen.getAllByRole('button', { name: /did not come/ })[0]!);
    await settled();
    expect(backend.asked.some((one) => one.startsWith('review_report'))).toBe(false);
    expect(page.querySelector('pre')).toBeNull();
    await expectAccessible(page);
  });

  it('reach back further when asked, each day once', async () => {
    const { page, backend } = await open('healthy', 'reports');
    await press(w.earlier);
    expect(backend.asked.filter((one) => one.startsWith('reports '))).toEqual(['reports newest', expect.stringMatching(/^reports \d{4}-/)]);
    expect(page.querySelectorAll('li > button')).toHaveLength(59 * 3);
    expect(screen.queryByRole('button', { name: w.earlier })).toBeNull();
  });

  it('say what lies among them and is none', async () => {
    await open('healthy', 'reports');
    await fireEvent.click(screen.getByText(w.oddities(2)));
    expect(screen.getByText(/there is no 31 of month 13/)).toBeTruthy();
  });

  it('are asked for again when the standing of one changed, not with every look', async () => {
    const { backend } = await open('healthy', 'reports');
    const count = () => backend.asked.filter((one) => one === 'reports newest').length;
    const next = fixtures.healthy();
    backend.send(next);
    await settled();
    expect(count()).toBe(1);
    if (next.verdict) next.verdict.signals = next.verdict.signals.map((one) => (one.id === 'reports.evening' ? { ...one, text: 'there since 22:01' } : one));
    backend.send({ ...next, verdict: next.verdict && { ...next.verdict } });
    await settled();
    expect(count()).toBe(2);
  });
});

describe('a report', () => {
  it('is shown as it is: a text, whatever is in it', async () => {
    const { page } = await reader();
    await expectAccessible(page);
    const [, asked] = /(\d{4}-\d\d-\d\d)/.exec(page.querySelector('.path')?.textContent?.replace(/(\d{4})(\d\d)(\d\d)/, '$1-$2-$3') ?? '') ?? [];
    expect(page.querySelector('pre')?.textContent).toBe(papers.report('evening', asked ?? null).text);
    expect(page.querySelector('pre')?.children).toHaveLength(0);
    expect(page.querySelector('script, img')).toBeNull();
    expect(document.title).not.toBe('taken');
  });

  it('has its figures beside what they usually are, and what is unusual marked', async () => {
    await reader();
    const figures = within(screen.getByRole('region', { name: w.figuresOf }));
    const rows = figures.getAllByRole('listitem');
    expect(rows).toHaveLength(4);
    expect(rows[3]?.textContent).toContain(w.usually('1.9'));
    expect(rows[3]?.textContent).toContain('2.5 hours');
    expect(figures.getAllByText(w.unusual)).toHaveLength(1);
    expect(rows[1]?.textContent).toContain(w.unusual);
    // A gap is a gap: two runs and the dot.
    expect(rows[0]?.querySelectorAll('svg path')).toHaveLength(3);
    expect(figures.getByRole('img', { name: /^Time saved, last 30 days: lowest/ })).toBeTruthy();
  });

  it('leads from a warning to its line', async () => {
    const { page } = await reader();
    await press(/WARNING: 3 runs failed/);
    expect(page.querySelector('pre mark')?.textContent).toBe('Meta-Learning Analysis          WARNING: 3 runs failed');
    expect(document.activeElement).toBe(page.querySelector('pre mark'));
    await press(/ERROR: the title/);
    expect(page.querySelector('pre mark')?.textContent).toBe('ERROR: the title was not stored');
    expect(screen.getByText(w.section('Errors'))).toBeTruthy();
    expect(screen.getByText(w.figure('Knowledge gained'))).toBeTruthy();
    await expectAccessible(page);
  });

  it('turns to the one before and the one after, gaps included', async () => {
    const { backend } = await reader();
    await press(w.after);
    expect(screen.getByRole('heading', { level: 2, name: w.title('Evening report', words.today) })).toBeTruthy();
    expect(button(w.after).getAttribute('aria-disabled')).toBe('true');
    await press(w.before);
    await press(w.before);
    expect(screen.getByText(w.twins)).toBeTruthy();
    expect(screen.getByText(/It came 47 min after/)).toBeTruthy();
    expect(new Set(backend.asked.filter((one) => one.startsWith('report '))).size).toBe(3);
  });

  it('that did not come says how what writes it is doing, and leads there', async () => {
    await open('healthy', 'reports');
    await fireEvent.click(screen.getAllByRole('button', { name: /did not come/ })[0]!);
    await settled();
    const writer = within(screen.getByRole('region', { name: w.writer }));
    expect(writer.getByText(/It ran last 26 h ago/)).toBeTruthy();
    expect(writer.getByRole('img', { name: words.level.yellow })).toBeTruthy();
    await press(w.checkWriter);
    expect(screen.getByRole('tab', { selected: true }).textContent).toBe(words.tabs.overview);
    expect(document.activeElement?.textContent).toContain('Evolution Reporting System');
  });

  it('that is long says that only its beginning is shown', async () => {
    await reader((backend) => void (backend.report = async (kind, date) => ({ ...papers.report(kind, date), cut: true })));
    expect(screen.getByText(w.cut)).toBeTruthy();
  });

  it('closes on Escape, not the panel', async () => {
    const { backend } = await reader();
    await fireEvent.keyDown(document.activeElement as Element, { key: 'Escape' });
    await settled();
    expect(screen.getByRole('searchbox', { name: w.search })).toBeTruthy();
    expect(backend.asked).not.toContain('close_panel');
  });

  it('that cannot be read says why, and one that comes late does not take the place of another', async () => {
    const { page } = await reader((backend) => void (backend.report = () => Promise.reject({ code: 'denied', message: 'It may not be read.', hint: 'Allow it.' })));
    expect(screen.getByRole('alert').textContent).toContain('It may not be read.');
    await expectAccessible(page);
    document.body.replaceChildren();
    const answers: ((shown: ReportShown) => void)[] = [];
    await reader((backend) => void (backend.report = () => new Promise((resolve) => answers.push(resolve))));
    expect(screen.getByText(w.opening)).toBeTruthy();
    await press(w.before);
    const late = papers.report('evening', null);
    answers[1]?.({ ...late, text: 'the second' });
    await settled();
    answers[0]?.({ ...late, text: 'the first' });
    await settled();
    expect(document.querySelector('pre')?.textContent).toBe('the second');
  });
});

describe('the search over all reports', () => {
  it('opens a hit at its line', async () => {
    const { page, backend } = await open('healthy', 'reports');
    const field = screen.getByRole('searchbox', { name: w.search });
    await fireEvent.input(field, { target: { value: 'title' } });
    await settled();
    expect(backend.asked).toContain('search_reports title');
    await expectAccessible(page);
    expect(page.querySelector('script, img')).toBeNull();
    const hit = screen.getAllByRole('button', { name: /line 19/ })[0]!;
    expect(hit.querySelector('mark')?.textContent).toBe('title');
    await fireEvent.click(hit);
    await settled();
    expect(page.querySelector('pre mark')?.textContent).toBe('ERROR: the title was not stored');
    await press(new RegExp(w.back));
    expect(screen.getAllByRole('button', { name: /line 19/ }).length).toBeGreaterThan(0);
  });

  it('says that nothing was found, and why it could not look', async () => {
    const { page, backend } = await open('healthy', 'reports');
    const field = screen.getByRole('searchbox', { name: w.search });
    await fireEvent.input(field, { target: { value: 'nobody says that' } });
    await settled();
    expect(screen.getByText(w.noHits)).toBeTruthy();
    await expectAccessible(page);
    backend.searchReports = () => Promise.reject({ code: 'system', message: 'The folder is gone.', hint: null });
    await fireEvent.input(field, { target: { value: 'nobody says' } });
    await settled();
    expect(screen.getByRole('alert').textContent).toContain('The folder is gone.');
  });

  it('asks the newest question last, and one at a time', async () => {
    const asked: string[] = [];
    const answers: (() => void)[] = [];
    await open('healthy', 'reports', (backend) => {
      backend.searchReports = (text) => {
        asked.push(text);
        return new Promise((resolve) => answers.push(() => resolve(papers.search(text))));
      };
    });
    const field = screen.getByRole('searchbox', { name: w.search });
    for (const value of ['er', 'err', 'erro', 'error']) {
      await fireEvent.input(field, { target: { value } });
      await settled();
    }
    expect(asked).toEqual(['er']);
    answers[0]?.();
    await settled();
    expect(asked).toEqual(['er', 'error']);
  });
});

describe('the view of the reports', () => {
  const playing = (answer: () => Promise<ReportsShown>) => (backend: Fake) => void (backend.reports = answer);

  it('says that it waits, that there is none, and why it knows nothing', async () => {
    const waiting = await open('healthy', 'reports', playing(() => new Promise(() => {})));
    expect(screen.getByText(w.reading).closest('[aria-busy]')).not.toBeNull();
    await expectAccessible(waiting.page);
    document.body.replaceChildren();
    const empty = await open('healthy', 'reports', playing(async () => ({ kinds: [], days: [], has_earlier: false, files: 0, oddities: [] })));
    expect(screen.getByText(w.none)).toBeTruthy();
    await expectAccessible(empty.page);
    document.body.replaceChildren();
    const failed = await open('healthy', 'reports', playing(() => Promise.reject({ code: 'denied', message: 'The folder may not be read.', hint: null })));
    expect(screen.getByRole('alert').textContent).toContain('The folder may not be read.');
    await expectAccessible(failed.page);
    failed.backend.reports = async (before) => papers.reports(before);
    await press(words.tryAgain);
    expect(screen.queryByRole('alert')).toBeNull();
    expect(yesterday().getAllByRole('listitem')).toHaveLength(3);
  });
});

describe('the days of the reports', () => {
  const day = (date: string): ReportDay => ({ date, reports: [] });
  const shown = (dates: string[], has_earlier: boolean): ReportsShown => ({ kinds: [], days: dates.map(day), has_earlier, files: 0, oddities: [] });

  it('come together, each once and the newest first', () => {
    const first = shown(['2025-12-16', '2025-12-15'], true);
    const both = merged(first, shown(['2025-12-14', '2025-12-13'], false), '2025-12-15');
    expect(both.days.map((one) => one.date)).toEqual(['2025-12-16', '2025-12-15', '2025-12-14', '2025-12-13']);
    expect(both.has_earlier).toBe(false);
    // What is asked for anew does not bring back what was reached already.
    expect(merged(both, shown(['2025-12-17', '2025-12-16'], true), null)).toMatchObject({ has_earlier: false, days: { length: 5 } });
  });

  it.each([
    ['2025-12-16', '2025-12-15', 0],
    ['2025-12-16', '2025-12-13', 2],
    ['2026-03-30', '2026-03-28', 1],
    ['soon', '2025-12-13', 0],
  ])('between %s and %s are %d', (newer, older, days) => expect(between(newer, older)).toBe(days));

  it.each([
    [null, ['a\nb\nc', '', '']],
    [1, ['', 'a', '\nb\nc']],
    [3, ['a\nb\n', 'c', '']],
    [4, ['a\nb\nc', '', '']],
    [0, ['a\nb\nc', '', '']],
  ] as const)('line %s of a text is what it is', (line, parts) => expect(around('a\nb\nc', line)).toEqual(parts));
});
