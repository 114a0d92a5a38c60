import { fireEvent, screen, within } from '@testing-library/svelte';
import type { Fake } from '@ui/lib/backend/fake';
import * as fixtures from '@ui/lib/backend/fixtures';
import type { ItemShown, RoundsShown } from '@ui/lib/ipc/types';
import { words } from '@ui/lib/words';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { expectAccessible, open, settled } from './setup';

const w = words.rounds;
const button = (name: string | RegExp) => screen.getByRole('button', { name });
const card = (title: string) => within(screen.getByRole('article', { name: title }));
const READ = 'The morning report is read: what was improved, and what it helped';
const ERRORS = 'Fewer than 10 errors in 24 hours';
const selected = () => screen.getByRole('tab', { selected: true }).textContent;

async function press(name: string | RegExp) {
  await fireEvent.click(button(name));
  await settled();
}

async function say(label: string, text: string) {
  await fireEvent.input(screen.getByLabelText(label), { target: { value: text } });
}

/** The items of one round changed before anything is shown. */
const changed = (id: string, change: (item: ItemShown) => ItemShown) => (backend: Fake) => {
  const rounds = backend.book.shown.rounds.map((round) => (round.id === id ? { ...round, items: round.items.map(change) } : round));
  backend.book.shown = { ...backend.book.shown, rounds };
};

beforeEach(() => localStorage.clear());

