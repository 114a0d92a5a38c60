import type uPlot from 'uplot';

import { inUnit } from '../format/numbers';
import { instant } from '../format/times';
import type { Chart, ChartPoint } from '../ipc/types';

/** How much of the chart's time is drawn ahead of the present, where there is a trend. */
const AHEAD = 0.25;

const DAY = 86_400;

/** A trend, `slope` a day, as a line from the newest value into the time to come; `null` where there is nothing to draw. */
export function ahead(chart: Chart, slope: number | undefined): { from: [number, number]; to: [number, number] } | null {
  const last = chart.points.findLast((point) => point.mean !== null);
  const from = last && instant(last.at);
  if (slope === undefined || !last || last.mean === null || from === null || from === undefined) return null;
  const [begin, end] = [chart.from, chart.until].map((at) => (instant(at) ?? 0) / 1000) as [number, number];
  const until = end + (end - begin) * AHEAD;
  // No figure that is drawn here falls below nothing.
  const value = Math.max(0, last.mean + (slope * (until - from / 1000)) / DAY);
  return { from: [from / 1000, last.mean], to: [until, value] };
}

/** The columns of a plot, with a hole wherever a step is missing, and which point each row shows. */
export function columns(chart: Chart, slope?: number): { data: uPlot.AlignedData; rows: (number | null)[] } {
  const step = chart.step_seconds;
  const at: number[] = [];
  const [min, mean, max]: [(number | null)[], (number | null)[], (number | null)[]] = [[], [], []];
  const rows: (number | null)[] = [];
  const push = (time: number, point: ChartPoint | null, row: number | null) => {
    at.push(time);
    min.push(point?.min ?? null);
    mean.push(point?.mean ?? null);
    max.push(point?.max ?? null);
    rows.push(row);
  };
  let before: number | null = null;
  chart.points.forEach((point, row) => {
    const time = (instant(point.at) ?? 0) / 1000;
    if (before !== null && time - before > step * 1.5) push(before + step, null, null);
    push(time, point, row);
    before = time;
  });
  const line = ahead(chart, slope);
  const trend: (number | null)[] = at.map((time) => (time === line?.from[0] ? line.from[1] : null));
  if (line) {
    push(line.to[0], null, null);
    trend.push(line.to[1]);
  }
  return { data: [at, max, min, mean, trend], rows };
}

interface Size {
  width: number;
  height: number;
}

/** How a chart is drawn; `colour` looks a colour of the page up, `onhover` hears which point is under the pointer. */
export function options(chart: Chart, size: Size, colour: (name: string) => string, onhover: (point: number | null) => void, slope?: number): uPlot.Options {
  const [from, until] = [chart.from, chart.until].map((at) => (instant(at) ?? 0) / 1000) as [number, number];
  const curve = colour('--curve');
  const hidden = { stroke: 'transparent', points: { show: false } };
  const axis = { stroke: colour('--second'), grid: { stroke: colour('--hairline'), width: 1 }, ticks: { show: false }, font: '11px system-ui, sans-serif' };
  const { rows } = columns(chart, slope);
  const end = ahead(chart, slope)?.to[0] ?? until;
  return {
    ...size,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: { x: { min: from, max: end, time: true }, y: { range: (_plot, least, most) => range(chart, least, most) } },
    axes: [
      { ...axis, space: 60 },
      { ...axis, size: 58, space: 30, values: (_plot, ticks) => ticks.map((tick) => inUnit(tick, chart.unit)) },
    ],
    series: [
      {},
      { ...hidden },
      { ...hidden },
      { stroke: curve, width: 1.5, spanGaps: false, points: { show: false } },
      { stroke: curve, width: 1.5, dash: [4, 4], spanGaps: true, points: { show: false } },
    ],
    bands: [{ series: [1, 2], fill: translucent(curve, 0.18) }],
    hooks: {
      drawClear: [(plot) => thresholds(plot, chart, colour)],
      setCursor: [(plot) => onhover(plot.cursor.idx === null || plot.cursor.idx === undefined ? null : (rows[plot.cursor.idx] ?? null))],
    },
  };
}

/** What the vertical axis spans: the values with some air, and the first threshold where it is not far away. */
export function range(chart: Chart, least: number | null, most: number | null): [number, number] {
  let [low, high] = [least ?? 0, most ?? 1];
  for (const threshold of [chart.bands.yellow, chart.bands.red]) {
    if (threshold === null) continue;
    if (threshold > high && threshold <= high * 2) high = threshold;
    if (threshold < low && threshold >= low / 2) low = threshold;
  }
  const air = (high - low || Math.abs(high) || 1) * 0.12;
  return [low >= 0 ? Math.max(0, low - air) : low - air, high + air];
}

/** The areas beyond the thresholds, behind everything. */
function thresholds(plot: uPlot, chart: Chart, colour: (name: string) => string): void {
  const { yellow, red } = chart.bands;
  const lower = yellow !== null && red !== null ? red < yellow : chart.signal === 'disk.free';
  const { left, top, width, height } = plot.bbox;
  const y = (threshold: number) => Math.min(top + height, Math.max(top, plot.valToPos(threshold, 'y', true)));
  const edge = lower ? top + height : top;
  const area = (threshold: number | null, until: number | null, name: string) => {
    if (threshold === null) return;
    const [begin, end] = [y(threshold), until === null ? edge : y(until)];
    plot.ctx.fillStyle = colour(name);
    plot.ctx.fillRect(left, Math.min(begin, end), width, Math.abs(end - begin));
  };
  plot.ctx.save();
  area(yellow, red, '--yellow-wash');
  area(red, null, '--red-wash');
  plot.ctx.restore();
}

/** A colour of the page, see-through. */
function translucent(colour: string, share: number): string {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour.trim());
  if (!hex) return colour;
  const [, red, green, blue] = hex.map((part) => Number.parseInt(part, 16));
  return `rgb(${red} ${green} ${blue} / ${share})`;
}
