import { screen } from '@testing-library/svelte';
import { flushSync } from 'svelte';
import * as fixtures from '@ui/lib/backend/fixtures';
import { words } from '@ui/lib/words';
import { describe, expect, it } from 'vitest';

import { expectAccessible, settled, show } from './setup';

async function press(name: string): Promise<void> {
  screen.getByRole('button', { name }).click();
  await settled();
  flushSync();
}

describe('the first run', () => {
  it('goes from the folder to the overview', async () => {
    const { page, backend } = await show('first-run');
    await press(words.choose);
    const { root } = fixtures.found();
    expect(screen.getByText('ecosystem_integration.py')).toBeTruthy();
    expect(screen.getByText(/no daily summary/)).toBeTruthy();
    await expectAccessible(page);
    await press(words.watch);
    expect(backend.asked).toEqual(['overview', 'choose_folder', `discover ${root}`, `adopt ${root}`, 'ecosystems']);
    expect(screen.getByRole('heading', { level: 1 }).textContent).toMatch(/All is well/);
  });

  it('brings everything from another computer, or says why not', async () => {
    const { backend } = await show('first-run');
    const bring = backend.importAll;
    backend.importAll = () => Promise.reject({ code: 'damaged', message: '/home/me/x.tar.gz cannot be read to its end', hint: null });
    await press(words.bring);
    expect(screen.getByRole('alert').textContent).toMatch(/cannot be read to its end/);
    backend.importAll = bring;
    await press(words.bring);
    expect(screen.getByRole('heading', { level: 1 }).textContent).toMatch(/All is well/);
  });

  it('stays where it was when no folder is chosen', async () => {
    const { backend } = await show('first-run');
    backend.chooseFolder = () => Promise.resolve(null);
    await press(words.choose);
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe(words.welcome);
  });

  it('says what is wrong with a folder, and lets one choose again', async () => {
    const { page, backend } = await show('first-run');
    backend.discover = () => Promise.reject({ code: 'denied', message: 'cannot read /private', hint: 'Allow it in System Settings.' });
    await press(words.choose);
    expect(screen.getByRole('alert').textContent).toMatch(/cannot read \/private.*Allow it/);
    await expectAccessible(page);
    expect(screen.getByRole('button', { name: words.choose }).getAttribute('aria-disabled')).toBeNull();
  });

  it('says that nothing was found rather than leaving it out', async () => {
    const { backend } = await show('first-run');
    backend.discover = (root) =>
      Promise.resolve({ root, name: 'empty', program: null, running_pid: null, state_file: null, logs: [], reports: [], modules: [], notes: ['Nothing in it says what it is.'] });
    await press(words.choose);
    expect(screen.getAllByText(words.notFound)).toHaveLength(5);
  });

  it('starts the demo', async () => {
    const { backend } = await show('first-run');
    await press(words.tryDemo);
    expect(backend.asked).toContain('start_demo');
    expect(screen.getByText(words.demo)).toBeTruthy();
  });

  it('does one thing at a time', async () => {
    const { backend } = await show('first-run');
    backend.startDemo = () => {
      backend.asked.push('start_demo');
      return new Promise(() => {});
    };
    await press(words.tryDemo);
    expect(screen.getByText(words.preparingDemo)).toBeTruthy();
    await press(words.tryDemo);
    await press(words.choose);
    expect(backend.asked).toEqual(['overview', 'start_demo']);
  });
});
