import { fireEvent, screen, within } from '@testing-library/svelte';
import { aim } from '@ui/lib/stores/view';
import { words } from '@ui/lib/words';
import { beforeEach, describe, expect, it } from 'vitest';

import { expectAccessible, settled, show } from './setup';

const w = words.rounds;
const card = (title: string) => within(screen.getByRole('article', { name: title }));
const selected = () => screen.getByRole('tab', { selected: true }).textContent;

beforeEach(() => localStorage.clear());

describe('what the window is opened for', () => {
  it('goes before what was looked at last', async () => {
    localStorage.setItem('view', 'backups');
    await show('healthy', (backend) => void (backend.firstView = () => 'rounds:weekly'));
    expect(selected()).toContain(words.tabs.rounds);
    expect(card('Weekly round').getByRole('button', { expanded: true })).toBeTruthy();
  });

  it('may come later, and is left alone where no such view is known', async () => {
    const { backend } = await show('healthy');
    backend.tellView('report:evening');
    await settled();
    expect(selected()).toBe(words.tabs.reports);
    expect(backend.asked).toContain('report evening newest');
    backend.tellView('toString');
    backend.tellView('elsewhere');
    await settled();
    expect(selected()).toBe(words.tabs.reports);
    backend.tellView('rounds:weekly');
    await settled();
    expect(card('Weekly round').getByRole('button', { expanded: true })).toBeTruthy();
    await fireEvent.click(card('Weekly round').getByRole('button', { expanded: true }));
    backend.tellView('rounds:weekly');
    await settled();
    expect(card('Weekly round').getByRole('button', { expanded: true })).toBeTruthy();
  });

  it('is the round that the overview names', async () => {
    const { page } = await show('healthy');
    const due = within(screen.getByRole('region', { name: w.due }));
    expect(due.getByText('Morning round, due until 11:30')).toBeTruthy();
    expect(due.getByText(w.moreOpen(1))).toBeTruthy();
    await expectAccessible(page);
    await fireEvent.click(due.getByRole('button'));
    await settled();
    expect(selected()).toContain(words.tabs.rounds);
    expect(card('Morning round').getByRole('button', { expanded: true })).toBeTruthy();
  });
});

describe('an aim', () => {
  it.each([
    ['backups', { view: 'backups', of: null }],
    ['report:daily_summary', { view: 'reports', of: 'daily_summary' }],
    ['rounds:weekly', { view: 'rounds', of: 'weekly' }],
    ['rounds:', { view: 'rounds', of: null }],
    ['rounds:a:b', { view: 'rounds', of: 'a:b' }],
    ['toString', null],
    ['', null],
    [null, null],
  ] as const)('%s is %o', (text, meant) => expect(aim(text)).toEqual(meant));
});

describe('the tabs', () => {
  it('have a sign and a name each', async () => {
    await show('healthy');
    const tabs = screen.getAllByRole('tab');
    expect(tabs).toHaveLength(8);
    for (const tab of tabs) expect(tab.querySelector('path')?.getAttribute('d')).toBeTruthy();
    expect(screen.getByRole('tab', { name: words.tabs.settings })).toBeTruthy();
    expect(screen.getByRole('tab', { name: /Today/ }).textContent?.trim()).toBe('Today2');
  });
});
