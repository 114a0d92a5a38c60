import { fireEvent, screen, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it } from 'vitest';

import { failure, type Fake } from '@ui/lib/backend/fake';
import { words } from '@ui/lib/words';
import { expectAccessible, open, settled, show } from './setup';

const w = words.upkeep;
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

describe('verification and audit', () => {
  it('show what was found with its day, and every check with its evidence', async () => {
    const { page: all } = await page('audit');
    await expectAccessible(all);
    const findings = within(screen.getByRole('region', { name: w.audit.findings }));
    expect(findings.getByText(/was to be mended 2 days ago/)).toBeTruthy();
    expect(findings.getByText(w.audit.severity.critical)).toBeTruthy();
    expect(screen.getAllByText(w.audit.sum('2', '5', 2, 1)).length).toBeGreaterThan(0);
    const checks = within(screen.getByRole('region', { name: w.audit.checks }));
    expect(checks.getByText(w.audit.places(3))).toBeTruthy();
    expect(checks.getByText(/The process belongs to another user/)).toBeTruthy();
    expect(checks.getByText(/larger than is read/)).toBeTruthy();
  });

  it('let a finding stay only with a reason, and open it again', async () => {
    const { backend } = await page('audit');
    await press(/^Accept: Two secrets/);
    expect(button(w.audit.acceptNow).getAttribute('aria-disabled')).toBe('true');
    await fireEvent.input(screen.getByLabelText(w.audit.acceptWhy), { target: { value: 'they are for the test account' } });
    await press(w.audit.acceptNow);
    expect(backend.asked).toContain('accept_finding config/secrets they are for the test account');
    expect(screen.getByText(w.audit.accepted('they are for the test account'))).toBeTruthy();
    expect(screen.queryByText(/was to be mended/)).toBeNull();
    await press(/^Open again: Two secrets/);
    expect(backend.asked).toContain('accept_finding config/secrets no more');
    expect(screen.getByText(/was to be mended/)).toBeTruthy();
  });

  it('say beside the finding why it could not be accepted', async () => {
    await page('audit', (backend) => (backend.acceptFinding = () => Promise.reject(failure)));
    await press(/^Accept: Two secrets/);
    await fireEvent.input(screen.getByLabelText(w.audit.acceptWhy), { target: { value: 'so' } });
    await press(w.audit.acceptNow);
    expect(within(screen.getByRole('region', { name: w.audit.findings })).getByRole('alert').textContent).toContain(failure.message);
  });

  it('are made anew with progress and a way to stop', async () => {
    let end = () => {};
    const { backend } = await page('audit:verification', (backend) => {
      const examine = backend.examine;
      backend.examine = (kind) => new Promise((resolve) => (end = () => resolve(examine(kind))));
    });
    expect(screen.getByText(w.audit.never)).toBeTruthy();
    await press(w.audit.make.verification);
    backend.tellJob({ step: 'Reading the code', done: 0, total: 0, seconds: 1 });
    await settled();
    expect(screen.getByText('Reading the code…')).toBeTruthy();
    await press(words.backup.cancel);
    expect(backend.asked).toContain('cancel_job');
    end();
    backend.tellJob(null);
    await settled();
    expect(backend.asked).toContain('examine verification');
    expect(screen.getByRole('region', { name: w.audit.findings })).toBeTruthy();
  });
});

describe('diagnostics', () => {
  it('are one page, and a bundle whose masking is told', async () => {
    const { page: all, backend } = await page('diagnose');
    await expectAccessible(all);
    expect(within(screen.getByRole('region', { name: 'Resources' })).getByText('63 %')).toBeTruthy();
    await press(w.diagnose.save);
    expect(backend.asked).toContain('save_bundle');
    expect(screen.getByText(w.diagnose.masked('1', '14'))).toBeTruthy();
    backend.saveBundle = async () => null;
    await press(w.diagnose.save);
    expect(screen.queryByText(/were masked/)).toBeNull();
  });
});

