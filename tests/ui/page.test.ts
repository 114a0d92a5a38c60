import { fireEvent, render, screen } from '@testing-library/svelte';
import App from '@ui/App.svelte';
import { flushSync } from 'svelte';
import { fake } from '@ui/lib/backend/fake';
import * as fixtures from '@ui/lib/backend/fixtures';
import { Watch } from '@ui/lib/stores/watch.svelte';
import { words } from '@ui/lib/words';
import { describe, expect, it } from 'vitest';

import { expectAccessible, settled, show } from './setup';

const HOSTILE = '<img src=x onerror=alert(1)><script>alert(2)</script>';

describe('the page', () => {
  it('asks once, then listens', async () => {
    const { backend } = await show('healthy');
    backend.send(fixtures.red());
    flushSync();
    expect(screen.getByRole('heading', { level: 1 }).textContent).toMatch(/not running/);
    expect(backend.asked).toEqual(['overview', 'ecosystems']);
  });

  it('shows the light and its sentence at once, and the rest with the first answer', async () => {
    const backend = fake('red');
    backend.firstOverview = () => fixtures.healthy();
    let answer: (overview: ReturnType<typeof fixtures.red>) => void = () => {};
    backend.overview = () => new Promise((resolve) => (answer = resolve));
    const { container } = render(App, { backend });
    await settled();
    expect(screen.getByRole('heading', { level: 1 }).textContent).toMatch(/All is well/);
    expect(screen.queryByRole('tab')).toBeNull();
    await expectAccessible(container);
    answer(fixtures.red());
    await settled();
    expect(screen.getByRole('heading', { level: 1 }).textContent).toMatch(/not running/);
    expect(screen.getAllByRole('tab').length).toBeGreaterThan(2);
  });

  it('does not let an older answer win over an event', async () => {
    const backend = fake('healthy');
    const older = fixtures.healthy();
    const newer = fixtures.red();
    if (older.verdict) older.verdict.at = '2025-12-16T10:00:00Z';
    if (newer.verdict) newer.verdict.at = '2025-12-16T10:00:05Z';
    backend.overview = () => {
      backend.send(newer);
      return Promise.resolve(older);
    };
    const watch = new Watch(backend, () => 0);
    await watch.open();
    expect(watch.overview?.verdict?.light).toBe('red');
    watch.close();
    backend.send(older);
    expect(watch.overview?.verdict?.light).toBe('red');
  });

  it('reads the sentence out only when the light or its cause changes', async () => {
    const { backend } = await show('yellow');
    const told = () => screen.getByTestId('told').textContent;
    expect(told()).toBe(`${words.level.yellow}: CPU at 63 %, above 50 % since 10:30.`);
    const next = fixtures.yellow();
    if (next.verdict) next.verdict.summary = 'CPU at 64 %, above 50 % since 10:30.';
    backend.send(next);
    flushSync();
    expect(screen.getByRole('heading', { level: 1 }).textContent).toMatch(/64 %/);
    expect(told()).toMatch(/63 %/);
    backend.send(fixtures.healthy());
    flushSync();
    expect(told()).toMatch(/^All well: /);
  });

  it('closes on Escape', async () => {
    const { backend } = await show('healthy');
    await fireEvent.keyDown(window, { key: 'Escape' });
    expect(backend.asked).toContain('close_panel');
  });

  it('carries out the remedy, and says so when it cannot', async () => {
    const { page, backend } = await show('red');
    backend.remedy = (action) => {
      backend.asked.push(`remedy ${action}`);
      return Promise.reject({ code: 'busy', message: 'It is starting already.', hint: 'Wait a moment.' });
    };
    screen.getByRole('button', { name: words.action['run-system-down'] }).click();
    await settled();
    flushSync();
    expect(backend.asked).toContain('remedy run-system-down');
    expect(screen.getByRole('alert').textContent).toMatch(/starting already.*Wait a moment/);
    await expectAccessible(page);
    screen.getByRole('button', { name: words.dismiss }).click();
    flushSync();
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('checks now', async () => {
    const { backend } = await show('unknown');
    screen.getByRole('button', { name: words.action['check-again'] }).click();
    await settled();
    flushSync();
    screen.getByRole('button', { name: words.checkNow }).click();
    await settled();
    expect(backend.asked).toEqual(['overview', 'ecosystems', 'check_now', 'check_now']);
  });

  it('reaches everything by keyboard', async () => {
    const { page } = await show('red');
    const reachable = [...page.querySelectorAll<HTMLElement>('button, [tabindex]')].filter((one) => one.tabIndex >= 0);
    const asks = (one: HTMLElement) => one.getAttribute('aria-controls') !== null && one.hasAttribute('aria-expanded') && one.textContent === '?';
    expect(reachable.filter(asks)).toHaveLength(page.querySelectorAll('ul.tiles > li, h3 + button').length - page.querySelectorAll('ul.tiles h3 + button').length);
    expect(reachable.filter((one) => !asks(one)).map((one) => one.tagName)).toEqual(['BUTTON', 'MAIN', 'BUTTON', 'BUTTON', 'BUTTON']);
    for (const one of page.querySelectorAll('[onclick], a')) expect(one.tagName).toBe('BUTTON');
  });

  it('keeps hostile names text', async () => {
    const overview = fixtures.red();
    const { verdict, ecosystem } = overview;
    if (!verdict || !ecosystem) throw new Error('the fixture has both');
    Object.assign(ecosystem, { name: HOSTILE, root: HOSTILE });
    Object.assign(verdict, { summary: HOSTILE, remedy: { text: HOSTILE, action: null }, contradictions: [HOSTILE] });
    for (const signal of verdict.signals) Object.assign(signal, { label: HOSTILE, text: HOSTILE, reason: HOSTILE });
    for (const module of verdict.modules) Object.assign(module, { name: HOSTILE, status: HOSTILE, reason: HOSTILE, last_run: HOSTILE });
    for (const error of overview.errors.by_module) Object.assign(error, { module: HOSTILE, last_message: HOSTILE, last_at: '+262143-01-01T00:00:00Z' });
    for (const incident of overview.incidents) Object.assign(incident, { message: HOSTILE, opened_at: HOSTILE });
    overview.errors.gaps = [HOSTILE];
    overview.notices = [{ text: HOSTILE, hint: HOSTILE }];
    const { page, backend } = await show('healthy');
    backend.send(overview);
    flushSync();
    expect(page.querySelector('img, script')).toBeNull();
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe(HOSTILE);
    await expectAccessible(page);
  });

  it('stands figures that no one expects', async () => {
    const overview = fixtures.healthy();
    const { verdict } = overview;
    if (!verdict) throw new Error('the fixture has one');
    Object.assign(verdict, { since: '9999-12-31T23:59:59Z' });
    verdict.modules = [{ ...verdict.modules[0]!, runs: 2 ** 64, errors: 0, last_run: '9999-12-31T23:59:59Z' }];
    overview.series = overview.series.map((one) => ({ ...one, mean: [null, 1e308, -1, null, 1e308] }));
    const { backend } = await show('healthy');
    backend.send(overview);
    flushSync();
    expect(document.body.innerHTML).not.toMatch(/NaN|Infinity|undefined/);
  });
});
