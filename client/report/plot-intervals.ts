/** Estimates with their intervals: a line with two ends and a dot, lying or standing. */

import type { CustomSeriesOption } from 'echarts';

type RenderItem = NonNullable<CustomSeriesOption['renderItem']>;

/** Half of the length of the strokes at the ends, in pixels. */
const END = 4;

export interface IntervalMark {
  readonly low: number;
  readonly high: number;
  /** Place on the other axis. */
  readonly at: number;
  readonly color: string;
}

/** Lines from low to high along one axis. */
export function intervalSeries(along: 'x' | 'y', marks: readonly IntervalMark[]): CustomSeriesOption {
  const renderItem: RenderItem = (params, api) => {
    const mark = marks[params.dataIndex];
    if (mark === undefined) return null;
    const ends = [mark.low, mark.high].map((end) => api.coord(along === 'x' ? [end, mark.at] : [mark.at, end]));
    const [[x1 = 0, y1 = 0] = [], [x2 = 0, y2 = 0] = []] = ends;
    const style = { stroke: mark.color, lineWidth: 1.5, fill: 'none' };
    const stroke = (x: number, y: number) => ({
      type: 'line' as const,
      shape: along === 'x' ? { x1: x, y1: y - END, x2: x, y2: y + END } : { x1: x - END, y1: y, x2: x + END, y2: y },
      style,
    });
    return { type: 'group', children: [{ type: 'line', shape: { x1, y1, x2, y2 }, style }, stroke(x1, y1), stroke(x2, y2)] };
  };
  const data = marks.flatMap(({ low, high, at }) => [along === 'x' ? [low, high, at] : [at, low, high]]);
  return {
    type: 'custom',
    renderItem,
    data,
    encode: along === 'x' ? { x: [0, 1], y: 2 } : { x: 0, y: [1, 2] },
    silent: true,
    z: 2,
  };
}
