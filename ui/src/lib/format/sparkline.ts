import type { BandsShown, Series, SignalId } from '../ipc/types';

/** The signals that get worse as they fall; for the others a higher value is worse. */
const LOWER_IS_WORSE: readonly SignalId[] = ['disk.free', 'process.uptime', 'success.rate', 'efficiency.score'];

export const WIDTH = 100;
export const HEIGHT = 100;
const MOST_POINTS = 100;

/** A stretch of the value axis in drawing units from the top. */
export interface Zone {
  top: number;
  height: number;
}

/** A series made ready to draw and to tell. */
export interface Drawing {
  /** Unbroken runs of the curve; a gap separates them. */
  lines: string[];
  /** The same runs closed down to the base line. */
  areas: string[];
  /** The newest step with a value. */
  last: { x: number; y: number };
  yellow: Zone | null;
  red: Zone | null;
  stats: { min: number; mean: number; max: number; last: number; gaps: number };
}

export function lowerIsWorse(signal: SignalId, bands: BandsShown): boolean {
  const { yellow, red } = bands;
  return yellow !== null && red !== null && yellow !== red ? red < yellow : LOWER_IS_WORSE.includes(signal);
}

/** Lays a series out; `null` when it holds no value. The axis begins at zero, so that heights compare truly. */
export function draw(series: Series, bands: BandsShown): Drawing | null {
  return plot(series.mean, bands, lowerIsWorse(series.signal, bands));
}

/** The same of bare values. */
export function plot(mean: readonly (number | null)[], bands: BandsShown = { yellow: null, red: null }, lower = false): Drawing | null {
  const values = mean.filter(isNumber);
  const last = values.at(-1);
  if (last === undefined) return null;

  const max = values.reduce((a, b) => Math.max(a, b));
  const min = values.reduce((a, b) => Math.min(a, b));
  // The yellow line stays in view, so that one sees how far away it is.
  const top = Math.max(max * 1.2, (bands.yellow ?? bands.red ?? 0) * 1.2) || 1;
  const bottom = Math.min(0, min);
  const y = (value: number) => round(HEIGHT - ((clamp(value, bottom, top) - bottom) / (top - bottom)) * HEIGHT);
  const means = thinned(mean);
  const step = WIDTH / Math.max(1, means.length - 1);

  const runs: { x: number; y: number }[][] = [];
  let run: { x: number; y: number }[] | null = null;
  let gaps = 0;
  means.forEach((value, at) => {
    if (!isNumber(value)) {
      if (run) gaps += 1;
      run = null;
      return;
    }
    if (!run) runs.push((run = []));
    run.push({ x: round(at * step), y: y(value) });
  });
  // What is missing at the end is a gap too, what was before the first value is none.
  const end = runs.at(-1)?.at(-1) ?? { x: 0, y: HEIGHT };

  return {
    lines: runs.map(line),
    areas: runs.filter((points) => points.length > 1).map((points) => `${line(points)}V${HEIGHT}H${points[0]?.x ?? 0}Z`),
    last: end,
    ...zones(bands, lower, y),
    stats: { min, mean: values.reduce((a, b) => a + b, 0) / values.length, max, last, gaps },
  };
}

function zones(bands: BandsShown, lower: boolean, y: (value: number) => number): { yellow: Zone | null; red: Zone | null } {
  const edge = lower ? HEIGHT : 0;
  const between = (a: number, b: number): Zone | null =>
    Math.abs(a - b) < 0.01 ? null : { top: Math.min(a, b), height: round(Math.abs(a - b)) };
  const red = bands.red === null ? edge : y(bands.red);
  return {
    yellow: bands.yellow === null ? null : between(y(bands.yellow), red),
    red: bands.red === null ? null : between(red, edge),
  };
}

/** At most some hundred points: more than two a pixel say nothing and look like noise. */
function thinned(mean: readonly (number | null)[]): (number | null)[] {
  const size = Math.ceil(mean.length / MOST_POINTS);
  return Array.from({ length: Math.ceil(mean.length / size) || 0 }, (_, at) => {
    const values = mean.slice(at * size, (at + 1) * size).filter(isNumber);
    return values.length > 0 ? values.reduce((a, b) => a + b, 0) / values.length : null;
  });
}

function line(points: { x: number; y: number }[]): string {
  const [first, ...rest] = points;
  if (!first) return '';
  // A single point is a dot: a line of no length with round ends.
  return `M${first.x} ${first.y}` + (rest.length ? rest.map((p) => `L${p.x} ${p.y}`).join('') : 'h.01');
}

const isNumber = (value: number | null | undefined): value is number => typeof value === 'number' && Number.isFinite(value);
const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
const round = (value: number) => Math.round(value * 100) / 100;