describe('the rounds', () => {
  it('put first what needs somebody, and fold what is proven by itself', async () => {
    const { page } = await open('healthy', 'rounds');
    await expectAccessible(page);
    const items = [...page.querySelectorAll('article li .text')].map((one) => one.textContent ?? '');
    expect(items.slice(0, 5).map((text) => text.split(',')[0])).toEqual([
      ERRORS,
      'Yesterday’s backup has been restored and compared',
      'The morning report is read: what was improved',
      'What today is for',
      'Nobody waits for an answer',
    ]);
    const folded = screen.getByText(w.provenCount(10)).closest('details');
    expect(folded?.open).toBe(false);
    expect(folded?.textContent).toContain('12 %, usually 14 %');
    expect(folded?.querySelector('time')?.title).toMatch(/\d:\d\d:\d\d/);
    expect(folded?.textContent).toContain(words.source.claimed);
    expect(folded?.textContent).toContain('morning_20251216.txt');
    for (const mark of folded?.querySelectorAll('.mark') ?? []) expect(mark.classList.contains('green')).toBe(true);
  });

  it('never show a green mark beside what failed or cannot be told', async () => {
    const { page } = await open('healthy', 'rounds');
    const rows = [...page.querySelectorAll('article li')].filter((row) => row.querySelector('.text'));
    const marks = rows.map((row) => row.querySelector('.line .mark .mark')?.getAttribute('class') ?? '');
    expect(marks[0]).toContain('yellow');
    expect(marks[1]).toContain('unknown');
    expect(marks.join()).not.toContain('green');
  });

  it('are ticked with one tap, keep the focus, and take it back', async () => {
    const { backend } = await open('healthy', 'rounds');
    const box = screen.getByRole('checkbox', { name: w.tick(READ) });
    box.focus();
    await fireEvent.click(box);
    await settled();
    expect(backend.asked).toContain('tick_item morning report-read');
    expect(box.getAttribute('aria-checked')).toBe('true');
    expect(document.activeElement).toBe(box);
    expect(screen.getByText(w.toldTicked(READ, 3))).toBeTruthy();
    // What waited for it waits no longer.
    expect(screen.queryByText(w.waits(READ))).toBeNull();
    await fireEvent.click(screen.getByRole('checkbox', { name: w.untick(READ) }));
    await settled();
    expect(backend.asked).toContain('untick_item morning report-read');
    expect(box.getAttribute('aria-checked')).toBe('false');
  });

  it('say what an item waits for', async () => {
    await open('healthy', 'rounds');
    expect(screen.getByText(w.waits(READ))).toBeTruthy();
  });

  it('are overruled only with a word why', async () => {
    const { page, backend } = await open('healthy', 'rounds');
    await press(w.willDoIt(ERRORS));
    await expectAccessible(page);
    await press(w.willDoNow);
    expect(backend.asked.some((one) => one.startsWith('tick_item'))).toBe(false);
    await say(w.willDoWhy, '  The module is being mended. ');
    await press(w.willDoNow);
    expect(backend.asked).toContain('tick_item morning errors The module is being mended.');
    expect(screen.getByText(w.yourNote('The module is being mended.'))).toBeTruthy();
    await press(w.takeBackIt(ERRORS));
    expect(backend.asked).toContain('untick_item morning errors');
    expect(document.activeElement?.closest('li')?.textContent).toContain(ERRORS);
  });

  it('leave the panel open when only a question is left by Escape', async () => {
    const { backend } = await open('healthy', 'rounds');
    await press(w.skipIt(ERRORS));
    await fireEvent.keyDown(screen.getByLabelText(w.skipWhy), { key: 'Escape' });
    expect(screen.queryByLabelText(w.skipWhy)).toBeNull();
    expect(backend.asked).not.toContain('close_panel');
  });

  it('are left out with a reason, an item or all of it, and opened again', async () => {
    const { backend } = await open('healthy', 'rounds');
    await press(w.skipIt(READ));
    await say(w.skipWhy, 'None was due');
    await fireEvent.keyDown(screen.getByLabelText(w.skipWhy), { key: 'Enter' });
    await settled();
    expect(backend.asked).toContain('skip_round morning report-read None was due');
    await press(w.skipRound);
    await press(w.skipNow);
    expect(backend.asked.some((one) => one.startsWith('skip_round morning all'))).toBe(false);
    await say(w.skipWhy, 'Travelling');
    await press(w.skipNow);
    expect(backend.asked).toContain('skip_round morning all Travelling');
    expect(screen.getByText(w.leftOut('Travelling'))).toBeTruthy();
    await press(w.undoRound('Morning round'));
    expect(backend.asked).toContain('untick_item morning all');
    expect(screen.queryByText(w.leftOut('Travelling'))).toBeNull();
  });

  it('end in a sentence that can be taken back', async () => {
    await open('healthy', 'rounds', changed('morning', (item) => (item.id === 'report-read' ? item : { ...item, state: 'passed' })));
    await fireEvent.click(screen.getByRole('checkbox', { name: w.tick(READ) }));
    await settled();
    expect(card('Morning round').getByText('done at 10:42, in 2 min')).toBeTruthy();
    expect(card('Morning round').getByRole('img', { name: /^done/ })).toBeTruthy();
    expect(card('Morning round').getByRole('button', { name: w.undoRound('Morning round') })).toBeTruthy();
    // It stays where it was, folded, and nothing else opens in its place.
    expect(screen.getAllByRole('article')[0]?.getAttribute('id')).toBe('round-morning');
    expect(screen.queryAllByRole('button', { expanded: true })).toHaveLength(0);
    expect(document.activeElement).toBe(card('Morning round').getByRole('button', { expanded: false }));
    await press(w.undoRound('Morning round'));
    expect(document.activeElement).toBe(card('Morning round').getByRole('button', { expanded: true }));
  });

  it('open where they stand, those that come later as a look ahead', async () => {
    const { page } = await open('healthy', 'rounds');
    for (const closed of screen.getAllByRole('button', { expanded: false })) await fireEvent.click(closed);
    for (const folded of page.querySelectorAll('summary')) await fireEvent.click(folded);
    await settled();
    await expectAccessible(page);
    expect(screen.getByRole('region', { name: w.cadence.quarterly })).toBeTruthy();
    expect(card('Monthly round').getByText(w.ahead)).toBeTruthy();
    for (const box of card('Monthly round').getAllByRole('checkbox')) expect(box.getAttribute('aria-disabled')).toBe('true');
  });

  it('say why an answer to a tap did not come', async () => {
    const { page } = await open('healthy', 'rounds', (backend) => {
      backend.tickItem = () => Promise.reject({ code: 'busy', message: 'The store is busy.', hint: 'Try again.' });
    });
    await fireEvent.click(screen.getByRole('checkbox', { name: w.tick(READ) }));
    await settled();
    expect(screen.getByRole('alert').textContent).toContain('The store is busy.');
    expect(screen.getByRole('checkbox', { name: w.tick(READ) })).toBeTruthy();
    await expectAccessible(page);
  });

  it('keep hostile texts text', async () => {
    const HOSTILE = '<img src=x onerror=alert(1)>';
    const { page } = await open('healthy', 'rounds', changed('morning', (item) => ({ ...item, text: HOSTILE + item.id, why: HOSTILE, note: HOSTILE, section: HOSTILE, evidence: item.evidence && { ...item.evidence, text: HOSTILE, at: HOSTILE, source: HOSTILE, details: [HOSTILE] } })));
    expect(page.querySelector('img')).toBeNull();
    expect(screen.getAllByText(HOSTILE).length).toBeGreaterThan(5);
    await expectAccessible(page);
  });
});

