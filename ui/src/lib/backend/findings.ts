import type { Check, ExaminationKind, Examined, FindingShown, ProgramClaims, ProgramRun, ProgramShown, Severity } from '../ipc/types';
import { AT } from './fixtures';

const before = (days: number) => new Date(Date.parse(AT) - days * 86_400_000).toISOString();

const CLAIMS: ProgramClaims = { passed: 6, failed: 0, failures: [], warnings: [], counts: [{ says: '6/6 passed', done: 6, of: 6 }], figures: [{ key: 'cpu', label: 'CPU', value: 12, unit: '%' }], verdict: 'All benchmarks passed' };

export function programs(): ProgramShown[] {
  const program = (name: string, title: string, more: Partial<ProgramShown> = {}): ProgramShown => ({ name, title, command: ['python3', '-m', `ecosystem.${name}`], cannot_run: null, output: `/home/me/ecosystem/data/${name}_20251216.txt`, targets: [], last: null, baseline: null, ...more });
  return [
    program('benchmark', 'Benchmark', { targets: ['CPU below 50 %', 'cycle below 5 s'], last: { at: before(3), exit: 0, seconds: 41, output: '/home/me/ecosystem/data/benchmark_20251213.txt', claims: CLAIMS } }),
    program('verification', 'Verification'),
    program('knowledge', 'Knowledge review', { cannot_run: 'there is no module ecosystem.knowledge_review: the manual names one that this version does not have' }),
  ];
}

export const ran = (name: string): ProgramRun => ({
  name,
  title: 'Benchmark',
  ok: false,
  exit: 0,
  fault: null,
  seconds: 43,
  output: `/home/me/ecosystem/data/${name}_20251216.txt`,
  bytes: 2_400,
  cut: false,
  earlier: null,
  complaints: '',
  claims: {
    passed: 5,
    failed: 1,
    failures: ['❌ memory: leak suspected'],
    warnings: ['⚠ cache is cold'],
    counts: [{ says: '5/6 passed', done: 5, of: 6 }],
    figures: [
      { key: 'cpu', label: 'CPU', value: 12, unit: '%', target: 'below 50 %', met: true, before: 12, baseline: null, signal: 'process.cpu', measured: 63, refuted: 'It claims 12 % CPU; 63 % was measured.' },
      { key: 'cycle', label: 'Cycle', value: 6.1, unit: 's', target: 'below 5 s', met: false, before: 4.2, baseline: null, signal: null, measured: null, refuted: null },
    ],
    verdict: '5/6 passed',
    contradictions: ['It claims 12 % CPU; 63 % was measured.'],
    constant: false,
  },
  before_at: before(3),
  baseline_at: null,
});

const check = (id: string, area: string, severity: Severity, ok: boolean | null, text: string, more: Partial<Check> = {}): Check => ({ id, area, severity, ok, text, evidence: '', places: [], more: 0, remedy: '', ...more });

const finding = (id: string, area: string, severity: Severity, text: string, remedy: string, days: number, due: number | null, accepted: Map<string, string>): FindingShown => {
  const reason = accepted.get(id);
  const open = reason === undefined;
  return { id, kind: 'audit', area, severity, opened_at: before(days), seen_at: AT, due_by: due === null ? null : before(-due), overdue: open && due !== null && due < 0, closed_at: null, accepted: open ? null : { at: AT, reason }, text, remedy };
};

/** An examination with two findings; those of `accepted` may stay. */
export function examined(kind: ExaminationKind, accepted: Map<string, string>): Examined {
  return {
    at: AT,
    kind,
    seconds: 1.8,
    left_out: [{ path: 'data/models', why: 'larger than is read', files: 2, bytes: 4_100_000_000 }],
    unwritten: null,
    findings: [
      finding('config/secrets', 'Configuration', 'critical', 'Two secrets stand in settings files that everybody may read.', 'Put them into the environment, and change them: they may be known.', 3, -2, accepted),
      finding('files/world-writable', 'Files', 'medium', 'One folder may be written by everybody.', 'chmod o-w data/cache', 1, 29, accepted),
    ],
    checks: [
      check('config/secrets', 'Configuration', 'critical', false, 'Two secrets stand in settings files that everybody may read.', {
        evidence: 'sk-a…, ghp_…',
        places: [
          { path: 'config/ecosystem_config.yaml', line: 14, text: 'api_key: sk-a…' },
          { path: 'config/github.yaml', line: 3, text: 'token: ghp_…' },
        ],
        more: 1,
        remedy: 'Put them into the environment, and change them: they may be known.',
      }),
      check('config/valid', 'Configuration', 'high', true, 'Every settings file is valid YAML.'),
      check('files/world-writable', 'Files', 'medium', false, 'One folder may be written by everybody.', { places: [{ path: 'data/cache', line: null, text: 'drwxrwxrwx' }], remedy: 'chmod o-w data/cache' }),
      check('files/links', 'Files', 'high', true, 'No link leads out of the tree.'),
      check('network/listening', 'Network', 'high', null, 'Which ports it listens on cannot be seen.', { evidence: 'The process belongs to another user.' }),
    ],
  };
}
