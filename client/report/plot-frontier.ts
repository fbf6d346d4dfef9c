/** Quality against cost of the models of a class. */

import type { FrontierPoint, ReportedClass } from '../../routing/review/report/report';
import { points } from '../../routing/review/report/words';
import { formatUsd, nanoToUsd, usdToNano } from '../../routing/units';
import { AXIS, drawSvg, INK, MUTED, NEW, OLD, type Plot, RULE, shortName } from './plot';
import { intervalSeries } from './plot-intervals';

const HEIGHT = 340;

/** Costs that differ by more than this many times are drawn on a logarithmic axis, or the cheap ones would stand in one heap. */
const LOGARITHMIC_FROM = 12;

export function frontierPlot({ name, finding, frontier, proposal }: ReportedClass): Plot | undefined {
  if (frontier.length === 0) return undefined;
  const candidate = proposal?.comparisons.at(-1)?.candidate ?? finding.candidates[0]?.model;
  const colorOf = ({ model }: FrontierPoint) => (model === finding.baseline?.model ? OLD : model === candidate ? NEW : MUTED);
  const costs = frontier.map(({ costPerTaskNanoUsd }) => nanoToUsd(costPerTaskNanoUsd));
  const isLogarithmic = Math.min(...costs) > 0 && Math.max(...costs) / Math.min(...costs) > LOGARITHMIC_FROM;
  const lows = frontier.map(({ low }) => low * 100);
  const svg = drawSvg(HEIGHT, {
    grid: { left: 56, right: 24, top: 20, bottom: 52 },
    xAxis: {
      ...AXIS,
      ...(isLogarithmic ? logarithmicRange(costs) : { type: 'value', min: 0, max: Math.max(...costs) * 1.2 || 1 }),
      name: `cost of a task${isLogarithmic ? ', logarithmic' : ''}`,
      nameLocation: 'middle',
      nameGap: 32,
      splitLine: { show: false },
      axisLabel: { ...AXIS.axisLabel, formatter: (usd: number) => formatUsd(usdToNano(usd)), hideOverlap: true },
    },
    yAxis: {
      ...AXIS,
      type: 'value',
      min: Math.max(0, Math.floor(Math.min(...lows) / 10) * 10),
      max: 100,
      name: 'quality, of 100',
      nameLocation: 'middle',
      nameGap: 36,
    },
    series: [
      intervalSeries(
        'y',
        frontier.map((point, index) => ({ low: point.low * 100, high: point.high * 100, at: costs[index] ?? 0, color: colorOf(point) })),
      ),
      {
        type: 'line',
        silent: true,
        symbol: 'none',
        lineStyle: { color: RULE, width: 1.5, type: 'dashed' },
        z: 1,
        data: efficient(frontier).map(({ costPerTaskNanoUsd, quality }) => [nanoToUsd(costPerTaskNanoUsd), quality * 100]),
      },
      {
        type: 'scatter',
        symbolSize: 9,
        z: 3,
        labelLayout: { moveOverlap: 'shiftY' },
        data: frontier.map((point, index) => ({
          value: [costs[index] ?? 0, point.quality * 100],
          itemStyle: { color: colorOf(point) },
          label: {
            show: true,
            position: isRightmost(costs, index) ? ('left' as const) : ('right' as const),
            formatter: () => shortName(point.model),
            color: colorOf(point) === MUTED ? MUTED : INK,
            fontSize: 11,
            distance: 7,
          },
        })),
      },
    ],
  });
  const listed = frontier.map(
    ({ model, costPerTaskNanoUsd, quality, low, high }) =>
      `${model} ${formatUsd(costPerTaskNanoUsd)}, ${points(quality)} (${points(low)} to ${points(high)})`,
  );
  return {
    title: `Quality and cost of the models of ${name}`,
    description: `Cost of a task and quality with its 95 % interval: ${listed.join('; ')}.`,
    svg,
  };
}

/** Models that no other is both cheaper and better than, by cost. */
function efficient(frontier: readonly FrontierPoint[]): FrontierPoint[] {
  const byCost = [...frontier].sort((a, b) => a.costPerTaskNanoUsd - b.costPerTaskNanoUsd || b.quality - a.quality);
  let best = -Infinity;
  return byCost.filter(({ quality }) => {
    const isBetter = quality > best;
    if (isBetter) best = quality;
    return isBetter;
  });
}

/** A label to the right of these would leave the picture. */
function isRightmost(costs: readonly number[], index: number): boolean {
  const [least, most, cost] = [Math.min(...costs), Math.max(...costs), costs[index] ?? 0];
  return least > 0 && most / least > LOGARITHMIC_FROM ? Math.log(cost / least) > 0.6 * Math.log(most / least) : cost > 0.6 * most;
}

function logarithmicRange(costs: readonly number[]) {
  return {
    type: 'log' as const,
    min: 10 ** Math.floor(Math.log10(Math.min(...costs))),
    max: 10 ** Math.ceil(Math.log10(Math.max(...costs) * 1.01)),
  };
}