describe('notes on a round', () => {
  const label = w.note('What today is for');

  it('are kept when the field is left, and say so', async () => {
    const { backend } = await open('healthy', 'rounds');
    const field = screen.getByLabelText<HTMLTextAreaElement>(label);
    expect(field.value).toBe('Watch Meta-Learning Analysis.');
    await fireEvent.input(field, { target: { value: 'Prune.' } });
    expect(screen.getByText(w.noteUnsaved)).toBeTruthy();
    await fireEvent.blur(field);
    await settled();
    expect(backend.asked.filter((one) => one.startsWith('note_item'))).toEqual(['note_item morning plan Prune.']);
    expect(screen.getByText(w.noteSaved)).toBeTruthy();
    await fireEvent.blur(field);
    await settled();
    expect(backend.asked.filter((one) => one.startsWith('note_item'))).toHaveLength(1);
  });

  it('are kept when another view is chosen while one writes', async () => {
    const { backend } = await open('healthy', 'rounds');
    await fireEvent.input(screen.getByLabelText(label), { target: { value: 'In haste' } });
    await fireEvent.click(screen.getByRole('tab', { name: /Backups/ }));
    await settled();
    expect(backend.asked).toContain('note_item morning plan In haste');
  });

  it('are not written over by what arrives meanwhile, and not called kept when they are not', async () => {
    const { backend } = await open('healthy', 'rounds', (fake) => {
      fake.noteItem = () => Promise.reject({ code: 'system', message: 'The disk is full.', hint: null });
    });
    const field = screen.getByLabelText<HTMLTextAreaElement>(label);
    await fireEvent.input(field, { target: { value: 'Half a sent' } });
    const next = fixtures.healthy();
    if (next.verdict) next.verdict.at = '2099-01-01T00:00:00Z';
    backend.send(next);
    await settled();
    expect(field.value).toBe('Half a sent');
    await fireEvent.blur(field);
    await settled();
    expect(screen.getByText(w.noteUnsaved)).toBeTruthy();
    expect(screen.getByRole('alert').textContent).toContain('The disk is full.');
  });
});

describe('the remedies of an item', () => {
  it('do what they say', async () => {
    const { backend } = await open('healthy', 'rounds');
    await press(words.action['show-log']);
    expect(backend.asked).toContain('remedy show-log');
    await press('Open Alerts');
    expect(selected()).toContain(words.tabs.alerts);
  });

  it('open the newest report of a kind', async () => {
    const { backend } = await open('healthy', 'rounds');
    await press('Read the Report');
    expect(selected()).toBe(words.tabs.reports);
    expect(backend.asked).toContain('report morning newest');
  });

  it('drill the newest backup, and say how far that is', async () => {
    let done: (answer: [number, never]) => void = () => {};
    const { backend } = await open('healthy', 'rounds', (fake) => {
      fake.drillBackup = (id) => {
        fake.asked.push(`drill ${id}`);
        return new Promise((resolve) => (done = resolve));
      };
    });
    await press('Drill the Newest');
    expect(backend.asked.some((one) => /^drill daily-/.test(one))).toBe(true);
    backend.tellJob({ step: 'Unpacking', done: 1, total: 4, seconds: 1 });
    await settled();
    expect(screen.getByText('Unpacking…')).toBeTruthy();
    await press(words.backup.cancel);
    expect(backend.asked).toContain('cancel_job');
    const before = backend.asked.filter((one) => one === 'rounds').length;
    backend.tellJob(null);
    done([4.2, undefined as never]);
    await settled();
    expect(screen.getByText(w.drilled('4 s'))).toBeTruthy();
    expect(backend.asked.filter((one) => one === 'rounds')).toHaveLength(before + 1);
  });

  it('lead nowhere where this window knows no such view', async () => {
    const remedies: ItemShown['remedies'] = [{ text: 'Look there.', action: { does: 'view', of: 'constructor' } }];
    await open('healthy', 'rounds', changed('morning', (item) => (item.id === 'errors' ? { ...item, remedies } : item)));
    expect(screen.getByText('Look there.')).toBeTruthy();
    expect(screen.queryByRole('button', { name: /^Open / })).toBeNull();
  });
});

