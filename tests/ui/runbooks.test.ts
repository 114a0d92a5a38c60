import { fireEvent, screen, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it } from 'vitest';

import { failure, type Fake } from '@ui/lib/backend/fake';
import { words } from '@ui/lib/words';
import { expectAccessible, open, settled, show } from './setup';

const w = words.runbooks;
const button = (name: string | RegExp) => screen.getByRole('button', { name });
const press = async (name: string | RegExp) => {
  await fireEvent.click(button(name));
  await settled();
};
const step = () => document.querySelector<HTMLElement>('[aria-current="step"]')!;

beforeEach(() => localStorage.clear());

const runbook = (prepare?: (backend: Fake) => void) =>
  show('red', (backend) => {
    backend.firstView = () => 'upkeep:runbook:system-down';
    prepare?.(backend);
  });

describe('runbooks', () => {
  it('lead from the alert to the right one', async () => {
    const { backend } = await open('red', 'alerts');
    await press(/^Open Runbook: /);
    expect(backend.asked).toContain('remedy run-system-down');
  });

  it('are listed with what fits now first, and come back to their row', async () => {
    const { page } = await open('red', 'upkeep');
    await expectAccessible(page);
    const row = document.querySelector<HTMLElement>('#upkeep-runbook-system-down')!;
    expect(row.textContent).toContain(w.fits('The process is gone.'));
    await fireEvent.click(row);
    await settled();
    await fireEvent.keyDown(document.activeElement!, { key: 'Escape' });
    await settled();
    expect(document.activeElement?.id).toBe('upkeep-runbook-system-down');
  });

  it('are gone through by clicks from the first look to the report', async () => {
    const { page, backend } = await runbook();
    await expectAccessible(page);
    expect(step()).toBeNull();
    await press(w.begin);
    expect(within(step()).getByText('It does not run.')).toBeTruthy();
    await press(w.next);
    await press(w.next);
    expect(step().textContent).toContain('ZeroDivisionError');
    await press(w.next);
    // Nothing is done before its plan was shown.
    await press(w.does.restart);
    await expectAccessible(page);
    expect(backend.asked.some((one) => one.startsWith('do_step'))).toBe(false);
    expect(screen.getByText('Start it: python3 ecosystem_integration.py')).toBeTruthy();
    await press(w.agree.restart);
    expect(backend.asked).toContain('do_step system-down start');
    expect(screen.getByText(/It runs as process 4242/)).toBeTruthy();
    expect(screen.getByText(new RegExp(w.state['not-needed']))).toBeTruthy();
    await press(w.does['see-light']);
    expect(screen.getByText(w.over)).toBeTruthy();
    await expectAccessible(page);
    await press(w.end);
    expect(screen.getByLabelText(w.report).textContent).toContain('## Why it happened');
    await press(w.save);
    expect(screen.getByText(/^Written to/)).toBeTruthy();
    expect(backend.asked).toContain('save_runbook_report system-down-20251216-031200');
    await expectAccessible(page);
  });

  it('leave a step out only with a reason', async () => {
    const { backend } = await runbook();
    await press(w.begin);
    for (let at = 0; at < 3; at += 1) await press(w.next);
    await press(new RegExp(`^${w.leaveOut}`));
    await press(w.leave);
    expect(backend.asked.some((one) => one.startsWith('skip_step'))).toBe(false);
    await fireEvent.input(screen.getByLabelText(w.reason), { target: { value: 'it was started by hand' } });
    await press(w.leave);
    expect(backend.asked).toContain('skip_step system-down start it was started by hand');
    // A restore wants the name of the ecosystem.
    await press(w.does.restore);
    await press(w.agree.restore);
    expect(backend.asked.some((one) => one.startsWith('do_step'))).toBe(false);
    await fireEvent.input(screen.getByLabelText(w.type('Demo Ecosystem')), { target: { value: 'Demo Ecosystem' } });
    await press(w.agree.restore);
    expect(backend.asked).toContain('do_step system-down restore daily-1');
  });

  it('take back what a step did', async () => {
    const { backend } = await runbook();
    await press(w.begin);
    for (let at = 0; at < 3; at += 1) await press(w.next);
    await press(w.does.restart);
    await press(w.agree.restart);
    await press(/^Take back: /);
    expect(backend.asked).toContain('undo_step system-down start');
    expect(screen.getByText(/Process 4242 has ended/)).toBeTruthy();
  });

  it('say why a step did not succeed, beside it', async () => {
    await runbook((backend) => (backend.doStep = () => Promise.reject(failure)));
    await press(w.begin);
    for (let at = 0; at < 3; at += 1) await press(w.next);
    await press(w.does.restart);
    await press(w.agree.restart);
    expect(within(step()).getByRole('alert').textContent).toContain(failure.message);
  });
});
