import { fireEvent, screen } from '@testing-library/svelte';
import { flushSync } from 'svelte';
import * as fixtures from '@ui/lib/backend/fixtures';
import type { Incident } from '@ui/lib/ipc/types';
import { words } from '@ui/lib/words';
import { beforeEach, describe, expect, it } from 'vitest';

import { expectAccessible, open, settled, show } from './setup';

beforeEach(() => localStorage.clear());

describe('the tabs', () => {
  it('move by arrow keys, and are remembered', async () => {
    await show('red');
    const overview = screen.getByRole('tab', { name: words.tabs.overview });
    overview.focus();
    await fireEvent.keyDown(overview, { key: 'ArrowRight' });
    expect(document.activeElement?.textContent).toContain(words.tabs.rounds);
    await fireEvent.keyDown(document.activeElement as Element, { key: 'End' });
    expect(screen.getByRole('tab', { selected: true }).textContent).toContain(words.tabs.settings);
    document.body.replaceChildren();
    await show('red');
    expect(screen.getByRole('tab', { selected: true }).textContent).toContain(words.tabs.settings);
  });

  it('say how many alerts are open', async () => {
    await show('red');
    expect(screen.getByRole('tab', { name: /Alerts/ }).textContent?.trim()).toBe('Alerts1');
  });
});

describe('the alerts', () => {
  it.each(['healthy', 'red'] as const)('axe has nothing to say about them while %s', async (scene) => {
    const { page } = await open(scene, 'alerts');
    for (const more of screen.getAllByRole('button', { expanded: false })) await fireEvent.click(more);
    flushSync();
    await expectAccessible(page);
  });

  it('are seen and silenced with one press', async () => {
    const { backend } = await open('red', 'alerts');
    const id = fixtures.red().incidents[0]?.id;
    await fireEvent.click(screen.getByRole('button', { name: words.seen }));
    await settled();
    await fireEvent.click(screen.getByRole('button', { name: new RegExp(words.nap['four-hours']) }));
    await settled();
    expect(backend.asked).toContain(`acknowledge ${id}`);
    expect(backend.asked).toContain(`snooze ${id} four-hours`);
  });

  it('that are silent say until when, and are woken', async () => {
    const { backend } = await open('red', 'alerts');
    const overview = fixtures.red();
    const first = overview.incidents[0] as Incident;
    overview.incidents = [{ ...first, state: 'snoozed', snoozed_until: new Date(Date.now() + 3_600_000).toISOString() }];
    backend.send(overview);
    flushSync();
    expect(screen.getByText(/silent until/)).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: words.wake }));
    await settled();
    expect(backend.asked).toContain(`snooze ${first.id} over`);
  });

  it('of the past show what happened and what was seen then', async () => {
    await open('healthy', 'alerts');
    expect(screen.getByText(words.nothingOpen)).toBeTruthy();
    const past = fixtures.pastIncidents().at(-1) as Incident;
    await fireEvent.click(screen.getByRole('button', { name: new RegExp(past.message) }));
    expect(screen.getByText(words.event.flapping)).toBeTruthy();
    expect(screen.getByText('WindowServer')).toBeTruthy();
    expect(screen.getByText(/team did not take it: .*500/)).toBeTruthy();
  });

  it('ask for the record again when something opened, and not with every figure', async () => {
    const { backend } = await open('red', 'alerts');
    const asked = () => backend.asked.filter((one) => one === 'incidents').length;
    backend.send(fixtures.red());
    flushSync();
    await settled();
    expect(asked()).toBe(1);
    backend.send(fixtures.healthy());
    flushSync();
    await settled();
    expect(asked()).toBe(2);
  });
});

describe('the channels', () => {
  it('say which of them fails, and a test says what can be known', async () => {
    const { page, backend } = await open('healthy', 'settings');
    await expectAccessible(page);
    expect(screen.getByText(/began to fail/).closest('p')?.textContent).toContain('500');
    await fireEvent.click(screen.getByRole('button', { name: words.sendTestBy('native') }));
    await settled();
    expect(screen.getByText(words.testSent)).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: words.sendTestBy('team') }));
    await settled();
    expect(screen.getByText(/another program holds it/)).toBeTruthy();
    expect(backend.asked.filter((one) => one.startsWith('test_channel'))).toHaveLength(2);
  });
});

const field = (label: string) => screen.getByLabelText(label) as HTMLInputElement;
const button = (name: string) => screen.getByRole('button', { name });