describe('the view of the rounds', () => {
  const playing = (answer: () => Promise<RoundsShown>) => (backend: Fake) => void (backend.rounds = answer);

  it('says that it waits', async () => {
    const { page } = await open('healthy', 'rounds', playing(() => new Promise(() => {})));
    expect(screen.getByText(w.reading).closest('[aria-busy]')).not.toBeNull();
    await expectAccessible(page);
  });

  it('says that there is none', async () => {
    const { page } = await open('healthy', 'rounds', playing(async () => ({ rounds: [], problems: ['checklists/mine.toml, line 4: no such key'] })));
    expect(screen.getByText(w.none)).toBeTruthy();
    expect(screen.getByText(/mine\.toml, line 4/)).toBeTruthy();
    await expectAccessible(page);
  });

  it('says why it knows nothing, asks again, and keeps what it knew', async () => {
    let broken = true;
    const { page, backend } = await open('healthy', 'rounds', (fake) => {
      fake.rounds = () => (broken ? Promise.reject({ code: 'busy', message: 'The store is busy.', hint: null }) : Promise.resolve(fake.book.shown));
    });
    expect(screen.getByRole('alert').textContent).toContain('The store is busy.');
    await expectAccessible(page);
    broken = false;
    await press(words.tryAgain);
    expect(screen.queryByRole('alert')).toBeNull();
    broken = true;
    const next = fixtures.healthy();
    if (next.verdict) next.verdict.at = '2099-01-01T00:00:00Z';
    backend.send(next);
    await settled();
    expect(screen.getByRole('alert')).toBeTruthy();
    expect(screen.getByRole('article', { name: 'Morning round' })).toBeTruthy();
  });

  it('says what comes next when nothing is due', async () => {
    await open('healthy', 'rounds', (backend) => {
      backend.book.shown = { ...backend.book.shown, rounds: backend.book.shown.rounds.filter((round) => round.state === 'upcoming') };
    });
    expect(screen.getByText(new RegExp(w.nothingDue))).toBeTruthy();
  });

  it('asks again with each new look, and only then', async () => {
    const { backend } = await open('healthy', 'rounds');
    const count = () => backend.asked.filter((one) => one === 'rounds').length;
    expect(count()).toBe(1);
    const same = fixtures.healthy();
    backend.send(same);
    await settled();
    expect(count()).toBe(1);
    if (same.verdict) same.verdict.at = '2099-01-01T00:00:00Z';
    backend.send({ ...same, verdict: same.verdict && { ...same.verdict } });
    await settled();
    expect(count()).toBe(2);
  });

  it('does not let an older answer undo a tick', async () => {
    let answer: (shown: RoundsShown) => void = () => {};
    const { backend } = await open('healthy', 'rounds');
    const before = backend.book.shown;
    backend.rounds = () => new Promise((resolve) => (answer = resolve));
    const next = fixtures.healthy();
    if (next.verdict) next.verdict.at = '2099-01-01T00:00:00Z';
    backend.send(next);
    await settled();
    await fireEvent.click(screen.getByRole('checkbox', { name: w.tick(READ) }));
    await settled();
    answer(before);
    await settled();
    expect(screen.getByRole('checkbox', { name: w.untick(READ) })).toBeTruthy();
  });

  it('writes a round to a file, and prints it whole', async () => {
    const print = vi.fn();
    vi.stubGlobal('print', print);
    window.print = print;
    const { page, backend } = await open('healthy', 'rounds');
    await press(w.exportIt);
    expect(backend.asked).toContain('export_round morning');
    expect(screen.getByText(w.exported('/home/me/morning.md'))).toBeTruthy();
    await press(w.print);
    expect(print).toHaveBeenCalledTimes(1);
    const paper = page.querySelector('main > .paper');
    expect(paper?.textContent).toContain('More than 10 GB are free');
    expect(paper?.textContent).not.toContain('The weekly backup');
    await expectAccessible(page);
    vi.unstubAllGlobals();
  });
});

describe('what came of a click', () => {
  it('is in sight until a look after the next', async () => {
    const { backend } = await open('healthy', 'rounds');
    await press(w.exportIt);
    const told = () => screen.queryByText(w.exported('/home/me/morning.md'));
    for (const [at, there] of [['2099-01-01T00:00:00Z', true], ['2099-01-01T00:00:05Z', false]] as const) {
      const next = fixtures.healthy();
      if (next.verdict) next.verdict.at = at;
      backend.send(next);
      await settled();
      expect(told() !== null).toBe(there);
    }
  });

  it('is a refusal where the app does not print', async () => {
    window.print = (() => Promise.reject({ code: 'denied', message: 'There is no printer.', hint: null })) as never;
    await open('healthy', 'rounds');
    await press(w.print);
    expect(screen.getByRole('alert').textContent).toContain('There is no printer.');
  });
});
