import { fireEvent, screen } from '@testing-library/svelte';
import { beforeEach, describe, expect, it } from 'vitest';

import { called } from '@ui/lib/format/backups';
import { bytes } from '@ui/lib/format/numbers';
import { words } from '@ui/lib/words';
import { expectAccessible, open, settled } from './setup';

const button = (name: string) => screen.getByRole('button', { name });
const newest = 'daily-';

beforeEach(() => localStorage.clear());

describe('the backups', () => {
  it('say how each of them is and why it is kept', async () => {
    const { page } = await open('healthy', 'backups');
    await expectAccessible(page);
    expect(screen.getByText(words.backup.kept('last of week 50'))).toBeTruthy();
    expect(screen.getByText(/its bytes are not those that were written/)).toBeTruthy();
    const damaged = screen.getAllByRole('button', { name: /^Restore weekly-/ }).at(-1);
    expect(damaged?.getAttribute('aria-disabled')).toBe('true');
  });

  it('are made with one click, and say how far that is', async () => {
    const { backend } = await open('healthy', 'backups');
    await fireEvent.click(button(words.backup.now));
    await settled();
    expect(backend.asked).toContain('back_up');
    backend.tellJob({ step: 'Packing', done: 250_000_000, total: 1_000_000_000, seconds: 2 });
    await settled();
    expect(screen.getByText('Packing…')).toBeTruthy();
    expect(screen.getByText(/250 MB of 1 GB, about 6 s left/)).toBeTruthy();
    await fireEvent.click(button(words.backup.cancel));
    expect(backend.asked).toContain('cancel_job');
    backend.tellJob(null);
    await settled();
    expect(button(words.backup.now)).toBeTruthy();
  });

  it('are proven and drilled one by one', async () => {
    const { backend } = await open('healthy', 'backups');
    await fireEvent.click(screen.getAllByRole('button', { name: /^Prove daily-/ })[0]!);
    await settled();
    expect(screen.getByText(words.backup.proven)).toBeTruthy();
    await fireEvent.click(screen.getAllByRole('button', { name: /^Drill daily-/ })[0]!);
    await settled();
    expect(screen.getByText(words.backup.cameBack('4 s'))).toBeTruthy();
    expect(backend.asked.filter((one) => one.startsWith(`drill_backup ${newest}`))).toHaveLength(1);
  });
});

describe('backups that are not on this computer', () => {
  it('are sent where some wait, and brought back where they are nowhere else', async () => {
    const { backend } = await open('healthy', 'backups');
    expect(screen.getByText(words.backup.away(4, bytes(1_720_000_000), 's3://backups/mac'))).toBeTruthy();
    expect(screen.getByText(words.backup.waits(1, bytes(1_200_000)))).toBeTruthy();
    await fireEvent.click(button(words.backup.send));
    await settled();
    expect(backend.asked).toContain('send_away');
    expect(screen.getByText('One backup was sent away.')).toBeTruthy();
    const lost = screen.getAllByText(new RegExp(words.backup.onlyAway));
    expect(lost).toHaveLength(1);
    await fireEvent.click(screen.getByRole('button', { name: /^Bring monthly-.* back$/ }));
    await settled();
    expect(backend.asked.filter((one) => one.startsWith('fetch_away monthly-'))).toHaveLength(1);
    expect(screen.getByText('One backup was brought back.')).toBeTruthy();
  });

  it('are proven there, and a single file of one is restored without the rest', async () => {
    const { page, backend } = await open('healthy', 'backups');
    await fireEvent.click(screen.getAllByRole('button', { name: /^Prove monthly-/ }).at(-1)!);
    await settled();
    expect(screen.getByText(words.backup.proven)).toBeTruthy();
    await fireEvent.click(screen.getAllByRole('button', { name: /^Restore monthly-/ }).at(-1)!);
    await settled();
    await fireEvent.click(button(words.backup.next));
    await settled();
    expect(screen.getByText(words.backup.planFetchAll('s3://backups/mac'))).toBeTruthy();
    await fireEvent.click(button(words.backup.back));
    await fireEvent.click(screen.getByLabelText(words.backup.only));
    await settled();
    await fireEvent.click(screen.getByLabelText(/config\/settings\.yaml/));
    await fireEvent.click(button(words.backup.next));
    await settled();
    expect(screen.getByText(words.backup.planFetchPart('s3://backups/mac'))).toBeTruthy();
    await expectAccessible(page);
    expect(backend.asked.some((one) => one.startsWith('fetch_away'))).toBe(false);
  });

  it('at hand are not fetched', async () => {
    await open('healthy', 'backups');
    await fireEvent.click(screen.getAllByRole('button', { name: /^Restore daily-/ })[0]!);
    await settled();
    await fireEvent.click(button(words.backup.next));
    await settled();
    expect(screen.getByText(words.backup.planHow)).toBeTruthy();
    expect(screen.queryByText(/fetched from/)).toBeNull();
  });
});

describe('the name of a backup', () => {
  it('is said as people say it, and left alone where it is none', () => {
    expect(called('weekly-20251214-200000-2')).toMatch(/^Weekly, .*2025.*[28]:?00/);
    for (const text of ['ecosystem-20251214.tar.gz', 'yearly-20251214-200000', '']) expect(called(text)).toBe(text);
  });
});