describe('programs', () => {
  it('are run, and what they claim stands beside what was measured', async () => {
    const { page: all, backend } = await page('programs');
    await expectAccessible(all);
    expect(screen.getByText(/the manual names one that this version does not have/)).toBeTruthy();
    expect(screen.queryByRole('button', { name: w.programs.runIt('Knowledge review') })).toBeNull();
    await press(w.programs.runIt('Benchmark'));
    expect(backend.asked).toContain('run_program benchmark');
    expect(screen.getByText('It claims 12 % CPU; 63 % was measured.')).toBeTruthy();
    const cpu = within(screen.getByRole('row', { name: /^CPU/ }));
    expect(cpu.getByText('63 %')).toBeTruthy();
    expect(within(screen.getByRole('row', { name: /^Cycle/ })).getByText(/missed/)).toBeTruthy();
    await expectAccessible(all);
    await press(w.programs.baseline);
    expect(backend.asked).toContain('keep_baseline benchmark');
    await press(w.programs.close);
    expect(screen.queryByRole('table')).toBeNull();
  });

  it('that cannot be run say why beside them; where there is none that is said', async () => {
    const { backend } = await page('programs:verification', (backend) => (backend.runProgram = () => Promise.reject(failure)));
    expect(screen.getAllByRole('listitem')[0]!.textContent).toContain('Verification');
    await press(w.programs.runIt('Verification'));
    expect(screen.getByRole('alert').textContent).toContain(failure.message);
    backend.programs = async () => [];
    await press(w.back);
    await fireEvent.click(document.getElementById('upkeep-programs')!);
    await settled();
    expect(screen.getByText(w.programs.none)).toBeTruthy();
  });
});

describe('the journal', () => {
  it('is searched, narrowed to a kind, and told to be whole', async () => {
    const { page: all, backend } = await page('journal');
    await expectAccessible(all);
    expect(screen.getByText(w.journal.whole)).toBeTruthy();
    await fireEvent.input(screen.getByLabelText(w.journal.search), { target: { value: 'morning' } });
    await settled();
    expect(backend.asked).toContain('journal all morning');
    expect(screen.queryByText(/Calmer/)).toBeNull();
    await fireEvent.click(screen.getByRole('radio', { name: 'Notes' }));
    await settled();
    expect(screen.getByText(w.journal.noneFound)).toBeTruthy();
    await fireEvent.input(screen.getByLabelText(w.journal.search), { target: { value: '' } });
    await settled();
    expect(screen.getByText(/Moved the models/)).toBeTruthy();
  });

  it('takes a note, and says where its chain is broken', async () => {
    const { backend } = await page('journal');
    await press(w.journal.write);
    await fireEvent.input(screen.getByLabelText(w.journal.note), { target: { value: 'looked at <b>it</b>' } });
    await press(w.journal.keep);
    expect(backend.asked).toContain('note_journal looked at <b>it</b>');
    expect(screen.getByText('looked at <b>it</b>')).toBeTruthy();
    expect(screen.getByText(w.journal.noted)).toBeTruthy();
    const ask = backend.journal;
    backend.journal = async (kind, part) => ({ ...(await ask(kind, part)), entries: [], count: 0, first_break: 12 });
    await fireEvent.input(screen.getByLabelText(w.journal.search), { target: { value: ' ' } });
    await settled();
    expect(screen.getByText(w.journal.broken('12'))).toBeTruthy();
    expect(screen.queryByText(w.journal.whole)).toBeNull();
  });
});

