import type { ItemShown, Level, RoundShown, RoundState } from '../ipc/types';
import { instant } from './times';

const moment = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' });

/** Whether an item waits for a person: it is open, or what should prove it does not. */
export const needs = (item: ItemShown): boolean => item.state === 'open' || item.state === 'failed' || item.state === 'unknown';

/** How many items of a round are settled, by whomever. */
export const settled = (round: RoundShown): number => round.items.filter((item) => !needs(item)).length;

/** The colour of an item; `null` where no light belongs to it. */
export function levelOf(item: ItemShown): Level | null {
  if (item.state === 'passed') return 'green';
  if (item.state === 'unknown') return 'unknown';
  if (item.state !== 'failed') return null;
  return item.evidence?.level === 'red' ? 'red' : 'yellow';
}

/** Whether it belongs above: it can be done now, or it was settled today. */
export function isNow(round: RoundShown, now: number): boolean {
  if (round.state === 'due' || round.state === 'overdue' || round.state === 'due-soon') return true;
  if (round.state === 'upcoming') return false;
  const at = instant(round.finished_at);
  return at === null ? round.cadence === 'daily' : new Date(at).toDateString() === new Date(now).toDateString();
}

const ORDER: Record<RoundState, number> = { overdue: 0, due: 1, 'due-soon': 2, upcoming: 3, done: 4, skipped: 5 };
const CADENCE = { daily: 0, weekly: 1, monthly: 2, quarterly: 3 } as const;

/** What is short comes first where both are due: the morning waits for no week. */
export function byUrgency(a: RoundShown, b: RoundShown): number {
  const due = (round: RoundShown) => (round.state === 'overdue' || round.state === 'due' ? 0 : ORDER[round.state]);
  return due(a) - due(b) || CADENCE[a.cadence] - CADENCE[b.cadence] || ORDER[a.state] - ORDER[b.state];
}

/** A slot's wall time as people write it; another text stays as it is. */
export function slotTime(slot: string): string {
  const at = instant(slot);
  return at === null ? slot : moment.format(at);
}

/** The names of items that come before, as the checklist calls them. */
export const called = (round: RoundShown, ids: string[]): string => ids.map((id) => round.items.find((item) => item.id === id)?.text ?? id).join(', ');

/** Items under their headings, in the order of the checklist. */
export function bySection(items: ItemShown[]): { section: string; items: ItemShown[] }[] {
  const sections = new Map<string, ItemShown[]>();
  for (const item of items) sections.set(item.section, [...(sections.get(item.section) ?? []), item]);
  return [...sections].map(([section, items]) => ({ section, items }));
}
