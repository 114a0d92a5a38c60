import { fireEvent, screen } from '@testing-library/svelte';
import { failure } from '@ui/lib/backend/fake';
import type { SignalId } from '@ui/lib/ipc/types';
import { words } from '@ui/lib/words';
import { describe, expect, it } from 'vitest';

import { expectAccessible, open, settled } from './setup';

const w = words.preferences;
const part = async (name: keyof typeof w.parts) => {
  await fireEvent.click(screen.getByRole('radio', { name: w.parts[name] }));
  await settled();
};
const field = (key: string) => screen.getByLabelText(w.label[key] ?? key) as HTMLInputElement;
const keep = (group: string) => screen.getByRole('button', { name: w.keepThem(w.group[group] ?? group) });

describe('the settings', () => {
  it('have a word for every key, and nothing that axe objects to in any part', async () => {
    const { page } = await open('healthy', 'settings');
    for (const name of Object.keys(w.parts) as (keyof typeof w.parts)[]) {
      await part(name);
      await expectAccessible(page);
      expect(page.textContent).not.toMatch(/\b(backups|routines|alerts|cleanup|process|sampling|appearance|ecosystem)\.[a-z_]+/);
    }
  });

  it('say what differs from the default, and keep only what was changed', async () => {
    const { backend } = await open('healthy', 'settings');
    await part('backups');
    expect(field('backups.daily_at').value).toBe('03:00');
    expect(screen.getByText(`${w.byDefault('02:00')}.`)).toBeTruthy();
    expect(keep('backups').getAttribute('aria-disabled')).toBe('true');
    await fireEvent.input(field('backups.daily_at'), { target: { value: '04:15' } });
    await fireEvent.click(screen.getByLabelText(w.label['backups.automatic'] ?? ''));
    await fireEvent.click(keep('backups'));
    await settled();
    const asked = backend.asked.find((one) => one.startsWith('set_preferences')) ?? '';
    expect(JSON.parse(asked.slice('set_preferences '.length))).toEqual([
      { key: 'backups.automatic', value: 'false' },
      { key: 'backups.daily_at', value: '04:15' },
    ]);
    expect(backend.asked.filter((one) => one === 'preferences')).toHaveLength(2);
  });

  it('are put back by Undo, and a refusal is said where it happened', async () => {
    await open('healthy', 'settings', (backend) => (backend.setPreferences = () => Promise.reject({ ...failure, message: 'line 3, backups.daily: is 0' })));
    await part('backups');
    await fireEvent.input(field('backups.daily'), { target: { value: '0' } });
    await fireEvent.click(keep('backups'));
    await settled();
    expect(screen.getByText(/backups.daily: is 0/)).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: w.undoThem(w.group['backups'] ?? '') }));
    expect(field('backups.daily').value).toBe('7');
    expect(screen.queryByText(/is 0/)).toBeNull();
  });

  it('are taken along to another computer in one file', async () => {
    await open('healthy', 'settings');
    await part('computer');
    await fireEvent.click(screen.getByRole('button', { name: w.exportAll }));
    await settled();
    expect(screen.getByText(w.alongDone('/home/me/caretaker.tar.gz'))).toBeTruthy();
  });

  it('change the size of all text at once', async () => {
    const { backend } = await open('healthy', 'settings');
    expect(document.documentElement.style.fontSize).toBe('');
    backend.send({ ...(await backend.overview()), appearance: { icon: 'colour', text: 200 } });
    await settled();
    expect(document.documentElement.style.fontSize).toBe('162.5%');
    backend.send({ ...(await backend.overview()), appearance: { icon: 'colour', text: 100 } });
    await settled();
    expect(document.documentElement.style.fontSize).toBe('');
  });
});

describe('this computer', () => {
  it('starts the app at login, and installs the command line', async () => {
    const { backend } = await open('healthy', 'settings');
    await part('computer');
    const login = () => screen.getByRole('switch', { name: w.atLogin });
    expect(login().getAttribute('aria-checked')).toBe('false');
    await fireEvent.click(login());
    await settled();
    expect(login().getAttribute('aria-checked')).toBe('true');
    await fireEvent.click(screen.getByRole('button', { name: w.installTool }));
    await settled();
    expect(screen.getByText(w.toolAt('/home/me/.local/bin/caretaker'))).toBeTruthy();
    expect(backend.asked).toContain('start_at_login true');
  });

  it('lets go of Caretaker only after what goes and what stays was shown', async () => {
    const { page, backend } = await open('healthy', 'settings');
    await part('computer');
    await fireEvent.click(screen.getByRole('button', { name: w.remove }));
    await settled();
    await expectAccessible(page);
    expect(screen.getByText('/home/me/backups')).toBeTruthy();
    expect(screen.getByText(w.removeSecret('smtp'))).toBeTruthy();
    expect(backend.asked.some((one) => one.startsWith('remove_caretaker'))).toBe(false);
    await fireEvent.click(screen.getByRole('button', { name: w.removeIt }));
    await settled();
    expect(backend.asked).toContain('remove_caretaker 2');
  });
});

describe('what a figure means', () => {
  it('is one click from it, for every signal, with its thresholds', async () => {
    const { page } = await open('healthy', 'overview');
    const cpu = screen.getByRole('button', { name: words.help.about('CPU') });
    expect(cpu.getAttribute('aria-expanded')).toBe('false');
    await fireEvent.click(cpu);
    expect(cpu.getAttribute('aria-expanded')).toBe('true');
    const answer = page.querySelector(`[id="${cpu.getAttribute('aria-controls')}"]`);
    expect(answer?.textContent).toContain(words.help.signals['process.cpu'].means);
    expect(answer?.textContent).toContain(words.help.from.manual);
    await expectAccessible(page);
    for (const [id, one] of Object.entries(words.help.signals)) expect(one.means.length, id as SignalId).toBeGreaterThan(30);
  });
});