describe('who is told', () => {
  it('is changed by a form, whose password goes into the keychain and not into the profile', async () => {
    const { page, backend } = await open('healthy', 'settings');
    await fireEvent.click(button(words.form.add));
    await expectAccessible(page);
    const fill: [string, string][] = [
      [words.form.to, 'a@example.com, b@example.com'],
      [words.form.sender, 'me@example.com'],
      [words.form.server, 'smtp.example.com'],
      [words.form.user, 'me'],
      [words.form.password, 'hush'],
    ];
    for (const [label, value] of fill) await fireEvent.input(field(label), { target: { value } });
    await fireEvent.input(field(words.form.port), { target: { value: 'many' } });
    await fireEvent.click(button(words.form.keep));
    expect(screen.getByText(words.form.noPort)).toBeTruthy();
    await fireEvent.input(field(words.form.port), { target: { value: '2525' } });
    await fireEvent.click(button(words.form.keep));
    await settled();
    expect(backend.asked).toContain('keep_secret channel-mail');
    const asked = backend.asked.find((one) => one.startsWith('change_telling')) ?? '';
    const change = JSON.parse(asked.slice('change_telling '.length));
    expect(change).toMatchObject({ what: 'channel', before: null, channel: { kind: 'mail', port: 2525, secret: 'keychain:channel-mail', to: ['a@example.com', 'b@example.com'] } });
    expect(asked).not.toContain('hush');
    expect(screen.queryByRole('button', { name: words.form.keep })).toBeNull();
  });

  it('shows a channel as it is, and another way keeps what was filled in', async () => {
    const { backend } = await open('healthy', 'settings');
    await fireEvent.click(button(words.form.change('team')));
    expect(field(words.form.url).value).toBe('hooks.example.com');
    await fireEvent.change(screen.getByLabelText(words.form.way), { target: { value: 'json' } });
    await fireEvent.click(button(words.form.keep));
    await settled();
    const asked = backend.asked.find((one) => one.startsWith('change_telling')) ?? '';
    expect(JSON.parse(asked.slice('change_telling '.length))).toMatchObject({
      before: 'team',
      channel: { kind: 'webhook', format: 'json', url: 'hooks.example.com', template: expect.stringContaining('{body}') },
    });
  });

  it('loses a channel only when asked twice', async () => {
    const { backend } = await open('healthy', 'settings');
    const changes = () => backend.asked.filter((one) => one.startsWith('change_telling'));
    await fireEvent.click(button(words.form.removeIt('team')));
    expect(changes()).toEqual([]);
    await fireEvent.click(button(words.form.reallyRemoveIt('team')));
    await settled();
    expect(changes()).toEqual(['change_telling {"what":"no-channel","name":"team"}']);
  });

  it('has quiet hours, and each figure its colour', async () => {
    const { page, backend } = await open('healthy', 'settings');
    expect(button(words.quiet.keep).getAttribute('aria-disabled')).toBe('true');
    await fireEvent.input(field(words.quiet.from), { target: { value: '22:00' } });
    await fireEvent.input(field(words.quiet.until), { target: { value: '07:00' } });
    await fireEvent.click(button(words.quiet.keep));
    await fireEvent.click(screen.getByText(words.toldBySignal));
    await fireEvent.change(screen.getByLabelText('CPU'), { target: { value: 'yellow' } });
    await settled();
    await expectAccessible(page);
    expect(backend.asked).toContain('change_telling {"what":"quiet","quiet":{"from":"22:00","until":"07:00","red":true}}');
    expect(backend.asked).toContain('change_telling {"what":"signal","signal":"process.cpu","from":"yellow"}');
  });
});

describe('the thresholds', () => {
  it('are tried on what is on record before they are kept', async () => {
    const { page, backend } = await open('healthy', 'settings');
    const keep = screen.getByRole('button', { name: words.keepThem });
    expect(keep.getAttribute('aria-disabled')).toBe('true');
    const field = screen.getByLabelText(words.yellowOf('CPU', words.unitSpoken.percent));
    await fireEvent.input(field, { target: { value: '45' } });
    await fireEvent.click(screen.getByRole('button', { name: words.tryThem }));
    await settled();
    expect(screen.getByText('3 notifications in the last two days instead of 41.')).toBeTruthy();
    expect(screen.getByText(/Would have missed CPU/)).toBeTruthy();
    expect(screen.getByText(/Free disk of .* 4 min later/)).toBeTruthy();
    await expectAccessible(page);
    await fireEvent.click(keep);
    await settled();
    const change = JSON.stringify([{ signal: 'process.cpu', yellow: 45, red: 50 }]);
    expect(backend.asked).toContain(`try_thresholds ${change}`);
    expect(backend.asked).toContain(`set_thresholds ${change}`);
    expect(screen.getByText(words.kept)).toBeTruthy();
  });

  it('are written in the units that people use, and an empty field means none', async () => {
    const { backend } = await open('healthy', 'settings');
    const field = screen.getByLabelText(words.redOf('Memory', words.unitSpoken.bytes)) as HTMLInputElement;
    expect(field.value).toBe('6');
    await fireEvent.input(field, { target: { value: '7,5' } });
    await fireEvent.input(screen.getByLabelText(words.yellowOf('Errors, 24 h', words.unitSpoken.count)), { target: { value: '' } });
    await fireEvent.click(screen.getByRole('button', { name: words.keepThem }));
    await settled();
    const change = [
      { signal: 'process.memory', yellow: 4e9, red: 7.5e9 },
      { signal: 'logs.errors_24h', yellow: null, red: 20 },
    ];
    expect(backend.asked).toContain(`set_thresholds ${JSON.stringify(change)}`);
  });

  it('that are no numbers go nowhere', async () => {
    const { backend } = await open('healthy', 'settings');
    await fireEvent.input(screen.getByLabelText(words.yellowOf('CPU', words.unitSpoken.percent)), { target: { value: 'much' } });
    await fireEvent.click(screen.getByRole('button', { name: words.keepThem }));
    await settled();
    expect(screen.getByText(words.noNumber('CPU'))).toBeTruthy();
    expect(backend.asked.some((one) => one.startsWith('set_thresholds'))).toBe(false);
  });
});
