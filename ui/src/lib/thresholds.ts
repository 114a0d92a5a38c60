import type { Threshold, ThresholdChange, Unit } from './ipc/types';

/** By how much a value is divided for people: bytes are shown in GB, seconds in hours. */
const SCALE: Record<Unit, number> = { percent: 1, bytes: 1e9, seconds: 3_600, milliseconds: 1, count: 1, none: 1 };

/** What stands in the two fields of a signal. */
export interface Draft {
  yellow: string;
  red: string;
}

/** A threshold as it stands in its field; an empty field means none. */
export const asText = (value: number | null, unit: Unit): string => (value === null ? '' : String(Number((value / SCALE[unit]).toFixed(6))));

export const draftOf = (threshold: Threshold): Draft => ({
  yellow: asText(threshold.yellow, threshold.unit),
  red: asText(threshold.red, threshold.unit),
});

/** What a field says; `undefined` where that is no number. */
export function asValue(text: string, unit: Unit): number | null | undefined {
  const trimmed = text.trim().replace(',', '.');
  if (trimmed === '') return null;
  const number = Number(trimmed);
  return Number.isFinite(number) && number >= 0 ? number * SCALE[unit] : undefined;
}

/** The signals whose fields say something else than is in force, or the first whose fields say nothing. */
export function changes(thresholds: Threshold[], drafts: Partial<Record<string, Draft>>): ThresholdChange[] | { wrong: string } {
  const changed: ThresholdChange[] = [];
  for (const threshold of thresholds) {
    const draft = drafts[threshold.signal];
    if (!draft) continue;
    const [yellow, red] = [asValue(draft.yellow, threshold.unit), asValue(draft.red, threshold.unit)];
    if (yellow === undefined || red === undefined) return { wrong: threshold.label };
    if (yellow !== threshold.yellow || red !== threshold.red) changed.push({ signal: threshold.signal, yellow, red });
  }
  return changed;
}