describe('pruning', () => {
  it('shows what goes and why the rest stays before anything is removed', async () => {
    const { page, backend } = await open('healthy', 'backups');
    await fireEvent.click(button(words.backup.prune));
    await settled();
    await expectAccessible(page);
    expect(screen.getByText(words.backup.pruneGoes(1, bytes(1_200_000)))).toBeTruthy();
    expect(screen.getAllByText('last of 16 December').length).toBeGreaterThan(0);
    expect(backend.asked.some((one) => one.startsWith('prune '))).toBe(false);
    await fireEvent.click(button(words.backup.cancel));
    expect(screen.queryByText(words.backup.pruneTitle)).toBeNull();
    await fireEvent.click(button(words.backup.prune));
    await settled();
    await fireEvent.click(button(words.backup.pruneIt(1)));
    await settled();
    expect(backend.asked).toContain('prune 1 0');
    expect(screen.getByText(words.backup.pruned(1))).toBeTruthy();
  });
});

describe('archives from elsewhere', () => {
  it('say where they come from and how far they are proven, and come back by the same sheet', async () => {
    const { backend } = await open('healthy', 'backups');
    expect(screen.getByText(/by the manual's weekly page/)).toBeTruthy();
    expect(screen.getByText(/every byte is as it was packed/)).toBeTruthy();
    expect(button('Restore ecosystem-notes.tar.gz').getAttribute('aria-disabled')).toBe('true');
    await fireEvent.click(button('Prove ecosystem-daily-20251130.tar.gz'));
    await settled();
    expect(backend.asked).toContain('verify_backup /home/me/backups/ecosystem-daily/ecosystem-daily-20251130.tar.gz');
    await fireEvent.click(button('Restore ecosystem-weekly-20251207.tar.gz'));
    expect(screen.getByRole('dialog', { name: words.backup.sheet('ecosystem-weekly-20251207.tar.gz') })).toBeTruthy();
    await fireEvent.click(button(words.backup.next));
    await settled();
    expect(backend.asked).toContain('restore_plan /home/me/backups/ecosystem-weekly-20251207.tar.gz all');
  });
});

describe('a restore', () => {
  async function sheet() {
    const opened = await open('healthy', 'backups');
    await fireEvent.click(screen.getAllByRole('button', { name: /^Restore daily-/ })[0]!);
    return opened;
  }

  it('is looked at and agreed to by name before anything is done, and taken back with one click', async () => {
    const { page, backend } = await sheet();
    await expectAccessible(page);
    await fireEvent.click(button(words.backup.next));
    await settled();
    expect(screen.getByText(/data\/ecosystem_state\.json/)).toBeTruthy();
    await fireEvent.click(button(words.backup.next));
    await settled();
    const go = button(words.backup.doIt);
    expect(go.getAttribute('aria-disabled')).toBe('true');
    await fireEvent.click(go);
    expect(backend.asked.some((one) => one.startsWith('restore daily'))).toBe(false);
    await fireEvent.input(screen.getByLabelText(words.backup.type('Self-evolving ecosystem')), { target: { value: 'Self-evolving ecosystem' } });
    await fireEvent.click(button(words.backup.doIt));
    await settled();
    expect(screen.getByText('16 files are back.')).toBeTruthy();
    await expectAccessible(page);
    await fireEvent.click(button(words.backup.close));
    expect(screen.getByText(new RegExp(`is still kept: ${bytes(1_080_000_000)}`))).toBeTruthy();
    await fireEvent.click(button(words.backup.undo));
    await settled();
    expect(backend.asked).toContain('undo_restore');
  });

  it('leaves what was there before, which goes only when that is agreed to', async () => {
    const { page, backend } = await sheet();
    await fireEvent.click(button(words.backup.next));
    await settled();
    await fireEvent.click(button(words.backup.next));
    await fireEvent.input(screen.getByLabelText(words.backup.type('Self-evolving ecosystem')), { target: { value: 'Self-evolving ecosystem' } });
    await fireEvent.click(button(words.backup.doIt));
    await settled();
    await fireEvent.click(button(words.backup.close));
    await fireEvent.click(button(words.backup.letGo));
    await expectAccessible(page);
    expect(screen.getByText(words.backup.letGoHint)).toBeTruthy();
    expect(backend.asked.some((one) => one.startsWith('let_go'))).toBe(false);
    await fireEvent.click(button(words.backup.letGoIt));
    await settled();
    expect(backend.asked).toContain('let_go /home/me/ecosystem/.caretaker-restore-20251216-120000');
    expect(screen.queryByText(/is still kept/)).toBeNull();
  });

  it('can bring back one file alone', async () => {
    const { backend } = await sheet();
    await fireEvent.click(screen.getByLabelText(words.backup.only));
    await settled();
    expect(button(words.backup.next).getAttribute('aria-disabled')).toBe('true');
    await fireEvent.input(screen.getByLabelText(words.backup.search), { target: { value: 'state' } });
    await settled();
    await fireEvent.click(screen.getByLabelText(/ecosystem_state\.json/));
    await fireEvent.click(button(words.backup.next));
    await settled();
    expect(backend.asked.some((one) => /^restore_plan daily-\S+ data\/ecosystem_state\.json$/.test(one))).toBe(true);
  });
});
