import { fireEvent, screen, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it } from 'vitest';

import { failure, type Fake } from '@ui/lib/backend/fake';
import { words } from '@ui/lib/words';
import { expectAccessible, settled, show } from './setup';

const w = words.upkeep;
const t = w.tuning;
const button = (name: string | RegExp) => screen.getByRole('button', { name });
const press = async (name: string | RegExp) => {
  await fireEvent.click(button(name));
  await settled();
};

beforeEach(() => localStorage.clear());

const page = (name: string, prepare: (backend: Fake) => void = () => {}) =>
  show('healthy', (backend) => {
    backend.firstView = () => `upkeep:${name}`;
    prepare(backend);
  });

describe('tuning', () => {
  it('shows each value that would change before a byte is written, and takes it back', async () => {
    const { page: all, backend } = await page('tuning');
    expect(screen.getByText(t.changes(4))).toBeTruthy();
    expect(screen.getByText(t.nothing)).toBeTruthy();
    expect(within(screen.getByRole('region', { name: t.helped })).getByText('CPU 41 % → 27 % in the hour after')).toBeTruthy();
    await press(t.lookAt('Calmer'));
    const sheet = within(screen.getByRole('dialog', { name: 'Calmer' }));
    await expectAccessible(all);
    expect(sheet.getByText('config/continuous_learning.yaml')).toBeTruthy();
    expect(sheet.getByText(t.becomes('5', '10'))).toBeTruthy();
    expect(sheet.getByText('agents.cycle_minutes')).toBeTruthy();
    expect(backend.asked.some((one) => one.startsWith('tune'))).toBe(false);
    await press(t.apply);
    expect(backend.asked).toContain('tune 1');
    expect(screen.getAllByText(/“Calmer”: 4 values/).length).toBeGreaterThan(0);
    await press(t.revert);
    expect(within(screen.getByRole('dialog', { name: t.back('Calmer') })).getByText(t.becomes('10', '5'))).toBeTruthy();
    await press(t.revertIt);
    expect(backend.asked.some((one) => one.startsWith('revert_tuning'))).toBe(true);
    expect(screen.getAllByText(/was taken back/).length).toBeGreaterThan(0);
    expect(screen.queryByRole('region', { name: t.last })).toBeNull();
  });

  it('leaves the sheet on Escape, not the page, and keeps it with the reason where it was refused', async () => {
    const { backend } = await page('tuning', (backend) => (backend.tune = () => Promise.reject({ ...failure, message: 'config/a.yaml was changed meanwhile' })));
    await press(t.lookAt('Calmer'));
    await press(t.apply);
    expect(within(screen.getByRole('dialog')).getByRole('alert').textContent).toContain('changed meanwhile');
    await fireEvent.keyDown(document.activeElement ?? document.body, { key: 'Escape' });
    await settled();
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(screen.getByRole('heading', { level: 2, name: w.pages.tuning![0] })).toBeTruthy();
    expect(backend.asked).not.toContain('close_panel');
  });

  it('says why the last change cannot be taken back', async () => {
    await page('tuning', (backend) => {
      const ask = backend.tuning;
      backend.tuning = async () => {
        const shown = await ask();
        return { ...shown, last: shown.last && { ...shown.last, changes: [], problem: 'config/a.yaml was changed meanwhile (cycle_minutes)' } };
      };
    });
    expect(screen.getByText(/was changed meanwhile/)).toBeTruthy();
    expect(screen.queryByRole('button', { name: t.revert })).toBeNull();
  });

  it('changes any key by hand, and never shows a secret', async () => {
    const { page: all, backend } = await page('tuning');
    const keys = within(screen.getByRole('region', { name: t.byHand }));
    expect(keys.getByText(t.secret)).toBeTruthy();
    expect(keys.queryByRole('button', { name: /sources.api_key/ })).toBeNull();
    await fireEvent.input(keys.getByLabelText(t.find), { target: { value: 'nothing like this' } });
    expect(keys.getByText(t.noneFound)).toBeTruthy();
    await fireEvent.input(keys.getByLabelText(t.find), { target: { value: 'CYCLE' } });
    await press(t.changeIt('cycle_minutes', 'config/continuous_learning.yaml'));
    const field = keys.getByLabelText<HTMLInputElement>(t.value);
    expect([document.activeElement, field.value]).toEqual([field, '5']);
    await expectAccessible(all);
    await fireEvent.input(field, { target: { value: '7' } });
    await fireEvent.keyDown(field, { key: 'Enter' });
    await settled();
    expect(backend.asked).toContain('setting_plan config/continuous_learning.yaml cycle_minutes 7');
    expect(within(screen.getByRole('dialog')).getByText(t.becomes('5', '7'))).toBeTruthy();
    await press(t.apply);
    await press(w.restart);
    expect(backend.asked).toContain('process_plan restart');
  });

  it('says beside the field why a value cannot stand there', async () => {
    await page('tuning', (backend) => (backend.settingPlan = () => Promise.reject({ ...failure, message: 'line 4: a number stands there' })));
    await press(t.changeIt('cycle_minutes', 'config/continuous_learning.yaml'));
    await press(t.see);
    expect(screen.getByRole('alert').textContent).toContain('a number stands there');
    expect(screen.getByLabelText(t.value)).toBeTruthy();
  });
});

