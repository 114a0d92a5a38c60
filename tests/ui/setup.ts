import { fireEvent, render, screen } from '@testing-library/svelte';
import App from '@ui/App.svelte';
import { fake, type Fake, type Scene } from '@ui/lib/backend/fake';
import { words } from '@ui/lib/words';
import axe from 'axe-core';
import { expect, vi } from 'vitest';

/** Shows the page on a fake that plays `scene`, and waits until its answers have arrived; `prepare` may change the fake before. */
export async function show(scene: Scene, prepare: (backend: Fake) => void = () => {}): Promise<{ page: HTMLElement; backend: Fake }> {
  const backend = fake(scene);
  prepare(backend);
  const { container } = render(App, { backend });
  await settled();
  return { page: container, backend };
}

/** Shows one of the views. */
export async function open(scene: Scene, view: keyof typeof words.tabs, prepare?: (backend: Fake) => void): Promise<{ page: HTMLElement; backend: Fake }> {
  const shown = await show(scene, prepare);
  await fireEvent.click(screen.getByRole('tab', { name: new RegExp(words.tabs[view]) }));
  await settled();
  return shown;
}

/** Lets the answers of the fake arrive; it answers without waiting, so a few turns are enough. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  // The views are fetched when they are needed.
  await vi.dynamicImportSettled();
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

/** Asserts that axe has nothing to say; colours are judged on pictures, this page has no layout. */
export async function expectAccessible(page: HTMLElement): Promise<void> {
  const { violations } = await axe.run(page, { rules: { 'color-contrast': { enabled: false } } });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
}
