import { fireEvent, screen, within } from '@testing-library/svelte';
import { failure } from '@ui/lib/backend/fake';
import { several } from '@ui/lib/backend/neighbours';
import { words } from '@ui/lib/words';
import { flushSync } from 'svelte';
import { describe, expect, it } from 'vitest';

import { expectAccessible, open, settled, show } from './setup';

const w = words.ecosystems;
const switcher = () => screen.queryByRole('radiogroup', { name: w.which });
const chip = (name: string, light: string) => within(switcher() as HTMLElement).getByRole('radio', { name: w.named(name, light) });
const list = async () => {
  await fireEvent.click(screen.getByRole('radio', { name: words.preferences.parts.ecosystem }));
  await settled();
};

describe('several ecosystems', () => {
  it('are a switcher with their lights, and one alone is none', async () => {
    const { page, backend } = await show('healthy');
    expect(switcher()).toBeNull();
    backend.machine.tell(several());
    flushSync();
    expect(chip('vy-nexus', words.level.green).getAttribute('aria-checked')).toBe('true');
    expect(chip('lab', words.level.red).getAttribute('aria-checked')).toBe('false');
    expect(within(switcher() as HTMLElement).getAllByRole('radio')).toHaveLength(2);
    await expectAccessible(page);
  });

  it('are switched by a click and by the arrow keys, and whatever a view had read is read anew', async () => {
    const { backend } = await show('healthy', (fake) => (fake.machine.rows = several()));
    await fireEvent.click(screen.getByRole('tab', { name: new RegExp(words.tabs.backups) }));
    await settled();
    const read = () => backend.asked.filter((one) => one === 'backups').length;
    expect(read()).toBe(1);
    await fireEvent.keyDown(switcher() as HTMLElement, { key: 'ArrowRight' });
    await settled();
    expect(backend.asked).toContain('show_ecosystem lab');
    expect(document.activeElement).toBe(chip('lab', words.level.red));
    expect(chip('lab', words.level.red).getAttribute('aria-checked')).toBe('true');
    expect(read()).toBe(2);
    await fireEvent.click(chip('vy-nexus', words.level.green));
    await settled();
    expect(backend.asked).toContain('show_ecosystem main');
  });

  it('are listed in the settings, put off and watched again', async () => {
    const { page, backend } = await open('healthy', 'settings', (fake) => (fake.machine.rows = several()));
    await list();
    await expectAccessible(page);
    await fireEvent.click(screen.getByRole('button', { name: w.stopIt('lab') }));
    await settled();
    await fireEvent.click(screen.getByRole('button', { name: w.againIt('old') }));
    await settled();
    expect(backend.asked.filter((one) => one.startsWith('watch_'))).toEqual(['watch_ecosystem lab false', 'watch_ecosystem old true']);
    expect(screen.getByRole('button', { name: w.againIt('lab') })).toBeTruthy();
  });

  it('keep the last one watched, and add another only after it was looked at', async () => {
    const { page, backend } = await open('healthy', 'settings');
    await list();
    expect(screen.queryByRole('button', { name: w.stopIt('vy-nexus') })).toBeNull();
    await fireEvent.click(screen.getByRole('button', { name: w.add }));
    await settled();
    await expectAccessible(page);
    expect(backend.asked.some((one) => one.startsWith('adopt'))).toBe(false);
    await fireEvent.click(screen.getByRole('button', { name: words.watch }));
    await settled();
    expect(backend.asked.some((one) => one.startsWith('adopt '))).toBe(true);
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('say why one cannot be added', async () => {
    await open('healthy', 'settings', (fake) => (fake.adopt = () => Promise.reject({ ...failure, message: '/home/me/vy is watched already' })));
    await list();
    await fireEvent.click(screen.getByRole('button', { name: w.add }));
    await settled();
    await fireEvent.click(screen.getByRole('button', { name: words.watch }));
    await settled();
    expect(screen.getByText(/is watched already/)).toBeTruthy();
  });
});