describe('the modules', () => {
  it('are switched with what that changes shown first', async () => {
    const { page: all, backend } = await page('modules');
    await expectAccessible(all);
    const meta = screen.getByRole('switch', { name: 'Meta-Learning Analysis' });
    expect(meta.getAttribute('aria-checked')).toBe('false');
    await fireEvent.click(meta);
    await settled();
    expect(backend.asked).toContain('module_plan Meta-Learning Analysis true');
    expect(within(screen.getByRole('dialog')).getByText('disabled_modules')).toBeTruthy();
    expect(screen.getByRole('switch', { name: 'Meta-Learning Analysis' }).getAttribute('aria-disabled')).toBe('true');
    await press(t.apply);
    expect(backend.asked.filter((one) => one === 'modules')).toHaveLength(2);
    expect(screen.getByText(w.modules.unknown)).toBeTruthy();
  });

  it('say why a switch cannot be turned, beside it', async () => {
    await page('modules', (backend) => (backend.modulePlan = () => Promise.reject(failure)));
    await fireEvent.click(screen.getByRole('switch', { name: 'Continuous Learning Engine' }));
    await settled();
    expect(within(screen.getAllByRole('listitem')[0]!).getByRole('alert').textContent).toContain(failure.message);
  });
});

describe('the process', () => {
  it('is restarted once its steps were seen, can be cancelled meanwhile, and says what came of it', async () => {
    let end = () => {};
    const { page: all, backend } = await page('process', (backend) => {
      const act = backend.processAct;
      backend.processAct = (doing, again) => new Promise((resolve) => (end = () => resolve(act(doing, again))));
    });
    await expectAccessible(all);
    expect(screen.getByText(/It runs as process 4711/)).toBeTruthy();
    await press(w.process.plan.restart);
    expect(within(screen.getByRole('list', { name: w.process.steps })).getAllByRole('listitem')).toHaveLength(4);
    await expectAccessible(all);
    await press(w.process.does.restart);
    backend.tellJob({ step: 'Waiting for it to end', done: 0, total: 0, seconds: 1 });
    await settled();
    expect(screen.getByText('Waiting for it to end…')).toBeTruthy();
    await press(words.backup.cancel);
    expect(backend.asked).toContain('cancel_job');
    end();
    backend.tellJob(null);
    await settled();
    expect(backend.asked).toContain('process_act restart false');
    expect(screen.getAllByText(/It runs as process 5102/).length).toBeGreaterThan(0);
  });

  it('that is started too often is started again only when one says so', async () => {
    const { backend } = await page('process:restart', (backend) => {
      const plan = backend.processPlan;
      backend.processPlan = async (doing) => ({ ...(await plan(doing)), warning: 'It was started 3 times in the last ten minutes' });
    });
    expect(screen.getByText(/3 times in the last ten minutes/)).toBeTruthy();
    await press(w.process.anyway.restart);
    expect(backend.asked).toContain('process_act restart true');
  });

  it('that is stopped can be started, and a failure is said with its remedy', async () => {
    const { backend } = await page('process');
    await press(w.process.plan.stop);
    await press(w.process.does.stop);
    expect(screen.getByText(w.process.gone)).toBeTruthy();
    backend.processAct = () => Promise.reject({ ...failure, message: 'It did not start: python3 ended at once' });
    await press(w.process.plan.start);
    await press(w.process.does.start);
    expect(screen.getByRole('alert').textContent).toMatch(/ended at once.*Quit the other program/);
  });
});