describe('the report of an incident', () => {
  it('is looked at as text and saved, and leads back', async () => {
    const { page: all, backend } = await open('healthy', 'alerts');
    await fireEvent.click(screen.getAllByRole('button', { name: /^Details/ })[0]!);
    await settled();
    await press(/^Report on/);
    expect(screen.getByRole('heading', { level: 3, name: /Process was red/ })).toBeTruthy();
    expect(screen.getByText(/# looked at \[the log\] <b>/)).toBeTruthy();
    await expectAccessible(all);
    await press(w.paper.save);
    expect(screen.getByText(/Written to .*\.md/)).toBeTruthy();
    expect(backend.asked.some((one) => one.startsWith('export_incident'))).toBe(true);
    await press(w.paper.back);
    expect(document.activeElement?.id).toMatch(/^incident-/);
  });

  it('says why it cannot be written', async () => {
    await open('healthy', 'alerts', (backend) => (backend.incidentReport = () => Promise.reject(failure)));
    await fireEvent.click(screen.getAllByRole('button', { name: /^Details/ })[0]!);
    await settled();
    await press(/^Report on/);
    expect(screen.getByRole('alert').textContent).toContain(failure.message);
  });
});

describe('performance', () => {
  it('shows a span beside the one before, what is claimed apart, and keeps a baseline', async () => {
    const { page: all, backend } = await page('performance:month');
    expect(backend.asked).toContain('performance month');
    await expectAccessible(all);
    const measured = within(screen.getByRole('region', { name: w.performance.measured }));
    expect(measured.getByText(w.performance.became.better)).toBeTruthy();
    expect(measured.getByText(/the last benchmark claims 12 %/)).toBeTruthy();
    const claimed = within(screen.getByRole('region', { name: w.performance.claimed }));
    expect(claimed.getByText(w.performance.none)).toBeTruthy();
    await press(w.performance.keep);
    expect(backend.asked).toContain('keep_performance month');
    expect(screen.getByText(w.performance.kept)).toBeTruthy();
    expect(screen.getAllByText(/Since the baseline/).length).toBeGreaterThan(0);
    await fireEvent.click(screen.getByRole('radio', { name: 'Week' }));
    await settled();
    expect(backend.asked.at(-1)).toBe('performance week');
  });
});

describe('the review of settings', () => {
  it('shows what changed, what nobody announced and what is broken, and is done with a word', async () => {
    const { page: all, backend } = await page('review');
    await expectAccessible(all);
    expect(within(screen.getByRole('region', { name: w.review.drift })).getByText('ecosystem/main.py')).toBeTruthy();
    const changes = within(screen.getByRole('region', { name: w.review.changes }));
    expect(changes.getByText(w.tuning.becomes('5', '10'))).toBeTruthy();
    expect(changes.getByText('old_key')).toBeTruthy();
    expect(screen.getByText(/is there twice/)).toBeTruthy();
    await fireEvent.input(screen.getByLabelText(w.review.note), { target: { value: ' as agreed ' } });
    await press(w.review.done);
    expect(backend.asked).toContain('review_settings abc123 as agreed');
    expect(screen.getByText(w.review.reviewed)).toBeTruthy();
    expect(screen.queryByRole('region', { name: w.review.drift })).toBeNull();
  });

  it('says that it is out of date where a file changed meanwhile', async () => {
    await page('review', (backend) => (backend.reviewSettings = () => Promise.reject({ ...failure, message: 'the settings changed meanwhile' })));
    await press(w.review.done);
    expect(screen.getByRole('alert').textContent).toContain('changed meanwhile');
  });
});

describe('the version history', () => {
  it('is looked at, written and taken back', async () => {
    const { page: all, backend } = await page('version');
    await expectAccessible(all);
    expect(screen.getByText(/It ran 99.2 % of the time/)).toBeTruthy();
    expect(backend.asked.some((one) => one.startsWith('write_version'))).toBe(false);
    await press(w.version.write.add);
    expect(screen.getByText(w.version.written)).toBeTruthy();
    await press(/^Take “Version/);
    expect(backend.asked.some((one) => one.startsWith('undo_version'))).toBe(true);
    expect(screen.getByText(/as it was before/)).toBeTruthy();
  });

  it('says why it cannot be written', async () => {
    await page('version', (backend) => {
      const ask = backend.versionEntry;
      backend.versionEntry = async (month) => ({ ...(await ask(month)), action: null, refused: 'somebody edited that section' });
    });
    expect(screen.getByText('somebody edited that section')).toBeTruthy();
    expect(screen.queryByRole('button', { name: w.version.write.add })).toBeNull();
  });
});
