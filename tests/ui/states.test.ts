import { screen } from '@testing-library/svelte';
import { scenes } from '@ui/lib/backend/fake';
import { words } from '@ui/lib/words';
import { describe, expect, it } from 'vitest';

import { expectAccessible, show } from './setup';

describe('every state', () => {
  it.each(scenes)('%s has one heading, one main part and nothing axe objects to', async (scene) => {
    const { page } = await show(scene);
    expect(page.querySelectorAll('h1')).toHaveLength(1);
    expect(page.querySelectorAll('main')).toHaveLength(1);
    await expectAccessible(page);
  });

  it.each([
    ['healthy', 'circle', /All is well/],
    ['yellow', 'path', /CPU at 63/],
    ['red', 'path', /not running/],
    ['unknown', 'circle', /cannot be told/i],
  ] as const)('%s is told by shape and sentence', async (scene, shape, sentence) => {
    const { page } = await show(scene);
    expect(screen.getByRole('heading', { level: 1 }).textContent).toMatch(sentence);
    const light = page.querySelector('header svg');
    expect(light?.classList.contains(scene === 'healthy' ? 'green' : scene)).toBe(true);
    expect(light?.querySelector(shape)).not.toBeNull();
  });

  it('shows no green mark for a figure that is unknown', async () => {
    const { page } = await show('unknown');
    const tiles = [...page.querySelectorAll('.tiles li')];
    expect(tiles).toHaveLength(4);
    for (const tile of tiles) {
      expect(tile.querySelector('.mark.green')).toBeNull();
      expect(tile.querySelector('.value')?.textContent).toBe('unknown');
    }
    expect(screen.getByText(words.unknownLong, { selector: '.aside' })).toBeTruthy();
  });

  it('says where figures are heading, and how sure that is', async () => {
    const { page } = await show('yellow');
    const ahead = screen.getByRole('region', { name: words.forecasts });
    const lines = [...ahead.querySelectorAll('li')].map((line) => line.textContent);
    // What reaches no band is left out.
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/reaches 10 GB in about 5 days\..*Confidence 100/);
    expect(ahead.querySelectorAll('.mark.yellow')).toHaveLength(1);
    expect(page.querySelectorAll('.small[title]').length).toBeGreaterThan(0);
  });

  it('says what it waits for', async () => {
    await show('loading');
    expect(screen.getByRole('heading').textContent).toBe(words.loading);
  });

  it('says why there is no answer, and asks again', async () => {
    const { backend } = await show('error');
    expect(screen.getByText(/another program holds it/)).toBeTruthy();
    expect(screen.getByText(/Quit the other program/)).toBeTruthy();
    screen.getByRole('button', { name: words.tryAgain }).click();
    expect(backend.asked.filter((one) => one === 'overview')).toHaveLength(2);
  });

  it('keeps the figures and shows the notice while the profile is broken', async () => {
    await show('broken-profile');
    expect(screen.getByText(/mistake in line 14/)).toBeTruthy();
    expect(screen.getByText('CPU')).toBeTruthy();
  });

  it('waits for the first tick without calling anything green', async () => {
    const { page } = await show('first-tick');
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe(words.firstLook);
    expect(page.querySelector('.green')).toBeNull();
  });
});
