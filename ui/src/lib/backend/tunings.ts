import type { SettingChange, Doing, ModulesShown, ProcessPlan, ProcessShown, SettingsShown, TuningPlanShown, TuningShown } from '../ipc/types';
import { AT } from './fixtures';

const before = (days: number) => new Date(Date.parse(AT) - days * 86_400_000).toISOString();
const change = (file: string, key: string, line: number, was: string | null, becomes: string | null): SettingChange => ({ file, key, line, before: was, after: becomes });

const CALMER = [
  change('config/continuous_learning.yaml', 'cycle_minutes', 4, '5', '10'),
  change('config/meta_learning.yaml', 'cycle_minutes', 3, '30', '60'),
  change('config/meta_learning.yaml', 'pruning.enabled', 11, 'false', 'true'),
  change('config/realtime_adaptation.yaml', 'limits.max_parallel', 9, '8', '4'),
];

/** The presets, and a change of two days ago. */
export function shown(): TuningShown {
  return {
    presets: [
      { id: 'calmer', title: 'Calmer', effect: 'Modules run half as often: less CPU, slower learning.', changes: 4, already: 1 },
      { id: 'eager', title: 'Eager', effect: 'Modules run twice as often: faster learning, more CPU.', changes: 6, already: 0 },
      { id: 'less-memory', title: 'Less memory', effect: 'Smaller caches and batches: less memory, some more disk reads.', changes: 0, already: 3 },
      { id: 'prune-more', title: 'Prune more', effect: 'Old knowledge goes sooner: data grows more slowly.', changes: 1, already: 0 },
      { id: 'less-cpu', title: 'Less CPU', effect: 'Fewer things at once.', changes: 0, already: 0 },
    ],
    last: { title: 'max_parallel in config/realtime_adaptation.yaml', at: before(2), changes: [change('config/realtime_adaptation.yaml', 'limits.max_parallel', 9, '8', '16')], problem: null },
    helped: [{ title: 'Calmer', applied_at: before(2), signal: 'process.cpu', before: 41, after: 27, over: true, restarted: true, text: 'CPU 41 % → 27 % in the hour after' }],
    problems: ['config/old.yaml: line 7: the key “enabled” is there twice'],
  };
}

const planned = (title: string, effect: string, changes: SettingChange[]): TuningPlanShown => ({ number: 0, title, effect, changes, missing: [], already: [], problems: [] });

export function preset(id: string): TuningPlanShown {
  const of = shown().presets.find((one) => one.id === id);
  return { ...planned(of?.title ?? id, of?.effect ?? '', CALMER), missing: ['agents.cycle_minutes'], already: ['config/agent_swarm.yaml cycle_minutes: 15'], problems: shown().problems };
}

export const byHand = (file: string, key: string, value: string): TuningPlanShown => planned(`${key} in ${file}`, '', value === '5' ? [] : [change(file, key, 4, '5', value)]);

export const module = (name: string, on: boolean): TuningPlanShown =>
  planned(`${name} ${on ? 'on' : 'off'}`, on ? 'It runs again once the ecosystem has read its settings again.' : 'It no longer runs once the ecosystem has read its settings again.', [
    change('config/ecosystem_config.yaml', 'disabled_modules', 21, on ? name : null, on ? null : name),
  ]);

export function settings(): SettingsShown {
  return {
    files: [
      {
        name: 'config/continuous_learning.yaml',
        values: [
          { key: 'cycle_minutes', value: '5', line: 4 },
          { key: 'enabled', value: 'true', line: 5 },
          { key: 'sources.api_key', value: null, line: 9 },
        ],
      },
      { name: 'config/meta_learning.yaml', values: [{ key: 'cycle_minutes', value: '30', line: 3 }, { key: 'pruning.enabled', value: 'false', line: 11 }] },
    ],
    problems: shown().problems,
  };
}

export const modules = (): ModulesShown => ({
  modules: [
    { name: 'Continuous Learning Engine', enabled: true, file: 'config/continuous_learning.yaml' },
    { name: 'Meta-Learning Analysis', enabled: false, file: 'config/ecosystem_config.yaml' },
    { name: 'Predictive Optimization', enabled: null, file: null },
  ],
  problems: [],
});

export const process = (runs: boolean): ProcessShown => ({
  pid: runs ? 4711 : null,
  started_at: runs ? before(3.6) : null,
  command: runs ? ['/usr/bin/python3', '-m', 'ecosystem.main', '--config', 'config/ecosystem_config.yaml'] : [],
  state: runs ? 'sleeping' : 'gone',
  children: runs ? [4712, 4713] : [],
  twins: [],
  starts_by: ['/usr/bin/python3', '-m', 'ecosystem.main'],
  agent: null,
  starts_lately: 0,
});

export function processPlan(doing: Doing): ProcessPlan {
  const stop = ['Ask process 4711 and its 2 children to end, which runs since 2025-12-12 21:14:00', 'Wait up to 15 s, so that it can save its state; then kill it'];
  const start = ['Start it: /usr/bin/python3 -m ecosystem.main', 'See that it is there and stays for 4 s; what it prints goes to /home/me/ecosystem/logs/stdout.log'];
  const title = { start: 'Start “self-evolving-ecosystem”', stop: 'Stop “self-evolving-ecosystem”', restart: 'Stop “self-evolving-ecosystem” and start it again' }[doing];
  return { title, steps: [...(doing === 'start' ? [] : stop), ...(doing === 'stop' ? [] : start)], warning: null };
}
