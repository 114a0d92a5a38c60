import { fireEvent, screen, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it } from 'vitest';

import { bytes } from '@ui/lib/format/numbers';
import { failure, type Fake } from '@ui/lib/backend/fake';
import { words } from '@ui/lib/words';
import { expectAccessible, open, settled, show } from './setup';

const w = words.upkeep;
const button = (name: string | RegExp) => screen.getByRole('button', { name });
const row = (page: string) => document.querySelector<HTMLElement>(`#upkeep-${page}`)!;

beforeEach(() => localStorage.clear());

/** Opens a page of upkeep from its row. */
async function page(name: string, prepare?: (backend: Fake) => void) {
  const opened = await open('healthy', 'upkeep', prepare);
  await fireEvent.click(row(name));
  await settled();
  return opened;
}

describe('upkeep', () => {
  it('lists what can be done, and how it stands', async () => {
    const { page } = await open('healthy', 'upkeep');
    await expectAccessible(page);
    expect(row('cleanup').textContent).toContain(w.old(25, '25', bytes(341_000_000)));
    expect(row('space').textContent).toMatch(/Data .*GB/);
  });

  it('says what it is for where nothing can be told, and why', async () => {
    await open('healthy', 'upkeep', (backend) => (backend.upkeep = () => Promise.reject(failure)));
    expect(screen.getByRole('alert').textContent).toContain(failure.message);
    expect(row('cleanup').textContent).toContain(w.pages.cleanup![1]);
  });

  it('goes back to the row it came from, by the button and by Escape', async () => {
    const { backend } = await page('cleanup');
    expect(document.activeElement?.textContent).toContain(w.back);
    await fireEvent.click(button(w.back));
    await settled();
    expect(document.activeElement).toBe(row('cleanup'));
    await fireEvent.click(row('space'));
    await settled();
    await fireEvent.keyDown(document.activeElement!, { key: 'Escape' });
    await settled();
    expect(document.activeElement).toBe(row('space'));
    expect(backend.asked).not.toContain('close_panel');
  });

  it.each(Object.keys(w.pages))('is opened at %s by name', async (name) => {
    const { page } = await show('healthy', (backend) => (backend.firstView = () => `upkeep:${name}`));
    expect(screen.getByRole('tab', { selected: true }).textContent).toBe(words.tabs.upkeep);
    expect(screen.getByRole('heading', { level: 2, name: w.pages[name]![0] })).toBeTruthy();
    await expectAccessible(page);
  });

  it('is opened as a list where no such page is known', async () => {
    const { backend } = await show('healthy');
    backend.tellView('upkeep:toString');
    await settled();
    expect(row('cleanup')).toBeTruthy();
    backend.tellView('upkeep:cleanup');
    await settled();
    expect(screen.getByRole('heading', { level: 2, name: w.pages.cleanup![0] })).toBeTruthy();
  });
});

describe('clean-up', () => {
  it('shows what would go and what stays before anything is moved, and takes it back', async () => {
    const { page: all, backend } = await page('cleanup');
    await expectAccessible(all);
    expect(screen.getByText(w.cleanup.plan(25, '25', bytes(341_000_000)))).toBeTruthy();
    expect(screen.getByText('is the newest of its kind')).toBeTruthy();
    expect(screen.getByText(/That cannot be undone/)).toBeTruthy();
    expect(backend.asked.some((one) => one.startsWith('clean_up'))).toBe(false);
    await fireEvent.click(button(w.cleanup.doIt));
    await settled();
    expect(backend.asked).toContain('clean_up 1');
    expect(screen.getAllByText(/25 files were put aside/).length).toBeGreaterThan(0);
    expect(screen.getByText('was changed meanwhile')).toBeTruthy();
    await expectAccessible(all);
    await fireEvent.click(screen.getAllByRole('button', { name: w.undo })[0]!);
    await settled();
    expect(backend.asked).toContain('undo_cleanup 20251216-120000');
    expect(screen.getAllByText(/are back where they were/).length).toBeGreaterThan(0);
    await fireEvent.click(button(w.cleanup.again));
    await settled();
    expect(button(w.cleanup.doIt)).toBeTruthy();
  });

  it('keeps the plan and says why where it was refused', async () => {
    const { backend } = await page('cleanup');
    backend.cleanUp = () => Promise.reject({ ...failure, message: 'what was shown is out of date; nothing was changed' });
    await fireEvent.click(button(w.cleanup.doIt));
    await settled();
    expect(screen.getByRole('alert').textContent).toContain('out of date');
    expect(button(w.cleanup.doIt)).toBeTruthy();
  });

  it('takes back an earlier one', async () => {
    const { backend } = await page('cleanup');
    const earlier = within(screen.getByRole('region', { name: w.cleanup.earlier }));
    await fireEvent.click(earlier.getAllByRole('button', { name: /^Undo the clean-up of/ })[1]!);
    await settled();
    expect(backend.asked).toContain('undo_cleanup 20251201-090000');
  });

  it('says that nothing is old, and why it cannot look', async () => {
    const { backend } = await page('cleanup', (backend) => {
      const plan = backend.cleanupPlan;
      backend.cleanupPlan = async () => ({ ...(await plan()), files: 0, bytes: 0, kinds: [], left: [], left_count: 0, remove: [] });
    });
    expect(screen.getByText(w.cleanup.none)).toBeTruthy();
    backend.cleanupPlan = () => Promise.reject(failure);
    await fireEvent.click(button(w.cleanup.again));
    await settled();
    expect(screen.getByRole('alert').textContent).toContain(failure.message);
    expect(screen.queryByRole('button', { name: w.cleanup.doIt })).toBeNull();
  });
});

describe('what takes space', () => {
  it('is walked into and out of, with its limits at the top', async () => {
    const { page: all, backend } = await page('space');
    await expectAccessible(all);
    expect(screen.getByRole('img', { name: w.space.bands('Data') })).toBeTruthy();
    expect(screen.getByText(w.space.yellow(bytes(5e9), bytes(10e9)))).toBeTruthy();
    await fireEvent.click(button(/^Look into knowledge/));
    await settled();
    expect(backend.asked).toContain('space data knowledge');
    await expectAccessible(all);
    expect(screen.queryByRole('img', { name: w.space.bands('Data') })).toBeNull();
    await fireEvent.click(within(screen.getByRole('navigation', { name: w.space.way })).getByRole('button', { name: 'Data' }));
    await settled();
    expect(backend.asked.at(-1)).toBe('space data');
    await fireEvent.click(screen.getByRole('radio', { name: 'Logs' }));
    await settled();
    expect(screen.getByText(w.space.within(bytes(1e9)))).toBeTruthy();
  });

  it('says why a folder cannot be looked into, and goes back to the top', async () => {
    const { backend } = await page('space');
    const ask = backend.space;
    backend.space = (of, below) => (below.length > 0 ? Promise.reject(failure) : ask(of, below));
    await fireEvent.click(button(/^Look into knowledge/));
    await settled();
    expect(screen.getByRole('alert').textContent).toContain(failure.message);
    await fireEvent.click(button('Data'));
    await settled();
    expect(button(/^Look into knowledge/)).toBeTruthy();
  });
});
