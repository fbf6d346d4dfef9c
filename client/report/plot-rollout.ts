/** Which share of the tasks is where on which day of the rollout, at the volume of the window. */

import type { ReportedClass } from '../../routing/review/report/report';
import { counted, percent } from '../../routing/review/report/words';
import { AXIS, drawSvg, MUTED, NEW, OLD, type Plot } from './plot';

const HEIGHT = 260;

export function rolloutPlot({ name, proposal }: ReportedClass): Plot | undefined {
  const rollout = proposal?.rollout;
  if (rollout?.length == null) return undefined;
  const { steps, days, soakDays } = rollout.length;
  const soakFrom = days - soakDays;
  const end = days * 1.08 || 1;
  const onNew = [
    ...steps.map(({ fromDay, weight }) => [fromDay, weight * 100]),
    [soakFrom, (1 - rollout.plan.canary.holdback) * 100],
    [days, 100],
    [end, 100],
  ];
  const onControl = [
    ...steps.map(({ fromDay, weight }) => [fromDay, weight * 100]),
    [soakFrom, rollout.plan.canary.holdback * 100],
    [days, 0],
    [end, 0],
  ];
  const line = (label: string, color: string, data: number[][], dash: 'solid' | 'dashed') => ({
    type: 'line' as const,
    name: label,
    step: 'end' as const,
    symbol: 'none',
    lineStyle: { color, width: 2, type: dash },
    itemStyle: { color },
    data,
  });
  const svg = drawSvg(HEIGHT, {
    grid: { left: 56, right: 24, top: 36, bottom: 48 },
    legend: {
      top: 4,
      backgroundColor: 'none',
      borderColor: 'none',
      icon: 'rect',
      itemWidth: 14,
      itemHeight: 3,
      itemGap: 28,
      textStyle: { color: MUTED, fontSize: 12 },
      data: ['new model', 'control on the old model'],
    },
    xAxis: {
      ...AXIS,
      type: 'value',
      min: 0,
      max: end,
      name: 'days',
      nameLocation: 'middle',
      nameGap: 28,
      splitLine: { show: false },
      axisLabel: { ...AXIS.axisLabel, showMaxLabel: false },
    },
    yAxis: { ...AXIS, type: 'value', min: 0, max: 100, name: '% of tasks', nameLocation: 'middle', nameGap: 36 },
    series: [line('new model', NEW, onNew, 'solid'), line('control on the old model', OLD, onControl, 'dashed')],
  });
  const listed = steps.map(({ weight, days: lasts }) => `${percent(weight)} for ${counted(lasts, 'day')}`);
  return {
    title: `Plan of the rollout of ${name}`,
    description: `Share of the tasks on the new model: ${listed.join(', ')}, then ${percent(1 - rollout.plan.canary.holdback)} for ${counted(soakDays, 'day')}, then all. The control has as much as the new model until then.`,
    svg,
  };
}
