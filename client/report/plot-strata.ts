/** The difference of qualities in every stratum and over all of them, against the line that it must not cross. */

import { testedMargin } from '../../routing/review/prove/judge-correction';
import type { ReportedClass } from '../../routing/review/report/report';
import { interval } from './figures';
import { AXIS, drawSvg, HARM, INK, MUTED, NEW, type Plot, shortName } from './plot';
import { intervalSeries } from './plot-intervals';

const ROW_HEIGHT = 30;
const FRAME_HEIGHT = 84;

export function strataPlot({ name, proposal }: ReportedClass): Plot | undefined {
  const comparison = proposal?.comparisons.at(-1);
  if (comparison === undefined) return undefined;
  const { strata, delta, low, high } = comparison;
  const margin = testedMargin(comparison);
  const rows = [
    { label: 'all, weighted', delta, low, high, color: NEW },
    ...strata.map((one) => ({ ...one, label: `${shortName(one.name, 20)} (${one.pairs})`, color: one.isVeto ? HARM : MUTED })),
  ];
  const ends = [...rows.flatMap((row) => [row.low, row.high]), -margin, 0].map((value) => value * 100);
  const room = 0.05 * (Math.max(...ends) - Math.min(...ends)) || 1;
  const marks = rows.map(({ low: from, high: to, color }, at) => ({ low: from * 100, high: to * 100, at, color }));
  const svg = drawSvg(FRAME_HEIGHT + ROW_HEIGHT * rows.length, {
    grid: { left: 220, right: 24, top: 32, bottom: 52 },
    xAxis: {
      ...AXIS,
      type: 'value',
      min: Math.floor(Math.min(...ends) - room),
      max: Math.ceil(Math.max(...ends) + room),
      axisLabel: { ...AXIS.axisLabel, showMinLabel: false, showMaxLabel: false },
      name: 'points of quality, new minus old',
      nameLocation: 'middle',
      nameGap: 30,
    },
    yAxis: { ...AXIS, type: 'category', inverse: true, data: rows.map(({ label }) => label), axisTick: { show: false } },
    series: [
      {
        ...intervalSeries('x', marks),
        markLine: {
          silent: true,
          symbol: 'none',
          data: [
            { xAxis: 0, lineStyle: { color: MUTED, type: 'solid', width: 1 }, label: { show: false } },
            {
              xAxis: -margin * 100,
              lineStyle: { color: HARM, type: 'dashed', width: 1.5 },
              label: { formatter: 'may lose', color: HARM, fontSize: 12, position: 'start' },
            },
          ],
        },
      },
      {
        type: 'scatter',
        symbol: 'rect',
        symbolSize: 8,
        z: 3,
        data: rows.map((row, at) => ({ value: [row.delta * 100, at], itemStyle: { color: row.color === MUTED ? INK : row.color } })),
      },
    ],
  });
  const listed = rows.map((row) => `${row.label}: ${interval(row)}`);
  return {
    title: `Difference of quality in ${name}, by stratum`,
    description: `Points of quality with 95 % interval, the new model minus the old; it may lose ${(margin * 100).toFixed(1)}. ${listed.join('; ')}.`,
    svg,
  };
}
