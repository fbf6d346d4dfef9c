/** How cost and latency of the two models are spread over the tasks. */

import type { EChartsOption } from 'echarts';
import type { Percentiles, ReportedClass } from '../../routing/review/report/report';
import { formatUsd, nanoToUsd, usdToNano } from '../../routing/units';
import { milliseconds, money } from './figures';
import { AXIS, drawSvg, NEW, OLD, type Plot } from './plot';

const HEIGHT = 280;

/** One of the two pictures that stand above each other. */
interface Half {
  readonly name: string;
  readonly old: Percentiles | null;
  readonly new: Percentiles | null;
  readonly format: (value: number) => string;
}

export function spreadPlot({ name, proposal }: ReportedClass): Plot | undefined {
  const proof = proposal?.proof;
  if (proof === undefined) return undefined;
  const { baseline, candidate } = proof;
  const inUsd = (percentiles: Percentiles | null) =>
    percentiles && (percentiles.map((nano) => nanoToUsd(Math.round(nano))) as unknown as Percentiles);
  const both: readonly Half[] = [
    {
      name: 'cost of a task',
      old: inUsd(baseline.costNanoUsd),
      new: inUsd(candidate.costNanoUsd),
      format: (usd) => formatUsd(usdToNano(usd)),
    },
    { name: 'latency of an answer', old: baseline.latencyMs, new: candidate.latencyMs, format: (ms) => milliseconds(ms) ?? '' },
  ];
  const halves = both.filter((half) => half.old !== null || half.new !== null);
  if (halves.length === 0) return undefined;
  return {
    title: `Spread of cost and latency in ${name}`,
    description: `Boxes from the 25th to the 75th percentile with the median, whiskers from the 5th to the 95th. Median cost ${money(baseline.costNanoUsd?.[2] ?? null) ?? 'unknown'} on ${baseline.model} and ${money(candidate.costNanoUsd?.[2] ?? null) ?? 'unknown'} on ${candidate.model}; median latency ${milliseconds(baseline.latencyMs?.[2] ?? null) ?? 'unknown'} and ${milliseconds(candidate.latencyMs?.[2] ?? null) ?? 'unknown'}.`,
    svg: drawSvg(HEIGHT, boxes(halves)),
  };
}

function boxes(halves: readonly Half[]): EChartsOption {
  const share = HEIGHT / halves.length;
  return {
    grid: halves.map((_, index) => ({ left: 60, right: 40, top: index * share + 12, height: share - 66 })),
    xAxis: halves.map((half, gridIndex) => ({
      ...AXIS,
      type: 'value' as const,
      gridIndex,
      min: 0,
      name: half.name,
      nameLocation: 'middle' as const,
      nameGap: 28,
      axisLabel: { ...AXIS.axisLabel, formatter: half.format, hideOverlap: true },
    })),
    yAxis: halves.map((_, gridIndex) => ({
      ...AXIS,
      type: 'category' as const,
      gridIndex,
      inverse: true,
      data: ['old', 'new'],
      axisTick: { show: false },
    })),
    series: halves.map((half, index) => ({
      type: 'boxplot' as const,
      xAxisIndex: index,
      yAxisIndex: index,
      boxWidth: [10, 22] as [number, number],
      data: [box(half.old, OLD), box(half.new, NEW)],
    })),
  };
}

function box(percentiles: Percentiles | null, color: string) {
  return percentiles === null
    ? { value: [] }
    : { value: [...percentiles], itemStyle: { color: 'none', borderColor: color, borderWidth: 1.5 } };
}
